"""A page of many documents in a real browser: how long each kind of filter takes, a brush, and a search.

    python -m benchmarks.filters                                # 50,000 documents
    python -m benchmarks.filters --documents 10000

Each is from what the reader does to the end of the frame that shows it. The map is a PCA without its fidelity;
Chromium draws without a GPU.
"""

import argparse
import statistics
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.documents import CATEGORIES, write
from benchmarks.machine import chromium
from embedkit.analysis.maps.projection import pca
from embedkit.report import render
from embedkit.report.embedded import embed_space
from embedkit.report.figures.maps import word_map
from embedkit.report.page import Report, Section
from embedkit.spaces.formats.detect import read_space

LIMIT = 100
"""Milliseconds that a filter may take."""
_STEPS = 40  # of a brush

WATCH = """() => {
    window.shown = [];
    const busy = new Set();
    const watch = event => {
        if (busy.has(event.timeStamp) || (event.type === "pointermove" && !event.buttons)) return;
        busy.add(event.timeStamp);
        requestAnimationFrame(() => requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = () => window.shown.push(performance.now() - event.timeStamp);
            channel.port2.postMessage(null);
        }));
    };
    for (const type of ["input", "change", "pointermove", "click"]) addEventListener(type, watch, true);
}"""
"""Of each thing that a reader does, the milliseconds until the second frame after it is over, which shows it."""

FRAMES = """() => {
    window.between = [];
    let last = performance.now();
    const tick = now => { window.between.push(now - last); last = now; window.ticking = requestAnimationFrame(tick); };
    window.ticking = requestAnimationFrame(tick);
}"""


def page_of(documents: int, folder: Path) -> Path:
    file = folder / "documents.parquet"
    write(file, documents, 32)
    space = read_space(file, repair=True)
    embedded = embed_space(space, key="documents", name="vectors", answering=0, map_labels=[space.labels], most=10)
    figure = word_map([embedded], {"documents": [pca(space, measured=False)]}, space.noun)
    return render(Report("documents", "", (Section("map", "Map", "", (figure,)),), (embedded,)), folder / "page.html")


class Watch:
    """What things that are done on a page take: milliseconds until they are shown, and of the page's own work."""

    def __init__(self, tab: Any) -> None:
        self.tab = tab
        self.session = tab.context.new_cdp_session(tab)
        self.session.send("Performance.enable", {"timeDomain": "threadTicks"})
        tab.evaluate(WATCH)
        self.before = self._worked()

    def _worked(self) -> float:
        metrics = self.session.send("Performance.getMetrics")["metrics"]
        return next(1000 * each["value"] for each in metrics if each["name"] == "TaskDuration")

    def last(self) -> tuple[float, float]:
        """Of the last thing that was done. The work is also what follows: labels, and the map drawn once more."""
        self.tab.wait_for_timeout(700)
        return max(self.tab.evaluate("window.shown.splice(0)"), default=0.0), self.work()

    def work(self) -> float:
        """Milliseconds of work since this was asked last."""
        before, self.before = self.before, self._worked()
        return self.before - before


def measure(tab: Any) -> None:
    """Print a line for each kind of filter."""
    field = "#map-filters fieldset:has(legend bdi:text-is('{}'))".format
    tab.click("#map-filters summary")
    tab.wait_for_timeout(1_500)
    watch = Watch(tab)
    last = watch.last
    clear = "#map-filter-clear"
    kinds: dict[str, list[tuple[float, float]]] = {
        "category": [],
        "number": [],
        "date": [],
        "text, first word": [],
        "text": [],
    }
    for category in CATEGORIES[:5]:
        tab.check(f"{field('category')} label:has(bdi:text-is('{category}')) input")
        kinds["category"].append(last())
    for number in (-1, 0, 1):
        tab.locator(f"{field('score')} input[type=number]").first.fill(str(number))
        kinds["number"].append(last())
    for day in ("2012-03-04", "2014-05-06", "2016-07-08"):
        tab.locator(f"{field('date')} input[type=date]").first.fill(day)
        tab.locator(f"{field('date')} input[type=date]").first.dispatch_event("change")
        kinds["date"].append(last())
    tab.click(clear)
    kinds["clear"] = [last()]
    for text in ("al", "per tor", "zen que"):
        tab.locator("#map-filters fieldset input[placeholder='contains …']").first.fill(text)
        kinds["text" if kinds["text, first word"] else "text, first word"].append(last())
    tab.click(clear)
    last()
    kinds["search"] = []
    for text in ("al", "per tor", "zen que", "hingra"):
        tab.fill("#map-search", text)
        kinds["search"].append(last())
    tab.fill("#map-search", "")
    last()
    for kind, took in kinds.items():
        shown, work = zip(*took, strict=True)
        print(
            f"  {kind:17} {statistics.median(shown):4.0f} ms (median of {len(took)}), worst {max(shown):.0f} ms; "
            f"{statistics.median(work):.0f} ms of work"
        )
    brush(tab, watch, f"{field('score')} svg")


def brush(tab: Any, watch: Watch, histogram: str) -> None:
    """Print a line for a brush that is drawn across a histogram."""
    tab.locator(histogram).scroll_into_view_if_needed()
    box = tab.locator(histogram).bounding_box()
    across = [box["x"] + box["width"] * (0.2 + 0.6 * step / _STEPS) for step in range(_STEPS + 1)]
    middle = box["y"] + box["height"] / 2
    tab.mouse.move(across[0], middle)
    tab.mouse.down()
    tab.wait_for_timeout(500)
    watch.last()
    tab.evaluate(FRAMES)
    for x in across[1:]:
        tab.mouse.move(x, middle)
        tab.wait_for_timeout(30)
    tab.wait_for_timeout(500)
    between = sorted(tab.evaluate("(cancelAnimationFrame(window.ticking), window.between.slice(1))"))
    took = sorted(tab.evaluate("window.shown.splice(0)"))
    tab.mouse.up()
    work = watch.work()
    late = took[int(0.95 * len(took))]
    print(f"  brush             {statistics.median(took):4.0f} ms (median of {len(took)} steps), ", end="")
    print(f"95 % within {late:.0f} ms, worst {took[-1]:.0f} ms; longest frame {between[-1]:.0f} ms; ", end="")
    print(f"{work / _STEPS:.0f} ms of work a step")


def run(documents: int) -> None:
    """Make the page, open it, and print what each filter takes."""
    program = chromium()
    if program is None:
        print("  no Chromium to open the page with")
        return
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        page = page_of(documents, Path(folder))
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        tab = browser.new_page(viewport={"width": 1440, "height": 900})
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready=yes]", timeout=120_000)
        ready = int(tab.evaluate("document.documentElement.dataset.milliseconds"))
        print(f"  {documents:,} documents, {page.stat().st_size / 1e6:.1f} MB, ready after {ready / 1000:.1f} s")
        measure(tab)
        browser.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=50_000)
    run(parser.parse_args().documents)


if __name__ == "__main__":
    main()
