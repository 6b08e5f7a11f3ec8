"""Runs of every kind, each file of which somebody may have touched: their vocabularies, their folders, their pages."""

import os
from collections.abc import Iterator, Sequence
from contextlib import chdir
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.hostile_inputs.sample import Item, Sample
from benchmarks.hostile_inputs.sounds import RATE, noise
from benchmarks.hostile_inputs.trial import command
from embedkit.report.lineage import read_lineage
from embedkit.runs.folder import Run
from embedkit.spaces.open import open_run_space
from embedkit.tasks.speech.audio import wav
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
        "train lm --corpus text.txt --name after --start-from small --steps 1 --evaluations 1",
        "surprisal --run small minimal.tsv --out surprisal.csv",
        "evaluate small --pairs minimal.tsv",
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
PAGES = ("small", "vectors", "phrases")
"""Runs whose pages are verified."""
PREPARED = "prepared"
"""A file that says that all is there."""
_TEXTS = (".toml", ".json", ".jsonl", ".tsv", ".npz", ".safetensors", ".png", ".csv")


def prepare(folder: Path) -> None:
    """Train the runs, make what their reports need, and render these last.

    Raises:
        RuntimeError: a page does not pass that nobody has touched.
    """
    rng = np.random.default_rng(0)
    lines = (" ".join(rng.choice(_WORDS, size=12)) + " ." for _ in range(600))
    (folder / "text.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "minimal.tsv").write_text("a king the river\ta king river the\n" * 20, encoding="utf-8")
    for line in TRAININGS:
        words = line.format(text=folder / "text.txt").split()
        if not (folder / "runs" / words[words.index("--name") + 1] / "metrics.json").exists():
            _in_folder(folder, " ".join(words))
    commands = [line for several in COMMANDS.values() for line in several]
    for line in sorted(commands, key=lambda line: line.startswith("report")):
        _in_folder(folder, line)
    for name in PAGES:
        if _verify(_page(name), folder) != [("passed", True)]:
            raise RuntimeError(f"the page of {name} does not pass")
    (folder / PREPARED).touch()


def _in_folder(folder: Path, line: str) -> list[Item]:
    os.environ["EMBEDKIT_RUNS"] = str(folder / "runs")
    with chdir(folder):
        return command(line.split())


def samples(prepared: Path) -> Iterator[Sample]:
    for name, lines in COMMANDS.items():
        files = _files(prepared, name)
        if name == "small":
            files |= {each: (prepared / each).read_bytes() for each in ("text.txt", "minimal.tsv")}
        if name in ("small", "letters", "bytes"):
            vocabulary = {each: files[f"runs/{name}/{each}"] for each in ("tokenizer.json", "vocabulary.tsv")}
            # One value of it is a token with its count, or all tokens of one kind.
            yield Sample("tokenizers", name, vocabulary, _read_vocabulary, whole=False)
        for line in lines:
            yield Sample("runs", line, files, partial(_in_folder, line=line), holds=False)
        # A touched line of the history can take the step of another, a sample is called by its prompt.
        yield Sample("runs", f"what {name} holds", files, partial(_read_run, name), slack=1, whole=False)
    spoken = {**_files(prepared, "spoken"), "said.wav": wav(noise(), RATE)}
    for options in ("--times", "--captions vtt --beams 3"):
        line = f"transcribe said.wav --run spoken {options}"
        yield Sample("sound", line, spoken, partial(_in_folder, line=line), ("said.wav",), holds=False)
    for name in PAGES:
        page = (prepared / _page(name)).read_bytes()
        lineage = read_lineage(page.decode(), name)
        artefacts = tuple(f"runs/{artefact.path}" for run in lineage.runs for artefact in run.artefacts)
        files = {_page(name): page, **{each: (prepared / each).read_bytes() for each in artefacts}}
        damaged = (_page(name),) * len(artefacts) + artefacts  # the page half of the time
        yield Sample("pages", f"page of {name}", files, partial(_verify, _page(name)), damaged, strict=True)


def _page(name: str) -> str:
    return f"reports/html/{name}.html"


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


def _read_run(name: str, folder: Path) -> list[Item]:
    """Every option, figure, evaluation and sample of a run, and its spaces by the label."""
    run = Run(folder / "runs" / name)
    items: list[Item] = [(key, repr(value)) for key, value in run.config.items()]
    items += [(key, repr(value)) for record in (run.metrics, run.provenance) for key, value in record.items()]
    items += [(f"step {each.get('step')}", repr(each)) for each in run.history]
    items += [(f"sample {each['prompt']} {each['temperature']} {each['seed']}", each["text"]) for each in run.samples]
    for which in run.artefacts("spaces", ".npz"):
        space = open_run_space(run, which)
        rows = zip(space.labels, space.vectors, strict=True)
        items += [(f"{which} {label}", tuple(row.tolist())) for label, row in rows]
    return items


def _verify(page: str, folder: Path) -> Sequence[Item]:
    os.environ["EMBEDKIT_RUNS"] = str(folder / "runs")
    return [("passed", verify(folder / page, quick=True).passed)]
