"""`embedkit compare … --series`."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.comparison.stored import SERIES
from embedkit.report.compose import series_report
from embedkit.report.rendering import to_html
from embedkit.runs.folder import Run
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.space import EmbeddingSpace
from embedkit.studies.series import REMADE, series_name
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from tests.command_line import Call
from tests.report.opening import open_file
from tests.report.synthetic import HOSTILE

MOVED = HOSTILE[0]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Two spaces of an old period and two of a new one; between them one word moved. Their runs have a folder."""
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "own"))
    rng = np.random.default_rng(3)
    words = (MOVED, *HOSTILE[1:3], *(f"w{number}" for number in range(57)))
    before = rng.normal(size=(len(words), 8))
    after = before.copy()
    after[0] = -before[0]
    for number, vectors in enumerate((before, before, after, after)):
        turn = np.linalg.qr(rng.normal(size=(8, 8)))[0]
        noisy = (vectors + 0.1 * rng.normal(size=vectors.shape)) @ turn
        write_space(EmbeddingSpace(f"s{number}", words, noisy.astype(np.float32)), tmp_path / f"s{number}.npz")
    return "s0.npz,s1.npz", "s2.npz,s3.npz"


def test_words_are_followed_and_the_page_is_made_again(
    call: Call, files: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "own"))
    done = call("compare", *files, "--series", "--floor", "0", "--words", "w3")
    assert done.code == 0, done.err
    assert "left the band of their own seeds" in done.out
    assert "Requested words" in done.out
    said = json.loads(call("compare", *files, "--series", "--floor", "0", "--words", "w3", "--json").out)
    assert said["paths"][0]["word"] == MOVED
    assert [period["name"] for period in said["periods"]] == ["s0", "s2"]
    assert said["regroupings"] == 2
    page = Path(said["report"])
    text = page.read_text()
    assert MOVED not in text
    assert "Which words left their band?" in text
    run = Run(tmp_path / "own" / "s0")
    name = "s0-vectors_and_s1-vectors--s2-vectors_and_s3-vectors"
    (remade,) = REMADE
    assert remade.make(run, name) == (MATCH, "60 words followed again: the same")
    checked = json.loads(call("report", "--verify", str(page), "--json").out)
    assert [check for check in checked["checks"] if check["verdict"] == DIFFERS] == []
    stored = SERIES.path(run, name)
    values = json.loads(stored.read_text())
    swapped = [
        {**each, "name": other["name"]} for each, other in zip(values["periods"], values["periods"][::-1], strict=True)
    ]
    stored.write_text(json.dumps({**values, "periods": swapped}))
    assert remade.make(run, name) == (DIFFERS, "followed again, 2 figures are others, first periods[0].name")
    stored.write_text(json.dumps({**values, "periods": values["periods"][::-1]}))
    assert remade.make(run, name) == (DIFFERS, f"it is of the periods s2, s0, and kept as {name!r}")
    stored.write_text(json.dumps({**values, "left": 10 + values["left"]}))
    assert remade.make(run, name)[0] == DIFFERS
    shutil.rmtree(tmp_path / "own" / "s3")
    assert remade.make(run, name)[0] == UNCHECKED


def test_without_seeds_there_is_no_band(call: Call, files: tuple[str, ...], tmp_path: Path) -> None:
    done = call("compare", "s0.npz", "s1.npz", "s2.npz", "--series", "--floor", "0")
    assert done.code == 0, done.err
    assert "none has a band to leave" in done.out
    run = Run(tmp_path / "own" / "s0")
    page = to_html(series_report([Run(tmp_path / "own" / name) for name in ("s0", "s1", "s2")], "s0--s1--s2"))
    assert "none has a band to leave" in page
    assert run.artefacts("series", ".json") == ["s0--s1--s2"]


def test_a_series_of_other_spaces_is_another_one(call: Call, files: tuple[str, ...], tmp_path: Path) -> None:
    names = [
        Path(json.loads(call("compare", *spaces, "--series", "--floor", "0", "--json").out)["report"]).stem
        for spaces in (files, ("s0.npz,s1.npz", "s2.npz"), ("s0.npz", "s2.npz"), ("s0.npz", "s2.npz,s3.npz"))
    ]
    assert len(set(names)) == 4
    assert names[2] == "series-s0--s2"
    assert sorted(f"series-{name}" for name in SERIES.names(Run(tmp_path / "own" / "s0"))) == sorted(names)


PLOT = "Bokeh.documents[0].roots()[0]"
WATCHED = f"""() => {{
    const {{ below: [axis] }} = {PLOT};
    const {{ filter }} = axis.major_label_policy;
    axis.major_label_policy.filter = (indices, boxes) => {{
        const {{ width }} = Bokeh.index.find_one({PLOT}).bbox;
        const kept = [...filter(indices, boxes)];
        window.names = kept.map((i, place) => {{
            // As Bokeh moves those at the ends.
            const over = Math.max(0, -boxes[i].left) - Math.max(0, boxes[i].right - width);
            const by = place === 0 || place === kept.length - 1 ? over : 0;
            const tick = axis.ticker.ticks[i];
            return [tick, axis.major_label_overrides.get(tick).text, boxes[i].left + by, boxes[i].right + by];
        }});
        return indices;
    }};
}}"""
"""Keep the names that are written under the first path: tick, text, left and right end."""


