"""Runs of every kind, each file of which somebody may have touched: their vocabularies, their folders, their pages."""

import os
from collections.abc import Iterator, Sequence
from contextlib import chdir
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.hostile_inputs.sample import Item, Sample
from benchmarks.hostile_inputs.trial import command
from embedkit.text.vocabulary import Vocabulary
from embedkit.verification.pages import verify

_WORDS = (
    *("king", "queen", "man", "woman", "boy", "girl", "brother", "sister", "he", "she", "his", "her", "river"),
    *("music", "city", "the", "of", "was", "founded", *(f"place{letter}" for letter in "abcdefghij")),
)
_SEQ2SEQ = "--embedding-size 8 --hidden-size 8 --bottleneck-size 4 --evaluations 1"
_LM = "--corpus {text} --embedding-size 16 --hidden-size 24 --batch-size 8 --bptt 10 --steps 30 --evaluations 3"
TRAININGS = (
    f"train lm --name small {_LM} --snapshots 2",
    f"train lm --name letters {_LM} --level char",
    f"train lm --name bytes {_LM} --level bpe",
    "train word2vec --corpus {text} --name vectors --dimensions 10 --epochs 2 --workers 1",
    f"train seq2seq --phrases --corpus {{text}} --name phrases --pairs 300 {_SEQ2SEQ} --steps 20",
    f"train seq2seq --corpus copy --attention dot --name attentive --pairs 200 --longest 3 {_SEQ2SEQ} --steps 5",
    f"train execute --name programs {_SEQ2SEQ} --steps 5 --batch-size 8 --held-out 20",
    "train caption --name captions --channels 4 --code-size 8 --embedding-size 8 --hidden-size 8 --held-out 40 "
    "--batch-size 16 --steps 5 --evaluations 1",
    "train speech --name spoken --mels 12 --hidden-size 8 --layers 1 --held-out 10 --steps 3 --evaluations 1",
    "train classify --name classes --hidden-size 8 --steps 5 --evaluations 1",
    "train echo --name echoes --hidden-size 8 --steps 5 --evaluations 1",
)
COMMANDS: dict[str, tuple[str, ...]] = {
    "small": (
        "runs",
        "report small",
        "neighbors king --space small",
        "analogy king - man + woman --space small",
        "complete --run small --tokens 5 the",
        "trace --run small the king",
        "compare small --over-training",
        "t9 --run small 843",
        "map small --method pca",
        "export small --format word2vec --out copy.txt",
    ),
    "letters": ("report letters", "complete --run letters --tokens 5 the"),
    "bytes": ("report bytes", "complete --run bytes --tokens 5 the"),
    "vectors": ("report vectors", "neighbors king --space vectors", "clusters vectors", "columns vectors"),
    "phrases": (
        "report phrases",
        "translate --run phrases the king",
        "encode --run phrases king queen",
        "evaluate phrases",
    ),
    "attentive": ("report attentive", "translate --run attentive a b"),
    "programs": ("report programs", "evaluate programs"),
    "captions": ("report captions", "evaluate captions"),
    "spoken": ("report spoken", "evaluate spoken"),
    "classes": ("report classes", "evaluate classes"),
    "echoes": ("report echoes", "evaluate echoes"),
}
PREPARED = "prepared"
"""A file that says that all is there."""
_TEXTS = (".toml", ".json", ".jsonl", ".tsv", ".npz", ".safetensors", ".png", ".csv")


def prepare(folder: Path) -> None:
    """Train the runs, and make what their reports need."""
    rng = np.random.default_rng(0)
    lines = (" ".join(rng.choice(_WORDS, size=12)) + " ." for _ in range(600))
    (folder / "text.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    for line in TRAININGS:
        words = line.format(text=folder / "text.txt").split()
        if not (folder / "runs" / words[words.index("--name") + 1] / "metrics.json").exists():
            _in_folder(folder, " ".join(words))
    for line in (each for several in COMMANDS.values() for each in several):
        _in_folder(folder, line)
    (folder / PREPARED).touch()


def _in_folder(folder: Path, line: str) -> list[Item]:
    os.environ["EMBEDKIT_RUNS"] = str(folder / "runs")
    with chdir(folder):
        return command(line.split())


def samples(prepared: Path) -> Iterator[Sample]:
    for name, lines in COMMANDS.items():
        files = _files(prepared, name)
        if name in ("small", "letters", "bytes"):
            vocabulary = {each: files[f"runs/{name}/{each}"] for each in ("tokenizer.json", "vocabulary.tsv")}
            # One value of it is a token with its count, or all tokens of one kind.
            yield Sample("tokenizers", name, vocabulary, _read_vocabulary, whole=False)
        for line in lines:
            yield Sample("runs", line, files, partial(_in_folder, line=line))
    for name in ("small", "vectors", "phrases"):
        page = f"reports/html/{name}.html"
        files = {**_files(prepared, name), page: (prepared / page).read_bytes()}
        yield Sample("pages", f"page of {name}", files, partial(_verify, page), (page,), strict=True)


def _files(prepared: Path, name: str) -> dict[str, bytes]:
    """Every file of a run, by its path."""
    paths = [path for path in sorted((prepared / "runs" / name).rglob("*")) if path.is_file()]
    return {
        str(path.relative_to(prepared)): path.read_bytes()
        for path in paths
        if path.suffix in _TEXTS and not path.name.startswith(".")
    }


def _read_vocabulary(folder: Path) -> list[Item]:
    vocabulary = Vocabulary.load(folder / "tokenizer.json")
    ids = vocabulary.encode("the king\nwas naïve")
    vocabulary.decode(ids)
    vocabulary.tokenizer.encode("the king")
    return list(zip(vocabulary.tokens, vocabulary.counts.tolist(), strict=True))


def _verify(page: str, folder: Path) -> Sequence[Item]:
    os.environ["EMBEDKIT_RUNS"] = str(folder / "runs")
    return [("passed", verify(folder / page, quick=True).passed)]
