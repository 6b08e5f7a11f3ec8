"""Sections about an echo run: accuracy by position in the chunk, the state carried and reset, and a strip of series."""

from collections.abc import Iterable, Sequence

from bokeh.models import FixedTicker, NumeralTickFormatter

from embedkit.analysis.proportion import Proportion
from embedkit.numerals import compact, counted, duration, percent, percent_ends
from embedkit.report.figures import lines
from embedkit.report.figures import style as figures
from embedkit.report.figures.curves import learning_curves
from embedkit.report.figures.lines import Line
from embedkit.report.findings import Finding, share_measure
from embedkit.report.material import Material
from embedkit.report.parts import Figure, Headline, Paragraph, Part, Table
from embedkit.report.sections import curves
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.report.summaries import CELLS_IN_WORDS, shape
from embedkit.runs.folder import Run
from embedkit.tasks.echo.score import ECHO_SCORES, EchoScore, PositionAccuracies, Strip, expected_reset, right_bits

SPLIT = "test"
HEIGHT = 340
CELL = 13  # pixels of a bit in the strip
MODES = (("state carried", "series-1"), ("state reset at every chunk", "series-2"))


def echo_score(run: Run) -> EchoScore | None:
    """The stored score of the test series; None where there is none."""
    return ECHO_SCORES.load_or_none(run, SPLIT)


def summary(run: Run) -> str:
    """One sentence: the network, the delay, and how it was trained."""
    model, training = run.config["model"], run.config["training"]
    carried = "the state carried from one to the next" if training["carry_state"] else "each from a state of zeros"
    return (
        f"{CELLS_IN_WORDS[model['cell']]} with {shape(model)} that repeats a binary "
        f"signal {training['delay']:,} steps later, trained on chunks of {training['chunk']:,}, {carried}."
    )


def headlines(material: Material) -> Iterable[Headline]:
    """Accuracies with their intervals and denominators, and the effort."""
    metrics = material.run.metrics
    for split, name in (("test", "test accuracy"), ("valid", "validation accuracy")):
        bits = right_bits(metrics, split)
        detail = f"95 % {percent_ends(bits.interval)}, {bits.right:,} of {bits.n:,} bits"
        yield Headline(percent(bits.share), name, detail)
    loss = metrics["test_nats_per_bit"]
    yield Headline(f"{loss:.2g}", "test nats per bit", "0.693 if nothing is known")
    yield Headline(compact(metrics["parameters"]), "parameters", "weights of the network")
    seen = f"{compact(metrics['bits_seen'])} bits in {metrics['steps']:,} steps"
    yield Headline(duration(metrics["seconds"]), "of training", seen)


def learning(run: Run) -> Sequence[Part]:
    """The loss over training."""
    history = run.history
    if not history:
        return ()
    note = (
        f"{len(history)} evaluations on {history[-1]['valid_tokens']:,} bits. A perplexity of 2 is a coin toss, one of "
        "1 is certainty."
    )
    return (learning_curves(history, "bit"), Paragraph(note, quiet=True))


def positions(run: Run) -> Sequence[Part]:
    """Accuracy by position in the chunk, the state carried and reset."""
    score = echo_score(run)
    if score is None:
        return ()
    return (position_figure(score), Paragraph(_note(score), quiet=True), _table(score))


def strip(run: Run) -> Sequence[Part]:
    """Some chunks of one series, bit by bit."""
    score = echo_score(run)
    if score is None:
        return ()
    note = (
        f"Steps {score.strip.start} to {score.strip.start + len(score.strip.inputs) - 1} of the first test series. "
        f"Vertical lines are the edges of chunks. The darker an output bit, the more likely a 1 according to the "
        f"network; a cross marks a wrong bit. The target is the input {counted(score.delay, 'step')} to the left."
    )
    return (strip_figure(score), Paragraph(note, quiet=True))


def positions_findings(run: Run) -> tuple[Finding, ...]:
    """`finding` of the stored score, beside the best that can be had without a state from chunk to chunk; what is left
    without that state, beside guessing; and what the figures rest on."""
    score = echo_score(run)
    if score is None:
        return ()
    carried, reset, best = score.carried.overall, score.reset.overall, expected_reset(score)
    kept = share_measure(carried.share, best, "the best without a memory across chunks", carried.interval)
    alone = share_measure(reset.share, 0.5, "a coin", reset.interval)
    echo = f"a signal of bits {counted(score.delay, 'step')} later"
    remembered = (
        f"It repeats {echo} with {percent(carried.share)} of the bits right. Without a state carried from one chunk of "
        f"{score.chunk:,} to the next, at most {percent(best)} are possible."
        if kept.skill > 0
        else f"Whether it carries anything from chunk to chunk: {percent(carried.share)} of the bits are right, and "
        f"{percent(best)} are possible without."
    )
    forgotten = (
        f"With its memory wiped at the start of every chunk, {percent(reset.share)} are right: only bits that were "
        "read in the same chunk can be."
        if alone.skill > 0
        else f"Whether it knows anything with its memory wiped at every chunk: {percent(reset.share)} are right, and "
        "guessing gives 50 %."
    )
    trust = (
        f"Counted over {carried.n:,} bits of test series (95 % {percent_ends(carried.interval)}), of one training; "
        "another start may give a different result."
    )
    return (
        Finding(finding(score), kept, plain=remembered),
        Finding("", alone, plain=forgotten),
        Finding("", standing="trust", plain=trust),
    )


