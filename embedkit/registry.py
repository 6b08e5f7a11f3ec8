"""Tables that others add to: an entry by name, registered by one line, in this package or in another one."""

from collections.abc import Iterator, Mapping
from importlib.metadata import EntryPoint, entry_points
from typing import Protocol, TypeVar

from embedkit.errors import UsageError


class Named(Protocol):
    """An entry: all that the kit must know of it, and what it is called."""

    @property
    def name(self) -> str: ...


Entry = TypeVar("Entry", bound=Named)


class Registry(Mapping[str, Entry]):
    """Entries by name, in the order in which they were added; those of other packages stand last.

    A package that is installed adds its own through the entry-point group `group`, each "name = module:ENTRY". They are
    looked for when the table is first read.

    Args:
        noun: what an entry is, as in "projection method".
        group: such as "embedkit.projections".
    """

    def __init__(self, noun: str, group: str) -> None:
        self.noun, self.group = noun, group
        self._entries: dict[str, Entry] = {}
        self._complete = False

    def add(self, entry: Entry) -> Entry:
        """Register an entry; the same one twice is once.

        Raises:
            UsageError: another one has its name.
        """
        if self._entries.setdefault(entry.name, entry) is not entry:
            raise UsageError(f"two {self.noun}s are called {entry.name!r}; rename one of them")
        return entry

    def __getitem__(self, name: str) -> Entry:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())

    def _all(self) -> dict[str, Entry]:
        if not self._complete:
            for point in sorted(entry_points(group=self.group), key=lambda point: point.name):
                self.add(self._load(point))
            self._complete = True
        return self._entries

    def _load(self, point: EntryPoint) -> Entry:
        try:
            return point.load()
        except Exception as error:  # whatever a package of somebody else's raises when it is imported
            package = f" of {point.dist.name}" if point.dist is not None else ""
            raise UsageError(
                f"the {self.noun} {point.name!r}{package} ({point.value}) cannot be loaded: "
                f"{type(error).__name__}: {error}; mend or uninstall the package"
            ) from error
