"""Sound files of one kind with what reads them, and how what was read of a damaged one is held against them."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

Item = tuple[str, Hashable]
"""A part of what a file holds: what it is called, and its value."""
Read = Callable[[Path], Iterable[Item]]
DAMAGED = "damaged"
"""The name of the folder in which a damaged file lies."""


@dataclass(frozen=True)
class Sample:
    """Files that belong together, and how a person reads them.

    Attributes:
        format: the row of the table that it counts for.
        name: what it is called in messages.
        files: content by path.
        read: the folder with these files → what they hold; raises as the kit does.
        damaged: the files that are damaged, one at a time; all where none is named.
        slack: of the items so many may be changed by one touched value.
        aligned: a line left out of one file moves those of another, so a touched line may only change one item.
        sealed: checksums lie over what is read, so that damage cannot be taken for a value.
        by_file: whether items are called by the file that they come from, so that those of others are not touched.
        holds: whether reading gives items; a command does not.
        strict: what is damaged must not pass, as reading it says by an item of that name.
        whole: whether what was not touched has to be there; if not, it may be missing but not of another value.
    """

    format: str
    name: str
    files: Mapping[str, bytes]
    read: Read
    damaged: tuple[str, ...] = ()
    slack: int = 0
    aligned: bool = False
    sealed: bool = False
    by_file: bool = False
    holds: bool = True
    strict: bool = False
    whole: bool = True
    items: list[Item] = field(default_factory=list)

    def misread(self) -> "Sample":
        """The same files with a reader that gives another value of whatever is in a damaged one."""
        return replace(self, read=self._misread)

    def _misread(self, folder: Path) -> list[Item]:
        items = list(self.read(folder))
        if folder.name != DAMAGED:
            return items
        return [("passed", True)] if self.strict else [(name, ("another", value)) for name, value in items]


@dataclass(frozen=True)
class Expected:
    """Items that were not touched.

    Attributes:
        whole: whether all of them have to be there; if not, only those that are there have to be of their value.
        slack: so many may be missing, or of another value.
        otherwise: what is wrong where they do not come back; by default which of them.
    """

    items: Iterable[Item]
    whole: bool
    slack: int = 0
    otherwise: str = ""

    def wrong(self, items: Iterable[Item]) -> str:
        """What is wrong with the items that were read; empty where nothing is."""
        if self.whole:
            missing = Counter(self.items) - Counter(items)
            lost = self.otherwise or f"lost or changed: {next(iter(missing), '')!r:.100}"
            return lost if missing.total() > self.slack else ""
        before: dict[str, set[Hashable]] = {}
        for name, value in self.items:
            before.setdefault(name, set()).add(value)
        changed = [name for name, value in items if name in before and value not in before[name]]
        return f"another value of {changed[0]!r:.100}" if len(changed) > self.slack else ""
