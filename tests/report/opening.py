"""A page in a browser, with what goes wrong on it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READY = "html[data-ready=yes]"


@dataclass
class Opened:
    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def open_file(browser: Any, file: Path, **options: Any) -> Opened:
    """The page of a file, once its figures are drawn."""
    page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, "accept_downloads": True} | options)
    opened = Opened(page)
    page.on("console", lambda m: opened.complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: opened.complaints.append(str(error)))
    page.on("dialog", lambda dialog: (opened.complaints.append(dialog.message), dialog.dismiss()))
    page.on("request", lambda request: opened.requests.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(READY)
    return opened
