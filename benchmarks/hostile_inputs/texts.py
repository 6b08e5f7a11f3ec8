"""Texts, pairs and questions: plain and compressed, in several encodings, in splits, in one file, two, or a folder."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import get_args

from benchmarks.hostile_inputs.sample import Item, Sample
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.scored_pairs import SimilaritySet
from embedkit.config.architecture import Level
from embedkit.corpora import open_corpus, open_pairs
from embedkit.tasks.language_model.minimal_pairs.pairs import MinimalPairSet
from embedkit.text.vocabulary import Vocabulary

LINES = tuple(
    f"the {animal} {verb} , {where} 日本 naïve {number:,} it's « {verb} » ."
    for number, (animal, verb, where) in enumerate(
        (a, v, w)
        for a in ("cat", "dog", "हिन्दी", "owl")
        for v in ("sat", "ran", "slept")
        for w in ("here", "in New York", "می‌خواهم", "there", "at home")
    )
)
TEXT = ("\n".join(LINES) + "\n").encode()
_PACKERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": partial(gzip.compress, mtime=0),
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def samples(folder: Path) -> Iterator[Sample]:
    yield from _texts()
    yield from _pairs()
    yield from _questions()


def _texts() -> Iterator[Sample]:
    files = {"a.txt": TEXT, "bom.txt": b"\xef\xbb\xbf" + TEXT}
    # Without the ending of a text, since a line of bytes is no line of these.
    files |= {encoding: TEXT.decode().encode(encoding) for encoding in ("utf-16", "utf-32", "utf-16-be")}
    files |= {f"a.txt{ending}": pack(TEXT) for ending, pack in _PACKERS.items()}
    files["long.txt"] = TEXT.replace(b"\n", b"")
    for level in get_args(Level):
        for name, content in files.items():
            read = partial(_read_text, name, level)
            yield Sample("texts", f"{name} by {level}", {name: content}, read, sealed=name.endswith(tuple(_PACKERS)))
    third = len(LINES) // 3
    parts = {"train": LINES[: -2 * third], "valid": LINES[-2 * third : -third], "test": LINES[-third:]}
    split = {f"splits/{name}.txt": ("\n".join(lines) + "\n").encode() for name, lines in parts.items()}
    yield Sample("texts", "splits", split, partial(_read_text, "splits", "word"))


def _read_text(name: str, level: Level, folder: Path) -> list[Item]:
    """Every line, after a vocabulary was made of them, and each was encoded."""
    corpus = open_corpus(folder / name)
    vocabulary = Vocabulary.build(corpus, level=level, size=300)
    lines = [line for split in corpus.splits for line in corpus.lines(split)]
    for line in lines[:20]:
        if level == "bpe" and vocabulary.decode(vocabulary.encode(line)) != line:
            raise AssertionError(f"{line!r} does not come back from its byte pairs")
        vocabulary.encode(line)
    return [("line", line) for line in lines]


def _pairs() -> Iterator[Sample]:
    rows = [(line.partition(" ,")[0] + f" {number}", line.rpartition("«")[2]) for number, line in enumerate(LINES)]
    table = "".join(f"{source}\t{target}\n" for source, target in rows).encode()
    for name, content in (("a.tsv", table), ("a.tsv.gz", gzip.compress(table, mtime=0))):
        yield Sample("pairs", name, {name: content}, partial(_read_pairs, name, None), sealed=name.endswith(".gz"))
    sides = ["".join(f"{row[side]}\n" for row in rows).encode() for side in (0, 1)]
    two = {"a.de": sides[0], "a.en": sides[1]}
    yield Sample("pairs", "two files", two, partial(_read_pairs, "a.de", "a.en"), aligned=True)
    aligned = {
        f"{split}.{side}": content
        for split in ("train", "val")
        for side, content in zip(("de", "en"), sides, strict=True)
    }
    folder = {f"aligned/{name}": content for name, content in aligned.items()}
    yield Sample("pairs", "aligned folder", folder, partial(_read_pairs, "aligned", None), aligned=True)


def _read_pairs(name: str, target: str | None, folder: Path) -> list[Item]:
    corpus = open_pairs(folder / name, target=None if target is None else folder / target)
    return [(source, text) for split in corpus.splits for source, text in corpus.pairs(split)]


GOOGLE = b": capitals\nAthens Greece Baghdad Iraq\nAthens Greece Bern Switzerland\nBaghdad Iraq Athens Greece\n" + (
    b": family\nboy girl brother sister\nboy girl king queen\nking queen man woman\n"
)
PAIRS = b": opposites\nhot\tcold\nbig\tsmall/little\nNew York\tnowhere\n: plural\ncat\tcats\ndog\tdogs\nowl\towls\n"
MSR = b"good better rough\nbetter good rougher\nyear years law\n", b"JJ_JJR rougher\nJJR_JJ rough\nNN_NNS laws\n"
SCORED = b"# people said\nWord 1,Word 2,Human\ncat,dog,7.35\ntiger,cat,7.0\ncar,train,6.31\nking,cabbage,0.23\n"


MINIMAL = tuple(
    (f"the {one} {verb}s here {number}", f"the {one}s {verb}s here {number}", "agreement", "syntax", f"template-{one}")
    for number, (one, verb) in enumerate((o, v) for o in ("cat", "dog", "naïve owl") for v in ("sit", "run", "sleep"))
)
_BLIMP = ("sentence_good", "sentence_bad", "linguistics_term", "field", "UID")


def _questions() -> Iterator[Sample]:
    for name, files in (
        ("google.txt", {"google.txt": GOOGLE}),
        ("pairs.txt", {"pairs.txt": PAIRS}),
        ("google.txt.gz", {"google.txt.gz": gzip.compress(GOOGLE, mtime=0)}),
        ("msr.questions", {"msr.questions": MSR[0], "msr.answers": MSR[1]}),
        ("bats", {"bats/a.txt": b"hot\tcold\nbig\tsmall\n", "bats/deep/b.txt": b"cat\tcats\ndog\tdogs/hounds\n"}),
    ):
        yield Sample("questions", name, files, partial(_read_questions, name), sealed=name.endswith(".gz"))
    for name, mark in (("scored.csv", b","), ("scored.tsv", b"\t")):
        content = SCORED.replace(b",", mark)
        yield Sample("questions", name, {name: content}, partial(_read_similarity, name))
    rows = "".join("\t".join(row) + "\n" for row in MINIMAL)
    heading = "\t".join(("Good", "bad", "phenomenon", "field", "paradigm")) + "\n"
    for name, text in (
        ("minimal.tsv", rows),
        ("heading.tsv", heading + rows),
        ("minimal.jsonl", "".join(json.dumps(dict(zip(_BLIMP, row, strict=True))) + "\n" for row in MINIMAL)),
    ):
        # A touched heading names other columns.
        read = partial(_read_minimal, name, columns="good bad" if name == "heading.tsv" else "all")
        yield Sample("questions", name, {name: text.encode()}, read, whole=False)


def _read_questions(name: str, folder: Path) -> list[Item]:
    questions = AnalogySet.read(folder / name)
    pairs = (pair for category in questions.categories for pair in category.pairs)
    return [(pair.source, target) for pair in pairs for target in pair.targets]


def _read_similarity(name: str, folder: Path) -> list[Item]:
    return [(f"{each.first} {each.second}", each.score) for each in SimilaritySet.read(folder / name).pairs]


def _read_minimal(name: str, folder: Path, columns: str) -> list[Item]:
    pairs = MinimalPairSet.read(folder / name).pairs
    if columns == "all":
        return [(pair.good, (pair.bad, pair.phenomenon, pair.field, pair.paradigm)) for pair in pairs]
    return [(pair.good, pair.bad) for pair in pairs]
