"""What is secret in an address is printed nowhere and kept nowhere."""

from pathlib import Path

import pytest

from embedkit.addresses import is_address, masked, masked_values, name_in, secrets
from embedkit.errors import CorpusError
from embedkit.runs.folder import Run, name_after

SECRET = "https://anna:s3cr3t@example.org/texts/news.txt.gz?X-Signature=0a1b2c3d4e&part=1"
MASKED = "https://***@example.org/texts/news.txt.gz?X-Signature=***&part=1"


@pytest.mark.parametrize(
    ("address", "printed"),
    [
        (SECRET, MASKED),
        (f"reading {SECRET}: 3 MB", f"reading {MASKED}: 3 MB"),
        (f"'{SECRET}' or {SECRET}", f"'{MASKED}' or {MASKED}"),
        ("https://token@example.org/a.txt", "https://***@example.org/a.txt"),
        ("s3://AKIA:wJalr/XUt@bucket/a.txt", "s3://***@bucket/a.txt"),
        ("simplecache::s3://AKIA:wJalr@bucket/a.txt", "simplecache::s3://***@bucket/a.txt"),
        ("https://example.org/a.txt?0a1b2c3d4e", "https://example.org/a.txt?***"),
        ("https://example.org/a.txt?sig=a%2Fb%3Dc%26&x=12#top", "https://example.org/a.txt?sig=***&x=12#top"),
        # No credentials: a container, and a revision.
        ("abfs://container@account/a.txt", "abfs://container@account/a.txt"),
        ("hf://datasets/me/set@main/a.txt", "hf://datasets/me/set@main/a.txt"),
        ("anna:s3cr3t@example.org", "anna:s3cr3t@example.org"),
    ],
)
def test_what_is_secret_is_masked_by_hand(address: str, printed: str) -> None:
    assert masked(address) == printed
    assert masked(printed) == printed
    assert str(CorpusError(address)) == printed


def test_secrets_are_known_in_parts_by_hand() -> None:
    assert secrets(SECRET) == ["anna:s3cr3t", "0a1b2c3d4e", "s3cr3t", "anna"]
    assert secrets("s3://bucket/a@b.txt?part=1") == []


def test_texts_at_any_depth_are_masked() -> None:
    assert masked_values({"a": [SECRET, 1, (SECRET,)], "b": None}) == {"a": [MASKED, 1, (MASKED,)], "b": None}


def test_addresses_are_told_from_paths_and_names() -> None:
    assert all(map(is_address, ("s3://b/a.txt", "https://h/a", "memory://a.txt", "zip://a.txt::s3://b/a.zip")))
    assert not any(map(is_address, ("wikitext-2", "a/b.txt", "C://b.txt", "-", "a: s3://b", Path("s3://b"))))


def test_a_file_and_a_run_are_named_without_the_query() -> None:
    assert name_in(SECRET) == "news.txt.gz"
    assert name_in("s3://bucket/..?a") == "text"
    assert name_in("s3://bucket/the new\x1b text.txt") == "the-new-text.txt"
    assert name_after(SECRET) == "news"


def test_a_run_keeps_no_secret(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.write_config({"kind": "language-model", "training": {"corpus": SECRET}})
    run.write_provenance({"command": f"embedkit train lm --corpus '{SECRET}'"})
    assert run.config["training"]["corpus"] == MASKED
    assert run.provenance["command"] == f"embedkit train lm --corpus '{MASKED}'"
