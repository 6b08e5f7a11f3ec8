"""Open a corpus by what a person types: a card's name, a text file, a folder, or - for standard input."""

import atexit
import re
import shutil
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from embedkit.addresses import is_address, masked
from embedkit.corpora.card import Card, list_cards, load_card
from embedkit.corpora.corpus import Corpus
from embedkit.corpora.prepare import about, data_folder, prepare
from embedkit.corpora.readers import SHARES
from embedkit.corpora.remote import local_copy
from embedkit.corpora.scripts import unspaced_script
from embedkit.corpora.textfile import COMPRESSED, LONGEST_LINE, TextFile, contiguous, open_bytes, stem
from embedkit.errors import CorpusError, UsageError, unknown
from embedkit.files import sha256
from embedkit.leftovers import new_scratch_folder
from embedkit.progress import Progress, no_progress
from embedkit.shortage import room_for

SPLITS = {"train": "train", "valid": "valid", "val": "valid", "validation": "valid", "dev": "valid", "test": "test"}
"""What files of a folder are called → their split."""


@dataclass(frozen=True)
class _Sets:
    """A kind of sets that are no texts: what they are of, the file of a prepared one, the command that takes one."""

    of: str
    many: str
    file: str
    command: str


_SETS = {
    "questions": _Sets("analogy questions", "question sets", "questions.txt", "embedkit analogy --questions {name}"),
    "similarity": _Sets("word similarity", "word-similarity sets", "pairs.txt", "embedkit similarity {name}"),
    "minimal-pairs": _Sets("minimal pairs", "sets of minimal pairs", "pairs.txt", "embedkit evaluate --pairs {name}"),
}
_SET_ENDINGS = (".questions", ".answers", ".tsv", ".csv", ".jsonl")
_SPLIT_FILE = re.compile(rf"(?:.*[._-])?({'|'.join(SPLITS)})(?:\.(?:txt|tokens|raw))?(?:\.(?:gz|bz2|xz))?")
_LOOK = 1 << 16


def open_corpus(source: str | Path, *, progress: Progress = no_progress) -> Corpus:
    """The corpus that `source` names: a card, a .txt file (or .gz, .bz2, .xz), a folder with train, valid and test
    files or a single text file, an address that fsspec opens (s3://, https://, hf:// and more; pip install
    'embedkit[remote]'), or "-" for standard input.

    A file without splits is cut into contiguous blocks, 90, 5 and 5 % of its bytes. A card's text is prepared the
    first time. What lies at an address is copied here first, and removed when the program ends.

    Args:
        progress: told the number of lines read, while a card's text is prepared; the share of a copy that is here.

    Raises:
        UsageError: there is no such card, file or folder.
        CorpusError: it is not at hand, damaged, empty or not UTF-8.
    """
    source = str(source)
    if source == "-":
        return _from_standard_input()
    if is_address(source):
        return _from_address(source, progress)
    path = Path(source)
    if path.is_dir():
        return _from_folder(path)
    if path.exists():
        return _from_file(path)
    if "/" in source or "\\" in source or path.suffix:
        raise UsageError(f"{source}: no such file or folder; `embedkit corpora` lists the corpora with a name")
    return _from_card(load_card(source), progress)


def questions_file(source: str | Path, *, progress: Progress = no_progress) -> Path:
    """The file or folder of a set of analogy questions, by its card's name, the beginning of it, or its path.

    Raises:
        UsageError: there is no such file, or the card is not one of questions.
        CorpusError: it is not at hand, or damaged.
    """
    return _set_file(source, "questions", progress)


def similarity_file(source: str | Path, *, progress: Progress = no_progress) -> Path:
    """The file of a word-similarity set, by its card's name, the beginning of it, or its path.

    Raises:
        UsageError: there is no such file, or the card is not one of word similarity.
        CorpusError: it is not at hand, or damaged.
    """
    return _set_file(source, "similarity", progress)


def minimal_pairs_file(source: str | Path, *, progress: Progress = no_progress) -> Path:
    """The file of a set of minimal pairs, by its card's name, the beginning of it, or its path.

    Raises:
        UsageError: there is no such file, or the card is not one of minimal pairs.
        CorpusError: it is not at hand, or damaged.
    """
    return _set_file(source, "minimal-pairs", progress)


def set_name(path: str | Path) -> str:
    """What a set is called that is read from `path`: as its card where it was prepared from one, else as the file or
    folder."""
    path = Path(path).resolve()
    if card := _card_of(path):
        return card
    if path.is_dir():
        return path.name
    name = stem(path)
    return name.removesuffix(Path(name).suffix) if Path(name).suffix in _SET_ENDINGS else name


def set_source(path: str | Path) -> str:
    """Where a set that is read from `path` can be read again: the name of its card, or the path from the root on."""
    path = Path(path).resolve()
    return _card_of(path) or str(path)


def _card_of(path: Path) -> str:
    """The name of the card that a file was prepared from; "" where it is somebody's own."""
    prepared = path.parent.name == "text" and path.parent.parent.parent == data_folder().resolve()
    return path.parent.parent.name if prepared else ""


