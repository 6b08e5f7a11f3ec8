"""The report about what goes on inside a cell: its tables, its heat map and its coloured text, in a browser too."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.cells.gates import LayerWeights, unroll
from embedkit.analysis.cells.probes import PROBE_SHEETS, Control, Excerpt, Linear, ProbeSheet, UnitProbe, Unscored
from embedkit.analysis.cells.traces import TRACES, HiddenTrace
from embedkit.analysis.intervals import Interval
from embedkit.errors import ReportError
from embedkit.report import render
from embedkit.report.compose import cell_report, run_report
from embedkit.report.figures.traces import hidden_states
from embedkit.report.material import Material
from embedkit.report.parts import Strip, Table
from embedkit.report.sections import cells
from embedkit.report.sections.cells import beyond_chance, finding, probes, traces
from embedkit.runs.folder import Run
from tests.report.opening import open_file
from tests.report.synthetic import HOSTILE, lineage

UNITS = 40
TOKENS = (*HOSTILE[:8], "a", "plain", "text", ".")


def trace() -> HiddenTrace:
    """Gates of random weights over hostile tokens; the first feature is unit 7's hidden state itself."""
    rng = np.random.default_rng(0)
    shapes = {"weight_ih": (4 * UNITS, 5), "weight_hh": (4 * UNITS, UNITS), "bias_ih": 4 * UNITS, "bias_hh": 4 * UNITS}
    layer = LayerWeights("lstm", **{name: rng.normal(size=shape) for name, shape in shapes.items()})
    (signals,), _ = unroll([layer], rng.normal(size=(len(TOKENS), 1, 5)))
    values = {name: each[:, 0].astype(np.float32) for name, each in signals.items()}
    hidden = values.pop("hidden")
    features = {"<b>inside</b> quotes": hidden[:, 7].copy(), "never": np.zeros(len(TOKENS))}
    return HiddenTrace(TOKENS, hidden, None, 0, "lstm", values, features)


FLAG = UnitProbe(
    "quotes", "inside quotes", "balanced accuracy", 3000, 0.25, 3, 1, 0.5, 1.0, 0.98, 0.99, Interval(0.97, 0.99),
    Control(0.5, 0.53, 0.01, 99), Linear(0.99, 0.51), (3, 1),
)  # fmt: skip
CHANCE = UnitProbe(
    "position", "tokens since the line began", "correlation", 2999, None, 5, -1, None, 0.2, 0.04, None,
    Interval(-0.02, 0.1), Control(0.0, 0.1, 0.3, 99), None, (5,),
)  # fmt: skip
SHEET = ProbeSheet(
    "held-out", "cell", 0, UNITS, "word", 6000, "held-out text of <b>t</b>", 0,
    (FLAG, CHANCE),
    (Unscored("brackets", "inside brackets", "no token of the first half has it"),),
    (
        Excerpt("quotes", 3, (*HOSTILE[:3], "\n", "$$x$$"), " ", (0.0, 1.0, 0.9, 0.0, 2.0), (0.0, 1.0, 1.0, 0.0, 0.0)),
        Excerpt("position", 5, ("a", "b"), " ", (0.0, 1.0), (0.0, None)),
    ),
)  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("runs") / "model")
    model = {"level": "word", "cell": "lstm", "layers": 1, "embedding_size": 5, "hidden_size": UNITS, "tied": False}
    run.write_config({"kind": "language-model", "model": model, "training": {"corpus": "t"}})
    run.write_metrics({"valid_nats_per_token": 4.9, "valid_perplexity": 134.3, "valid_tokens": 100})
    run.write_provenance(lineage("embedkit train lm"))
    TRACES.save(run, trace(), "typed")
    TRACES.save(run, HiddenTrace(("a", "b"), np.eye(2), np.array([np.nan, 1.0]), -1), "older")
    PROBE_SHEETS.save(run, SHEET)
    return run


