"""How a text file writes a table: what parts its columns, whether a heading comes first, and how it writes fractions;
told by its first lines."""

import csv
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from embedkit.spaces.tables.cells import is_bracketed, numbers_in
from embedkit.spaces.tables.naming import USUAL_NAMES, key_of
from embedkit.spaces.tables.values import MISSING

_DELIMITERS = ",\t;|"
_STRENGTH = "\t|;,"  # where a vector holds one, what parts the columns stands before it here
_NONE = "\x1f"  # ASCII's unit separator, which no text holds: a table of one column has no delimiter
_LINES = 200  # looked at
_SEPARATOR = re.compile(r"sep=(.)\r?\n", re.IGNORECASE)  # a first line by which Excel tells the delimiter
_PREAMBLE = re.compile(r"(?:[ \t]*\r?\n|# [^,;\t|\n]*\n)+")  # blank lines and comments
_TORN = re.compile(r'.*[\s:;|]"?[\[(] *[-+0-9.eE]+', re.DOTALL)  # a label and the beginning of a list behind it
_COMMENT = re.compile(r"# +(?=\S)")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*|\s*[+-]?(nan|inf(inity)?)\s*", re.IGNORECASE)
_COMMA_NUMBER = re.compile(r"\s*[+-]?\d*,\d+([eE][+-]?\d+)?\s*")
_THOUSANDS = re.compile(r"\s*[+-]?[1-9]\d{0,2},\d{3}\s*")
_TWO = re.compile(r"\s*\S*\d [+-]?\d+")  # of "king 0,1 0,2", whose fractions a comma would part
_WHOLE = re.compile(r"\s*[+-]?\d+\s*")
_YEAR = re.compile(r"(19|20)\d\d")
_VECTOR = 3  # fractions that make a vector of a row rather than names
_COUNTED = 20  # rows that tell what stands below a name
_QUOTED_LABELS = re.compile(r'(?:"(?:[^"\r\n]|"")*"(?: [-+0-9.][-+0-9.eE]*)+\r?\n){2}')  # by R, without names
_QUOTED = r'"(?:[^"\r\n]|"")*"'
_NO_UMLAUT = re.compile(r'\\"(?![A-Za-z{\\])')  # LaTeX has a letter, or what makes one, behind a backslash and a quote