def _set_file(source: str | Path, kind: str, progress: Progress) -> Path:
    path, what = Path(source), _SETS[kind]
    if str(source) and (path.is_file() or (path.is_dir() and kind == "questions")):
        return path
    if "/" in str(source) or path.suffix:
        raise UsageError(f"{source}: no such file; `embedkit corpora` lists the {what.many} with a name")
    card = load_card(_set_named(str(source), kind))
    return prepare(card, progress=progress) / what.file


def _set_named(source: str, kind: str) -> str:
    """The one card of a kind that is called `source`, or whose name begins so.

    Raises:
        UsageError: there is none, or several; where it is a card of another kind, what it is good for.
    """
    names = [card.name for card in list_cards(kind)]
    matches = [source] if source in names else [name for name in names if source and name.startswith(source)]
    if len(matches) == 1:
        return matches[0]
    if matches:
        raise UsageError(f"{source!r} may be {' or '.join(matches)}; give more of the name")
    for card in list_cards():
        if card.name == source or (card.kind in _SETS and source and card.name.startswith(source)):
            other = _SETS.get(card.kind)
            use = f"give it to `{other.command.format(name=card.name)}`" if other else "it is a text to train on"
            raise UsageError(f"{card.name} is not a set of {_SETS[kind].of}: {use}, or take {' or '.join(names)}")
    raise unknown(f"set of {_SETS[kind].of}", source, names, hint="(or name a file)")


def _from_card(card: Card, progress: Progress) -> Corpus:
    if card.kind not in ("text", "pairs"):
        raise UsageError(f"{card.name} is a set of {card.kind}, not a text to train on; see `embedkit corpora`")
    corpus = _from_folder(prepare(card, progress=progress))
    files = about(card)
    return replace(
        corpus,
        name=card.name,
        pretokenized=card.pretokenized,
        licence=card.licence,
        citation=card.citation,
        source=card.name,
        counts={
            f"{split}_{unit}": n for split, numbers in files.items() for unit, n in numbers.items() if unit != "sha256"
        },
    )


def _from_folder(folder: Path) -> Corpus:
    files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))
    splits: dict[str, TextFile] = {}
    for path in files:
        match = _SPLIT_FILE.fullmatch(path.name)
        if match is None:
            continue
        split = SPLITS[match[1]]
        if split in splits:
            raise UsageError(f"{folder}: {splits[split].path.name} or {path.name} as its {split} split? Name a file")
        splits[split] = TextFile(path)
    if {"train", "valid"} <= splits.keys():
        ordered = {split: splits[split] for split in SHARES if split in splits}
        return _corpus(folder, folder.resolve().name, ordered)
    texts = [path for path in files if path.name.removesuffix(_compression(path)).endswith(".txt")]
    if len(texts) == 1 and not splits:
        return _from_file(texts[0])
    missing = " and ".join(f"{split}.txt" for split in ("train", "valid") if split not in splits)
    raise UsageError(f"{folder}: there is no {missing} in it; add it, or name one text file")


def _compression(path: Path) -> str:
    return path.suffix if path.suffix in COMPRESSED else ""


def _from_file(path: Path) -> Corpus:
    return _corpus(path, stem(path), contiguous(path, SHARES))


def _from_address(address: str, progress: Progress) -> Corpus:
    path, name = local_copy(address, progress=progress), masked(address)
    try:
        return replace(_from_file(path), source=name)
    except CorpusError as error:
        raise CorpusError(str(error).replace(str(path), name)) from None


def _corpus(source: Path, name: str, splits: Mapping[str, TextFile]) -> Corpus:
    paths = list(dict.fromkeys(text.path for text in splits.values()))
    start = _start_of(splits["train"])
    if not start.strip():
        raise CorpusError(f"{splits['train'].path}: there is no text in it")
    return Corpus(
        name=name,
        splits=dict(splits),
        pretokenized=is_pretokenized(start),
        checksum=sha256(paths),
        licence="not stated",
        citation="",
        source=str(source),
        unspaced=unspaced_script(start) or "",
    )


def _start_of(text: TextFile) -> str:
    """The first lines of a text, some 64 kB, also where the text begins with many empty ones."""
    lines: list[str] = []
    size = 0
    for line in text():
        lines.append(line[:_LOOK])
        size += len(line)
        if size > _LOOK:
            break
    return "\n".join(lines)


def is_pretokenized(sample: str) -> bool:
    """Whether tokens already stand between spaces: commas and full stops do, and hardly any end a word."""
    tokens = sample.split()
    alone = sum(token in {",", "."} for token in tokens)
    attached = sum(len(token) > 1 and token[-1] in ",." for token in tokens)
    return alone > 10 * attached


@cache
def _spool() -> Path:
    """Standard input as a file, since a text is read more than once; removed when the program ends."""
    folder = new_scratch_folder()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    path = folder / "stdin.txt"
    with room_for(path), open(path, "wb") as out:
        shutil.copyfileobj(sys.stdin.buffer, out, LONGEST_LINE)
    return path


def _from_standard_input() -> Corpus:
    if sys.stdin.isatty():
        raise UsageError("- reads standard input, which is a terminal here; try `embedkit … --corpus - < my.txt`")
    path = _spool()
    if not open_bytes(path).read(1):
        raise CorpusError("standard input is empty; give a text, as in `embedkit … --corpus - < my.txt`")
    return replace(_from_file(path), name="stdin", source="-")
