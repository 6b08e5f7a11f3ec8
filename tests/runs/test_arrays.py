"""Arrays lie in an .npz as they are in memory, and nothing that it states about itself is trusted."""

import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from embedkit.errors import SpaceError
from embedkit.runs.arrays import load_arrays, save_arrays
from embedkit.runs.strings import Strings

ARRAYS = {
    "é": np.arange(12, dtype=np.float32).reshape(3, 4),
    "fixed": np.array(["a", "bb"]),
    "none": np.zeros((0, 4)),
    "number": np.array(3),
    "flag": np.array([True, False, True]),
    "empty": np.array(""),
    "day": np.array(["2020-01-01", "NaT"], dtype="datetime64[ms]"),
    "turned": np.arange(6).reshape(2, 3).T,
}


def test_every_array_begins_at_a_multiple_of_64_bytes(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_arrays(path, ARRAYS)
    with np.load(path, allow_pickle=False) as plain:
        assert set(plain.files) == set(ARRAYS)
        for key, array in ARRAYS.items():
            np.testing.assert_array_equal(plain[key], array)
            assert plain[key].dtype == array.dtype
    whole = path.read_bytes()
    mapped = load_arrays(path, mapped_from=1)
    for key, array in ARRAYS.items():
        np.testing.assert_array_equal(mapped[key], array)
        if array.nbytes:
            assert isinstance(mapped[key], np.memmap)
            assert mapped[key].offset % 64 == 0
            assert whole[mapped[key].offset :].startswith(np.ascontiguousarray(array).tobytes())
    assert not any(isinstance(array, np.memmap) for array in load_arrays(path).values())


def test_what_others_wrote_is_read_where_it_cannot_be_mapped(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    for save in (np.savez, np.savez_compressed):
        save(path, **ARRAYS)
        for key, array in load_arrays(path, mapped_from=1).items():
            np.testing.assert_array_equal(array, ARRAYS[key])


def test_strings_come_back_as_such(tmp_path: Path) -> None:
    strings = Strings.of(["a", "日本", "", "e\0"])
    save_arrays(tmp_path / "a.npz", {"labels": strings, "part": strings[1:3]})
    arrays = load_arrays(tmp_path / "a.npz", needed=("labels",))
    assert (arrays["labels"], arrays["part"], len(arrays)) == (strings, ("日本", ""), 2)
    with pytest.raises(SpaceError, match=r"no array 'vectors'; it has labels\.utf8"):
        load_arrays(tmp_path / "a.npz", needed=("vectors",))


def test_places_that_an_archive_states_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    save_arrays(path, {"first": np.arange(100), "second": np.arange(100)})
    whole = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        first, second = archive.infolist()
    # In the directory at the end, the second array is said to lie where the first does, and the first to be longer.
    place = whole.rindex(b"PK\x01\x02")
    overlapping = bytearray(whole)
    overlapping[place + 42 : place + 46] = struct.pack("<I", first.header_offset)
    longer = bytearray(whole)
    place = whole.index(b"PK\x01\x02")
    longer[place + 20 : place + 28] = struct.pack("<II", first.file_size + 800, first.file_size + 800)
    shorter = whole.replace(b"'shape': (100,)", b"'shape': (900,)", 1)
    for damaged in (overlapping, longer, shorter, whole[: second.header_offset + 300], whole[:-1]):
        path.write_bytes(damaged)
        with pytest.raises(SpaceError, match=r"a\.npz: not a readable \.npz .*; make it again"):
            load_arrays(path, mapped_from=1)