def strip_finding(run: Run) -> Finding | None:
    """How many bits of the strip are wrong."""
    score = echo_score(run)
    if score is None:
        return None
    targets = score.strip.targets
    carried, reset = (len(_wrong(chance, targets)) for chance in (score.strip.carried, score.strip.reset))
    bits = len(targets)
    text = f"Of these {bits} bits {carried} are wrong with the state carried, and {reset} with it reset at every chunk."
    return Finding(text, standing="detail")


def finding(score: EchoScore) -> str:
    """One sentence or two: the accuracy with the state carried and reset, and what is learned without it."""
    carried, reset = score.carried.overall, score.reset.overall
    text = (
        f"With the state carried {percent(carried.share)} of {carried.n:,} bits are right "
        f"(95 % {percent_ends(carried.interval)}); with it reset at every chunk {percent(reset.share)} "
        f"({percent_ends(reset.interval)}), where {percent(expected_reset(score))} is the best possible on average."
    )
    if score.delay >= score.chunk:
        memory = (
            "what is above 50 % is what the state happened to keep"
            if carried.interval.low > 0.5
            else "nothing was kept"
        )
        return f"{text} The echo is no shorter than the chunk, so no gradient ever reached the bit due: {memory}."
    chance = sum(each.interval.low <= 0.5 <= each.interval.high for each in score.reset.positions[: score.unknowable])
    above = sum(each.share > 0.95 for each in score.reset.positions[score.unknowable :])
    return text + (
        f" Reset, {chance} of the first {score.unknowable} positions {'has' if chance == 1 else 'have'} 50 % in "
        f"{'its' if chance == 1 else 'their'} interval, and {above} of the other {score.chunk - score.unknowable} are "
        "above 95 %."
    )


