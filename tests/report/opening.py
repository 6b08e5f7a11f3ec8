"""A page in a browser, with what goes wrong on it."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

READY = "html[data-ready=yes]"

_resting: dict[str, Any] = {}
"""By its options, a page that a test has closed: one that is opened anew takes a third longer to load a report."""


@dataclass
class Opened:
    page: Any
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)


def open_page(browser: Any, **options: Any) -> Opened:
    """An empty page, nothing of an earlier test on it; closed, it is kept for the next test with the same options."""
    options = {"viewport": {"width": 1280, "height": 900}, "accept_downloads": True} | options
    key = f"{id(browser)} {sorted(options.items())}"
    page = _resting.pop(key, None) or browser.new_page(**options)
    opened = Opened(page)
    listeners = {
        "console": lambda m: opened.complaints.append(m.text) if m.type in ("error", "warning") else None,
        "pageerror": lambda error: opened.complaints.append(str(error)),
        "dialog": lambda dialog: (opened.complaints.append(dialog.message), dialog.dismiss()),
        "request": lambda request: opened.requests.append(request.url),
    }
    for event, listener in listeners.items():
        page.on(event, listener)

    def rest() -> None:
        for event, listener in listeners.items():
            page.remove_listener(event, listener)
        del page.close
        if key in _resting or len(page.context.pages) > 1:
            page.close()
            return
        page.goto("about:blank")
        page.mouse.up()
        page.mouse.move(-9, -9)
        page.set_viewport_size(options["viewport"])
        page.emulate_media(media="null")
        _resting[key] = page

    page.close = rest
    return opened


def colour_by_frequency(page: Any) -> None:
    """So that the words of the map are drawn in their order, the rarest first, and not cluster by cluster."""
    page.select_option("#map-colour", "log frequency")


def open_file(browser: Any, file: Path, *, folded: bool = False, **options: Any) -> Opened:
    """The page of a file, once its figures are drawn; what is folded is opened unless it is to stay `folded`."""
    opened = open_page(browser, **options)
    opened.page.goto(file.as_uri())
    opened.page.wait_for_selector(READY)
    if not folded:
        opened.page.evaluate("for (const fold of document.querySelectorAll('details.fold')) fold.open = true")
    return opened
