"""Open a parallel corpus by what a person types: a card's name, a file with tabs, a folder, or two aligned files."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from functools import partial
from pathlib import Path

from embedkit.addresses import is_address, masked
from embedkit.corpora.card import Card, list_cards, load_card
from embedkit.corpora.opening import SPLITS
from embedkit.corpora.parallel import Origin, Pairs, ParallelCorpus, hold_out_valid, parallel_corpus, split_by_source
from embedkit.corpora.prepare import prepare
from embedkit.corpora.readers import aligned
from embedkit.corpora.remote import local_copy
from embedkit.corpora.textfile import COMPRESSED, TextFile, stem
from embedkit.errors import CorpusError, UsageError, unknown
from embedkit.progress import Progress, no_progress

_NAMES = "|".join(SPLITS)
_PACKED = r"(?:\.(?:gz|bz2|xz))?"
_TABLE = re.compile(rf".+\.(?:tsv|txt|tab){_PACKED}")
_SPLIT_TABLE = re.compile(rf"(?:.*[._-])?({_NAMES})\.(?:tsv|txt|tab){_PACKED}")
_SPLIT_LANGUAGE = re.compile(
    rf"(?:.*[._-])?({_NAMES})\.(?!(?:tsv|txt|tab|raw|csv)\b)([a-z]{{2,3}}(?:[-_]\w+)?){_PACKED}"
)
_LANGUAGE = re.compile(r"\.(?!tsv|txt|tab|raw|csv)([a-z]{2,3})")


def open_pairs(
    source: str | Path,
    *,
    target: str | Path | None = None,
    source_language: str | None = None,
    target_language: str | None = None,
    progress: Progress = no_progress,
) -> ParallelCorpus:
    """The parallel corpus that `source` names, read once to check it:

    - a card of kind "pairs", such as tatoeba-eng-fra: by default its first language to its second;
    - a tab-separated file (or .gz, .bz2, .xz): source, tab, target; further columns are not read;
    - a folder with one such file, or with train, valid and test files of that kind;
    - a folder with aligned files SPLIT.LANGUAGE, such as train.de and train.en: by default in alphabetical order;
    - with `target`, two aligned files: line n of one belongs to line n of the other.

    A file may also be an address, as in `open_corpus`.

    Lines are stripped, and pairs of which a side is empty are left out. What has no splits is split by a hash of the
    source text, 90, 5 and 5 %, so that a sentence with several translations stands in one split alone; without a valid
    split, the same hash holds out some 5 % of train. A target text may still stand in two splits.

    Args:
        source_language: with `target_language` chooses the languages of a card or a folder; with files whose languages
            are not known, it only says what they are.
        target_language: the same as `source_language` for an autoencoder.
        progress: told the number of lines read, while a card's text is prepared.

    Raises:
        UsageError: there is no such card, file, folder or language, or it is not said which of several.
        CorpusError: a line has no tab, aligned files differ in length, no pair has text on both sides, or a file is not
            at hand, damaged or not UTF-8; the file and the line are named.
    """
    path = _here(source, progress)
    origin = Origin(masked(str(source)), source_language=source_language or "", target_language=target_language or "")
    if target is not None:
        return _from_two_files(path, _here(target, progress), replace(origin, target=masked(str(target))))
    if path.is_dir():
        return _from_folder(path, origin)
    if path.exists():
        return _from_tables(_stem(path), {"text": path}, origin)
    if "/" in str(source) or "\\" in str(source) or path.suffix:
        raise _no_file(path)
    return _from_card(_card(str(source)), origin, progress)


def _here(source: str | Path, progress: Progress) -> Path:
    """What is named as a path; a copy of what lies at an address."""
    return local_copy(str(source), progress=progress) if is_address(str(source)) else Path(source)


def _card(name: str) -> Card:
    card = load_card(name)
    if card.kind != "pairs":
        names = " or ".join(other.name for other in list_cards("pairs"))
        raise UsageError(
            f"{card.name} is a corpus of kind {card.kind}, not of pairs; take {names}, or a file with tabs; "
            "--phrases and --stream learn from a text"
        )
    return card


def _no_file(path: Path) -> UsageError:
    siblings = [sibling.name for sibling in path.parent.iterdir()] if path.parent.is_dir() else []
    if get_close_matches(path.name, siblings, cutoff=0.5):
        return unknown("file", path.name, sorted(siblings), hint=f"(in {path.parent})")
    return UsageError(f"{path}: no such file or folder; `embedkit corpora` lists the corpora with a name")


def _from_card(card: Card, origin: Origin, progress: Progress) -> ParallelCorpus:
    folder = prepare(card, progress=progress)
    # What a card does not say is told by the text's commas, as in a file.
    origin = replace(origin, licence=card.licence, citation=card.citation, pretokenized=card.pretokenized or None)
    columns = (0, 1)
    if card.languages:
        origin = _choose(card.languages, origin, ordered=True)
        columns = card.languages.index(origin.source_language), card.languages.index(origin.target_language)
    splits = {path.stem: partial(_table, path, columns) for path in sorted(folder.glob("*.txt"))}
    return _corpus(card.name, splits, origin)


def _from_folder(folder: Path, origin: Origin) -> ParallelCorpus:
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name[0] not in "._")
    name = folder.resolve().name
    by_language = _by_language(folder, files)
    if len(by_language) > 1:
        chosen = _choose(sorted(by_language), origin, ordered=False)
        sides = [by_language[language] for language in (chosen.source_language, chosen.target_language)]
        return _from_aligned(name, sides, chosen)
    splits = _split_tables(folder, files)
    if splits:
        return _from_tables(name, splits, origin)
    tables = [path for path in files if _TABLE.fullmatch(path.name) and _has_tab(path)]
    if len(tables) == 1:
        return _from_tables(_stem(tables[0]), {"text": tables[0]}, origin)
    if tables:
        raise UsageError(f"{folder}: {', '.join(path.name for path in tables[:8])}? Name one of these files")
    raise UsageError(
        f"{folder}: there are no pairs in it; give a file with a tab between two texts, or aligned files such as "
        "train.de and train.en with val.de and val.en"
    )


def _by_language(folder: Path, files: Iterable[Path]) -> dict[str, dict[str, Path]]:
    """Language → split → file, of those languages that have a train file."""
    matches = [(match, path) for path in files if (match := _SPLIT_LANGUAGE.fullmatch(path.name))]
    by_language = {
        language: _one_each(folder, ((SPLITS[match[1]], path) for match, path in matches if match[2] == language))
        for language in {match[2] for match, _ in matches}
    }
    return {language: splits for language, splits in by_language.items() if "train" in splits}


def _split_tables(folder: Path, files: Iterable[Path]) -> dict[str, Path]:
    """Split → file. If one has a tab, all files of such names are meant, so that a bad one is not passed over."""
    matches = [(SPLITS[match[1]], path) for path in files if (match := _SPLIT_TABLE.fullmatch(path.name))]
    return _one_each(folder, matches) if any(_has_tab(path) for _, path in matches) else {}


def _one_each(folder: Path, files: Iterable[tuple[str, Path]]) -> dict[str, Path]:
    splits: dict[str, Path] = {}
    for split, path in files:
        if split in splits:
            raise UsageError(f"{folder}: {splits[split].name} or {path.name} as its {split} split? Take one away")
        splits[split] = path
    return splits


def _from_aligned(name: str, sides: Sequence[Mapping[str, Path]], origin: Origin) -> ParallelCorpus:
    for here, there in (sides, sides[::-1]):
        lacking = [split for split in here if split not in there]
        if lacking:
            raise UsageError(
                f"{origin.source}: there is {here[lacking[0]].name}, but no such file beside {there['train'].name}; "
                "add it, or take this one away"
            )
    return _corpus(name, {split: partial(_aligned, *(side[split] for side in sides)) for split in sides[0]}, origin)


def _from_two_files(source: Path, target: Path, origin: Origin) -> ParallelCorpus:
    for path in (source, target):
        if path.is_dir():
            raise UsageError(f"{path} is a folder; with a target, source and target are two aligned files")
        if not path.exists():
            raise _no_file(path)
    origin = replace(
        origin,
        source_language=origin.source_language or _language(source),
        target_language=origin.target_language or _language(target),
    )
    name = _stem(source).removesuffix(f".{_language(source)}")
    return _corpus(name, {"text": partial(_aligned, source, target)}, origin)


def _from_tables(name: str, files: Mapping[str, Path], origin: Origin) -> ParallelCorpus:
    return _corpus(name, {split: partial(_table, path, (0, 1)) for split, path in files.items()}, origin)


def _corpus(name: str, splits: Mapping[str, Pairs], origin: Origin) -> ParallelCorpus:
    splits = split_by_source(splits["text"]) if "text" in splits else hold_out_valid(splits)
    return parallel_corpus(name, splits, origin)


def _table(path: Path, columns: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """Two columns of a file; a line without any text is a pair of nothing."""
    for number, line in enumerate(TextFile(path)(), 1):
        cells = line.split("\t")
        if len(cells) <= max(columns):
            if not line.strip():
                yield "", ""
                continue
            what = "no tab between two texts" if len(cells) == 1 else f"{len(cells)} texts and no {max(columns) + 1}."
            raise CorpusError(f"{path}:{number}: {what}: {line[:60]!r}; a line is a source, a tab and its target")
        yield cells[columns[0]], cells[columns[1]]


def _aligned(source: Path, target: Path) -> Iterator[tuple[str, str]]:
    for cells in aligned((source, target)):
        yield cells[0], cells[1]


def _has_tab(path: Path) -> bool:
    """Whether the first line with text has a tab: notes that lie beside the pairs have none."""
    return "\t" in next((line for line in TextFile(path)() if line.strip()), "")


def _choose(languages: Sequence[str], origin: Origin, *, ordered: bool) -> Origin:
    """The two languages that are meant: those given, and the first others if that is `ordered` or leaves no choice."""
    source, target = origin.source_language, origin.target_language
    for language in (source, target):
        if language and language not in languages:
            raise unknown("language", language, languages, hint=f"(in {origin.source})")
    if not ordered and len(languages) > 2 and not (source and target):
        raise UsageError(
            f"{origin.source}: there are {', '.join(languages)}; say which, as in "
            f"`--source-language {languages[0]} --target-language {languages[1]}`"
        )
    others = iter([language for language in languages if language not in (source, target)])
    source = source or next(others)
    return replace(origin, source_language=source, target_language=target or next(others))


def _stem(path: Path) -> str:
    return stem(path).removesuffix(".tsv").removesuffix(".tab")


def _language(path: Path) -> str:
    """What a file's ending says of its language: "de" of a.de and a.de.gz, else nothing."""
    name = path.with_suffix("") if path.suffix in COMPRESSED else path
    match = _LANGUAGE.fullmatch(name.suffix)
    return match[1] if match else ""
