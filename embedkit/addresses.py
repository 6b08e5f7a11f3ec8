"""Addresses of what lies elsewhere, such as s3://bucket/text.txt: told from paths, and without what is secret."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

HIDDEN = "***"
"""Stands for a user's name and password, and for a signature or key in a query."""

_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:::[A-Za-z0-9+.:/-]+)?://")
_WHOLE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://[^\s'\"<>`]+")
_USER = re.compile(r"(?<=://)[^@/?#]*(?::[^@?#]*)?@")
_USER_AND_PASSWORD = re.compile(r"(?<=://)[^@/?#]*:[^@?#]*@")
_OF_HOSTS = ("http", "https", "ftp", "sftp", "ssh")
"""In whose addresses a host stands, so that what stands before an @ is a user or a token."""
_LEAST = 4
"""Characters of a user or a password that is looked for in a message; shorter ones stand in any word."""
_VALUE = re.compile(r"(?<==)[^&;#]{5,}")
_BARE = re.compile(r"(?<=\?)[^=&#]{5,}(?=$|[&#])")


def is_address(source: object) -> bool:
    """Whether it is an address, and no path or name: "s3://bucket/text.txt", not "C://text.txt"."""
    return isinstance(source, str) and _ADDRESS.match(source) is not None


def name_in(address: str) -> str:
    """The name of the file at an address, as one that any disk takes.

    >>> file_name("https://example.org/texts/the news.txt.gz?download=1")
    'the-news.txt.gz'
    """
    name = PurePosixPath(re.split(r"[?#]", address)[0]).name
    return re.sub(r"[^\w.-]+", "-", name)[-100:].strip(".-") or "text"


def masked(text: str) -> str:
    """A text in which every address stands without what may be secret: user and password, and values of a query but for
    the shortest.

    >>> masked("reading https://me:pass@example.org/a.txt?download=1&signature=0a1b2c3d")
    'reading https://***@example.org/a.txt?download=1&signature=***'
    """
    return _WHOLE.sub(lambda match: _masked(match[0]), text) if "://" in text else text


def _user_pattern(address: str) -> re.Pattern[str]:
    scheme = address.partition("://")[0].rpartition("::")[2]
    return _USER if scheme.lower() in _OF_HOSTS else _USER_AND_PASSWORD


def _masked(address: str) -> str:
    address = _user_pattern(address).sub(f"{HIDDEN}@", address)
    before, mark, query = address.partition("?")
    if not mark:
        return address
    return before + _VALUE.sub(HIDDEN, _BARE.sub(HIDDEN, mark + query))


def secrets(address: str) -> list[str]:
    """What `masked` leaves out of an address, and user and password each, the longest first: a message may quote an
    address in parts."""
    user = next((match[0][:-1] for match in [_user_pattern(address).search(address)] if match), "")
    values = [match[0] for pattern in (_VALUE, _BARE) for match in pattern.finditer(address)]
    parts = [part for part in user.split(":") if len(part) >= _LEAST]
    return sorted({user, *parts, *values} - {""}, key=len, reverse=True)


def masked_values(value: Any) -> Any:
    """`masked` for each text in tables and lists of any depth."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, Mapping):
        return {key: masked_values(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(masked_values, value))
    return value
