"""`embedkit export`."""

from pathlib import Path
from typing import TYPE_CHECKING

from embedkit.analysis.postprocessing import postprocessed
from embedkit.cli.choices import Postprocess, one_of
from embedkit.cli.opening import HowRead, opened
from embedkit.cli.output import Json, note, print_json
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.formats.table import written
from embedkit.spaces.reading import AS_IT_IS

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
    postprocess: Postprocess | None = None,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Write a space.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        out: The file to write; for tensorboard, a folder.
        format: The format to write.
        postprocess: Subtract the mean vector (centred), or also remove the top components (all-but-the-top, Mu &
            Viswanath 2018).
    """
    full = postprocessed(opened(space, reading), postprocess)
    write_space(full, out, format=format)
    about = {"space": full.name, "points": len(full), "dimensions": full.dimensions}
    if json:
        print_json({**about, "format": format, "path": str(out)})
    else:
        note(f"wrote {full!r} as {format}")
        print(out)
