"""The table of formats: each is one entry, which says how a file of it is known, read and written.

A format has a module of its own here; another one is a module and a line, or a line in another package.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from embedkit.registry import Registry
from embedkit.spaces.formats.arrow_ipc import is_arrow, read_arrow
from embedkit.spaces.formats.binary import (
    is_fasttext,
    is_word2vec_binary,
    read_fasttext,
    read_word2vec_binary,
    write_word2vec_binary,
)
from embedkit.spaces.formats.contents import Contents
from embedkit.spaces.formats.delimited import is_delimited, read_delimited
from embedkit.spaces.formats.jsonlines import is_json, read_json
from embedkit.spaces.formats.npy import is_npy, read_npy
from embedkit.spaces.formats.npz import is_npz, read_npz_contents, write_npz
from embedkit.spaces.formats.parquet import is_parquet, read_parquet, write_parquet
from embedkit.spaces.formats.parts import holds_parts, read_parts
from embedkit.spaces.formats.projector import holds_projector, read_projector, write_tensorboard
from embedkit.spaces.formats.static_model import holds_static_model, is_safetensors, read_static_model
from embedkit.spaces.formats.text import is_text, read_text, write_word2vec
from embedkit.spaces.space import EmbeddingSpace


@dataclass(frozen=True)
class Format:
    """A kind of embedding file.

    Attributes:
        name: what it is called on the command line and in the provenance of a space.
        suffixes: of files that are written in it where no format is named, such as (".txt",).
        sniff: (the first 64 KiB, decompressed) → whether a file that begins so is of this format.
        read: (path, handle, reading, repairs) → Contents, the points that it holds, which need not be sound yet.
            `handle` gives the bytes from the first, decompressed, and `path` names the file in errors. What is
            malformed in the file itself goes to `repairs`, with its line or row. None where the kit does not read it.
        write: (space, path) → None. Raises SpaceError where it cannot hold the labels. None where the kit does not
            write it.
        titles: what people call what is read, where that is not its name.
        whole: whether `read` goes back and forth in the file: what is compressed is decompressed into memory first.
        binary: whether a file of it is bytes and no text, which may be in another encoding.
        holds: (folder) → whether a folder is of this format; `read` then gets it as `path` and no handle.
    """

    name: str
    suffixes: tuple[str, ...] = ()
    sniff: Callable[[bytes], bool] | None = None
    read: Callable[..., Contents] | None = None
    write: Callable[[EmbeddingSpace, Path], None] | None = None
    titles: tuple[str, ...] = ()
    whole: bool = False
    binary: bool = False
    holds: Callable[[Path], bool] | None = None


FORMATS: Registry[Format] = Registry("format", "embedkit.formats")
"""Every format by name. A file is offered to the last one first, since the first, text, takes almost any."""
register_format = FORMATS.add
"""Another format is one line: `register_format(Format("name", (".ending",), sniff, read, write))`."""

register_format(Format("word2vec", (".txt", ".vec"), is_text, read_text, write_word2vec, ("word2vec", "GloVe")))
register_format(
    Format(
        "word2vec-binary",
        (".bin",),
        is_word2vec_binary,
        read_word2vec_binary,
        write_word2vec_binary,
        ("word2vec",),
        binary=True,
    )
)
register_format(Format("fasttext", (), is_fasttext, read_fasttext, None, ("fastText",), binary=True))
register_format(Format("npz", (".npz",), is_npz, read_npz_contents, write_npz, (".npz",), whole=True))
register_format(Format("parquet", (".parquet",), is_parquet, read_parquet, write_parquet, (".parquet",), whole=True))
register_format(
    Format("arrow", (".arrow", ".feather"), is_arrow, read_arrow, None, ("Arrow",), whole=True, binary=True)
)
register_format(Format("npy", (".npy",), is_npy, read_npy, None, (".npy",), binary=True))
register_format(Format("delimited", (".csv", ".tsv"), is_delimited, read_delimited, None, ("CSV", "TSV")))
register_format(Format("json", (".jsonl", ".ndjson", ".json"), is_json, read_json, None, ("JSON lines",)))
register_format(
    Format(
        "safetensors",
        (".safetensors",),
        is_safetensors,
        read_static_model,
        None,
        ("static models",),
        binary=True,
        holds=holds_static_model,
    )
)
register_format(Format("parts", read=read_parts, titles=("folders of such",), holds=holds_parts))
register_format(
    Format("tensorboard", (), None, read_projector, write_tensorboard, ("TensorBoard",), holds=holds_projector)
)


def written() -> tuple[str, ...]:
    """The names of the formats that can be written."""
    return tuple(name for name, each in FORMATS.items() if each.write is not None)


def readable() -> tuple[Format, ...]:
    """The formats that can be read."""
    return tuple(each for each in FORMATS.values() if each.read is not None)


def format_at(start: bytes) -> Format | None:
    """The format of a file that begins so; None where it is of none that is read."""
    return next((each for each in reversed(readable()) if each.sniff is not None and each.sniff(start)), None)


def format_of_folder(folder: Path) -> Format | None:
    """The format that a folder is of, if any."""
    return next((each for each in readable() if each.holds is not None and each.holds(folder)), None)


def format_of_suffix(suffix: str) -> str | None:
    """The name of the format of a file's ending, such as ".txt"; one that can be written before any other."""
    names = [name for name, each in FORMATS.items() if suffix.lower() in each.suffixes]
    return next((name for name in names if FORMATS[name].write is not None), next(iter(names), None))


def suffixes() -> tuple[str, ...]:
    """Every ending that tells a format."""
    return tuple(suffix for each in FORMATS.values() for suffix in each.suffixes)
