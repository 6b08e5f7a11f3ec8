"""A report of many words in a real browser: how long it takes to build, how large it is, how fast it opens and moves.

    python -m benchmarks.report                       # 50,000 and 500,000 made-up words of 100 dimensions
    python -m benchmarks.report --words 50000 --runs 3
    python -m benchmarks.report --space wiki          # the map that is kept with a run of yours
    python -m benchmarks.report --page reports/html/demo.html     # how a page of yours is laid out and drawn

Made-up spaces are 200 Gaussian clouds of Zipfian words. Their map is a PCA without its fidelity, which costs more than
the page and is measured by itself. Chromium draws without a GPU. Printed are the seconds to write the page and its
megabytes; the seconds from its opening to the first word map and to the whole page; from the pointer's move to the tip;
between frames while the map is dragged, and of the longest frame when it is let go; of a search, and of an analogy; and
how many of the analogies have the same ten answers in the page as `solve` gives among the same words.

Of a page of yours are printed its megabytes; its length before anything is unfolded, in pixels and in screens of 1440 ×
900; on a phone of 390 × 844 its width and length, and how many tables are cut; the seconds to its first paint, to its
first figure and to all that are open; and what axe-core finds, light and dark.
"""

import argparse
import os
import resource
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.machine import chromium, matrix_product_gflops
from embedkit.analysis.analogies.expressions import solve
from embedkit.analysis.maps.projection import pca
from embedkit.analysis.maps.stored import MAPS
from embedkit.report import render
from embedkit.report.compose import run_report
from embedkit.runs.folder import open_run
from embedkit.spaces.formats.detect import write_space
from embedkit.spaces.open import home_of
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space

CLOUDS, DIMENSIONS, ANALOGIES, MOVES = 200, 100, 200, 60

FRAMES = """() => {
    window.between = [];
    let last = performance.now();
    const tick = now => { window.between.push(now - last); last = now; window.ticking = requestAnimationFrame(tick); };
    window.ticking = requestAnimationFrame(tick);
}"""
HOVERS = """() => {
    window.hovers = [];
    let moved = null;
    addEventListener("pointermove", event => moved = event.timeStamp, true);
    const tip = document.getElementById("tip");
    new MutationObserver(() => {
        if (!tip.hidden && moved !== null) { window.hovers.push(performance.now() - moved); moved = null; }
    }).observe(tip, {attributes: true, childList: true});
}"""
ASK = """text => {
    const started = performance.now();
    document.getElementById("ask-text").value = text;
    document.getElementById("ask-form").requestSubmit();
    const first = document.querySelector("#ask-answers ol");
    return [performance.now() - started, Array.from(first.querySelectorAll(".word"), word => word.textContent)];
}"""
SEARCH = """text => {
    const started = performance.now();
    const input = document.getElementById("map-search");
    input.value = text;
    input.dispatchEvent(new Event("input"));
    input.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter"}));
    return performance.now() - started;
}"""
TIMES = """() => {
    const { figure, milliseconds } = document.documentElement.dataset;
    const paint = performance.getEntriesByName("first-contentful-paint")[0].startTime;
    return [paint, Number(figure ?? milliseconds), Number(milliseconds)];
}"""
PHONE = """() => {
    const root = document.documentElement;
    const cut = [...document.querySelectorAll("table")].filter((table) => table.checkVisibility()
        && table.getBoundingClientRect().width > root.clientWidth).length;
    return [root.scrollWidth, root.scrollHeight, cut];
}"""


def made_up(words: int, seed: int = 0) -> EmbeddingSpace:
    """Clouds around random directions, frequent words first."""
    rng = np.random.default_rng(seed)
    middles = rng.normal(size=(CLOUDS, DIMENSIONS))
    rows = middles[rng.integers(CLOUDS, size=words)] + rng.normal(size=(words, DIMENSIONS))
    labels = tuple(f"w{number:06d}" for number in range(words))
    counts = np.floor(1e7 / (np.arange(words) + 10)).astype(np.int64)
    return EmbeddingSpace("made-up", labels, rows.astype(np.float32), {"count": counts})


