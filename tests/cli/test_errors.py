"""Every wrong call is one readable line on stderr that names what is near, and an exit code."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from cyclopts import App

from embedkit.cli.app import app
from embedkit.cli.edge import _variable_for
from embedkit.runs.folder import runs_folder
from tests.command_line import Call


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("trian", "did you mean train or"),
        ("corpora shw", "did you mean show?"),
        ("corpora fetch wikitxt-2", "did you mean wikitext-2"),
        ("train lmm", "lm"),
        ("train lm --cell ltsm", "lstm"),
        ("train lm --hiden-size 5", "--hidden-size"),
        ("train lm --corpus wikitext2", "did you mean wikitext-2"),
        ("train lm --corpus nowhere.txt", "nowhere.txt: no such file"),
        ("train lm --dropout 1.5", "--dropout 1.5: must be at least 0 and below 1"),
        ("train lm --minutes 0", "--minutes 0.0: must be above zero"),
        ("train lm --name small", "exists"),
        ("train lm --name ../evil", "run name '../evil'"),
        ("train lm --config nowhere.toml", "nowhere.toml"),
        ("complete hello --run smal", "did you mean small?"),
        ("complete hello --run vectors", "word2vec run; this needs language-model"),
        ("complete hello --top-p 2", "--top-p 2.0"),
        ("neighbors kng --space small", "did you mean king"),
        ("neighbors", "name a word"),
        ("neighbors king --space nowhere.txt", "nowhere.txt"),
        ("analogy king", "king - man + woman"),
        ("analogy king - man + womn --space small", "did you mean woman"),
        ("analogy king - man + woman --restirct 5", "did you mean --restrict"),
        ("analogy --questions gogle-analogies --space small", "did you mean google-analogies"),
        ("analogy --questions simlex999 --space small", "embedkit similarity simlex999"),
        ("analogy --method 3cosadd --space small", "did you mean 3CosAdd"),
        ("analogy man king woman --space small --space vectors", "give one --space"),
        ("map --method umapp", "umap"),
        ("map small --method pca --neighbors 3", "--neighbors is no option of --method pca"),
        ("report smal", "did you mean small?"),
        ("export --format word2vek --out v.txt", "word2vec"),
        ("export small/outptu --format npz --out v.npz", "did you mean output"),
        ("analogy king man woman --space small --method 3CosMul", "--method goes with a question set"),
        ("analogy king man woman --seed 3 --lowercase", "--lowercase and --seed go with a question set"),
        ("analogy -k 3 --space small", "-k goes with an expression"),
        ("evaluate small --pairs p.tsv --split test --beams 3", "--split and --beams go with held-out examples"),
        ("evaluate small --pairs p.tsv --word-bonus 1", "--word-bonus goes with held-out examples"),
        ("evaluate programs --beams 3", "--beams goes with other kinds of run than programs (execute)"),
        ("evaluate spoken --language-weight 1", "--language-weight goes with a language model, and"),
        ("evaluate attentive --word-bonus 1", "--word-bonus goes with a language model in the search"),
        (
            "transcribe a.wav --language-weight 1 --word-bonus 2",
            "--language-weight and --word-bonus go with",
        ),
        ("transcribe a.wav --captions srt --times", "--times goes with a text, and captions are printed"),
        ("translate x --best 3 --temperature 1", "--best goes with a search, and --temperature draws one text"),
        ("translate x --seed 3", "--seed goes with --temperature"),
        ("translate x --best 3 --beams 1", "--best 3: a search with --beams 1 has 1"),
        ("caption --scene 5 --best 3 --beams 2", "--best 3: a search with --beams 2 has 2"),
        ("t9 843 --split test", "--split goes with --evaluate"),
        ("t9 --evaluate -k 3", "-k goes with digits"),
        ("compare small vectors --series --resamples 100", "--resamples goes with two spaces, not with --series"),
        ("compare small --over-training --floor 3 --limit 9", "--floor and --limit go with two spaces"),
        ("runs extra", "'extra' is one word too many"),
    ],
)
def test_a_wrong_call_is_one_line_and_exit_code_2(call: Call, words: str, said: str, tmp_path: Path) -> None:
    done = call(*words.split())
    *notes, line = done.err.strip().splitlines()
    assert line.startswith("error: ")
    assert said in line
    assert not [note for note in notes if "Traceback" in note]
    assert done.code == 2
    assert list(tmp_path.iterdir()) == []


def _whole_number_options(group: App, *commands: str) -> Iterator[tuple[str, ...]]:
    """Each option of whole numbers, behind its command."""
    names = [name for name in group if not name.startswith("-")]
    for name in names:
        yield from _whole_number_options(group[name], *commands, name)
    if not names:
        for argument in group.assemble_argument_collection():
            if "int" in str(argument.hint):
                yield (*commands, argument.name)


def test_a_fraction_for_a_whole_number_is_refused_by_every_option_of_every_command(call: Call, tmp_path: Path) -> None:
    options = list(_whole_number_options(app))
    assert {("train", "lm", "--steps"), ("lab", "echo-capacity", "--delays"), ("map", "--seed")} <= set(options)
    for words in options:
        refused = call(*words, "2.7")
        assert (refused.code, refused.err) == (2, f"error: {words[-1]} 2.7: must be a whole number\n"), words
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("line", ["seed = 1.5", "[model]\nmin_count = 1.5", "[training]\nsteps = 1.5"])
def test_a_fraction_for_a_whole_number_in_a_file_is_refused(call: Call, line: str, tmp_path: Path) -> None:
    (tmp_path / "options.toml").write_text(line)
    refused = call("train", "lm", "--config", "options.toml")
    assert refused.code == 2
    assert refused.err == f"error: options.toml: {line.splitlines()[-1]}: must be a whole number\n"


def test_a_whole_number_may_be_written_with_a_point(call: Call) -> None:
    assert call("neighbors", "king", "-k", "2.0", "--space", "vectors").out.count("\n") > 3


def test_a_failure_is_exit_code_1(call: Call, tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "latin.txt").write_bytes(b"caf\xe9 au lait\n" * 50)
    (tmp_path / "vectors.txt").write_text("2 2\na 1 2\nb 1\n")
    for words, said in (
        ("train lm --corpus empty.txt", "there is no text in it"),
        ("train lm --corpus latin.txt", "latin.txt:1: not UTF-8"),
        ("neighbors a --space vectors.txt", "vectors.txt:3"),
        ("corpora show wikitext-2", "embedkit corpora fetch wikitext-2"),
    ):
        done = call(*words.split())
        assert (done.code, said in done.err.splitlines()[-1]) == (1, True), done.err
    assert not list(tmp_path.glob("runs/*"))


def test_no_run_yet_says_how_to_make_one(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "none"))
    assert "embedkit demo" in call("runs").err
    assert "embedkit demo" in call("neighbors", "king").err


def test_something_unexpected_keeps_its_traceback(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("embedkit.cli.app.app", broken)
    done = call("runs")
    assert done.code == 1
    assert "ZeroDivisionError" in done.err
    assert "Please report" in done.err


def test_a_reader_that_leaves_early_is_no_error(trained: Path) -> None:
    command = f"{sys.executable} -c 'from embedkit.cli import main; main()' corpora list --json | head -c 10"
    environment = {**os.environ, "EMBEDKIT_RUNS": str(trained / "runs")}
    done = subprocess.run(command, shell=True, capture_output=True, text=True, timeout=60, env=environment)
    assert done.stderr == ""


def test_an_empty_variable_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", "")
    assert runs_folder() == Path("runs")


def test_the_advice_names_the_variable_that_the_file_goes_by(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr("embedkit.cli.edge.gettempdir", lambda: str(tmp_path))
    assert _variable_for(str(tmp_path / "runs" / "x" / "config.toml")) == ", with the variable EMBEDKIT_RUNS"
    assert _variable_for(str(tmp_path / "tmpabc" / "x")) == ", with the variable TMPDIR"
    assert _variable_for(str(tmp_path / "out.npz")) == ""
    assert _variable_for("out.npz") == ", or start from another one"
