"""The demo from an empty folder, its report in a browser, and the time that help takes.

    python -m benchmarks.demo

Prints seconds and peak memory of `embedkit demo`, the size of its report, the seconds until Chromium has drawn
every figure of it (the best of three), and the seconds of `embedkit --help`.
"""

import argparse
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

from benchmarks.command import EMBEDKIT
from benchmarks.machine import chromium, matrix_product_gflops


def seconds_of(*words: str, folder: str) -> float:
    """Wall seconds of an embedkit command in a folder."""
    started = time.perf_counter()
    subprocess.run([*EMBEDKIT, *words], cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - started


def seconds_to_open(page: Path, repeats: int = 3) -> float | None:
    """Wall seconds until every figure is drawn, the best of a few; None without a Chromium."""
    program = chromium()
    if program is None:
        return None
    from playwright.sync_api import sync_playwright

    times = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        for _ in range(repeats):
            tab = browser.new_page(viewport={"width": 1440, "height": 900})
            started = time.perf_counter()
            tab.goto(page.as_uri())
            tab.wait_for_selector("html[data-ready=yes]")
            times.append(time.perf_counter() - started)
            tab.close()
        browser.close()
    return min(times)


def main() -> None:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    print(f"matrix-product peak: {matrix_product_gflops():.0f} GFLOP/s (fp32, {os.cpu_count()} cores)")
    with tempfile.TemporaryDirectory() as folder:
        os.environ.update(EMBEDKIT_RUNS=str(Path(folder) / "runs"), EMBEDKIT_DATA=str(Path(folder) / "data"))
        demo = seconds_of("demo", folder=folder)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20  # kilobytes on Linux
        report = Path(folder) / "reports" / "html" / "demo.html"
        print(f"embedkit demo: {demo:.0f} s, {peak:.2f} GiB at its peak")
        opened = seconds_to_open(report)
        drawing = "no Chromium to open it with" if opened is None else f"drawn in {opened:.1f} s"
        print(f"the report: {report.stat().st_size / 1e6:.1f} MB, {drawing}")
        print(f"embedkit --help: {min(seconds_of('--help', folder=folder) for _ in range(5)):.2f} s")


if __name__ == "__main__":
    main()