def page_of(words: int, folder: Path) -> tuple[Path, EmbeddingSpace]:
    file = folder / f"made-up-{words}.npz"
    write_space(made_up(words), file)
    run, which = home_of(str(file))
    space = load_run_space(run, which)
    started = time.perf_counter()
    MAPS.save(run, pca(space, measured=False))
    mapped = time.perf_counter()
    page = render(run_report(run), folder / f"{words}.html")
    print(f"  PCA map {mapped - started:.1f} s, page written in {time.perf_counter() - mapped:.1f} s")
    return page, space


def in_browser(playwright: Any, program: str, page: Path, space: EmbeddingSpace, runs: int) -> None:
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
    opened = []
    for _ in range(runs):
        tab = browser.new_page(viewport={"width": 1440, "height": 900})
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready=yes]", timeout=120_000)
        opened.append(
            [int(tab.evaluate(f"document.documentElement.dataset.{name}")) for name in ("map", "milliseconds")]
        )
        if len(opened) < runs:
            tab.close()
    first, whole = (statistics.median(each[i] for each in opened) / 1000 for i in (0, 1))
    print(f"  opened: the word map after {first:.2f} s, everything after {whole:.2f} s (medians of {runs})")
    tab.wait_for_timeout(2000)
    print(f"  JavaScript heap {tab.evaluate('performance.memory.usedJSHeapSize') / 2**20:.0f} MiB")
    print(f"  it says: {tab.locator('#map-drawn').inner_text()}")
    tab.locator("#map").scroll_into_view_if_needed()
    tab.wait_for_timeout(500)
    box = tab.locator(".map-frame .plot").bounding_box()
    middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    hover(tab, middle)
    drag(tab, middle)
    known = space.labels[:5000]
    rng = np.random.default_rng(1)
    searched = [tab.evaluate(SEARCH, str(known[i])) for i in rng.choice(len(known), 20)]
    print(f"  search: {statistics.median(searched):.0f} ms (median of 20), worst {max(searched):.0f} ms")
    answer(tab, space, known, rng)
    browser.close()