@dataclass(frozen=True)
class Dialect:
    """How a table is written.

    Attributes:
        delimiter: between columns.
        decimal: what fractions begin with, "." or ",".
        heading: the first row's names of the columns; None where the first row is a point.
        columns: how many there are.
        skipped: lines before the first row below the heading.
        quoted_ends: whether a quoted text holds an end of line.
        escaped: whether a quote within a text has a backslash before it, as Spark and R write it; others double it.
        spaced: whether a space follows each delimiter.
        quoted_behind_space: whether it does so before quotes too.
        rows: the first rows below the heading.
    """

    delimiter: str
    decimal: str
    heading: tuple[str, ...] | None
    columns: int
    skipped: int
    quoted_ends: bool
    escaped: bool
    spaced: bool
    quoted_behind_space: bool
    rows: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Of the columns; their numbers where there is no heading."""
        return self.heading or tuple(str(number) for number in range(1, self.columns + 1))


def dialect_of(text: str, *, whole: bool = False) -> Dialect | None:
    """The dialect of a text that begins so; None where it is no table.

    Args:
        whole: whether this is all of it; otherwise its last row may be cut.
    """
    preamble = _PREAMBLE.match(text)
    skipped = preamble[0].count("\n") if preamble else 0
    text = text[preamble.end() :] if preamble else text
    if match := _SEPARATOR.match(text):
        return _by(text[match.end() :], match[1], skipped + 1, whole)
    delimiters = _DELIMITERS + " " * _parted_by_spaces(text, whole)
    dialects = [dialect for each in delimiters if (dialect := _by(text, each, skipped, whole)) is not None]
    # A vector in a cell holds commas too; then what parts the columns is what makes fewer of them hold text.
    return max(dialects, key=lambda dialect: _plausibility(dialect), default=None) or _one_column(text, skipped, whole)


def _one_column(text: str, skipped: int, whole: bool) -> Dialect | None:
    """A table of one column, whose heading is what columns of texts are called; None where it is none."""
    first, *rest = _rows(text, _NONE, whole) or [[""]]
    if len(first) != 1 or key_of(first[0].strip()) not in USUAL_NAMES or any(len(row) != 1 for row in rest):
        return None
    return Dialect(
        delimiter=_NONE,
        decimal=".",
        heading=(first[0].strip(),),
        columns=1,
        skipped=skipped + 1,
        quoted_ends=any("\n" in row[0] for row in rest),
        escaped=_is_escaped(text, _NONE),
        spaced=False,
        quoted_behind_space=False,
        rows=tuple(map(tuple, rest)),
    )


def _by(text: str, delimiter: str, skipped: int, whole: bool) -> Dialect | None:
    """The dialect with this delimiter; None where rows then have no common number of columns."""
    rows = _rows(text, delimiter, whole)
    # Where a comma may be that of a fraction, quotes tell whose comma it is.
    quoted = _quotes_names(text, delimiter)
    if delimiter not in ",;" or quoted:
        rows = _with_row_names(rows, quoted=quoted)
    rows = _with_last_name(rows)
    if not rows:
        return None
    counts = Counter(len(row) for row in rows)
    columns = len(rows[0])
    # A row may be faulty, but not many.
    if columns < 2 or counts[columns] < max(1, 0.8 * len(rows)):
        return None
    even = [row for row in rows if len(row) == columns]
    if any(all(_ends_in_numbers(row[at]) for row in even) for at in (0, -1)) or all(
        _TWO.fullmatch(row[-2]) for row in even
    ):
        return None
    torn = any(all(_TORN.fullmatch(row[at]) for row in even) for at in range(columns))
    if torn or all(_is_torn(row[0], delimiter) for row in even):
        return None
    decimal = "," if _has_decimal_commas(even, delimiter) else "."
    quoted_behind_space = _quotes_behind_space(text, delimiter)
    spaced = all(cell[:1] in ("", " ") for row in even for cell in row[1:]) and any(row[1:2] != [""] for row in even)
    heading, lines = _headings(even, decimal)
    return Dialect(
        delimiter=delimiter,
        decimal=decimal,
        heading=heading,
        columns=columns,
        skipped=skipped + lines,
        quoted_ends=any("\n" in cell for row in rows for cell in row),
        escaped=_is_escaped(text, delimiter),
        spaced=spaced or quoted_behind_space,
        quoted_behind_space=quoted_behind_space,
        rows=tuple(map(tuple, even[lines:])),
    )


def _parted_by_spaces(text: str, whole: bool) -> bool:
    """Whether R's write.table has parted it by spaces, and it is not a label and its numbers a line: its first row are
    names, in quotes, or one fewer than the words and numbers below them."""
    if _quotes_names(text, " ") or _QUOTED_LABELS.match(text):
        return True
    first, *rest = _rows(text, " ", whole) or [[]]
    if len(first) < 2 or any(map(is_number, first)):
        return False
    even = [row for row in rest if len(row) == len(first) + 1]
    below = [row for row in even if all(is_number(cell, ",") for cell in row[1:])]
    return bool(rest) and len(below) >= 0.8 * len(rest)


def _quotes_names(text: str, delimiter: str) -> bool:
    """Whether a text begins with names that are all in quotes, as R's are."""
    return re.match(rf"{_QUOTED}(?:{re.escape(delimiter)}{_QUOTED})+[\r\n]", text) is not None