@pytest.mark.browser
def test_names_of_periods_that_have_no_room_are_left_out(call: Call, tmp_path: Path, browser: Any) -> None:
    rng = np.random.default_rng(3)
    vectors, files = rng.normal(size=(60, 8)), []
    names = [f"letters and diaries of the years 1{decade}0 to 1{decade}9" for decade in range(80, 90)]
    for name in names:
        vectors = vectors + 0.2 * rng.normal(size=vectors.shape)
        space = EmbeddingSpace("s", tuple(f"w{number}" for number in range(60)), vectors.astype(np.float32))
        files.append(f"{name}.npz")
        write_space(space, tmp_path / files[-1])
    page = json.loads(call("compare", *files, "--series", "--floor", "0", "--json").out)["report"]
    opened = open_file(browser, tmp_path / page)
    opened.page.locator(".chart .plot").first.scroll_into_view_if_needed()
    opened.page.locator(".chart .plot[data-drawn=yes]").first.wait_for()
    opened.page.evaluate(WATCHED)
    kept = []
    for width in (900, 390):
        opened.page.set_viewport_size({"width": width, "height": 900})
        opened.page.locator(".chart .plot").first.scroll_into_view_if_needed()
        opened.page.wait_for_timeout(500)
        ticks, texts, lefts, rights = zip(*opened.page.evaluate("window.names"), strict=True)
        assert (ticks[0], ticks[-1]) == (0, 9)
        assert all(right < left for right, left in zip(rights[:-1], lefts[1:], strict=True))
        assert (lefts[0] >= -0.5, rights[-1] <= width) == (True, True)
        kept.append(texts)
    whole, cut = kept
    assert len(whole) > len(cut) == 2
    assert whole[0] == "letters-and-diaries-of-the-years-1800-to-1809"
    assert ("…" in cut[0], cut[0][:7], cut[0][-3:]) == (True, "letters", "809")
    # The tips and the data of the figure have all of them, whole.
    tips = opened.page.evaluate(f"{PLOT}.renderers.map((each) => each.data_source.data.tip).find((tip) => tip)")
    assert [tip.split(", ")[1].split(":")[0] for tip in tips] == [name.replace(" ", "-") for name in names]
    opened.page.locator(".figure-data summary").first.click()
    rows = opened.page.locator(".figure-data").first.locator("tbody tr").all_text_contents()
    assert all(name.replace(" ", "-") in row for name, row in zip(names, rows, strict=True))
    assert opened.complaints == []
    opened.page.close()


def test_long_names_are_cut() -> None:
    assert series_name(["step 1,000", "ü"]) == "step-1-000--period"
    assert len(series_name(["x" * 200])) == 80
    assert series_name(["x" * 200]) != series_name(["x" * 201])


@pytest.mark.parametrize(
    ("arguments", "message", "code"),
    [
        (("--series",), "name the spaces of a series in their order", 2),
        (("s0.npz", "s2.npz", "s3.npz"), "3 spaces are not compared two by two", 2),
        (("s0.npz", "s2.npz", "--series", "--over-training"), "one at a time", 2),
        (("s0.npz", "s0.npz", "--series"), "is the same space twice", 2),
        (("s0.npz", "s2.npz", "--series", "--words", "nowhere"), "'nowhere' is not among", 2),
        (("nothing", "s2.npz", "--series"), "nothing", 2),
        (("s0", "--series"), "unknown run 's0'", 2),
        (("s0.npz", "--series"), "s0.npz is one space; a series takes several, or a run with snapshots", 2),
        ((",", "old.txt", "--series"), "',' has an empty name before or after a comma", 2),
        (("s0.npz,", "s2.npz", "--series"), "'s0.npz,' has an empty name", 2),
    ],
)
def test_a_wrong_call_is_one_line(
    call: Call, files: tuple[str, ...], arguments: tuple[str, ...], message: str, code: int
) -> None:
    done = call("compare", *arguments)
    assert message in done.err.strip().splitlines()[-1]
    assert done.code == code


def test_a_long_word_is_cut_in_tables_captions_and_sentences_and_the_order_is_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "own"))
    rng = np.random.default_rng(3)
    long = "W" * 5000
    words = (long, *(f"w{number}" for number in range(59)))
    before = rng.normal(size=(len(words), 8))
    after = before.copy()
    after[0] = -before[0]
    for name, vectors in (("old", before), ("new", after)):
        write_space(EmbeddingSpace(name, words, vectors.astype(np.float32)), tmp_path / f"{name}.npz")
    done = call("compare", "old.npz", "new.npz", "--series", "--floor", "0")
    assert long[:59] + "…" in done.out
    assert long not in done.out
    assert "Words that moved most, by the largest distance" in done.out
    html = Path(done.err.split("report: ")[-1].strip()).read_text()
    html = re.sub(r"<script type=.application/json.*?</script>", "", html, flags=re.DOTALL)  # data have it whole
    assert f"The path of “{long[:59]}…”" in html
    assert long not in html
    assert "In the order of the largest distance. " in html
