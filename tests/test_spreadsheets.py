"""Tables for spreadsheets."""

import io
from collections.abc import Iterator

import pytest

from embedkit.spreadsheets import write_csv


def test_what_a_spreadsheet_would_compute_is_text() -> None:
    out = io.StringIO()
    texts = ["=1+1", "@sum", "-x", "+x", "-", "--", "-1.5", '"quoted", and', "\tx", "a=b"]
    write_csv(out, ("text", "flag", "number"), [(text, True, 0.1) for text in texts])
    head, *rows = out.getvalue().split("\n")[:-1]
    assert head == "text,flag,number"
    kept = ["'=1+1", "'@sum", "'-x", "'+x", "-", "--", "-1.5", '"""quoted"", and"', "'\tx", "a=b"]
    assert rows == [f"{text},1,0.1" for text in kept]


def test_what_is_missing_is_empty() -> None:
    out = io.StringIO()
    write_csv(out, ("a", "b"), [(None, False)])
    assert out.getvalue() == "a,b\n,0\n"


def test_there_is_no_heading_where_the_first_row_cannot_be_made() -> None:
    def failing() -> Iterator[tuple[str]]:
        raise ValueError("no word in it")
        yield ("a",)

    out = io.StringIO()
    with pytest.raises(ValueError, match="no word in it"):
        write_csv(out, ("a",), failing())
    assert out.getvalue() == ""


def test_a_table_without_rows_has_its_heading() -> None:
    out = io.StringIO()
    write_csv(out, ("a", "b"), [])
    assert out.getvalue() == "a,b\n"