def hover(tab: Any, middle: tuple[float, float]) -> None:
    tab.evaluate(HOVERS)
    for step in range(MOVES):
        tab.mouse.move(middle[0] + 3 * (step % 20) - 30, middle[1] + 4 * (step // 20) - 10)
        tab.wait_for_timeout(30)
    delays = tab.evaluate("window.hovers")
    if delays:
        print(
            f"  hover to tip: {statistics.median(delays):.0f} ms (median of {len(delays)}), worst {max(delays):.0f} ms"
        )


def drag(tab: Any, middle: tuple[float, float]) -> None:
    tab.mouse.move(*middle)
    tab.mouse.down()
    tab.evaluate(FRAMES)
    for step in range(MOVES):
        tab.mouse.move(middle[0] + 3 * step, middle[1] + step)
    between = sorted(tab.evaluate("(cancelAnimationFrame(window.ticking), window.between.slice(2))"))
    tab.wait_for_timeout(300)
    tab.evaluate(FRAMES)
    tab.mouse.up()
    tab.wait_for_timeout(1000)
    after = max(tab.evaluate("(cancelAnimationFrame(window.ticking), window.between.slice(2))"))
    late = between[int(0.95 * len(between))]
    usual, worst = statistics.median(between), between[-1]
    print(f"  dragging: {usual:.0f} ms between frames (median), 95 % within {late:.0f} ms, worst {worst:.0f} ms")
    print(f"  let go: {after:.0f} ms, the longest frame in which it is painted anew")


def answer(tab: Any, space: EmbeddingSpace, known: Any, rng: np.random.Generator) -> None:
    answering = tab.evaluate("JSON.parse(document.getElementById('data-spaces').textContent)[0].answering")
    took, same, first = [], 0, 0
    for _ in range(ANALOGIES):
        a, b, c = (str(known[i]) for i in rng.choice(len(known), 3, replace=False))
        milliseconds, answers = tab.evaluate(ASK, f"{a} - {b} + {c}")
        expected = [each.word for each in solve(space, (a, c), (b,), restrict=answering).answers]
        took.append(milliseconds)
        same += answers == expected
        first += answers[:1] == expected[:1]
    print(
        f"  analogies among {answering:,} words: {statistics.median(took):.0f} ms (median of {ANALOGIES}); "
        f"the same ten answers in the same order for {same} of {ANALOGIES}, the same first for {first}"
    )


def laid_out(playwright: Any, program: str, page: Path, runs: int) -> None:
    """Print how long, wide and quick a page is as it opens."""
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
    print(f"{page.name}: {page.stat().st_size / 1e6:.1f} MB")
    height = 900
    times = []
    for _ in range(runs):
        tab = _ready(browser, page, (1440, height))
        times.append(tab.evaluate(TIMES))
        length = tab.evaluate("document.documentElement.scrollHeight")
        tab.close()
    print(f"  at 1440 × {height}: {length:,} pixels, {length / height:.1f} screens before anything is unfolded")
    phone = _ready(browser, page, (390, 844))
    width, length, cut = phone.evaluate(PHONE)
    print(f"  at 390 × 844: {width} pixels wide, {length:,} long, {cut} tables wider than the screen")
    phone.close()
    painted, figure, figures = (statistics.median(column) / 1000 for column in zip(*times, strict=True))
    print(
        f"  first paint after {painted:.2f} s, first figure {figure:.2f} s, all that are open {figures:.2f} s "
        f"(medians of {runs}, from the disk)"
    )
    for scheme in ("light", "dark"):
        print(f"  axe-core, {scheme}: {_violations(browser, page, scheme)}")
    browser.close()


def _ready(browser: Any, page: Path, size: tuple[int, int], scheme: str = "light") -> Any:
    tab = browser.new_page(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    tab.goto(page.as_uri())
    tab.wait_for_selector("html[data-ready=yes]", timeout=120_000)
    return tab


def _violations(browser: Any, page: Path, scheme: str) -> str:
    """How many rules are broken on a page as it opens, and which."""
    try:
        from axe_playwright_python.sync_playwright import Axe
    except ImportError:
        return "not looked at, for want of axe-playwright-python"
    tab = _ready(browser, page, (1440, 900), scheme)
    broken = [violation["id"] for violation in Axe().run(tab).response["violations"]]
    tab.close()
    return f"{len(broken)} rules broken{': ' if broken else ''}{', '.join(broken)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, nargs="+", default=[50_000, 500_000])
    parser.add_argument("--space", help="a finished run with a map, in place of made-up words")
    parser.add_argument("--page", type=Path, help="a rendered page: how long, wide and quick it is as it opens")
    parser.add_argument("--runs", type=int, default=3, help="times that each page is opened")
    options = parser.parse_args()
    program = chromium()
    if program is None:
        parser.error("needs Chromium")
    from playwright.sync_api import sync_playwright

    if options.page and not options.page.is_file():
        parser.error(f"--page {options.page}: no such file")
    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, {os.cpu_count()} cores)")
    if options.page:
        with sync_playwright() as playwright:
            laid_out(playwright, program, options.page.resolve(), options.runs)
        return
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        if options.space:
            run = open_run(options.space)
            started = time.perf_counter()
            page = render(run_report(run), folder / "space.html")
            print(f"{run.name}\n  page written in {time.perf_counter() - started:.1f} s")
            pages = [(page, load_run_space(run, run.artefacts("spaces", ".npz")[0]))]
        else:
            os.environ["EMBEDKIT_RUNS"] = str(folder / "runs")
            pages = []
            for words in options.words:
                print(f"{words:,} words of {DIMENSIONS} dimensions")
                pages.append(page_of(words, folder))
        for page, space in pages:
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
            print(f"{page.name}: {page.stat().st_size / 1e6:.1f} MB; {peak:.2f} GiB at the peak of building")
            in_browser(playwright, program, page, space, options.runs)


if __name__ == "__main__":
    main()
