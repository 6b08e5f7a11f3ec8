"""`embedkit columns`."""

import time
from typing import TYPE_CHECKING, Any

from embedkit.cli.choices import Seed
from embedkit.cli.opening import HowRead, home, opened
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.numerals import counted, duration, upper_first
from embedkit.spaces.reading import AS_IT_IS

if TYPE_CHECKING:
    from embedkit.analysis.organisation.columns import Organisation
    from embedkit.spaces.space import EmbeddingSpace


def columns(
    space: str | None = None,
    /,
    *,
    k: int = 10,
    points: int = 5_000,
    shuffles: int = 99,
    seed: Seed = 0,
    reading: HowRead = AS_IT_IS,
    json: Json = False,
) -> None:
    """Measure what a space is organised by.

    Args:
        space: A run, RUN/output, or an embedding file; by default the newest run of words.
        k: Predict from this many neighbours; in a small space, from at most half of the other points.
        points: Make predictions for N points drawn at random; 0 for all. Neighbours come from the whole space.
        shuffles: How often each column's values are shuffled among the points as a baseline.
        seed: Seeds the choice of points and the shuffles.
    """
    from embedkit.analysis.organisation.columns import organised_by, tellable_columns
    from embedkit.analysis.organisation.stored import ORGANISATIONS

    for name, value, least in (("--k", k, 1), ("--points", points, 0), ("--shuffles", shuffles, 1)):
        if value < least:
            raise UsageError(f"{name} {value}: must not be below {least}")
    full = opened(space, reading)
    if not tellable_columns(full):
        others = f" (it has {', '.join(list(full.columns)[:10])})" if full.columns else ""
        raise UsageError(
            f"{full.name}: its points have no column of categories, numbers or dates{others}; give a file that has "
            "some besides the vectors"
        )
    started = time.monotonic()
    run, which = home(space, reading)
    with progress(f"columns of {full.name}") as show:
        organisation = organised_by(full, k=k, points=points, shuffles=shuffles, seed=seed, progress=show)
    path = ORGANISATIONS.save(run, organisation, which)
    if json:
        print_json({"path": str(path), **_about(organisation)})
    else:
        _print(organisation, full.noun)
        if untold := _untold(full):
            print(untold)
        print(f"columns: {path}")
        note(f"took {duration(time.monotonic() - started)}")


def _about(organisation: "Organisation") -> dict[str, Any]:
    from embedkit.runs.artefacts import to_plain

    plain: dict[str, Any] = to_plain(organisation)
    for row, column in zip(plain["columns"], organisation.columns, strict=True):
        row["organises"] = column.organises
        row["p"] = None if column.control is None else column.control.p
    return plain


def _untold(space: "EmbeddingSpace") -> str:
    """Which columns are of a kind that neighbours cannot tell, in a sentence; empty where there are none."""
    from embedkit.spaces.columns import own_columns

    kinds = {"text": "free text", "id": "identifiers"}
    untold = [f"{column.name} ({kinds[column.kind]})" for column in own_columns(space) if column.kind in kinds]
    return f"Not asked: {', '.join(untold)}." if untold else ""


def _print(organisation: "Organisation", noun: str) -> None:
    from embedkit.report.sections.organisation import HEADS, cells, finding, method_note

    heads = [head.lower() for head in HEADS]
    heads[2:8] = [f">{head}" for head in heads[2:8]]
    title = f"What {organisation.space} is organised by, of {counted(len(organisation.columns), 'column')}"
    print_table(heads, [cells(column) for column in organisation.columns], title=title)
    print(upper_first(finding(organisation)))
    print(method_note(organisation, noun))
