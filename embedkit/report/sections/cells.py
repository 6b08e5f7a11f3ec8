"""Inside the cell: traces of texts with what happens in the units, and the units that follow features of a text."""

from collections.abc import Iterable, Sequence
from statistics import median

import numpy as np

from embedkit.analysis.cells.events import EVENTS
from embedkit.analysis.cells.gates import TITLES
from embedkit.analysis.cells.probes import PROBE_SHEETS, Excerpt, ProbeSheet, UnitProbe
from embedkit.analysis.cells.traces import TRACES, HiddenTrace
from embedkit.analysis.cells.unit_scores import BLOCK
from embedkit.numerals import MISSING, counted, ends, percent, signed
from embedkit.report import metrics
from embedkit.report.figures.traces import hidden_states, token_label
from embedkit.report.findings import Finding, Measure
from embedkit.report.material import Material
from embedkit.report.parts import Headline, Paragraph, Part, Strip, Table
from embedkit.report.sections.spec import SectionSpec, of_run
from embedkit.runs.folder import Run
from embedkit.text.vocabulary import UNK

EVENTFUL = 16
"""Units whose events a table counts; the total is of all."""
KARPATHY = "Karpathy, Johnson & Fei-Fei (2015)"


def traces_of(material: Material) -> list[tuple[str, HiddenTrace]]:
    """The traces that a report shows, by their names."""
    names = [material.trace] if material.trace else TRACES.names(material.run)
    return [(name, TRACES.load(material.run, name)) for name in names]


def traces(material: Material) -> Sequence[Part]:
    """Each trace as a figure, and what happens in its units."""
    parts: list[Part] = []
    for name, trace in traces_of(material):
        layer = "the last layer" if trace.layer == -1 else f"layer {trace.layer}"
        note = f"Trace “{name}”: {trace.values.shape[1]:,} units of {layer}, {len(trace.tokens)} {trace.noun}s."
        parts += [hidden_states(trace, name), Paragraph(note, quiet=True), *_events(trace)]
    return parts


def trace_finding(material: Material) -> str | None:
    """The word of its vocabulary by which the model was most surprised, in the first trace that knows."""
    named_traces = [(name, trace) for name, trace in traces_of(material) if trace.step is None]
    for name, trace in named_traces:
        if trace.surprisal is None or not np.isfinite(trace.surprisal).any():
            continue
        known = np.isfinite(trace.surprisal)
        surprisal = trace.surprisal[known]
        words = known & np.array([token != UNK for token in trace.tokens])
        trace_name = f" of “{name}”" if len(named_traces) > 1 else ""
        if not words.any():
            return f"The model knows none of the {counted(len(surprisal), 'token')}{trace_name} that it was to foresee."
        worst = int(np.argmax(np.where(words, trace.surprisal, -np.inf)))
        unknown = int(known.sum() - words.sum())
        others = f", {unknown:,} of them unknown to it," if unknown else ""
        return (
            f"The model was most surprised by “{token_label(trace.tokens[worst])}”{trace_name}: "
            f"{trace.surprisal[worst]:.1f} nats, where the mean of {len(surprisal):,} tokens{others} is "
            f"{surprisal.mean():.1f}."
        )
    return "How surprised the model was is not kept with these traces." if named_traces else None


def headlines(material: Material) -> Iterable[Headline]:
    """How many features a unit follows, how surprised the model was, and how good it is."""
    run = material.run
    for sheet in PROBE_SHEETS.load_all(run):
        followed = sum(beyond_chance(each) for each in sheet.probes)
        detail = f"held-out text, best of {sheet.units:,} units of layer {sheet.layer}, {sheet.tokens:,} tokens"
        yield Headline(f"{followed} of {len(sheet.probes)}", "features that a unit follows beyond chance", detail)
    for name, trace in traces_of(material):
        values = trace.surprisal[np.isfinite(trace.surprisal)] if trace.surprisal is not None else np.zeros(0)
        if len(values):
            detail = f"mean over {len(values):,} tokens of the trace “{name}”; median {median(values.tolist()):.2f}"
            yield Headline(f"{values.mean():.2f}", "nats of surprisal a token", detail)
    yield from metrics.held_out(run)