def test_the_heat_map_carries_what_the_trace_holds() -> None:
    made = trace()
    data = hidden_states(made).data
    assert [signal["name"] for signal in data["signals"]] == list(made.signals)
    assert data["surprisal"] == [None] * len(TOKENS)
    (followed,) = data["followed"]  # what never varies is left out
    assert np.argmax(np.abs(followed["correlations"]["hidden"])) == 7
    assert followed["correlations"]["hidden"][7] == 1.0


@pytest.mark.parametrize(
    ("tokens", "nats", "text"),
    [
        (
            ("the", "<unk>", "bank", "of"),
            (np.nan, 9.0, 4.0, 2.0),
            "The model was most surprised by “bank”: 4.0 nats, where the mean of 3 tokens, 1 of them unknown to it, is "
            "5.0.",
        ),
        (
            ("the", "bank", "of"),
            (np.nan, 4.0, 2.0),
            "The model was most surprised by “bank”: 4.0 nats, where the mean of 2 tokens is 3.0.",
        ),
        (
            ("a", "<unk>", "<unk>"),
            (np.nan, 9.0, 8.0),
            "The model knows none of the 2 tokens that it was to foresee.",
        ),
    ],
)
def test_the_most_surprising_token_is_a_word_of_the_vocabulary(
    tokens: tuple[str, ...], nats: tuple[float, ...], text: str, monkeypatch: pytest.MonkeyPatch, run: Run
) -> None:
    read = HiddenTrace(tokens, np.zeros((len(tokens), 2)), np.array(nats), -1)
    monkeypatch.setattr(cells, "traces_of", lambda material: [("typed", read)])
    assert cells.trace_finding(Material(run)) == text


def test_events_are_counted_by_unit_under_their_rules(run: Run) -> None:
    (table,) = (part for part in traces(Material(run, trace="typed")) if isinstance(part, Table))
    events = trace().events
    assert table.columns == ("unit", "output off", "output on", "memory reset", "kept", "written")
    assert table.rows[0] == ("all 40", *(f"{at.sum():,}" for at in events.values()))
    for row in table.rows[1:]:
        assert row[1:] == tuple(str(at[:, int(row[0])].sum()) for at in events.values())
    telling = [int(row[3]) + int(row[5]) for row in table.rows[1:]]
    assert telling == sorted(telling, reverse=True)
    assert "kept where f ≥ 0.9 and i ≤ 0.1" in table.caption


def test_a_trace_without_gates_has_no_table_of_events(run: Run) -> None:
    assert not [part for part in traces(Material(run, trace="older")) if isinstance(part, Table)]
    older, typed = (traces(Material(run, trace=name)) for name in ("older", "typed"))
    assert len(traces(Material(run))) == len(older) + len(typed)


def test_probes_are_told_with_their_control_and_what_was_not_scored(run: Run) -> None:
    table, unscored, strip = probes(run)
    sentence = finding(run)
    assert sentence is not None
    assert sentence.startswith("For 1 of 2 features the best of 40 units does better than chance on held-out text.")
    assert "Unit 3 follows “inside quotes” best: balanced accuracy 0.980" in sentence
    assert table.rows[0] == (
        *("inside quotes", "+3", "0.980", "0.970 – 0.990", "0.500, 0.530", "0.01", "0.990 (0.510)", "3,000 (25.0 %)"),
    )
    assert table.rows[1][:3] == ("tokens since the line began (correlation)", "−5", "0.040")
    assert "inside brackets (brackets), since no token of the first half has it" in unscored.text
    assert isinstance(strip, Strip)  # that of the other unit, which chance can do as well, is not shown
    assert (beyond_chance(FLAG), beyond_chance(CHANCE)) == (True, False)
    assert strip.marked == (False, True, True, False, False)
    # From the threshold, over the 95th percentile of that, 1.3.
    assert strip.levels == (-0.38, 0.38, 0.31, -0.38, 1.0)


def test_a_strip_whose_parts_do_not_fit_is_refused() -> None:
    with pytest.raises(ReportError, match="strip: 1 texts, 2 levels, 1 marks"):
        Strip("", ("a",), "", (0.0, 1.0), (False,))


