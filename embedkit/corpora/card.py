"""The card of a public corpus or question set: where it is published, what it must look like, how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from hashlib import algorithms_available
from pathlib import Path, PurePosixPath
from typing import Any, get_type_hints

from embedkit.errors import CorpusError, unknown
from embedkit.files import read_toml, shipped
from embedkit.hints import fits, in_words

RECORDINGS = "recordings"
"""A kind of which nothing is made lines: its files are verified, and read by the task that they are for."""
KINDS = ("text", "pairs", "questions", "similarity", "minimal-pairs", RECORDINGS)


@dataclass(frozen=True)
class Download:
    """One file to download: its name on the disk, its addresses (the publisher's first), checksum and size in bytes."""

    file: str
    urls: tuple[str, ...] = ()
    checksum: str | None = None
    size: int | None = None


@dataclass(frozen=True)
class Card:
    """A TOML file in corpora/. Keys beyond those of `Download` and these are an error.

    Attributes:
        kind: "text"; "pairs" (texts between tabs); "questions" (analogies); "similarity" (two words and a score);
            "minimal-pairs" (a good and a bad sentence, and what they test); "recordings" (sound, which a
            task reads).
        downloads: what to fetch; where `bundled` is set, the one file that a package brings.
        reader: how the files become lines: a name in `readers.READERS`; "published" where they are kept as they are.
        pretokenized: tokens already stand between spaces.
        languages: of pairs, in the order in which their texts stand, such as ("en", "fr").
        bundled: the package whose wheel holds the file; `file` is then a path inside the package.
        members: split → file inside the download; without it the download itself is the text.
        split: sizes in bytes of train, valid and test, in that order, where a single file is cut by convention.
        unpacked_size: most bytes that the members unpack to.
        counts: what the reader must find, such as train_lines and train_tokens.
    """

    name: str
    kind: str
    title: str
    licence: str
    citation: str
    homepage: str
    reader: str
    downloads: tuple[Download, ...]
    pretokenized: bool = False
    languages: tuple[str, ...] = ()
    bundled: str | None = None
    unpacked_size: int | None = None
    members: Mapping[str, str] = field(default_factory=dict)
    split: Mapping[str, int] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def size(self) -> int | None:
        """Bytes to download or unpack; None where the card does not say."""
        sizes = [download.size for download in self.downloads]
        return None if None in sizes else sum(size for size in sizes if size is not None)

    @property
    def unpacked_limit(self) -> int | None:
        """Bytes past which unpacking stops: what the card states, else twenty times the download."""
        return self.unpacked_size or (20 * self.size if self.size else None)


def card_names() -> list[str]:
    """The names of all cards, in alphabetical order."""
    return sorted(path.stem for path in shipped("corpora").glob("*.toml"))


def list_cards(kind: str | None = None) -> list[Card]:
    """Every card, by name; only those of a kind if one is given."""
    cards = (load_card(name) for name in card_names())
    return [card for card in cards if kind in (None, card.kind)]


def load_card(name: str) -> Card:
    """The card of this name.

    Raises:
        UsageError: there is none; the nearest names are in the message.
        CorpusError: the card is malformed.
    """
    names = card_names()
    if name not in names:
        raise unknown(
            "corpus", name, names, hint="(`embedkit corpora` lists them; a .txt file or a folder will do too)"
        )
    return read_card(shipped("corpora") / f"{name}.toml")


def read_card(path: Path) -> Card:
    """A card from its file.

    Raises:
        CorpusError: it is not TOML, has an unknown key or lacks one, or a value of another type or out of place; the
            file and key are named.
    """
    try:
        table = read_toml(path)
    except ValueError as error:
        raise CorpusError(f"{path}: not TOML ({error})") from None
    names = [f.name for f in fields(Card)]
    file_names = [f.name for f in fields(Download)]
    single = {key: table.pop(key) for key in file_names if key in table}
    downloads = table.pop("files", []) or [single]
    if not isinstance(downloads, list) or not all(isinstance(each, dict) for each in downloads):
        raise CorpusError(f"{path}: files are written as [[files]], a table each")
    for where, keys, allowed in (("", table, names), *((" of a file", each, file_names) for each in downloads)):
        for key in keys:
            if key not in allowed:
                raise CorpusError(f"{path}: {unknown('key' + where, key, allowed)}")
    try:
        card = Card(**_checked(path, table, Card), downloads=tuple(_download(path, each) for each in downloads))
    except TypeError as error:
        raise CorpusError(f"{path}: {str(error).removeprefix('Card.__init__() ')}") from None
    if card.kind not in KINDS:
        raise CorpusError(f"{path}: {unknown('kind', card.kind, KINDS)}")
    return card


def _download(path: Path, table: Mapping[str, Any]) -> Download:
    download = Download(**_checked(path, table, Download))
    place = PurePosixPath(download.file.replace("\\", "/"))
    if not download.file or place.is_absolute() or ".." in place.parts:
        raise CorpusError(f"{path}: file is {download.file!r}, which leads out of the corpus's folder")
    algorithm, _, digest = (download.checksum or "").partition(":")
    if download.checksum is not None and (algorithm not in algorithms_available or not digest):
        raise CorpusError(f"{path}: checksum is {download.checksum!r}; it is written as sha256:… or md5:…")
    return download


def _checked(path: Path, table: Mapping[str, Any], kind: type) -> dict[str, Any]:
    """The values of a table, lists as tuples.

    Raises:
        CorpusError: one is not of the type that the field of `kind` has.
    """
    hints = get_type_hints(kind)
    values = {key: tuple(value) if isinstance(value, list) else value for key, value in table.items()}
    for key, value in values.items():
        if not fits(value, hints[key]):
            raise CorpusError(f"{path}: {key} is {table[key]!r}; it must be {in_words(hints[key])}")
    return values
