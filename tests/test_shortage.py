"""What runs out, disk or memory, is one line that says what to do; whatever was written is whole, and goes on."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from embedkit.cli import edge
from embedkit.cli.edge import run
from embedkit.files import append_line, whole_file, write_json, write_text
from embedkit.leftovers import temporary_name
from embedkit.shortage import NoRoomError, is_shortage, may_use_threads, room_for, shortage, watch_imports
from tests.command_line import write_corpus

FULL = Path("/dev/full")
TRAIN = (
    "train lm --name small --corpus {corpus} --embedding-size 16 --hidden-size 24 --batch-size 8 --bptt 10 --steps 12 "
    "--evaluations 3"
)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@contextmanager
def told() -> Iterator[list[str | None]]:
    """What a person reads of the error that comes, in the moment when it does."""
    messages: list[str | None] = []
    try:
        yield messages
    except OSError as error:
        messages.append(shortage(error))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[tuple[Path, Callable[[int], object]]]:
    """A disk in memory, and what gives it so many kilobytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.getuid() != 0 or subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("needs the right to mount a disk")

    def resize(kilobytes: int) -> None:
        subprocess.run(["mount", "-o", f"remount,size={kilobytes}k", str(folder)], check=True)

    yield folder, resize
    # At once by its path; the memory goes with the last mapping of a file, which an uncollected cycle may hold.
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.mark.parametrize("size", [20, 60, 200], ids=["before the first step", "at the first weights", "later"])
def test_a_training_on_a_full_disk_says_how_to_go_on_and_ends_as_if_never_stopped(
    small_disk: tuple[Path, Callable[[int], object]],
    size: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    disk, resize = small_disk
    write_corpus(tmp_path / "text.txt")
    words = TRAIN.format(corpus=tmp_path / "text.txt").split()
    assert run(words) == 0
    monkeypatch.setenv("EMBEDKIT_RUNS", str(disk))
    resize(size)
    capsys.readouterr()
    assert run(words) == 1
    lines = capsys.readouterr().err.strip().splitlines()
    errors = [line for line in lines if not line.startswith(("training", "·"))]
    assert len(errors) == 1, lines
    assert ("there is no room for it: " if size == 20 else "there is no room for its ") in errors[0]
    assert f"the disk at {disk} is full" in errors[0]
    assert "`embedkit train lm --resume small`: nothing is lost" in errors[0]
    resize(10_000)
    assert run(["train", "lm", "--resume", "small"]) == 0
    whole = tmp_path / "runs" / "small"
    for name in ("weights.safetensors", "tokenizer.json", "config.toml"):
        assert (disk / "small" / name).read_bytes() == (whole / name).read_bytes()
    assert sorted(file.name for file in (disk / "small").iterdir()) == sorted(file.name for file in whole.iterdir())


def test_a_file_too_large_for_a_limit_names_the_file_its_size_and_the_limit(tmp_path: Path) -> None:
    with largest_file(1000), told() as messages:
        write_json(tmp_path / "metrics.json", "x" * 5000)
    assert messages == [
        f"{tmp_path}/metrics.json: there is no room for its 5.0 kB: no file may have more than 1.0 kB here (see "
        "`ulimit -f`); allow larger ones, then run the same command again"
    ]
    assert list(tmp_path.iterdir()) == []


def test_whatever_a_writer_says_of_a_full_disk_is_one_error(tmp_path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models

    values = np.random.default_rng(0).standard_normal(5000)
    tokenizer = Tokenizer(models.WordLevel({str(i): i for i in range(5000)}, unk_token="0"))

    def by_numpy(path: Path) -> None:
        with open(path, "wb") as handle:
            values.tofile(handle)

    writers: list[Callable[[Path], object]] = [
        lambda path: save_file({"a": values}, path),
        lambda path: tokenizer.save(str(path)),
        lambda path: parquet.write_table(pa.table({"a": values}), path),
        lambda path: path.write_bytes(values.tobytes()),
        by_numpy,
    ]
    for write in writers:
        with largest_file(1000), pytest.raises(NoRoomError), whole_file(tmp_path / "it.bin") as temporary:
            write(temporary)
        assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_what_has_no_file_of_its_own_is_named_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(NoRoomError) as caught:
        append_line(FULL, "a line")
    assert str(shortage(caught.value)).startswith("/dev/full: there is no room for it: the disk at /dev is full")


@pytest.mark.skipif(not FULL.exists(), reason="needs /dev/full")
def test_output_that_finds_no_room_is_one_line(tmp_path: Path) -> None:
    code = "from embedkit.cli import main; main(['corpora', 'list'])"
    done = subprocess.run(
        f'{os.sys.executable} -c "{code}" > /dev/full', shell=True, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: what is printed: there is no room for it: a disk is full; make room there, then run")


def test_a_quota_is_told_from_a_full_disk(tmp_path: Path) -> None:
    with pytest.raises(NoRoomError) as caught, room_for(tmp_path / "a" / "b.txt", 2_000_000):
        raise OSError(errno.EDQUOT, "Disk quota exceeded")
    message = str(shortage(caught.value))
    assert message.startswith(f"{tmp_path}/a/b.txt: there is no room for its 2.0 MB: what you may use of the disk at ")


def memory_of(error: BaseException) -> str:
    return str(shortage(error)).split(";")[0].split(", ")[0]


def test_every_way_of_saying_that_memory_ran_out_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa
    import torch

    def raised(make: Callable[[], object]) -> BaseException:
        with pytest.raises(Exception) as caught:  # noqa: PT011  of any type
            make()
        return caught.value

    assert memory_of(raised(lambda: np.empty(10**15))) == "memory ran out: 8,005 TB were asked for"
    assert memory_of(raised(lambda: torch.empty(10**15))) == "memory ran out: 4,000 TB were asked for"
    assert memory_of(raised(lambda: pa.allocate_buffer(10**15))) == "memory ran out: 1,000 TB were asked for"
    assert memory_of(MemoryError()) == "memory ran out"
    assert memory_of(OSError(errno.ENOMEM, "Cannot allocate memory")) == "memory ran out"
    assert memory_of(ImportError("x.so: failed to map segment from shared object")) == "memory ran out"
    assert memory_of(RuntimeError("can't start new thread")) == "memory ran out"


def test_other_errors_are_none_of_it() -> None:
    for error in (
        ValueError("no"),
        RuntimeError("no"),
        OSError(errno.EACCES, "no"),
        KeyError("memory"),
        ImportError("x"),
    ):
        assert not is_shortage(error)
        assert shortage(error) is None


def test_a_model_that_memory_cannot_hold_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "text.txt")
    assert run(TRAIN.format(corpus=tmp_path / "text.txt").replace("size 24", "size 2000000").split()) == 1
    (error,) = (line for line in capsys.readouterr().err.splitlines() if line.startswith("error"))
    assert "memory ran out: 64 TB were asked for, " in error
    assert "--resume small" in error


def test_a_download_that_finds_no_room_is_not_taken_for_a_network_that_is_down(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pooch

    from embedkit.corpora.card import Card, Download
    from embedkit.corpora.fetch import fetch

    def full(address: str, file: str, *_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pooch, "HTTPDownloader", lambda **_: full)
    download = Download("text.txt", ("https://example.org/text.txt",), "sha256:" + "0" * 64, 5_000_000)
    card = Card("small", "text", "", "", "", "", "lines", (download,))
    with pytest.raises(NoRoomError) as caught:
        fetch(card)
    assert "data/small/text.txt: there is no room for its 5.0 MB" in str(shortage(caught.value))
    assert [path.name for path in (tmp_path / "data" / "small").iterdir()] == [".lock"]


def test_temporary_names_keep_the_suffix_and_fit_any_name() -> None:
    assert temporary_name(".npz").endswith(".npz")
    assert len(temporary_name(".safetensors")) < 60


def test_looking_at_the_checkout_writes_nothing_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A `git status` that a limit stopped left its index locked."""
    from embedkit.runs import provenance

    calls: list[list[str]] = []

    def run_git(command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        calls.append(command)
        return subprocess.CompletedProcess(command, 0, stdout="abc", stderr="")

    monkeypatch.setattr(subprocess, "run", run_git)
    provenance._git(Path("/somewhere"), "status")
    assert calls == [["git", "--no-optional-locks", "-C", "/somewhere", "status"]]


@contextmanager
def least_memory() -> Iterator[None]:
    """So many addresses as this process has, and no more."""
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    taken = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGESIZE")
    resource.setrlimit(resource.RLIMIT_AS, (taken + (64 << 20), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="needs /proc, as on Linux")
def test_a_library_that_does_not_fit_is_not_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.meta_path", [*sys.meta_path])
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    with least_memory():
        watch_imports()
        with pytest.raises(MemoryError) as caught:
            import torch
        message = shortage(caught.value)
        with pytest.raises(ImportError):  # as who asks whether it is there takes it
            import torch  # noqa: F401
    assert message is not None
    assert message.startswith("memory ran out: 587.2 MB were asked for, a process may have ")


def test_threads_are_for_who_has_memory() -> None:
    assert may_use_threads()
    with least_memory():
        assert not may_use_threads()


def test_words_in_which_libraries_say_that_memory_ran_out() -> None:
    import pyarrow as pa

    error = pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily unavailable")
    assert is_shortage(error)
    assert not is_shortage(pa.ArrowException("CSV parse error"))
    assert not is_shortage(SystemError("error return without exception set"))
    with least_memory():
        assert is_shortage(SystemError("error return without exception set"))


def test_memory_that_does_not_even_suffice_to_say_so(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fail(arguments: object) -> int:
        raise MemoryError

    monkeypatch.setattr("embedkit.cli.edge.run", fail)
    with pytest.raises(SystemExit) as stopped:
        edge.main(["runs"])
    assert stopped.value.code == 1
    (line,) = capfd.readouterr().err.splitlines()
    assert line.startswith("error: memory ran out; close what else is running")


def test_what_libraries_want_at_the_end_adds_no_traceback() -> None:
    program = (
        "import atexit, resource\n"
        "from embedkit.cli import edge\n"
        "def want(): raise MemoryError\n"
        "atexit.register(want)\n"
        "def fail(arguments): raise MemoryError\n"
        "edge.run = fail\n"
        "resource.setrlimit(resource.RLIMIT_AS, (1 << 40, 1 << 40))\n"
        "edge.main(['runs'])\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: memory ran out")


def test_what_the_long_form_counts(tmp_path: Path) -> None:
    from benchmarks.folders import contents
    from benchmarks.shortages import Place, Tally

    place, tally = Place(tmp_path / "base", tmp_path / "place", {}), Tally()
    place.base.mkdir()
    place.folder.mkdir()
    for name in ("text.txt", "page.html"):
        write_text(place.base / name, "<html></html>")
    place = Place(place.base, place.folder, contents(place.base))
    refused = (1, "note: something\nerror: there is no room for it")
    place.fill()
    for code, printed in ((0, ""), refused, (1, "Traceback\nerror: a\nerror: b"), (-6, "terminate called")):
        place.judge(tally, "runs", code, printed)
    assert (tally.commands, tally.well, tally.refused, tally.tracebacks) == (4, 1, 1, 1)
    assert (tally.lost, tally.left, len(tally.faults)) == (0, 0, 2)
    write_text(place.folder / "page.html", "<html>")
    (place.folder / "text.txt").unlink()
    (place.folder / temporary_name(".npz")).touch()
    place.judge(tally, "runs", *refused)
    assert (tally.refused, tally.lost, tally.left) == (2, 1, 1)
    assert "lost ['page.html', 'text.txt']" in tally.faults[-1]
