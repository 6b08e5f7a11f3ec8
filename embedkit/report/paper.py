"""A page as PDF, printed by the Chromium at hand: white, everything unfolded, without what only a screen can do."""

import os
import shutil
import subprocess
from pathlib import Path

from embedkit.errors import ReportError
from embedkit.files import whole_file
from embedkit.leftovers import scratch_folder

BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
)
SECONDS = 180
"""As long as printing may take."""
_DRAWN = 60_000  # milliseconds of the page's own time in which its figures are drawn


def browser() -> str:
    """The first browser of `BROWSERS` that is on the path.

    Raises:
        ReportError: there is none.
    """
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    raise ReportError(
        "a PDF is printed by Chromium or Chrome, and neither is on the path; install one (`apt install chromium`), or "
        "open the HTML page and print it"
    )


def print_pdf(page: str, path: str | Path) -> Path:
    """Print a page's HTML to `path`, whole or not at all.

    Raises:
        ReportError: there is no browser, it failed, or it took more than `SECONDS`.
    """
    program = browser()
    with scratch_folder() as folder:
        source, target = folder / "page.html", folder / "page.pdf"
        source.write_text(page, encoding="utf-8")
        command = [
            program,
            "--headless",
            "--disable-gpu",
            f"--user-data-dir={folder}/profile",
            "--no-pdf-header-footer",
        ]
        command += ["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []  # it refuses root otherwise
        command += [f"--virtual-time-budget={_DRAWN}", f"--print-to-pdf={target}", source.as_uri()]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
        except subprocess.TimeoutExpired:
            raise ReportError(
                f"{program} did not print {path} within {SECONDS} s; print the HTML page instead"
            ) from None
        if not target.is_file():
            last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
            raise ReportError(f"{program} printed no PDF ({last}); print the HTML page instead")
        with whole_file(path) as temporary:
            shutil.copyfile(target, temporary)
    return Path(path)
