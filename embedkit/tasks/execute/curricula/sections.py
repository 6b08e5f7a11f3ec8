"""The section about curricula side by side."""

from collections.abc import Iterable, Sequence

from embedkit.config import from_table
from embedkit.numerals import counted, percent, percent_ends
from embedkit.report.figures.accuracy import Course, accuracy_courses
from embedkit.report.findings import Finding, share_measure
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import CurriculaOptions
from embedkit.tasks.execute.curricula.score import CurriculumScore, score_curricula
from embedkit.tasks.execute.sections import CURRICULA_IN_WORDS, HELD_OUT, measured, task_in_words

MANY = 0.9
NO_CURRICULUM = "none"
COLOURS = {"none": "quiet", "naive": "series-2", "mix": "series-3", "combined": "series-1"}


def summary(run: Run) -> str:
    """One sentence: the programs, and the budget of each training."""
    options = from_table(CurriculaOptions, run.config["options"])
    what = task_in_words(options.training("none", 1))
    seeds = counted(options.seeds, "seed")
    return f"Four curricula for what {what} print, each for {options.steps:,} steps and {seeds}."


def headlines(material: Material) -> Iterable[Headline]:
    """Exact outputs with each curriculum, the best first."""
    for score in sorted(score_curricula(material.run.trials), key=lambda score: -score.exact.share):
        seeds = counted(len(score.trials), "seed")
        over = f"95 % {percent_ends(score.exact.interval)}, of {score.exact.n:,} programs, {seeds}"
        yield Headline(percent(score.exact.share), f"exact with the curriculum {score.name}", over)


def section(run: Run) -> Sequence[Part]:
    """Exact outputs at the target over training and at the end, by curriculum."""
    if run.config.get("lab") != "curricula" or not run.trials:
        return ()
    options = from_table(CurriculaOptions, run.config["options"])
    scores = score_curricula(run.trials)
    courses = [
        Course(score.name, COLOURS[score.name], measured(trial.history, options.batch_size))
        for score in scores
        for trial in score.trials
    ]
    what = task_in_words(options.training("none", 1))
    note = (
        f"One line per training. Every evaluation is on {options.held_out:,} held-out programs of the target "
        f"difficulty, whatever the curriculum was at the time: {what}. The bands are Wilson's 95 % intervals over "
        "programs. The budget is in programs; those of an easier curriculum are shorter, and take less time."
    )
    return (
        accuracy_courses(courses, across="programs seen", axis="exact outputs", heading="At the target difficulty"),
        Paragraph(note, quiet=True),
        _at_the_end(scores),
        _by_difficulty(scores, options.task),
        Paragraph(HELD_OUT[options.task], quiet=True),
    )


def section_findings(run: Run) -> tuple[Finding, ...]:
    """`finding` of the experiment's trials leads the section; and each curriculum beside the one without any."""
    if run.config.get("lab") != "curricula" or not run.trials:
        return ()
    scores = score_curricula(run.trials)
    options = from_table(CurriculaOptions, run.config["options"])
    return (
        Finding(finding(scores, options.batch_size), standing="detail"),
        *_beside_none(scores, _noun(options.task)),
        Finding("", standing="trust", plain=_trust(scores, options)),
    )


def _beside_none(scores: Sequence[CurriculumScore], noun: str) -> Iterable[Finding]:
    """What each curriculum came to beside training on the target difficulty from the start; of an experiment without
    that, beside nothing right."""
    none = next((score for score in scores if score.name == NO_CURRICULUM), None)
    for score in sorted(scores, key=lambda score: -score.exact.share):
        exact, words = score.exact, CURRICULA_IN_WORDS[score.name]
        right = f"rained on {noun} {words}, it gets {percent(exact.share)} right"
        if none is None or score is none:
            measure = share_measure(exact.share, 0.0, "nothing right", exact.interval)
            yield Finding("", measure, plain=f"T{right}.")
            continue
        without = f"the {percent(none.exact.share)} without a curriculum"
        measure = share_measure(exact.share, none.exact.interval.high, "without, at most", exact.interval)
        if measure.skill > 0:
            yield Finding("", measure, plain=f"T{right}, more than {without}.")
        elif exact.interval.high < none.exact.interval.low:
            yield Finding("", plain=f"T{right}, fewer than {without}.")
        else:
            yield Finding("", measure, plain=f"Whether it helps: t{right}, compared with {without}.")


