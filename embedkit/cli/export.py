"""`embedkit export`."""

from pathlib import Path
from typing import Literal

from embedkit.cli.output import Json, note, print_json


def export(
    space: str | None = None,
    /,
    *,
    out: Path,
    format: Literal["word2vec", "word2vec-binary", "npz", "parquet", "tensorboard"],
    json: Json = False,
) -> None:
    """Write a space.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        out: The file to write; a folder for tensorboard.
        format: What to write.
    """
    from embedkit.spaces.formats.detect import write_space
    from embedkit.spaces.open import open_space

    opened = open_space(space)
    write_space(opened, out, format=format)
    about = {"space": opened.name, "points": len(opened), "dimensions": opened.dimensions}
    if json:
        print_json({**about, "format": format, "path": str(out)})
    else:
        note(f"wrote {opened!r} as {format}")
        print(out)
