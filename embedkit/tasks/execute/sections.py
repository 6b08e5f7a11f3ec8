"""Sections about a network that executes programs: its learning course, its scores, and examples of its outputs."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from embedkit.analysis.proportion import NamedProportion, Proportion
from embedkit.config import from_table
from embedkit.numerals import MISSING, percent, percent_ends
from embedkit.report import metrics
from embedkit.report.figures.accuracy import Course, Measured, accuracy_courses
from embedkit.report.figures.bars import Bar, interval_bars
from embedkit.report.findings import Finding, share_measure
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Paragraph, Part, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.report.summaries import cell_name
from embedkit.runs.folder import Run
from embedkit.tasks.execute.config import ExecuteTraining
from embedkit.tasks.execute.data import split_by_another_version
from embedkit.tasks.execute.score import EXECUTION_SCORES, Execution, ExecutionScore, exact_outputs

SPLIT = "test"
ENOUGH = 20
"""Programs that a kind or a digit must have before a sentence speaks of it."""


CURRICULA_IN_WORDS = {
    "none": "of the target difficulty from the start",
    "naive": "with the difficulty raised step by step",
    "mix": "of difficulties drawn evenly up to the target",
    "combined": "half of difficulties drawn evenly up to the target, half with the difficulty raised step by step",
}
"""What a curriculum does to the programs."""


def task_in_words(training: ExecuteTraining) -> str:
    """The programs of a run: "small Python programs of length 2 and nesting 1"."""
    length, nesting = training.target
    if training.task == "addition":
        return f"sums of two numbers of up to {length} digits"
    return f"small Python programs of length {length} and nesting {nesting}"


def summary(run: Run) -> str:
    """One sentence: the network, its programs and its curriculum."""
    model, training = run.config["model"], from_table(ExecuteTraining, run.config["training"])
    attention = "" if model["attention"] == "none" else f" and {model['attention']} attention"
    return (
        f"A character-level {cell_name(model['cell'])} encoder-decoder around a bottleneck of "
        f"{model['bottleneck_size']:,} numbers{attention} that learned what {task_in_words(training)} print, from "
        f"programs made here: {CURRICULA_IN_WORDS[training.curriculum]}."
    )


def headlines(material: Material) -> Iterable[Headline]:
    """Exact outputs of held-out programs, with their interval; then what every trained model has."""
    exact = exact_outputs(material.run.metrics, SPLIT)
    detail = f"95 % {percent_ends(exact.interval)}, of {exact.n:,} held-out programs"
    yield Headline(percent(exact.share), "exact outputs", detail)
    yield from metrics.trained(material.run)


def course(run: Run) -> Sequence[Part]:
    """Exact outputs of held-out programs over training."""
    points = measured(run.history, int(run.config["training"]["batch_size"]))
    if not points:
        return ()
    n = run.history[-1]["valid_programs"]
    note = (
        f"{n:,} held-out programs of the target difficulty, greedily decoded, whatever the curriculum was at the "
        "time. The band is Wilson's 95 % interval."
    )
    title, courses = "Exact outputs by programs seen", [Course("", "series-1", points)]
    figure = accuracy_courses(courses, across="programs seen", axis="exact outputs", heading=title)
    return (figure, Paragraph(note, quiet=True))


def course_finding(run: Run) -> Finding | None:
    """From what to what the share of exact outputs went."""
    points = measured(run.history, int(run.config["training"]["batch_size"]))
    if not points:
        return None
    first, last = points[0], points[-1]
    text = (
        f"Exact outputs went from {percent(first.accuracy.share)} to {percent(last.accuracy.share)} (95 %: "
        f"{percent_ends(last.accuracy.interval)}) over {last.at:,.0f} programs."
    )
    noun = _noun(str(run.config["training"]["task"]))
    half = next((point.at for point in points if point.accuracy.share >= 0.5), None)
    plain = (
        f"After {half:,.0f} training {noun}, half of those it had not seen came out right for the first time."
        if half is not None
        else f"In {last.at:,.0f} training {noun} it never got half of those it had not seen right."
    )
    return Finding(text, plain=plain)


def measured(history: Sequence[Mapping[str, Any]], batch_size: int) -> list[Measured]:
    """The evaluations of a history, by how many programs had been seen."""
    return [
        Measured(line["step"] * batch_size, exact_outputs(line, "valid"))
        for line in history
        if line.get("valid_programs")
    ]


def scores(run: Run) -> Sequence[Part]:
    """Exact outputs by difficulty, digit by digit, and by what stands in a program."""
    score = EXECUTION_SCORES.load_or_none(run, SPLIT)
    if score is None:
        return ()
    parts: list[Part] = [*difficulties(score)]
    parts.append(_tallies("Digit of the answer, from the right", score.places, "Digit by digit"))
    if score.kinds:
        parts.append(_tallies("Programs with", score.kinds, "By what the program contains"))
    held_out = HELD_OUT_EARLIER if split_by_another_version(run) else HELD_OUT[score.task]
    return (*parts, Paragraph(held_out, quiet=True))


HELD_OUT = {
    "programs": (
        "Held out: a hash of what a program computes puts 90 % of all programs into train, 5 % into valid and 5 % into "
        "test. It ignores names of variables, the order of terms and factors, brackets, assignments and the direction "
        "of a comparison, so no test program was trained on in a mirrored form; programs of the same shape with other "
        "numbers were. Intervals are Wilson's 95 % intervals over programs."
    ),
    "addition": (
        "Held out: a hash of the two numbers in either order puts 90 % of all sums into train, 5 % into valid and 5 % "
        "into test, so no test sum was trained on in either order; sums of nearly the same numbers were. Intervals are "
        "Wilson's 95 % intervals over sums."
    ),
}
"""In which sense a test program is new to the network, by task."""
HELD_OUT_EARLIER = (
    "Held out by the rule of another version: 90 % of all programs were in train. Versions before 0.3.0 ignored only "
    "the names of variables, so that the mirror of a test program, such as b+a for a+b, may have been trained on. "
    "Intervals are Wilson's 95 % intervals over programs."
)


def exact_findings(run: Run) -> tuple[Finding, ...]:
    """`finding` of the stored score, beside none of them right; what comes hardest, beside what comes easiest; and in
    which sense the programs are new."""
    score = EXECUTION_SCORES.load_or_none(run, SPLIT)
    if score is None:
        return ()
    exact, noun = score.exact, _noun(score.task)
    measure = share_measure(exact.share, 0.0, "nothing right", exact.interval)
    plain = f"It gets {percent(exact.share)} of the {noun} that it was not trained on right to the last digit."
    if not exact.right:
        plain = f"Whether it executes anything: none of {exact.n:,} {noun} came out right to the last digit."
    earlier = split_by_another_version(run)
    held_out = (
        "held out by the rule of another version, so a mirror of one may have been trained on"
        if earlier
        else "none of which was trained on, though others of the same shape were"
    )
    trust = f"Counted over {exact.n:,} {noun} (95 % {percent_ends(exact.interval)}), {held_out}; of one training."
    return (
        Finding(finding(score), measure, plain=plain),
        *_differences(score),
        Finding("", standing="trust", plain=trust),
    )


def _differences(score: ExecutionScore) -> Iterable[Finding]:
    """What comes out right clearly less often than something else: kinds of programs, and digits."""
    for tallies, called in ((score.kinds, "programs with {}"), (score.places, "the {} of the answer")):
        if apart := _apart(tallies):
            best, worst = apart
            easy, hard = (called.format("last digit" if each.name == "units" else each.name) for each in apart)
            yield Finding(
                "",
                share_measure(worst.share, 0.0, "nothing right", worst.interval),
                plain=f"It finds {hard} hardest, {percent(worst.share)} right, and {easy} easiest, "
                f"{percent(best.share)}.",
            )


def _noun(task: str) -> str:
    return "sums" if task == "addition" else "programs"


def finding(score: ExecutionScore) -> str:
    """One to three sentences: the exact outputs, and where kinds or digits clearly differ the best and the worst."""
    noun = _noun(score.task)
    text = (
        f"{score.exact.right:,} of {score.exact.n:,} held-out {noun} come out right to the last digit: "
        f"{percent(score.exact.share)} (95 %: {percent_ends(score.exact.interval)})."
    )
    if apart := _apart(score.kinds):
        best, worst = apart
        text += (
            f" Programs with {best.name} come easiest ({percent(best.share)}), those with {worst.name} hardest "
            f"({percent(worst.share)})."
        )
    if apart := _apart(score.places):
        best, worst = apart
        text += f" It is most reliable on the {best.name} ({percent(best.share)}), least on the {worst.name} "
        text += f"({percent(worst.share)})."
    return text


def _apart(tallies: Sequence[NamedProportion]) -> tuple[NamedProportion, NamedProportion] | None:
    """The best and the worst of those with `ENOUGH` outcomes, where their intervals do not overlap; else None."""
    rated = [tally for tally in tallies if tally.n >= ENOUGH]
    if not rated:
        return None
    best, worst = max(rated, key=lambda tally: tally.share), min(rated, key=lambda tally: tally.share)
    return (best, worst) if worst.interval.high < best.interval.low else None


def difficulties(score: ExecutionScore) -> tuple[Part, ...]:
    """Exact outputs by length and nesting, as bars and as a table."""
    lengths = sorted({cell.length for cell in score.cells})
    nestings = sorted({cell.nesting for cell in score.cells})
    unit = "digits" if score.task == "addition" else "length"
    exact_by_difficulty = {(cell.length, cell.nesting): cell.exact for cell in score.cells}
    labels = [f"up to {length} digits" if score.task == "addition" else f"length {length}" for length in lengths]
    series = [
        (
            f"nesting {nesting}" if len(nestings) > 1 else "",
            [
                Bar(label, tally.share, tally.interval, f"{label}, nesting {nesting}\n{_in_words(tally)}")
                for label, length in zip(labels, lengths, strict=True)
                if (tally := exact_by_difficulty.get((length, nesting))) is not None
            ],
        )
        for nesting in nestings
    ]
    shares = "; ".join(
        f"{unit} {length}, nesting {nesting}: {percent(tally.share)}"
        for (length, nesting), tally in exact_by_difficulty.items()
    )
    bars = interval_bars(
        series,
        labels,
        axis="exact outputs",
        each=unit,
        description=f"Exact outputs by difficulty: {shares}",
        heading="Exact outputs by difficulty",
    )
    columns = [f"Nesting {nesting}" for nesting in nestings] if score.task == "programs" else ["Exact"]
    table = Table(
        columns=(unit.capitalize(), *columns),
        rows=tuple(
            (str(length), *(_in_words(exact_by_difficulty.get((length, nesting))) for nesting in nestings))
            for length in lengths
        ),
        caption="Held-out programs drawn for each difficulty: share exact, 95 % interval, number.",
        heading="By difficulty",
    )
    return (bars, table) if len(exact_by_difficulty) > 1 else (table,)


def gallery(run: Run) -> Sequence[Part]:
    """Programs with the network's output beside Python's."""
    score = EXECUTION_SCORES.load_or_none(run, SPLIT)
    if score is None:
        return ()
    return tuple(
        _examples(heading, examples)
        for heading, examples in (("Right", score.right), ("Wrong", score.wrong))
        if examples
    )


def _examples(heading: str, examples: Sequence[Execution]) -> Table:
    return Table(
        columns=("Network", "Python", "Program"),
        rows=tuple((each.output or "(nothing)", each.answer, each.program) for each in examples),
        numbers_from=0,
        prose=frozenset({2}),
        heading=heading,
    )


def _tallies(column: str, tallies: Sequence[NamedProportion], heading: str) -> Table:
    return Table(
        columns=(column, "Scored", "Right", "Share", "95 % interval"),
        rows=tuple(
            (tally.name, f"{tally.n:,}", f"{tally.right:,}", percent(tally.share), percent_ends(tally.interval))
            for tally in tallies
        ),
        heading=heading,
    )


def _in_words(tally: Proportion | None) -> str:
    """A share, its interval and its denominator: "98.0 % (96.3 – 98.9 %) of 500"."""
    return MISSING if tally is None else f"{percent(tally.share)} ({percent_ends(tally.interval)}) of {tally.n:,}"


SECTIONS = (
    SectionSpec("exact-course", of_run(course), of_run(course_finding), ("history.jsonl", "config.toml")),
    SectionSpec(
        "exact",
        of_run(scores),
        of_run(exact_findings),
        ("scores/*",),
        heading="What can it execute?",
        caption="Programs that are in no training batch, by difficulty, by digit, and by what they contain.",
    ),
    SectionSpec("programs", of_run(gallery), None, ("scores/*",)),
)