def _noun(task: str) -> str:
    return "sums" if task == "addition" else "programs"


def _trust(scores: Sequence[CurriculumScore], options: CurriculaOptions) -> str:
    best = max(scores, key=lambda score: score.exact.share)
    others = [trial.exact.share for score in scores if score is not best for trial in score.trials]
    seeds = len(best.trials)
    counts = f"Each share is counted over {best.exact.n:,} {_noun(options.task)} that were in no training"
    if seeds < 2:
        return f"{counts}, but from one training each: another start may put the curricula in another order."
    agree = not others or min(trial.exact.share for trial in best.trials) > max(others)
    order = "each training of the best beat every other" if agree else "the trainings overlap: the order may be chance"
    return f"{counts}; of {seeds} trainings with each curriculum, {order}."


def finding(scores: Sequence[CurriculumScore], batch_size: int) -> str:
    """Which curriculum came out ahead if any did, whether the seeds agree, and how soon each got to nine in ten."""
    best, second = sorted(scores, key=lambda score: -score.exact.share)[:2]
    shares = f"{best.name} ({percent(best.exact.share)}) and {second.name} ({percent(second.exact.share)})"
    if best.exact.interval.low <= second.exact.interval.high:
        return f"At the end the best two, {shares}, cannot be told apart. {_soonest(scores, batch_size)}"
    text = (
        f"At the target difficulty {best.name} came out ahead with {percent(best.exact.share)} exact, before "
        f"{second.name} with {percent(second.exact.share)}"
    )
    worst_of_best = min(trial.exact.share for trial in best.trials)
    best_of_rest = max(trial.exact.share for score in scores if score is not best for trial in score.trials)
    if len(best.trials) < 2:
        text += "; with one seed each, chance is not ruled out."
    elif worst_of_best > best_of_rest:
        text += f"; each of its {len(best.trials)} seeds beat every training of the others."
    else:
        text += "; but the seeds overlap, so the order may be chance."
    return f"{text} {_soonest(scores, batch_size)}"


def _soonest(scores: Sequence[CurriculumScore], batch_size: int) -> str:
    """By curriculum, the programs until an evaluation first had nine in ten exact, in its slowest training."""
    durations = []
    for score in scores:
        first = [
            next((point.at for point in measured(trial.history, batch_size) if point.accuracy.share >= MANY), None)
            for trial in score.trials
        ]
        reached = [at for at in first if at is not None]
        durations.append(f"{score.name} {max(reached):,.0f}" if len(reached) == len(first) else f"{score.name} never")
    return f"Programs until {percent(MANY)} of the held-out ones were exact: {', '.join(durations)}."


def _at_the_end(scores: Sequence[CurriculumScore]) -> Table:
    return Table(
        columns=("Curriculum", "Programs", "Exact", "95 % interval", "By seed", "Seconds"),
        rows=tuple(
            (
                f"{score.name}: {CURRICULA_IN_WORDS[score.name]}",
                f"{score.exact.n:,}",
                percent(score.exact.share),
                percent_ends(score.exact.interval),
                ", ".join(percent(trial.exact.share) for trial in score.trials),
                f"{score.seconds:,.0f}",
            )
            for score in scores
        ),
        prose=frozenset({0}),
        heading="At the end",
        caption="Test programs of the target difficulty, all seeds together; the interval is over programs.",
    )


def _by_difficulty(scores: Sequence[CurriculumScore], task: str) -> Table:
    stages = list(scores[0].cells)
    names = [counted(length, "digit") if task == "addition" else f"{length}, {nesting}" for length, nesting in stages]
    return Table(
        columns=("Curriculum", *names),
        rows=tuple((score.name, *(percent(score.cells[stage].share) for stage in stages)) for score in scores),
        heading="By difficulty" if task == "addition" else "By length, nesting",
        caption="Exact outputs of held-out programs drawn for each difficulty on the way to the target.",
    )


SECTIONS = (
    SectionSpec(
        "curricula",
        of_run(section),
        of_run(section_findings),
        ("trials.jsonl", "config.toml"),
        heading="Four curricula, one budget",
        caption=(
            "The same network learns to execute the same kind of programs; only the order of their "
            "difficulty differs (Zaremba & Sutskever 2014)."
        ),
    ),
)