def position_figure(score: EchoScore) -> Figure:
    """Accuracy by position, with the state carried and reset."""
    plot = figures.blank(
        height=HEIGHT, x_range=figures.extent(-0.5, score.chunk - 0.5), y_range=figures.extent(0.38, 1.03)
    )
    plot.xaxis.axis_label = "position in the chunk, in steps from its start"
    plot.yaxis.axis_label = "bits right"
    plot.yaxis.formatter = NumeralTickFormatter(format="0%")
    every = max(1, -(-score.chunk // 12))
    plot.xaxis.ticker = FixedTicker(ticks=list(range(0, score.chunk, every)))
    lines.rule(plot, 0.5, "width")
    lines.rule(plot, score.unknowable - 0.5, "height", "dotted")
    modes = list(zip(MODES, (score.carried, score.reset), strict=True))
    curves = [_line(name, colour, accuracies) for (name, colour), accuracies in modes]
    lines.draw_lines(plot, curves)
    shares = "; ".join(
        f"{name}: " + ", ".join(percent(position.share) for position in accuracies.positions)
        for (name, _), accuracies in modes
    )
    title = "Bits right by position in the chunk"
    return Figure(plot, f"{title}. {shares}", height=HEIGHT, legend=lines.legend(curves), heading=title)


def _line(name: str, colour: str, accuracies: PositionAccuracies) -> Line:
    tips = [
        f"position {place}, {name}\n{percent(each.share)} ({percent_ends(each.interval)})\n"
        f"{each.right:,} of {each.n:,} bits"
        for place, each in enumerate(accuracies.positions)
    ]
    shares = [each.share for each in accuracies.positions]
    return Line(name, colour, range(len(shares)), shares, tips, [each.interval for each in accuracies.positions])


def _note(score: EchoScore) -> str:
    beyond = (
        "so at every position"
        if score.unknowable == score.chunk
        else f"left of the dotted line, at positions 0 to {score.unknowable - 1}"
        if score.unknowable > 1
        else "left of the dotted line, at position 0"
    )
    trained = "carried" if score.trained_carried else "reset"
    return (
        f"The dashed line is chance. The target of a position below {score.delay} lies before the chunk, {beyond}: "
        f"there only the state can know it. In training the state was {trained}; both lines are for the same weights. "
        "Intervals are Wilson's 95 % intervals, and treat bits as independent."
    )


def _table(score: EchoScore) -> Table:
    rows = [_row("all", score.carried.overall, score.reset.overall)]
    pairs = zip(score.carried.positions, score.reset.positions, strict=True)
    rows += [_row(str(place), *pair) for place, pair in enumerate(pairs)]
    interval = "95 % interval"
    columns = ("Position", "Bits", "State carried", interval, "State reset", interval)
    return Table(columns, tuple(rows), f"{score.name}: bits right", strong=frozenset({0}))


def _row(name: str, carried: Proportion, reset: Proportion) -> tuple[str, ...]:
    cells = [cell for each in (carried, reset) for cell in (percent(each.share), percent_ends(each.interval))]
    return (name, f"{carried.n:,}", *cells)


def strip_figure(score: EchoScore) -> Figure:
    """Rows of bits: input, target, and the outputs with the state carried and reset."""
    strip = score.strip
    steps, height = len(strip.inputs), 4 * 30 + 62
    plot = figures.blank(
        height=height,
        x_range=figures.extent(strip.start - 0.5, strip.start + steps - 0.5),
        y_range=figures.extent(-0.6, 3.6),
        min_border_right=10,
    )
    names = ("input", "target", "carried", "reset")
    plot.yaxis.ticker = FixedTicker(ticks=[0, 1, 2, 3])
    plot.yaxis.major_label_overrides = {3 - row: figures.plain(name) for row, name in enumerate(names)}
    plot.yaxis.major_tick_line_alpha = 0
    plot.yaxis.axis_line_alpha = 0
    plot.ygrid.visible = False
    plot.xaxis.axis_label = "step"
    edges = range(strip.start, strip.start + steps, score.chunk)
    plot.xaxis.ticker = FixedTicker(ticks=list(edges))
    plot.xaxis.formatter = NumeralTickFormatter(format="0")
    for edge in edges:
        lines.rule(plot, edge - 0.5, "height", "solid")
    rows: tuple[tuple[Sequence[float], str], ...] = (
        (strip.inputs, "ink"),
        (strip.targets, "ink"),
        (strip.carried, MODES[0][1]),
        (strip.reset, MODES[1][1]),
    )
    bits = [_bits(plot, 3 - row, name, *rows[row], strip) for row, name in enumerate(names)]
    wrong = [_crosses(plot, row, chance, strip) for row, chance in ((1, strip.carried), (0, strip.reset))]
    figures.hover(plot, *bits)
    return Figure(
        plot,
        f"Strip of {steps} steps of a series: input, target and the network's output. {wrong[0]} wrong with the state "
        f"carried, {wrong[1]} with it reset",
        height=height,
        min_width=90 + CELL * steps,
        heading="Input, target and output, bit by bit",
    )


def _bits(plot: figures.figure, row: int, name: str, chance: Sequence[float], colour: str, strip: Strip) -> object:
    """Draw a row of squares, the darker the likelier a 1; the renderer is given back."""
    steps = range(len(chance))
    tips = [f"{name}, step {strip.start + i}\n{chance[i]:.3g}, target {strip.targets[i]}" for i in steps]
    columns = {"x": [strip.start + i for i in steps], "y": [row] * len(chance), "alpha": list(chance), "tip": tips}
    data = figures.source(columns, tip=True, series=name)
    squares = plot.rect(
        "x", "y", width=0.78, height=0.62, source=data, fill_alpha="alpha", line_width=1, line_alpha=0.45
    )
    return figures.tinted(squares, fill_color=colour, line_color=colour)


def _crosses(plot: figures.figure, row: int, chance: Sequence[float], strip: Strip) -> int:
    """Cross out the wrong bits of a row; their number is given back."""
    wrong = _wrong(chance, strip.targets)
    data = figures.source({"x": [strip.start + i for i in wrong], "y": [row] * len(wrong)}, series="wrong")
    crosses = plot.scatter("x", "y", source=data, marker="x", size=11, line_width=2.4)
    figures.tinted(crosses, line_color="ink")
    return len(wrong)


def _wrong(chance: Sequence[float], targets: Sequence[int]) -> list[int]:
    """The steps at which the likelier bit is not the target."""
    return [i for i, (share, target) in enumerate(zip(chance, targets, strict=True)) if (share > 0.5) != bool(target)]


SECTIONS = (
    SectionSpec(
        "echo-positions",
        of_run(positions),
        of_run(positions_findings),
        ("scores/*",),
        heading="What the state carries over",
        caption=(
            "The same weights twice: with the state carried from chunk to chunk, and with the state reset to "
            "zeros at the start of each. The difference is what the state knew."
        ),
    ),
    SectionSpec("echo-strip", of_run(strip), of_run(strip_finding), ("scores/*",)),
    SectionSpec("echo-learning", of_run(learning), curves.finding, ("history.jsonl",)),
)
