"""Whose turn it is: whoever was served least recently, by the address that asks and then by the visitor there."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple, TypeVar

T = TypeVar("T")

REMEMBERED = 10_000
"""Addresses and visitors whose last turn is known."""


class Asker(NamedTuple):
    """Who asks.

    Attributes:
        address: the network that a request came from.
        visitor: what sets visitors of one address apart: what a cookie says that this server signed, "" without one.
    """

    address: str
    visitor: str = ""


def network_of(address: str) -> str:
    """What counts as one address: of IPv6 the /64 that a single line has, otherwise the address itself.

    >>> network_of("2001:db8::1"), network_of("::ffff:10.0.0.1"), network_of("10.0.0.1")
    ('2001:db8::/64', '10.0.0.1', '10.0.0.1')
    """
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))


class Turns:
    """When each address and each visitor had its last turn."""

    def __init__(self) -> None:
        self._turn = 0
        self._last: OrderedDict[str | Asker, int] = OrderedDict()

    def first(self, waiting: Sequence[T], askers_of: Callable[[T], Collection[Asker]]) -> T:
        """Which of those that wait comes next; of equals the one that stands first."""
        return min(waiting, key=lambda each: min(map(self._rank, askers_of(each))))

    def order(self, waiting: Sequence[T], askers_of: Callable[[T], Collection[Asker]]) -> list[T]:
        """Those that wait in the order of their turns, as long as nobody else comes."""
        ahead, rest, ordered = Turns(), list(waiting), []
        ahead._turn, ahead._last = self._turn, self._last.copy()
        while rest:
            following = ahead.first(rest, askers_of)
            ahead.take(askers_of(following))
            rest.remove(following)
            ordered.append(following)
        return ordered

    def take(self, askers: Collection[Asker]) -> None:
        """Note that these have their turn now."""
        self._turn += 1
        keys: list[str | Asker] = [*askers, *(asker.address for asker in askers)]
        for key in keys:
            self._last[key] = self._turn
            self._last.move_to_end(key)
        while len(self._last) > REMEMBERED:
            self._last.popitem(last=False)

    def _rank(self, asker: Asker) -> tuple[int, int]:
        return self._last.get(asker.address, 0), self._last.get(asker, 0)