def test_a_cell_report_is_verified_like_any_other(run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from embedkit.verification.pages import verify

    monkeypatch.setenv("EMBEDKIT_RUNS", str(run.path.parent))
    page = render(cell_report(run, trace="typed"), tmp_path / "cell.html")
    checks = verify(page).checks
    assert {check.verdict for check in checks if check.step in ("artefact", "figure")} == {"match"}
    assert any(check.what.endswith("probes/held-out.json") for check in checks)


@pytest.mark.browser
def test_signals_orders_and_events_in_a_browser(browser: Any, run: Run, tmp_path: Path) -> None:
    opened = open_file(browser, render(cell_report(run, trace="typed"), tmp_path / "cell.html"))
    page, made = opened.page, trace()
    plot = "Bokeh.documents.map(d => d.get_model_by_name('states')).find(m => m)"
    image = f"{plot}.renderers.find(r => r.data_source.data.image).data_source.data.image[0]"

    def levels() -> np.ndarray:
        """(units, tokens) as drawn, the top row first."""
        return np.array(page.evaluate(f"Array.from({image})"), dtype=float).reshape(UNITS, len(TOKENS))[::-1]

    signal, order, size, event = (page.locator(".trace-bar select").nth(i) for i in range(4))
    order.select_option(label="number")
    for name, title in (("cell", "cell state"), ("forget", "forget gate"), ("hidden", "hidden state")):
        signal.select_option(label=title)
        values = made.signals[name]
        assert levels() == pytest.approx(values.T, abs=float(np.abs(values).max()) / 30000)
    order.select_option(label="how they follow: <b>inside</b> quotes")
    assert levels()[0] == pytest.approx(made.values[:, 7], abs=1e-4)
    assert "Unit 7 goes with “<b>inside</b> quotes” most: r = +1.00" in page.locator("#trace .status").inner_text()
    assert page.evaluate(f"[{plot}.y_range.start, {plot}.y_range.end]") == [UNITS - 32, UNITS]
    size.select_option(label="all 40")
    event.select_option(label="written: i ≥ 0.9 and |candidate| ≥ 0.5")
    marks = page.evaluate("Bokeh.documents.map(d => d.get_model_by_name('marks')).find(m => m).data.x.length")
    assert marks == made.events["written"].sum()
    assert f"{marks} times" in page.locator("#trace .status").inner_text()
    order.select_option(label="number")
    page.check(".trace-bar input[type=checkbox]")
    alone = page.evaluate(f"Array.from({image}).map(v => Number.isNaN(v) ? 0 : 1)")
    assert (np.array(alone).reshape(UNITS, -1)[::-1] == made.events["written"].T).all()
    figure = page.locator("#trace .plot")
    figure.scroll_into_view_if_needed()
    page.wait_for_timeout(250)
    box = figure.bounding_box()
    page.mouse.move(box["x"] + 90, box["y"] + 60)
    page.mouse.move(box["x"] + 92, box["y"] + 62)
    page.wait_for_selector("#tip:not([hidden])")
    assert "input gate" in page.locator("#tip").inner_text()
    assert page.locator(".strip span").all_text_contents() == [*HOSTILE[:3], "\n", "$$x$$"]
    assert page.locator(".strip .marked").count() == 2
    colour = "getComputedStyle(document.querySelector('.strip span')).backgroundColor"
    before = page.evaluate(colour)
    page.check("#theme input[value=dark]")
    assert page.evaluate(colour) != before
    assert page.locator("img, iframe, b b").count() == 0
    assert [url for url in opened.requests if not url.startswith(("file:", "blob:", "data:"))] == []
    assert opened.complaints == []
    page.close()


def test_a_language_models_report_shows_probes_and_gates_too(run: Run, tmp_path: Path) -> None:
    report = run_report(run)
    names = [section.name for section in report.sections]
    assert names[-3:] == ["trace", "probe", "provenance"]
    html = render(report, tmp_path / "page.html").read_text(encoding="utf-8")
    blocks = re.findall(r'<script type="application/json" id="data-figure-\d+">(.*?)</script>', html)
    data = [json.loads(block)["data"] for block in blocks]
    assert [len(data["signals"]) for data in data if "signals" in data] == [1, 6]