def _with_row_names(rows: list[list[str]], *, quoted: bool) -> list[list[str]]:
    """The same rows, with an empty name for the first column where R's write.table has written its rows' names there,
    and no name for them. (A delimiter at the end of every row begins no column.) Names in quotes may be numbers."""
    if len(rows) < 2:
        return rows
    first, *rest = rows
    even = [row for row in rest if len(row) == len(first) + 1]
    if (
        len(even) < 0.8 * len(rest)
        or (any(map(is_number, first)) and not quoted)
        or not any(row[-1].strip() for row in even)
    ):
        return rows
    return [["", *first], *rest]


def _with_last_name(rows: list[list[str]]) -> list[list[str]]:
    """The same rows, with an empty name for the last column where all rows but the first end in a delimiter."""
    if len(rows) < 2:
        return rows
    first, *rest = rows
    ended = [row for row in rest if len(row) == len(first) + 1 and not row[-1].strip()]
    return [[*first, ""], *rest] if len(ended) >= 0.8 * len(rest) else rows


def _is_torn(cell: str, delimiter: str) -> bool:
    """Whether the delimiter parts a vector that stands behind another one, so that a first cell is "king<tab>0.1"."""
    for other in _STRENGTH[: _STRENGTH.find(delimiter)]:
        before, mark, last = cell.rpartition(other)
        if mark and before.strip() and not last.startswith(" ") and is_number(last.lstrip('"[(')):
            return True
    return False


def _quotes_behind_space(text: str, delimiter: str) -> bool:
    """Whether quoted cells begin behind a space, as in `a dog, "[0.1, 0.2]"`, and none right behind the delimiter."""
    if delimiter not in ",;|" or f'{delimiter}"' in text:
        return False
    return re.search(opening_quote(delimiter), text) is not None


def opening_quote(delimiter: str) -> str:
    """The regular expression of a quote that opens a cell behind a delimiter and a space, and closes none before it."""
    mark = re.escape(delimiter)
    return rf'{mark} "(?!{mark}|[\r\n]|$)'


def _is_escaped(text: str, delimiter: str) -> bool:
    """Whether a cell in quotes, within a line, holds a quote behind a backslash, which ends no cell; or one without
    quotes around it does, where no quote stands but around cells and behind backslashes, and they are no umlauts."""
    if '\\"' not in text:
        return False
    cell = re.compile(_escaped_cell(delimiter, r"\r\n"), re.MULTILINE)
    if any('\\"' in match[0] for match in cell.finditer(text)):
        return True
    bare = re.compile(_bare_cell(delimiter), re.MULTILINE)
    quoting = any(_NO_UMLAUT.search(match[0]) for match in bare.finditer(text))
    return quoting and '"' not in bare.sub("", cell.sub("", text))


def doubled(data: bytes, delimiter: str) -> bytes:
    """A text whose quotes and backslashes within texts have a backslash before them, with two quotes or none in their
    place, and quotes around the cell where there were none."""
    cell = re.compile(f"{_escaped_cell(delimiter, '')}|({_bare_cell(delimiter)})".encode(), re.MULTILINE)
    behind_bare = rf'\\(["\\{re.escape(delimiter)}])'.encode()

    def rewritten(match: re.Match[bytes]) -> bytes:
        bare = match[1] is not None
        inner = re.sub(behind_bare if bare else rb'\\(["\\])', rb"\1", match[1] if bare else match[0][1:-1])
        return b'"' + inner.replace(b'"', b'""') + b'"'

    return cell.sub(rewritten, data)


def _escaped_cell(delimiter: str, but: str) -> str:
    """The regular expression of a cell in quotes that has a backslash before those in it, and none of `but`."""
    mark = re.escape(delimiter)
    behind_backslash = rf"[^{but}]" if but else r"[\s\S]"
    inner = rf'(?:[^"\\{but}]|\\{behind_backslash})*'
    return rf'(?:^|(?<={mark})|(?<={mark} ))"{inner}"(?={mark}|[\r\n]|\Z)'


def _bare_cell(delimiter: str) -> str:
    """The regular expression of a cell without quotes around it that has a backslash before those in it, or before its
    backslashes."""
    mark = re.escape(delimiter)
    character = rf'(?:[^"\\\r\n{mark}]|\\[^\r\n])'
    return rf'(?:^|(?<={mark})){character}*?\\["\\]{character}*(?={mark}|[\r\n]|\Z)'


