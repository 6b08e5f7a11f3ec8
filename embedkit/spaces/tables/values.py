"""What a column of a table holds, as numpy has it: strings, booleans, numbers and dates by the contract of a space."""

import re
from typing import TYPE_CHECKING, Any
from unicodedata import category

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

_ROOM = 1 << 24  # bytes that an array of numpy's strings, all as wide as the longest, may always take
_DATE = re.compile(r"\d{4}-\d{2}(-\d{2}([T ]\d{2}(:\d{2}(:\d{2}([.,]\d{1,9})?)?)?( ?(Z|UTC|[+-]\d{2}(:?\d{2})?))?)?)?")
_NUMBERED_DATE = re.compile(
    r"(?P<first>\d{1,4})(?P<mark>[./])(?P<second>\d{1,2})(?P=mark)(?P<third>\d{1,4})"
    r"(,? +(?P<hour>\d{1,2}):(?P<minute>\d{2})(:(?P<second_of>\d{2})([.,]\d+)?)?( ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_PHONE = r"^\+\d{7,}$"
_CODE = r"^[+-]?\d{20,}$"  # more digits than a number has
_FRACTION = re.compile(r"[+-]?\d+\.(\d*)")
_INFINITE = r"^[+-]?(inf|Inf|INF|infinity|Infinity)$"
_INTEGER = r"^\s*[+-]?(0|[1-9]\d{0,18})\s*$"


class LeftOut(Exception):
    """A column that cannot be one of a space; the text says what it holds."""


def own_values(column: "pa.ChunkedArray", *, typed: bool = True, spelled: bool = False) -> np.ndarray:
    """A column → (N,) strings ("" where missing), booleans, integers, floats (NaN) or datetime64[ms] (NaT).

    Args:
        typed: the table says which columns are dates; otherwise texts that all are dates become them.
        spelled: texts that all are numbers or truth become such too.

    Raises:
        LeftOut: it holds bytes, lists of numbers, maps or nothing.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if column.null_count == len(column) and len(column):
        raise LeftOut("nothing")
    if spelled and is_string(kind) and _spell_numbers(column):
        column = typed_texts(column)
        kind = column.type
    if is_string(kind):
        texts = strings(column)
        if not typed:
            texts = ["" if text in _NOT_A_NUMBER else text for text in texts]
        dates = None if typed else dates_of(texts)
        return text_array(texts) if dates is None else dates
    if pa.types.is_boolean(kind):
        if not column.null_count:
            return column.to_numpy()
        return np.array(["" if value is None else "yes" if value else "no" for value in column.to_pylist()])
    if pa.types.is_integer(kind) and not column.null_count:
        values = column.to_numpy()
        fits = kind != pa.uint64() or not len(values) or int(values.max()) <= np.iinfo(np.int64).max
        return (values.astype(np.int64) if kind == pa.uint64() else values) if fits else values.astype(np.float64)
    if pa.types.is_float16(kind):
        return np.asarray(column.to_numpy(), dtype=np.float32)
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return column.to_numpy() if not column.null_count else column.cast(pa.float64(), safe=False).to_numpy()
    if pa.types.is_decimal(kind):
        return column.cast(pa.float64()).to_numpy()
    if pa.types.is_temporal(kind):
        return _moments(column)
    if is_list(kind) and is_string(kind.value_type):
        return text_array([", ".join(part or "" for part in value or ()) for value in column.to_pylist()])
    if pa.types.is_null(kind):
        return np.full(len(column), "", dtype=np.str_)
    if is_list(kind) and pa.types.is_dictionary(kind.value_type):
        return own_values(pc.cast(column, pa.list_(kind.value_type.value_type)), typed=typed)
    raise LeftOut("lists of numbers" if is_list(kind) and is_number(kind.value_type) else _plain(kind))


def _spell_numbers(column: "pa.ChunkedArray") -> bool:
    """Whether texts that are all numbers would be written so again, or with as many decimals each, and are no versions
    such as 1.9 and 1.10."""
    texts = {text.strip() for text in strings(column)}
    if any("e" in text.lower() for text in texts):
        return texts <= {"", "true", "false", "True", "False"}
    decimals = {len(match[1]) for text in texts if (match := _FRACTION.fullmatch(text))}
    return len(decimals) <= 1 or not any(re.fullmatch(r".*\.\d*0", text) for text in texts)


def _moments(column: "pa.ChunkedArray") -> np.ndarray:
    import pyarrow as pa

    kind = column.type
    if pa.types.is_duration(kind):
        nanoseconds = np.asarray(column.cast(pa.duration("ns"), safe=False).to_numpy())
        return np.where(np.isnat(nanoseconds), np.nan, nanoseconds.astype(np.int64) / 1e9)
    if pa.types.is_time(kind):
        return text_array(["" if value is None else str(value) for value in column.to_pylist()])
    if pa.types.is_interval(kind):
        raise LeftOut("intervals")
    # With a time zone these are moments of UTC.
    return np.asarray(column.cast(pa.timestamp("ms"), safe=False).to_numpy()).astype("datetime64[ms]")


def text_array(texts: list[str]) -> np.ndarray:
    """(N,) as numpy has strings, or as objects where one is so long that this would take far more room."""
    room = 4 * len(texts) * max(map(len, texts), default=0)
    return np.array(texts, dtype=object if room > max(_ROOM, 8 * sum(map(len, texts))) else np.str_)


def strings(column: "pa.ChunkedArray") -> list[str]:
    """A column as strings, "" where a value is missing. Whole floats are written without a point."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if is_string(column.type):
        return ["" if value is None else value for value in column.to_pylist()]
    if pa.types.is_floating(column.type) or pa.types.is_decimal(column.type):
        return ["" if value is None else _number(float(value)) for value in column.to_pylist()]
    return ["" if value is None else str(value) for value in column.to_pylist()]


def _number(value: float) -> str:
    return "" if value != value else str(int(value)) if value.is_integer() else repr(value)


def dates_of(texts: list[str]) -> np.ndarray | None:
    """(N,) datetime64[ms] of texts that are all dates, NaT where there is none; None where one is something else.

    Read are ISO 8601 with or without time and zone, 24.12.2020, 2020/12/24, and 12/24/2020 or 24/12/2020 where all the
    dates together say which of the two is the month; each with or without a time, such as 10:00 or 2:30 PM.
    """
    present = [text.strip() for text in texts if text.strip() and text.strip() not in MISSING]
    if not present:
        return None
    if len(present) < len(texts):
        texts = ["" if text.strip() in MISSING else text for text in texts]
    return _iso_dates(texts) if _DATE.fullmatch(present[0]) else _numbered_dates(texts)


def _iso_dates(texts: list[str]) -> np.ndarray | None:
    import pyarrow as pa

    if not all(_DATE.fullmatch(text.strip()) for text in texts if text.strip()):
        return None
    whole = [_whole_date(text.strip()) for text in texts]
    zones = {bool(re.search(r"(Z|\d[+-]\d{2}:?\d{2})$", text)) and ":" in text for text in whole if text}
    if len(zones) > 1:
        return None
    zone = "UTC" if zones == {True} else None
    try:
        moments = pa.array([text or None for text in whole], pa.string()).cast(pa.timestamp("us", zone))
    except pa.ArrowException:
        return None
    return moments.cast(pa.timestamp("us")).to_numpy(zero_copy_only=False).astype("datetime64[ms]")


def _whole_date(text: str) -> str:
    """A date of ISO 8601 as Arrow reads it: "2020-05" is "2020-05-01", nanoseconds are cut."""
    if len(text) == 7:
        return text + "-01"
    text = re.sub(r" ?UTC$", "Z", text).replace(",", ".")
    text = re.sub(r"(\.\d{6})\d+", r"\1", text)
    text = re.sub(r" (Z|[+-]\d{2}(:?\d{2})?)$", r"\1", text)
    return re.sub(r"(:.*[+-]\d{2})$", r"\1:00", text)  # as Postgres writes a zone


def _numbered_dates(texts: list[str]) -> np.ndarray | None:
    """Dates of three numbers parted by points or slashes."""
    import pyarrow as pa

    matches = [_NUMBERED_DATE.fullmatch(text.strip()) if text.strip() else None for text in texts]
    present = [match for match in matches if match is not None]
    if len(present) < sum(1 for text in texts if text.strip()) or len({match["mark"] for match in present}) != 1:
        return None
    order = _order(present)
    if order is None:
        return None
    try:
        whole = [None if match is None else _as_iso(match, order) for match in matches]
        moments = pa.array(whole, pa.string()).cast(pa.timestamp("s"))
    except (pa.ArrowException, ValueError):
        return None
    return moments.to_numpy(zero_copy_only=False).astype("datetime64[ms]")


def _order(dates: list[re.Match[str]]) -> tuple[str, str, str] | None:
    """Which of the three numbers of dates are their year, month and day; None where they do not say."""
    if all(len(match["first"]) == 4 for match in dates):
        return "first", "second", "third"
    if not all(len(match["third"]) == 4 and len(match["first"]) <= 2 for match in dates):
        return None
    if dates[0]["mark"] == ".":
        return "third", "second", "first"
    firsts, seconds = (max(int(match[name]) for match in dates) for name in ("first", "second"))
    if (firsts > 12) == (seconds > 12):
        return None
    return ("third", "second", "first") if firsts > 12 else ("third", "first", "second")


def _as_iso(date: re.Match[str], order: tuple[str, str, str]) -> str:
    """Raises:
    ValueError: an hour of half a day is none.
    """
    year, month, day = (int(date[name]) for name in order)
    hour = int(date["hour"] or 0)
    if date["half"]:
        if not 1 <= hour <= 12:
            raise ValueError(f"{hour} is no hour of half a day")
        hour = hour % 12 + (12 if date["half"] in "pP" else 0)
    return f"{year:04}-{month:02}-{day:02} {hour:02}:{date['minute'] or '00'}:{date['second_of'] or '00'}"


def typed_texts(column: "pa.ChunkedArray", decimal: str = ".") -> "pa.ChunkedArray":
    """A column of texts out of a text file with the type that all of them have: integers, numbers, truth, or texts.

    What is empty is missing, and so are "NaN", "NA" or "-" among what else are numbers or truth; among texts these are
    words. Thousands may be parted, "1,234.5", and all may be of one currency or in per cent, "$1,200" or "45 %". Digits
    that begin with 0, such as "007", stay texts.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if not is_string(column.type):
        return column
    trimmed = pc.utf8_trim_whitespace(column)
    blank = pc.is_in(trimmed, pa.array(EMPTY, trimmed.type))
    present = pc.if_else(blank, pa.scalar(None, trimmed.type), trimmed)
    if present.null_count == len(present):
        return present
    for missing in (blank, pc.or_(blank, pc.is_in(trimmed, pa.array(MISSING, trimmed.type)))):
        typed = _typed(pc.if_else(missing, pa.scalar(None, trimmed.type), trimmed), decimal)
        if typed is not None:
            return typed
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, column.type), column)


_NOT_A_NUMBER = ("NaN", "nan", "NaT", "\\N")
"""As programs write a value that is missing, in columns of texts too."""
EMPTY = ("", "NaN", "nan")
"""What is missing whatever the others are."""
MISSING = (
    *(
        "NA",
        "N/A",
        "n/a",
        "na",
        "#N/A",
        "#NA",
        "#N/A N/A",
        "<NA>",
        "null",
        "NULL",
        "Null",
        "None",
        "none",
        "NaT",
        "NAN",
    ),
    *("-nan", "-NaN", "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN", "\\N", "-", "–", "—", "?", "."),
    *("#DIV/0!", "#VALUE!", "#REF!", "#NUM!", "#NAME?", "#NULL!"),
)
"""What stands for a missing value where all others are numbers, truth or dates: of pandas (`read_csv`'s `na_values`),
R, databases and C, and what a spreadsheet writes where a formula fails."""


def _typed(present: "pa.ChunkedArray", decimal: str) -> "pa.ChunkedArray | None":
    """Trimmed texts as integers, numbers or truth; None where they are not all of one of these."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if present.null_count == len(present):
        return None
    infinite = pc.fill_null(pc.match_substring_regex(present, _INFINITE), False)
    if pc.any(infinite).as_py():
        finite = _typed(pc.if_else(infinite, pa.scalar(None, present.type), present), decimal)
        if finite is None or pa.types.is_boolean(finite.type):
            return None
        signs = pc.if_else(pc.starts_with(present, "-"), -np.inf, np.inf)
        return pc.if_else(infinite, signs, finite.cast(pa.float64()))
    plain = number_pattern(decimal)
    if not _all(pc.match_substring_regex(present, f"{plain}|{_thousands_pattern(decimal)}")):
        lowered = pc.utf8_lower(present)
        if _all(pc.is_in(pc.drop_null(lowered), pa.array(["true", "false"], lowered.type))):
            return pc.equal(lowered, "true")
        bare = _without_unit(present)
        return None if bare is None else _typed(bare, decimal)
    if not _all(pc.match_substring_regex(present, plain)):
        present = pc.replace_substring(present, "." if decimal == "," else ",", "")
    if _all(pc.match_substring_regex(present, _PHONE)) or pc.any(pc.match_substring_regex(present, _CODE)).as_py():
        return None  # numbers to call, and of which two would be one
    if _all(pc.match_substring_regex(present, _INTEGER)):
        try:
            return pc.utf8_ltrim(present, characters="+").cast(pa.int64())
        except pa.ArrowException:
            return None  # of more digits than a number has: a code
    return numbers(present, decimal)


def _without_unit(present: "pa.ChunkedArray") -> "pa.ChunkedArray | None":
    """Trimmed texts that are amounts of one currency, such as "$1,200", "-5 €" or, as accounts have what is owed,
    "($30)", or percentages, without what they are amounts of; None of any others."""
    import pyarrow.compute as pc

    first = next(text for text in pc.drop_null(present).to_pylist()[:1])
    units = {character for character in first if character == "%" or category(character) == "Sc"}
    if len(units) != 1:
        return None
    unit = re.escape(units.pop())
    before = "" if unit == "%" else rf"[+-]? ?{unit} ?[+-]?[0-9.,]+|"
    amount = rf"({before}[+-]?[0-9.,]+[ \x{{a0}}\x{{202f}}]?{unit})"
    if not _all(pc.match_substring_regex(present, rf"^({amount}|\({amount}\))$")):
        return None
    bare = pc.replace_substring_regex(present, rf"[ \x{{a0}}\x{{202f}}()]|{unit}", "")
    return pc.if_else(pc.starts_with(present, "("), pc.binary_join_element_wise("-", bare, ""), bare)


def _thousands_pattern(decimal: str) -> str:
    """The regular expression of a number whose thousands are parted, as in "1,234.5"."""
    comma, point = (r"\.", ",") if decimal == "," else (",", r"\.")
    return rf"^[+-]?[1-9]\d{{0,2}}({comma}\d{{3}})+({point}\d*)?$"


def _all(truth: Any) -> bool:
    """Whether all that are present are true."""
    import pyarrow.compute as pc

    return bool(pc.all(truth, skip_nulls=True).as_py())


def number_pattern(decimal: str = ".") -> str:
    """The regular expression of a number, which begins with no needless 0."""
    point = re.escape(decimal)
    return rf"^\s*[+-]?((0|[1-9]\d*)({point}\d*)?|{point}\d+)([eE][+-]?\d+)?\s*$"


def numbers(column: "pa.ChunkedArray", decimal: str = ".") -> "pa.ChunkedArray":
    """Texts that are numbers as float64."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pc.utf8_ltrim(pc.utf8_trim_whitespace(column), characters="+")
    if decimal != ".":
        plain = pc.replace_substring(plain, decimal, ".")
    return plain.cast(pa.float64())


def is_string(kind: Any) -> bool:
    import pyarrow as pa

    types = pa.types
    return bool(types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind))


def is_struct(kind: Any) -> bool:
    """Whether a type is of records."""
    import pyarrow as pa

    return bool(pa.types.is_struct(kind))


def is_text(kind: Any) -> bool:
    """Whether a type is of texts, plain or by a dictionary."""
    import pyarrow as pa

    return is_string(kind.value_type if pa.types.is_dictionary(kind) else kind)


def is_number(kind: Any) -> bool:
    import pyarrow as pa

    return bool(pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_decimal(kind))


def is_list(kind: Any) -> bool:
    """Whether a type is of lists, of any of Arrow's kinds of them."""
    import pyarrow as pa

    types = pa.types
    views = types.is_list_view(kind) or types.is_large_list_view(kind)
    return bool(types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind) or views)


def _plain(kind: Any) -> str:
    """What a type that is left out holds, in a word."""
    import pyarrow as pa

    types = pa.types
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return "bytes"
    if is_list(kind):
        return "lists"
    return "maps" if types.is_map(kind) else str(kind).split("<")[0]
