"""`embedkit export`."""

from pathlib import Path
from typing import TYPE_CHECKING

from embedkit.cli.choices import one_of
from embedkit.cli.output import Json, note, print_json
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.formats.table import written

if TYPE_CHECKING:
    Format = str
else:
    Format = one_of(written())


def export(
    space: str | None = None,
    /,
    *,
    out: Path,
    format: Format,
    json: Json = False,
) -> None:
    """Write a space.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        out: The file to write; a folder for tensorboard.
        format: What to write.
    """
    from embedkit.spaces.open import open_space

    opened = open_space(space)
    write_space(opened, out, format=format)
    about = {"space": opened.name, "points": len(opened), "dimensions": opened.dimensions}
    if json:
        print_json({**about, "format": format, "path": str(out)})
    else:
        note(f"wrote {opened!r} as {format}")
        print(out)
