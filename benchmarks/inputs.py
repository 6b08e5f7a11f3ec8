"""Small made-up files for commands that are killed or run at once, and a card whose file this machine serves."""

import functools
import hashlib
import http.server
import multiprocessing
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.forks import Command, load_all, start
from embedkit.files import shipped

_CARD = """name = "tiny"
kind = "text"
title = "A tiny text"
licence = "none"
citation = "none"
homepage = "http://127.0.0.1:{port}/"
urls = ["http://127.0.0.1:{port}/tiny.zip"]
file = "tiny.zip"
checksum = "sha256:{checksum}"
size = {size}
reader = "lines"
members = {{ train = "tiny/train.txt", valid = "tiny/valid.txt" }}
"""


@dataclass(frozen=True)
class Place:
    """A folder in which commands run, always at the same path: what they keep of it is then the same.

    Attributes:
        folder: where they run; it holds runs, corpora and temporary files.
        inputs: what lies there before a command.
        cards: the kit's, and one that is called "tiny".
    """

    folder: Path
    inputs: Path
    cards: Path

    def beside(self, name: str) -> Path:
        return self.folder.with_name(name)

    def clear(self) -> None:
        """Only the inputs are there."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self.inputs, self.folder)
        (self.folder / "tmp").mkdir()

    def start(self, words: str, *, number: int = 1, at: int | None = None, log: Path | None = None) -> Command:
        """Run a command, as `forks.start`; the number tells those that run at once apart."""
        output = self.beside(f"output-{number}.txt")
        return start(words.split(), self.folder, output, prepare=self.prepare, at=at, log=log)

    def prepare(self) -> None:
        """In a process that is to run a command: its cards are those here, and maps by UMAP start from a seed, so that
        a report can be the same again."""
        import embedkit
        from embedkit.analysis.maps import projection
        from embedkit.corpora import card

        card.shipped = lambda folder: self.cards
        umap = functools.partial(projection.umap, seed=0)
        seeded: Any = replace(projection.METHODS["umap"], project=umap)
        projection.METHODS._entries = {**projection.METHODS, "umap": seeded}
        embedkit.umap = umap


@contextmanager
def prepared(commands: Sequence[str]) -> Iterator[Place]:
    """A place with a text and two files of vectors, one of them damaged, once this process has loaded what the commands
    load."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        place = Place(folder / "case", folder / "inputs", folder / "cards")
        text = _write_inputs(place.inputs)
        with _serving(_write_archive(folder / "served", text)) as port:
            _write_cards(place.cards, folder / "served" / "tiny.zip", port)
            place.clear()
            load_all([words.split() for words in commands], place.folder, place.prepare)
            yield place


def _write_inputs(folder: Path) -> list[str]:
    """The lines of the text."""
    folder.mkdir()
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in range(80)]
    text = [" ".join(rng.choice(words, size=8)) for _ in range(160)]
    rows = [" ".join([word, *(f"{x:.4f}" for x in rng.standard_normal(8))]) for word in words]
    damaged = [*rows[:20], "torn 0.1 0.2", *rows[20:40], rows[3], *rows[40:]]
    for name, lines in (("text", text), ("vectors", rows), ("damaged", damaged)):
        (folder / f"{name}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return text


def _write_archive(folder: Path, text: list[str]) -> Path:
    folder.mkdir()
    with zipfile.ZipFile(folder / "tiny.zip", "w") as archive:
        archive.writestr("tiny/train.txt", "\n".join(text * 20) + "\n")
        archive.writestr("tiny/valid.txt", "\n".join(text[:20]) + "\n")
    return folder


def _write_cards(folder: Path, archive: Path, port: int) -> None:
    shutil.copytree(shipped("corpora"), folder)
    content = archive.read_bytes()
    card = _CARD.format(port=port, checksum=hashlib.sha256(content).hexdigest(), size=len(content))
    (folder / "tiny.toml").write_text(card, encoding="utf-8")


@contextmanager
def _serving(folder: Path) -> Iterator[int]:
    """A server of the files in a folder, in a process of its own; its port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    process = multiprocessing.get_context("fork").Process(target=server.serve_forever, daemon=True)
    process.start()
    try:
        yield server.server_address[1]
    finally:
        process.kill()
        process.join()
        server.server_close()


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass
