"""Cards and archives that are wrong in ways somebody will find: one error that names the file."""

import hashlib
import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from embedkit.corpora import open_corpus
from embedkit.corpora.card import Card, Download, read_card
from embedkit.corpora.prepare import card_folder, prepare
from embedkit.errors import CorpusError, UsageError

CARD = {
    "name": '"x"',
    "kind": '"text"',
    "title": '"t"',
    "licence": '"l"',
    "citation": '"c"',
    "homepage": '"h"',
    "reader": '"lines"',
    "file": '"f.txt"',
    "urls": '["u"]',
    "size": "5",
    "checksum": '"sha256:00"',
    "pretokenized": "false",
    "languages": '["en"]',
    "unpacked_size": "5",
    "members": '{train="a"}',
    "split": "{train=1}",
    "counts": "{train_lines=1}",
}


def card_with(folder: Path, **values: str) -> Path:
    path = folder / "card.toml"
    path.write_text("\n".join(f"{key} = {value}" for key, value in {**CARD, **values}.items()), encoding="utf-8")
    return path


def test_the_card_itself_is_read(tmp_path: Path) -> None:
    card = read_card(card_with(tmp_path))
    assert (card.languages, card.members, card.size) == (("en",), {"train": "a"}, 5)


@pytest.mark.parametrize("key", CARD)
@pytest.mark.parametrize(
    "value", ["1979-05-27", "[{a=1}]", "nan", "{a={b=1}}", "9" * 5000, "[" * 3000 + "]" * 3000], ids=range(6)
)
def test_a_value_of_another_type_is_named(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(CorpusError, match=rf"card\.toml: ({key} is .*; it must be|not TOML \()"):
        read_card(card_with(tmp_path, **{key: value}))


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("size", '"5"', "size is '5'; it must be a whole number"),
        ("size", "9" * 30, "it must be a whole number"),
        ("urls", '"u"', r"urls is 'u'; it must be a list, each of it a text"),
        ("counts", "{train_lines='1'}", "it must be a table, each value of it a whole number"),
        ("pretokenized", "1", "pretokenized is 1; it must be true or false"),
        ("file", '"../../.ssh/config"', "leads out of the corpus's folder"),
        ("file", '"/etc/passwd"', "leads out of the corpus's folder"),
        ("checksum", '"00ff"', "it is written as sha256:… or md5:…"),
        ("checksum", '"sha3000:00"', "it is written as sha256:… or md5:…"),
    ],
)
def test_what_it_must_be_is_said(tmp_path: Path, key: str, value: str, message: str) -> None:
    with pytest.raises(CorpusError, match=message):
        read_card(card_with(tmp_path, **{key: value}))


def archive(mode: str, add: Callable[[tarfile.TarFile], None]) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode=mode) as tar:  # type: ignore[call-overload]
        add(tar)
    return content.getvalue()


def prepared(content: bytes) -> Path:
    checksum = f"sha256:{hashlib.sha256(content).hexdigest()}"
    card = Card(
        "small",
        "text",
        "",
        "",
        "",
        "",
        "lines",
        (Download("x.tar.gz", (), checksum, len(content)),),
        members={"train": "a/train.txt"},
    )
    card_folder(card).mkdir(parents=True, exist_ok=True)
    (card_folder(card) / "x.tar.gz").write_bytes(content)
    return prepare(card)


def add_text(tar: tarfile.TarFile) -> None:
    content = b"hello world\n" * 500
    member = tarfile.TarInfo("a/train.txt")
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize("mode", ["w:gz", "w:xz", "w:bz2", "w"])
@pytest.mark.parametrize("kept", [0.05, 0.5, 0.99], ids=["its start", "half", "all but its end"])
def test_an_archive_that_breaks_off_is_named(mode: str, kept: float) -> None:
    whole = archive(mode, add_text)
    if mode == "w" and kept == 0.99:
        pytest.skip("the text is whole: what is missing is padding")
    with pytest.raises(CorpusError):
        prepared(whole[: int(len(whole) * kept)])


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.DIRTYPE])
@pytest.mark.parametrize("target", ["nowhere", "/etc/passwd", "../../x", "train.txt"])
def test_a_link_in_an_archive_leads_nowhere(kind: bytes, target: str) -> None:
    def add_link(tar: tarfile.TarFile) -> None:
        member = tarfile.TarInfo("a/train.txt")
        member.type, member.linkname = kind, target
        tar.addfile(member)

    with pytest.raises(CorpusError, match=r"x\.tar\.gz"):
        prepared(archive("w", add_link))


def test_links_to_nowhere_and_to_themselves_are_no_files(tmp_path: Path) -> None:
    (tmp_path / "train.txt").symlink_to("nowhere")
    (tmp_path / "valid.txt").symlink_to("valid.txt")
    with pytest.raises(UsageError, match=r"there is no train\.txt and valid\.txt in it"):
        open_corpus(tmp_path)
    for name in ("train.txt", "valid.txt"):
        with pytest.raises(UsageError, match="no such file or folder"):
            open_corpus(tmp_path / name)
