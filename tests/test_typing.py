"""The public names carry types that a strict program can rely on."""

import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import embedkit

ROOT = Path(__file__).resolve().parent.parent
CONSUMER = """\
import numpy as np
from embedkit import (
    AnalogySet, EmbeddingSpace, LanguageModel, MeanEmbedder, PhraseEncoder, Run, Seq2SeqModel,
    Seq2SeqTraining, SpaceProjector, LanguageModelTraining, Translator, Vocabulary, Word2VecTraining, cluster, compare,
    hidden_space, knn_purity, nearest, open_corpus, open_pairs, open_run, open_space, organised_by, pca,
    phrase_space, postprocessed, questions_file, read_space, render, resume, run_report, score, solve, study, surprisal,
    train, train_word2vec, umap, write_report, write_space,
)

run: Run = train(LanguageModel(), LanguageModelTraining(minutes=3), "runs/first")
baseline: Run = train_word2vec(Word2VecTraining(corpus="my.txt"), "runs/vectors")
encoder = train(Seq2SeqModel(), Seq2SeqTraining(corpus="pairs.tsv"), "runs/pairs")
space: EmbeddingSpace = open_space(run)
vectors: np.ndarray = space.vectors
words: list[str] = [answer.word for answer in solve(space, "king - man + woman").answers]
cosines: list[float] = [answer.cosine for answer in nearest(space, "river", k=3)]
words += [answer.word for answer in solve(space, ["king", "woman"], ["man"]).honest]
points: np.ndarray = umap(space.head(5000), seed=0).points + pca(space).points
names: tuple[str, ...] = cluster(space).names
telling: list[str] = [column.name for column in organised_by(space, k=5).organising]
space = postprocessed(space, "centred")
covered: int = score(space, AnalogySet.read(questions_file("google"))).micro.covered
size: int = render(run_report(study(run)), "first.html").stat().st_size
render(run_report(run, baseline=baseline), "both.html")
kept: str = write_report(space, to="space.html", points=0).name
shared: int = compare(space, open_space("vectors")).figures.shared
write_space(read_space("glove.txt"), "glove.npz")
ids: list[int] = Vocabulary.build(open_corpus("my.txt"), level="word", min_count=2).encode("the king")
text: str = Translator(encoder).translate(["the king"], beams=5)[0][0].text
purity = knn_purity(phrase_space(encoder, ["a", "b"]).vectors, ["x", "y"])
states: EmbeddingSpace = hidden_space(open_run("first"), ["the king of"])
bits: list[float] = [word.bits for line in surprisal(run, ["the king"], carried=True) for word in line.words]
finished: Run = resume(open_run("stopped"))
counted = open_pairs("pairs.tsv").source.counts
means: np.ndarray = MeanEmbedder(space).fit(["a text"]).transform(["another"])
codes: np.ndarray = PhraseEncoder(encoder).fit(["a text"]).transform(["another"])
places: np.ndarray = SpaceProjector("pca", dimensions=3).fit(means).transform(means)
"""
WRONG = {
    'solve(space, "king", "man", restrict="all")': "call-overload",
    "nearest(space, 3)": "arg-type",
    'number: int = nearest(space, "river")[0].word': "assignment",
    "render(run, 'first.html')": "arg-type",
    "open_space(run).missing": "attr-defined",
    "SpaceProjector(dimension=3)": "call-arg",
}


# Of others' packages only whether these names go together matters; the largest are not read, for time.
SETTINGS = f"""\
[mypy]
strict = True
mypy_path = {ROOT}
[mypy-torch.*,bokeh.*,gensim.*,sklearn.*,scipy.*,umap.*,pyarrow.*,PIL.*,rich.*,requests.*,babel.*,sacrebleu.*]
follow_imports = skip
ignore_missing_imports = True
"""


def test_a_strict_program_over_every_public_name_passes_and_learns_of_each_mistake(tmp_path: Path) -> None:
    pytest.importorskip("mypy", reason="needs mypy: pip install -e '.[dev]'")
    assert [name for name in embedkit.__all__ if name not in CONSUMER] == []
    (tmp_path / "consumer.py").write_text(CONSUMER + "\n".join(WRONG) + "\n", encoding="utf-8")
    (tmp_path / "mypy.ini").write_text(SETTINGS, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--config-file", "mypy.ini", "consumer.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 1, done.stderr
    errors = [line for line in done.stdout.splitlines() if line.startswith("consumer.py") and " error: " in line]
    first = CONSUMER.count("\n") + 1
    assert [(line.split(":")[1], line.rpartition("[")[2].rstrip("]")) for line in errors] == [
        (str(line), code) for line, code in enumerate(WRONG.values(), first)
    ]


@pytest.mark.parametrize("package", ["embedkit", "embedkit.report"])
def test_every_public_name_stands_once_and_is_at_home_where_the_stub_says(package: str) -> None:
    module = import_module(package)
    stub = (Path(module.__file__ or "").with_suffix(".pyi")).read_text(encoding="ascii")
    homes = re.findall(r"^from \.(\S+) import (\w+) as \2$", stub, re.MULTILINE)
    assert sorted(name for _, name in homes) == sorted(module.__all__)
    assert stub.count("import ") == len(homes) == len(set(module.__all__))
    for home, name in homes:
        assert getattr(module, name) is getattr(import_module(f"{package}.{home}"), name)
    with pytest.raises(AttributeError, match="no_such_name"):
        _ = module.no_such_name


def test_the_package_says_that_it_is_typed() -> None:
    assert (ROOT / "embedkit" / "py.typed").read_bytes() == b""
