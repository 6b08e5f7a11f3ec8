"""A page on paper: by the Chromium at hand, or an error that says what to do."""

import os
from pathlib import Path
from typing import Any

import pytest

from embedkit.errors import ReportError
from embedkit.report import paper
from embedkit.report.page import Report, Section
from embedkit.report.parts import Paragraph
from embedkit.report.rendering import to_html


@pytest.mark.browser
def test_a_page_is_printed(browser: Any, tmp_path: Path) -> None:
    page = to_html(Report("t", "s", (Section("x", "X", "", (Paragraph("Folded."),), "Found.", folded=True),)))
    path = paper.print_pdf(page, tmp_path / "page.pdf")
    assert path.read_bytes()[:5] == b"%PDF-"
    assert list(tmp_path.iterdir()) == [path]


def test_without_a_browser_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReportError, match=r"install one .* or open the HTML page and print it"):
        paper.print_pdf("<p>", tmp_path / "page.pdf")


def test_a_browser_that_prints_nothing_leaves_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    program = tmp_path / "bin" / "chromium"
    program.write_text("#!/bin/sh\nfor last; do true; done\necho no display of $last >&2\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}")
    # Where it worked is called so that it is removed even if this process is killed.
    with pytest.raises(ReportError, match=rf"printed no PDF \(no display of file://\S+/\.embedkit-{os.getpid()}-"):
        paper.print_pdf("<p>", tmp_path / "page.pdf")
    assert not (tmp_path / "page.pdf").exists()
