"""A service: no home folder, packages that it cannot write to, a store that it may only read."""

import os
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embedkit import caches, compilation
from embedkit.cli.edge import run
from embedkit.corpora.prepare import data_folder
from embedkit.errors import EmbedkitError, EmbedkitWarning

ROOT = Path(__file__).resolve().parent.parent
NOBODY = 65534


@pytest.fixture(autouse=True)
def _nothing_is_remembered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    for name in ("NUMBA_CACHE_DIR", "EMBEDKIT_DATA", "HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    caches.temporary_cache.cache_clear()
    compilation.settle_cache.cache_clear()


def test_a_cache_without_a_home_is_ones_own_and_is_said_once(tmp_path: Path) -> None:
    with pytest.warns(EmbedkitWarning, match="loops are kept in .*; the variable SOME_DIR names one"):
        folder = caches.temporary_cache("x", "loops are", "SOME_DIR")
    assert folder.parent == tmp_path / "tmp"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    caches.temporary_cache.cache_clear()
    assert caches.temporary_cache("x", "loops are", "SOME_DIR") == folder  # a warning would be an error here


@pytest.mark.parametrize("trap", ["a link", "a folder that others write to"])
def test_a_folder_that_somebody_else_prepared_is_not_trusted(tmp_path: Path, trap: str) -> None:
    expected = tmp_path / "tmp" / f"embedkit-x-{os.getuid()}"
    if trap == "a link":
        (tmp_path / "theirs").mkdir()
        expected.symlink_to(tmp_path / "theirs")
    else:
        expected.mkdir()
        expected.chmod(0o777)
    with pytest.warns(EmbedkitWarning):
        folder = caches.temporary_cache("x", "loops are", "SOME_DIR")
    assert folder != expected
    assert not folder.is_symlink()


def test_numba_keeps_its_loops_elsewhere_where_it_finds_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from numba import config

    monkeypatch.setattr(config, "CACHE_DIR", "")
    monkeypatch.setattr(compilation, "can_write", lambda folder: False)
    with pytest.warns(EmbedkitWarning, match="the variable NUMBA_CACHE_DIR names one"):
        compilation.settle_cache()
    folder = tmp_path / "tmp" / f"embedkit-compiled-{os.getuid()}"
    assert os.environ["NUMBA_CACHE_DIR"] == config.CACHE_DIR == str(folder)
    monkeypatch.delenv("NUMBA_CACHE_DIR")


def test_where_nothing_at_all_can_be_written_the_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compilation, "can_write", lambda folder: False)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(EmbedkitError, match="name a folder with the variable NUMBA_CACHE_DIR"):
        compilation.settle_cache()


def test_a_chosen_or_writable_place_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compilation, "temporary_cache", lambda *_: pytest.fail("there is a place"))
    compilation.settle_cache()  # beside the source, here
    assert "NUMBA_CACHE_DIR" not in os.environ
    compilation.settle_cache.cache_clear()
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/chosen")
    compilation.settle_cache()
    assert os.environ["NUMBA_CACHE_DIR"] == "/chosen"


def test_corpora_go_to_the_temporary_folder_where_no_home_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "home"
    monkeypatch.setenv("XDG_CACHE_HOME", str(home))
    assert data_folder() == home / "embedkit"
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.warns(EmbedkitWarning, match="corpora are kept in .*; the variable EMBEDKIT_DATA names one"):
        folder = data_folder()
    assert folder.parent == tmp_path / "tmp"
    (home / "embedkit").mkdir(parents=True)  # one that an administrator filled
    assert data_folder() == home / "embedkit"


@pytest.mark.parametrize(
    ("file", "advice"),
    [
        ("runs/small/maps/input-pca.npz", "choose another folder, with the variable EMBEDKIT_RUNS"),
        ("data/wikitext-2/text", "choose another folder, with the variable EMBEDKIT_DATA"),
        ("{tmp}/tmp/tmpx1/x", "choose another folder, with the variable TMPDIR"),
        ("{tmp}/tmp/embedkit-data-x1/x", "choose another folder, with the variable TMPDIR"),
        ("{tmp}/tmp/out.npz", "choose another folder"),
        ("reports/html/small.html", "choose another folder, or start from another one"),
    ],
)
def test_what_cannot_be_written_says_which_variable_names_another_place(
    file: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EMBEDKIT_RUNS", "runs")
    monkeypatch.setenv("EMBEDKIT_DATA", "data")
    name = file.format(tmp=tmp_path)

    def refused(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", name)

    monkeypatch.setattr("embedkit.cli.app.app", refused)
    assert run(["runs"]) == 1
    assert capsys.readouterr().err == f"error: {name}: Permission denied; change its permissions or {advice}\n"


@pytest.mark.skipif(
    not hasattr(os, "getuid") or os.getuid() != 0 or shutil.which("setpriv") is None,
    reason="needs root, to be somebody else",
)
def test_nobody_reads_a_store_and_compiles_without_a_home(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((200, 4))
    rows = "\n".join(f"w{i} " + " ".join(f"{x:.4f}" for x in row) for i, row in enumerate(vectors))
    (tmp_path / "v.txt").write_text(rows + "\n")
    (tmp_path / "tmp").chmod(0o777)
    # May read whatever root may (its Python may lie in root's home), and write nothing.
    become = f"setpriv --reuid {NOBODY} --regid {NOBODY} --clear-groups --inh-caps +dac_read_search --ambient-caps"
    environment = {"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path / "tmp"), "PYTHONPATH": str(ROOT)}
    code = (
        "import embedkit.analysis.top_k; from embedkit.cli import main; "
        "main(['neighbors', 'w1', '-k', '3', '--space', 'v.txt'])"
    )
    done = subprocess.run(
        [*become.split(), "+dac_read_search", sys.executable, "-c", code],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    if "setpriv" in done.stderr:
        pytest.skip(done.stderr)
    assert done.returncode == 0, done.stderr
    assert "nearest in v/vectors" in done.stdout
    assert "it cannot be kept in runs/ (Permission denied)" in done.stderr
    assert "the variable NUMBA_CACHE_DIR names one" in done.stderr
    assert "Traceback" not in done.stderr
    assert list((tmp_path / "tmp").glob("embedkit-compiled-*"))
    assert not (tmp_path / "runs").exists()
