"""`embedkit evaluate RUN --pairs NAME` of a language model."""

from dataclasses import asdict

from embedkit.cli.output import note, print_json, print_table
from embedkit.cli.progress import Steps
from embedkit.numerals import percent
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.minimal_pairs import published
from embedkit.tasks.language_model.minimal_pairs.score import CHANCE, GroupScore, MinimalPairScore
from embedkit.tasks.language_model.minimal_pairs.sections import beside, called, cells, figures_of, finding


def evaluate_pairs(run: Run, source: str, json: bool) -> None:
    """Score a language model on minimal pairs and print what came of it."""
    from embedkit.tasks.language_model.minimal_pairs import study

    score = study.evaluate_pairs(run, source, Steps())
    if json:
        print_json({**asdict(score), "chance": CHANCE, "published": _published() if beside(score) else None})
        return
    print_score(score)
    note(f"its report shows it: embedkit report {run.name}")


def print_score(score: MinimalPairScore) -> None:
    """The table of a score, and its finding."""
    others = published.MODELS if beside(score) else ()
    columns = ("pairs of", ">pairs", ">right", ">95 %", ">ties", ">unknown words", ">right without them")
    print_table(
        (*columns, *(f">{model}" for model in others)),
        [_row(score, group) for group in (*score.phenomena, *score.fields, score.all)],
        title=f"Minimal pairs, {score.pairs}: where the good sentence is likelier to {score.run}",
    )
    print(finding(score))


def _row(score: MinimalPairScore, group: GroupScore) -> tuple[str, ...]:
    others = map(percent, figures_of(score, group)) if beside(score) else ()
    return ("all" if group is score.all else called(group.name), *cells(group), *others)


def _published() -> dict[str, object]:
    overall = dict(zip(published.MODELS, published.OVERALL, strict=True))
    phenomena = {
        name: dict(zip(published.MODELS, figures, strict=True)) for name, figures in published.PHENOMENA.items()
    }
    return {
        "source": "Warstadt et al. 2020",
        "overall": {**overall, "people": published.PEOPLE},
        "phenomena": phenomena,
    }