def _events(trace: HiddenTrace) -> Sequence[Part]:
    if not trace.events:
        return ()
    rules = "; ".join(f"{event.name} where {event.rule}" for event in EVENTS[trace.cell])
    counts = np.stack([at.sum(axis=0) for at in trace.events.values()], axis=1)
    # Writes and resets are what tells units apart: most are open or shut for long.
    telling = [i for i, name in enumerate(trace.events) if name in ("memory reset", "written")]
    order = np.argsort(-counts[:, telling].sum(axis=1), kind="stable")[:EVENTFUL]
    total = (f"all {len(counts):,}", *(f"{n:,}" for n in counts.sum(axis=0)))
    rows = [(str(unit), *(f"{n:,}" for n in counts[unit])) for unit in order.tolist()]
    return (
        Table(
            ("unit", *trace.events),
            (total, *rows),
            f"At how many of {len(trace.tokens)} {trace.noun}s each event happens; the units with most resets and "
            f"writes. Events are read off the values: {rules}. The thresholds of gates are those of {KARPATHY}.",
            strong=frozenset({0}),
            heading="What happens in the units",
        ),
    )


def probes(run: Run) -> Sequence[Part]:
    """The probes that are kept with a run."""
    sheets = PROBE_SHEETS.load_all(run)
    return [part for sheet in sheets for part in _sheet(sheet, alone=len(sheets) == 1)]


def standing_finding(run: Run) -> Finding | None:
    """`finding`, and of the feature that a unit follows best how far it is beyond its controls."""
    text, sheets = finding(run), PROBE_SHEETS.load_all(run)
    if text is None:
        return None
    probes = [probe for sheet in sheets for probe in sheet.probes if beyond_chance(probe)]
    if not probes:
        return Finding(text, standing="open", plain=f"Whether single units follow the probed features. {text}")
    best = max(probes, key=lambda probe: probe.score - probe.control.upper)
    written = (f"{best.score:.3f}", f"{best.control.upper:.3f}", "1")
    measure = Measure(best.score, best.control.upper, 1.0, "95 % of controls", written, best.interval)
    plain = f"Single units follow features of the text; unit {best.unit} follows “{best.told}” on held-out text."
    return Finding(text, measure, plain=plain)


def finding(run: Run) -> str | None:
    """What the units were found to follow; of several sheets, by the sheet that found most."""
    sheets = PROBE_SHEETS.load_all(run)
    if len(sheets) < 2:
        return _finding(sheets[0]) if sheets else None
    counts = [sum(map(beyond_chance, sheet.probes)) for sheet in sheets]
    features = sum(len(sheet.probes) for sheet in sheets)
    return f"In {len(sheets)} probes a unit does better than chance for {sum(counts)} of {features} features."


def _sheet(sheet: ProbeSheet, *, alone: bool) -> Sequence[Part]:
    where = f"{sheet.units} units of layer {sheet.layer}, their {TITLES[sheet.signal]}"
    parts: list[Part] = [] if alone else [Paragraph(_finding(sheet))]
    if sheet.probes:
        parts.append(_table(sheet, where))
    parts += [
        Paragraph(f"Not scored: {each.told} ({each.feature}), since {each.why}.", quiet=True) for each in sheet.unscored
    ]
    by_feature = {each.feature: each for each in sheet.probes}
    strips = [(by_feature[strip.feature], strip) for strip in sheet.excerpts]
    parts += [_strip(probe, strip, sheet) for probe, strip in strips if beyond_chance(probe)]
    return parts


def beyond_chance(probe: UnitProbe) -> bool:
    """Whether the held-out score beats 95 % of the control's."""
    return probe.score > probe.control.upper


