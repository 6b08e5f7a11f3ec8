"""`embedkit embed`."""

from pathlib import Path

from embedkit.cli.output import Json, note, print_json
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.runs import open_run


def embed(*texts: str, file: Path | None = None, run: str | None = None, json: Json = False) -> None:
    """Embed texts.

    Args:
        texts: The texts, each in quotes.
        file: Texts from a file, one a line.
        run: A language model's run, by name or path; by default the newest.
    """
    from embedkit.corpora.textfile import TextFile
    from embedkit.spaces.extract import hidden_space
    from embedkit.spaces.store import save_run_space

    lines = [] if file is None else [line.strip() for line in TextFile(file)() if line.strip()]
    chosen = [*texts, *lines]
    if len(set(chosen)) < 2:
        raise UsageError("give at least two different texts, in quotes or with --file, a text a line")
    model = open_run(run, kinds=["language-model"])
    with progress("embedding"):
        space = hidden_space(model, chosen)
        path = save_run_space(model, "hidden", space)
    if json:
        print_json({"space": space.name, "points": len(space), "dimensions": space.dimensions, "path": str(path)})
    else:
        note(f"kept as {space.name}; try `embedkit neighbors {chosen[0]!r} --space {space.name}`")
        print(path)
