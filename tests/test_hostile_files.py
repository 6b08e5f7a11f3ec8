"""JSON and TOML from outside: whatever is wrong with it is a ValueError that says what, and of the kit's files an error
that names them."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from embedkit.cli.edge import run
from embedkit.config.checked import from_table
from embedkit.errors import CorpusError, ReportError, RunError, SpaceError, UsageError, VocabularyError
from embedkit.files import parse_json, parse_toml
from embedkit.hints import fits, in_words
from embedkit.tasks.language_model.config import LanguageModel

DEEP, DIGITS = "[" * 100_000 + "]" * 100_000, "9" * 5000


@pytest.mark.parametrize("parse", [parse_json, lambda text: parse_toml(f"x = {text[:10_000]}")], ids=["JSON", "TOML"])
@pytest.mark.parametrize(
    ("text", "message"),
    [(DEEP, "nested too deeply"), (DIGITS, "a number in it has thousands of digits"), ("{", ".")],
    ids=["deep", "digits", "broken"],
)
def test_whatever_is_wrong_is_one_kind_of_error(parse: Callable[[str], object], text: str, message: str) -> None:
    text = text if parse is parse_json or text is not DEEP else "[" * 3000 + "]" * 3000
    with pytest.raises(ValueError, match=message):
        parse(text)


def test_a_broken_line_is_still_known() -> None:
    with pytest.raises(json.JSONDecodeError) as caught:
        parse_json('{"a": 1,\n"b": }')
    assert caught.value.lineno == 2


def test_a_type_is_told_and_said() -> None:
    assert fits(1, float)
    assert fits(None, int | None)
    assert fits(("a",), tuple[str, ...])
    assert fits((1, 2), tuple[int, int])
    assert not fits((1, 2, 3), tuple[int, int])
    assert not fits(True, int)
    assert not fits(1, bool)
    assert not fits(1.5, int)
    assert not fits("a", tuple[str, ...])
    assert not fits(2**63, int)
    assert in_words(int | None) == "a whole number"


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"hidden_size": "wide"}, "hidden_size is 'wide'; it must be a whole number"),
        ({"hidden_size": 1.5}, "hidden_size is 1.5; it must be a whole number"),
        ({"dropout": [1]}, r"dropout is \[1\]; it must be a number"),
        ({"tied": 1}, "tied is 1; it must be true or false"),
        ({"cell": {"a": 1}}, "cell is .*; it must be one of"),
        ({"layers": 10**30}, "it must be a whole number"),
    ],
)
def test_an_option_of_another_type_is_named(table: dict[str, object], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        from_table(LanguageModel, table)


@pytest.mark.parametrize("text", [DEEP, DIGITS, "5", '{"a": 1}', "\x00"], ids=["deep", "digits", "5", "{}", "NUL"])
def test_files_of_the_kit_that_hold_something_else_are_named(text: str, tmp_path: Path) -> None:
    import numpy as np

    from embedkit.analysis.cells.probes import ProbeSheet
    from embedkit.report.recipes import read_recipe
    from embedkit.runs.arrays import read_json_array
    from embedkit.runs.artefacts import load_record
    from embedkit.tasks.caption.files import open_captions
    from embedkit.text.vocabulary import Vocabulary

    file = tmp_path / "it.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(VocabularyError, match=r"it\.json: not a vocabulary"):
        Vocabulary.load(file)
    with pytest.raises(RunError, match=r"it\.json: damaged"):
        load_record(file, ProbeSheet)
    with pytest.raises(CorpusError, match=r"it\.json: (not JSON|neither COCO)"):
        open_captions(str(file), side=8, colour=False, images=None, most=10)
    with pytest.raises(ReportError, match=r"it\.json: not TOML"):
        read_recipe(file, {})
    if text != '{"a": 1}':
        with pytest.raises(SpaceError, match="provenance is not"):
            read_json_array(file, {"provenance": np.array(text[:20_000])}, "provenance")


def test_options_from_a_file_that_is_no_toml(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for text in (f"steps = {DIGITS}", f"steps = {'[' * 3000}{']' * 3000}"):
        (tmp_path / "options.toml").write_text(text)
        assert run(["train", "lm", "--config", str(tmp_path / "options.toml")]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert "options.toml: not TOML (" in line


@pytest.mark.parametrize("text", ['{"a": "\\ud800"}', '["\\udfff\\ud83d"]'])
def test_half_of_a_character_is_no_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"\\ud[0-9a-f]{3} in a text is half of a character"):
        parse_json(text)


def test_both_halves_are_a_character_and_bytes_are_text() -> None:
    assert parse_json('"\\ud83d\\ude00"') == "😀"
    assert parse_json('"naïve"'.encode()) == "naïve"


def test_an_error_is_one_line_whatever_it_quotes() -> None:
    assert str(CorpusError("a.tar: cannot be unpacked (\n- method gz: no\n- method tar: no)")) == (
        "a.tar: cannot be unpacked ( - method gz: no - method tar: no)"
    )


def test_labels_of_json_that_are_half_of_a_character(tmp_path: Path) -> None:
    from embedkit.spaces.formats.detect import read_space

    file = tmp_path / "a.json"
    file.write_text('[{"word": "\\ud800", "vector": [1, 2]}, {"word": "b", "vector": [1, "x"]}]', encoding="utf-8")
    with pytest.raises(SpaceError, match="half of a character"):
        read_space(file)


def test_arrow_whose_texts_lead_out_of_their_buffer(tmp_path: Path) -> None:
    import numpy as np
    import pyarrow as pa

    from embedkit.spaces.formats.detect import read_space

    offsets = pa.py_buffer(np.array([0, 1, 5_000_000, 3], dtype=np.int32).tobytes())
    words = pa.StringArray.from_buffers(3, offsets, pa.py_buffer(b"abc"))
    table = pa.table({"word": words, "vector": [[1.0, 2.0]] * 3})
    with pa.ipc.new_file(tmp_path / "a.arrow", table.schema) as writer:
        writer.write_table(table)
    with pytest.raises(SpaceError, match="not a readable Arrow file"):
        read_space(tmp_path / "a.arrow")


def test_a_column_of_no_dimension(tmp_path: Path) -> None:
    import numpy as np

    from embedkit.spaces import EmbeddingSpace
    from embedkit.spaces.formats.detect import read_space, write_space

    file = tmp_path / "a.npz"
    vectors = np.eye(2, dtype=np.float32)
    write_space(EmbeddingSpace("a", ("x", "y"), vectors, {"count": np.array([2, 1])}), file)
    with np.load(file) as archive:
        arrays = dict(archive) | {"column:count": np.array(5)}
    np.savez(file, **arrays)
    with pytest.raises(SpaceError, match=r"column:count of shape \(\); there must be one value a vector"):
        read_space(file)


def test_archives_of_recordings_that_cannot_be_unpacked(tmp_path: Path) -> None:
    import zipfile

    from embedkit.tasks.speech.digits import read_digits

    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("7_ann_0.wav", b"RIFF")
    content = bytearray((tmp_path / "a.zip").read_bytes())
    content[content.index(b"PK\x01\x02") + 10] = 99  # a method of compression that nobody has
    (tmp_path / "a.zip").write_bytes(content)
    (tmp_path / "a.tar").write_bytes(b"no archive " * 100)
    for name in ("a.zip", "a.tar"):
        with pytest.raises(CorpusError, match="cannot be unpacked") as caught:
            read_digits(tmp_path / name, 8_000)
        assert "\n" not in str(caught.value)