def _finding(sheet: ProbeSheet) -> str:
    """In a sentence, what the units were found to follow."""
    follow = sorted(
        (probe for probe in sheet.probes if beyond_chance(probe)), key=lambda probe: probe.control.p - probe.score
    )
    if not sheet.probes:
        return f"None of the probed features occurs often enough in {sheet.tokens:,} tokens of {sheet.source}."
    count = f"For {len(follow)} of {len(sheet.probes)} features the best of {sheet.units} units does better than chance"
    if not follow:
        return f"{count}: the probed features cannot be read off a single unit."
    best = follow[0]
    return (
        f"{count} on held-out text. Unit {best.unit} follows “{best.told}” best: {best.measure} {best.score:.3f}, "
        f"where 95 % of controls stay below {best.control.upper:.3f}."
    )


def _table(sheet: ProbeSheet, where: str) -> Table:
    rows = tuple(
        (
            each.told + ("" if each.base_rate is not None else " (correlation)"),
            f"{'+' if each.sign > 0 else '−'}{each.unit}",
            f"{each.score:.3f}",
            ends(each.interval),
            f"{signed(each.control.mean)}, {signed(each.control.upper)}",
            f"{each.control.p:.2f}",
            MISSING if each.linear is None else f"{signed(each.linear.score)} ({signed(each.linear.control)})",
            f"{each.n:,}" + ("" if each.base_rate is None else f" ({percent(each.base_rate)})"),
        )
        for each in sheet.probes
    )
    return Table(
        (
            *("feature", "best unit", "held-out score", "95 % interval", "control: mean, 95 % below", "p"),
            *("all units, linear (control)", "tokens (have it)"),
        ),
        rows,
        f"{where}, over {sheet.tokens:,} tokens of {sheet.source}, seed {sheet.seed}. The unit, its direction (+ rises "
        "with the feature) and its threshold were chosen on the first half of the tokens, and scored once on the "
        "second. The score is balanced accuracy, the mean of the shares right where the feature is present and where "
        "it is absent, with 0.5 for chance, or Pearson's correlation if the feature has a size. Control: "
        f"{sheet.probes[0].control.draws} times the feature was shifted round the text by a random distance and the "
        f"best of all {sheet.units} units chosen and scored in the same way, so that the choice among units is "
        f"accounted for, though not that among features. Intervals resample blocks of {BLOCK} held-out tokens. The "
        "linear probe on all units has a control of its own.",
        numbers_from=1,
        heading="The unit that follows each feature best",
    )


def _strip(probe: UnitProbe, strip: Excerpt, sheet: ProbeSheet) -> Strip:
    values = np.array(strip.values)
    # Red is where the unit says that the feature is there, whichever way it goes.
    middle = probe.threshold if probe.threshold is not None else float(np.median(values))
    spread = float(np.quantile(np.abs(values - middle), 0.95)) or 1.0
    levels = np.clip((values - middle) / spread * probe.sign, -1, 1)
    underlined = probe.base_rate is not None
    marked = "underlined where the feature is present; " if underlined else ""
    return Strip(
        heading=f"Unit {strip.unit}: {probe.told}",
        texts=strip.texts,
        glue=strip.glue,
        levels=tuple(round(float(level), 2) for level in levels),
        marked=tuple(bool(truth) if underlined else False for truth in strip.truth),
        caption=f"Held-out text, {marked}red where the unit, "
        + ("beyond its threshold, says so" if underlined else "against its median, says more")
        + f", blue where it says {'not' if underlined else 'less'}, after each token. Coloured as {KARPATHY} did.",
    )


SECTIONS = (
    SectionSpec("trace", traces, trace_finding, ("traces/*",), headlines),
    SectionSpec(
        "probe",
        of_run(probes),
        of_run(standing_finding),
        ("probes/*",),
        heading="Which units follow what?",
        caption="Units that rise or fall with a feature of the text, chosen on one half of it and scored on the other.",
    ),
)