def _ends_in_numbers(cell: str) -> bool:
    """Whether numbers stand behind a text, parted by spaces: then the delimiter is part of a label before them."""
    words = cell.split()
    return len(words) > 2 and all(map(is_number, words[-2:])) and not all(map(is_number, words))


def _rows(text: str, delimiter: str, whole: bool) -> list[list[str]]:
    rows = []
    text = doubled(text.encode(), delimiter).decode() if _is_escaped(text, delimiter) else text
    behind_space = _quotes_behind_space(text, delimiter)
    reader = csv.reader(_lines(text), delimiter=delimiter, skipinitialspace=behind_space)
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) > _LINES:
                return rows
    except csv.Error:  # a cell without end
        return rows
    if not whole and len(rows) > 1:
        rows.pop()
    return rows


def _lines(text: str) -> list[str]:
    """The lines with their ends; only \\n and \\r\\n end one."""
    return [line + "\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]


def _plausibility(dialect: Dialect) -> tuple[int, int]:
    """More for a delimiter that leaves numbers or vectors in cells, then for more columns."""
    numeric = sum(1 for at in range(dialect.columns) if _holds_numbers(dialect, at))
    return numeric, dialect.columns


def _holds_numbers(dialect: Dialect, at: int) -> bool:
    cells = [cell for row in dialect.rows[:20] if (cell := row[at].strip())]
    if not cells:
        return False
    return all(is_number(cell, dialect.decimal) or _is_vector(cell) for cell in cells)


def _is_vector(cell: str) -> bool:
    """Whether a cell is several numbers; a list of them begins with its bracket."""
    if ("[" in cell or "(" in cell) and not is_bracketed(cell):
        return False
    values = numbers_in(cell)
    return values is not None and len(values) > 1


def is_number(cell: str, decimal: str = ".") -> bool:
    """Whether a cell is one number."""
    if decimal == "," and _COMMA_NUMBER.fullmatch(cell):
        return True
    return _NUMBER.fullmatch(cell) is not None


def _has_decimal_commas(rows: Sequence[Sequence[str]], delimiter: str) -> bool:
    """Whether fractions have commas. Where commas part columns too, and fractions stand in quotes, only where several
    columns are such, and no number has a point."""
    rows = rows[1:] or rows
    cells = [cell for row in rows for cell in row]
    if delimiter == ",":
        of_commas = [at for at in range(len(rows[0])) if all(_COMMA_NUMBER.fullmatch(row[at]) for row in rows)]
        if len(of_commas) < _VECTOR or any("." in cell and (is_number(cell) or _is_vector(cell)) for cell in cells):
            return False
    with_commas = [cell for cell in cells if _COMMA_NUMBER.fullmatch(cell)]
    if all(map(_THOUSANDS.fullmatch, with_commas)):
        return False
    commas = len(with_commas)
    points = sum(1 for cell in cells if _NUMBER.fullmatch(cell) and "." in cell)
    return commas > points


def _headings(rows: Sequence[Sequence[str]], decimal: str) -> tuple[tuple[str, ...] | None, int]:
    """The names of the columns and the rows that they take: of names that come again the row below says more, as pandas
    writes several levels, and what the rows' own names are called stands in one more."""
    names = _heading(rows, decimal)
    if names is None:
        return None, 0
    called = [name for name in names if name]
    more = _heading(rows[1:], decimal) if len(rows) > 2 and len(set(called)) < len(called) else None
    if more is None or any(is_number(cell, decimal) for cell in more):
        return names, 1
    names = tuple(".".join(filter(None, pair)) for pair in zip(names, more, strict=True))
    index = rows[2]
    if index[0].strip() and not any(cell.strip() for cell in index[1:]):
        return (index[0].strip(), *names[1:]), 3
    return names, 2


def _heading(rows: Sequence[Sequence[str]], decimal: str) -> tuple[str, ...] | None:
    """The names of the columns, where the first row is those: no number stands in it but where others are counted."""
    first, rest = rows[0], rows[1:]
    names = tuple(cell.strip().removeprefix("\ufeff") for cell in first)
    names = (_COMMENT.sub("", names[0], count=1), *names[1:])  # of numpy's savetxt
    numeric = [at for at, cell in enumerate(names) if is_number(cell, decimal)]
    if len(numeric) == 1 and not any(map(str.isdigit, names[numeric[0]])):
        numeric = []  # a column that is called "nan" or "inf"
    if any(_is_vector(cell) and not is_number(cell, decimal) for cell in names):
        return None
    if not numeric:
        if not any(names):
            return None
        if not rest:
            return names
        # Texts are a heading where something else than texts stands below them, or they are what columns are called.
        numbers_below = any(
            is_number(row[at], decimal) or _is_vector(row[at]) for row in rest[:20] for at in range(len(names))
        )
        return names if numbers_below or any(key_of(name) in USUAL_NAMES for name in names) else None
    counted = [names[at] for at in numeric]
    follow = bool(rest) and all(_follow([row[at] for at in numeric]) for row in rest[:_COUNTED])
    if _count_from_zero(counted, 2 if not names[0] else _VECTOR) and not follow:
        return names  # as pandas writes them, whatever stands below
    if len(counted) >= 3 and all(map(_WHOLE.fullmatch, counted)):
        numbers = [int(each) for each in counted]
        if numbers[0] in (0, 1) and all(b - a == 1 for a, b in pairwise(numbers)):
            # As pandas writes the columns of a frame without names; counted rows below would say that this is one too.
            others = [key_of(name) for at, name in enumerate(names) if at not in numeric]
            usual = bool(others) and all(name in USUAL_NAMES or not name for name in others)
            return names if usual or not rest or any(not _WHOLE.fullmatch(rest[0][at]) for at in numeric) else None
    return names if _are_names(names, numeric, rest[:_COUNTED], decimal) else None


def _count_from_zero(cells: Sequence[str], least: int) -> bool:
    return len(cells) >= least and list(cells) == [str(number) for number in range(len(cells))]


def _follow(cells: Sequence[str]) -> bool:
    """Whether each is the whole number after the one before."""
    if not all(map(_WHOLE.fullmatch, cells)):
        return False
    return all(int(b) - int(a) == 1 for a, b in pairwise(cells))


def _are_names(names: Sequence[str], numeric: Sequence[int], rows: Sequence[Sequence[str]], decimal: str) -> bool:
    """Whether cells of which some are numbers are names all the same, such as those of years.

    So it is where a text stands above a column of numbers or vectors, or nothing above the numbers of the rows, and the
    cells are no vector; where all are whole and fractions stand below; or years, and other numbers below.
    """
    if not rows:
        return False
    columns = [[cell for row in rows if (cell := row[at].strip()) and cell not in MISSING] for at in range(len(names))]
    fractions = [names[at] for at in numeric if not _WHOLE.fullmatch(names[at])]
    if len(fractions) < _VECTOR:
        above = [at for at, name in enumerate(names) if at not in numeric and name not in MISSING and columns[at]]
        for at in above:
            numbers = all(is_number(cell, decimal) or _is_vector(cell) for cell in columns[at])
            if numbers and (names[at] or (at == 0 and columns[0][0] in ("0", "1") and not fractions)):
                return True
    if fractions or len(numeric) < 2 or len(set(names)) < len(names):
        return False
    below = [columns[at] for at in numeric]
    if all(map(_YEAR.fullmatch, (names[at] for at in numeric))):
        return not any(all(map(_YEAR.fullmatch, cells)) for cells in below)
    return all(cells and all(map(_is_fraction, cells)) for cells in below)


def _is_fraction(cell: str) -> bool:
    return not _WHOLE.fullmatch(cell)
