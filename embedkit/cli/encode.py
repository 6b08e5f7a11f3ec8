"""`embedkit encode`."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from embedkit.cli.output import Json, note, print_json
from embedkit.cli.progress import progress
from embedkit.cli.typed import refuse_file_names
from embedkit.errors import UsageError
from embedkit.files import require_file
from embedkit.runs.folder import open_run
from embedkit.tasks import kinds

TextLines = Annotated[Path | None, Parameter(allow_leading_hyphen=True)]
"""A file of texts, or "-", which is a value."""


def encode(
    *texts: str, file: TextLines = None, run: str | None = None, out: Path | None = None, json: Json = False
) -> None:
    """Encode texts.

    Args:
        texts: The texts, each in quotes.
        file: Read texts from a file, one per line; - reads standard input.
        run: A seq2seq or language-model run, by name or path; by default the newest.
        out: Also write the space to a file; the ending decides the format, as with `embedkit export`.
    """
    from embedkit.spaces.formats.detect import write_space
    from embedkit.spaces.space import last_part
    from embedkit.spaces.stored import save_run_space

    chosen = gather(texts, file)
    if len(set(chosen)) < 2:
        raise UsageError("give at least two different texts, in quotes or with --file, a text a line")
    model = open_run(run, kinds=kinds("encode"))
    with progress("encoding"):
        space = model.task.load("encode")(model, chosen)
        path = save_run_space(model, last_part(space.name), space)
    if out is not None:
        write_space(space, out)
    if json:
        about = {"space": space.name, "points": len(space), "dimensions": space.dimensions, "path": str(path)}
        print_json(about if out is None else {**about, "out": str(out)})
    else:
        note(f"kept as {space.name}; try `embedkit neighbors {chosen[0]!r} --space {space.name}`")
        print(path if out is None else out)


def gather(texts: Sequence[str], file: Path | None) -> list[str]:
    """Texts from the command line, and the lines of a file or of standard input.

    Raises:
        UsageError: there is no such file, or the name of one stands in the place of a text.
    """
    from embedkit.corpora.textfile import TextFile

    refuse_file_names(*texts, instead="give it as --file, a text a line")
    if file is None:
        return list(texts)
    if str(file) != "-":
        require_file(file, "--file")
    lines = sys.stdin if str(file) == "-" else TextFile(file)()
    return [*texts, *(line.strip() for line in lines if line.strip())]
