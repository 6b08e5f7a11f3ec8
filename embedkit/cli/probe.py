"""`embedkit probe`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from embedkit.cli.choices import Seed
from embedkit.cli.output import Json, note, print_json, print_table
from embedkit.cli.progress import progress
from embedkit.errors import UsageError
from embedkit.numerals import MISSING, ends, percent
from embedkit.pipeline import REPORTS
from embedkit.runs.folder import file_name, open_run
from embedkit.tasks import kinds

if TYPE_CHECKING:
    from embedkit.analysis.cells.probes import ProbeSheet

FeatureName = Literal["quotes", "brackets", "position", "line-end", "sentence-end", "sentence-left"]
Following = Annotated[list[str], Parameter(negative="", consume_multiple=False, allow_leading_hyphen=True)]


def probe(
    *,
    run: str | None = None,
    feature: list[FeatureName] | None = None,
    after: Following | None = None,
    signal: Literal["hidden", "cell"] | None = None,
    layer: int = -1,
    text: Path | None = None,
    tokens: int = 100_000,
    name: str = "held-out",
    seed: Seed = 0,
    json: Json = False,
) -> None:
    """Probe the units of a language model.

    Args:
        run: A language model's run, by name or path; by default the newest.
        feature: Features of the text; by default all.
        after: A token, or several in a row: which unit tracks what comes after it? By default a comma. Repeatable.
        signal: Which state of each unit to probe; by default an LSTM's cell state, otherwise the hidden state.
        layer: The recurrent layer, from 0; -1 is the last.
        text: A text file; by default the run's own validation and test text.
        tokens: Use at most N tokens of it; the second half is held out.
        name: Name under which the probes are saved with the run.
        seed: Makes the control and the interval reproducible.
    """
    from embedkit.analysis.cells.probes import PROBE_SHEETS
    from embedkit.report.compose import cell_report
    from embedkit.report.rendering import render
    from embedkit.studies.probes import LEAST, probe_run
    from embedkit.text.features import FEATURES

    if tokens < LEAST:
        raise UsageError(f"--tokens {tokens}: a probe takes at least {LEAST:,}")
    file_name(name, "probe")
    model = open_run(run, kinds=kinds("probed"))
    # Who asks for some alone gets those alone.
    features: list[str] = [*feature] if feature else [] if after else list(FEATURES)
    following = after or ([] if feature else [","])
    with progress(f"probing {model.name}") as show:
        sheet = probe_run(
            model,
            features=features,
            following=following,
            signal=signal,
            layer=layer,
            tokens=tokens,
            text=text,
            name=name,
            seed=seed,
            progress=show,
        )
    path = PROBE_SHEETS.save(model, sheet)
    page = render(cell_report(model), REPORTS / f"{model.name}-cell.html")
    if json:
        print_json({"run": model.name, "path": str(path), "report": str(page), **asdict(sheet)})
        return
    _print(model.name, sheet)
    note(f"open it in a browser: {page.resolve().as_uri()}")


def _print(run: str, sheet: "ProbeSheet") -> None:
    from embedkit.analysis.cells.gates import TITLES

    title = f"{run}: {sheet.units} units of layer {sheet.layer}, their {TITLES[sheet.signal]}, over {sheet.source}"
    print_table(
        ("feature", ">unit", ">score", ">95 % interval", ">chance at most", ">p", ">all units", ">have it", "measure"),
        [
            (
                probe.feature,
                f"{'+' if probe.sign > 0 else '−'}{probe.unit}",
                f"{probe.score:.3f}",
                ends(probe.interval),
                f"{probe.control.upper:.3f}",
                f"{probe.control.p:.2f}",
                MISSING if probe.linear is None else f"{probe.linear.score:.3f}",
                percent(probe.base_rate),
                probe.measure,
            )
            for probe in sheet.probes
        ],
        title=title,
    )
    for probe in sheet.unscored:
        print(f"{probe.feature} ({probe.told}): not scored; {probe.why}")
    if sheet.probes:
        print(
            f"Units were chosen on the first half of {sheet.tokens:,} tokens and scored on the second. “Chance at "
            f"most” is what 95 % of {sheet.probes[0].control.draws} controls stay below: each time the best of all "
            f"{sheet.units} units for the feature moved round the text."
        )
