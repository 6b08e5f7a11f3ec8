"""What takes several texts refuses one, and what needs a kind of run refuses another, each in a readable line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import embedkit
from embedkit.errors import UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.caption.objective import load_captioner
from embedkit.tasks.classify.objective import load_classifier
from embedkit.tasks.echo.objective import load_echo
from embedkit.tasks.execute.objective import load_executor
from embedkit.tasks.speech.objective import load_recogniser

SPACE = embedkit.EmbeddingSpace("letters", ("a", "b", "ab"), np.eye(3))


@pytest.mark.parametrize(
    "call",
    [
        lambda run, translator: embedkit.surprisal(run("small"), "the king"),
        lambda run, translator: embedkit.hidden_space(run("small"), "the king"),
        lambda run, translator: embedkit.phrase_space(run("phrases"), "the king"),
        lambda run, translator: embedkit.run_report(run("small"), tooltip="count"),
        lambda run, translator: embedkit.write_report(run("small"), to="page.html", tooltip="count"),
        lambda run, translator: embedkit.read_space("words.vec", columns="topic"),
        lambda run, translator: embedkit.solve(SPACE, ["a"], "ab"),
        lambda run, translator: embedkit.MeanEmbedder(SPACE).fit("ab"),
        lambda run, translator: embedkit.PhraseEncoder(run("phrases")).fit("ab"),
        lambda run, translator: SPACE.rows_of("ab"),
        lambda run, translator: translator.encode("the king"),
        lambda run, translator: translator.codes("the king"),
        lambda run, translator: translator.translate("the king"),
        lambda run, translator: translator.sample("the king"),
        lambda run, translator: next(translator.source.encode_lines("the king")),
    ],
)
def test_a_single_text_is_not_taken_apart_into_its_characters(
    trained: Path, call: Callable[[Callable[[str], Run], Any], object]
) -> None:
    translator = embedkit.Translator(Run(trained / "runs" / "phrases"))
    with pytest.raises(UsageError, match="a sequence of texts is expected, and this is a single text; put it in a lis"):
        call(lambda name: Run(trained / "runs" / name), translator)


def test_a_list_in_the_place_of_a_text_is_one_line(trained: Path) -> None:
    with pytest.raises(UsageError, match=r"\['a'\] is no word of letters, but a list; give each as a text"):
        embedkit.nearest(SPACE, ["a"])  # type: ignore[arg-type]
    translator = embedkit.Translator(Run(trained / "runs" / "phrases"))
    with pytest.raises(UsageError, match=r"a text is expected, and \['a'\] is none"):
        translator.interpolate(["a"], "b")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("use", "name", "message"),
    [
        (lambda run: embedkit.hidden_space(run, ["a"]), "programs", "an execute run; this needs language-model"),
        (lambda run: embedkit.surprisal(run, ["a"]), "vectors", "a word2vec run; this needs language-model"),
        (embedkit.Translator, "small", "a language-model run; this needs seq2seq"),
        (lambda run: embedkit.phrase_space(run, ["a"]), "small", "a language-model run; this needs seq2seq"),
        (lambda run: embedkit.PhraseEncoder(run).fit(["a"]), "small", "a language-model run; this needs seq2seq"),
        (load_recogniser, "captions", "a captioner run; this needs recogniser"),
        (load_captioner, "spoken", "a recogniser run; this needs captioner"),
        (load_executor, "phrases", "a seq2seq run; this needs execute"),
        (load_classifier, "small", "a language-model run; this needs classifier"),
        (load_echo, "small", "a language-model run; this needs echo"),
    ],
)
def test_a_run_of_another_kind_is_called_so(
    trained: Path, use: Callable[[Run], object], name: str, message: str
) -> None:
    with pytest.raises(UsageError, match=f"^run '{name}' is {message}$"):
        use(Run(trained / "runs" / name))


def test_a_kind_of_run_may_be_given_as_one_text(trained: Path) -> None:
    folder = trained / "runs"
    assert embedkit.open_run("small", folder, kinds="language-model").name == "small"
    assert embedkit.open_run(None, folder, kinds="language-model").kind == "language-model"


def test_a_missing_file_of_vectors_is_called_so_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "words.vec").write_text("1 2\na 1 2\n")
    with pytest.raises(UsageError, match=r"word\.vec: no such file; did you mean .*words\.vec\?"):
        embedkit.read_space(tmp_path / "word.vec")
    with pytest.raises(UsageError, match="no such file, and no folder"):
        embedkit.read_space(tmp_path / "nowhere" / "word.vec")
