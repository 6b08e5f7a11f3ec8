"""A space laid out for a notebook: what is drawn, and a selection that goes from the map to Python and back."""

import json
from importlib.resources import files
from typing import Any

import numpy as np
import pytest

from embedkit.display import space_map
from embedkit.display.space_map import SpaceMap
from embedkit.errors import UsageError
from embedkit.spaces import EmbeddingSpace

SQUARE = EmbeddingSpace(
    "square",
    ("east", "north", "west", "south", "<img src=x onerror=alert(1)>"),
    np.array([[1.0, 0.1], [0.1, 1.0], [-1.0, 0.1], [0.1, -1.0], [0.5, 0.6]]),
    {"warm": np.array([False, False, False, True, True])},
)

NOTEBOOK = """<!DOCTYPE html><div id="cell"></div><script type="module">
const source = new Blob([%s], { type: "text/javascript" });
const widget = (await import(URL.createObjectURL(source))).default;
const values = { page: %s, title: "Map of square", selected: [] };
const listening = {};
window.model = {
  saves: 0,
  get: (name) => values[name],
  set(name, value) { values[name] = value; },
  save_changes() { this.saves += 1; },
  on: (name, act) => { listening[name] = act; },
  off: (name) => delete listening[name],
  change(name, value) { values[name] = value; listening["change:" + name](); },
};
widget.render({ model: window.model, el: document.getElementById("cell") });
</script>"""


@pytest.fixture(scope="module")
def plane() -> SpaceMap:
    return SpaceMap(SQUARE, "pca")


def test_what_is_drawn_and_selected_is_the_spaces(plane: SpaceMap) -> None:
    assert plane.projection.labels == SQUARE.labels
    plane.selected = ("south", "east")
    assert plane.selected == ("east", "south")
    assert plane.selection.labels == ("east", "south")
    assert plane.selection.columns["warm"].tolist() == [False, True]
    plane.selected = ()
    with pytest.raises(UsageError, match="nothing is selected"):
        _ = plane.selection
    with pytest.raises(UsageError, match="'up' is not on this map of 5 points"):
        plane.selected = ("up",)


def test_a_space_maps_itself() -> None:
    part = SQUARE.map("pca", points=3)
    assert part.projection.labels == part.space.labels
    assert (len(part.space), part.sample.method) == (3, "random")
    with pytest.raises(UsageError, match=r"unknown method 'ucap'; did you mean .*pca"):
        SQUARE.map("ucap")
    with pytest.raises(UsageError, match="unknown option of pca 'neighbours'"):
        SQUARE.map("pca", neighbours=3)
    with pytest.raises(UsageError, match="points is -1"):
        SQUARE.map("pca", points=-1)


def test_without_anywidget_a_notebook_shows_a_picture(plane: SpaceMap, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SpaceMap, "_live", lambda self: None)
    shown = plane._repr_mimebundle_()
    assert "<svg" in shown["text/html"]
    assert "<img src=x" not in shown["text/html"]
    with pytest.raises(UsageError, match=r"pip install 'embedkit\[notebook\]'"):
        plane.on_select(print)


def test_the_widget_and_python_share_the_selection(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("anywidget", reason="needs anywidget: pip install -e '.[notebook]'")
    monkeypatch.setattr(space_map.SpaceMap, "_page", lambda self: "<!DOCTYPE html>")
    plane = SpaceMap(SQUARE, "pca")
    heard: list[tuple[str, ...]] = []
    plane.on_select(heard.append)
    assert "application/vnd.jupyter.widget-view+json" in str(plane._repr_mimebundle_())
    plane._widget.selected = ["west", "no such point"]  # as the page sends it
    assert heard == [("west",)]
    assert plane.selected == ("west",)


@pytest.mark.browser
def test_a_selection_goes_from_the_frame_to_the_notebook_and_back(browser: Any, plane: SpaceMap) -> None:
    script = files("embedkit.display").joinpath("scripts", "widget.js").read_text(encoding="utf-8")
    page = browser.new_page(viewport={"width": 1100, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    try:
        safe = [json.dumps(text).replace("<", "\\u003c") for text in (script, plane._page())]
        page.set_content(NOTEBOOK % tuple(safe))
        frame = page.frame_locator("iframe")
        frame.locator("html[data-ready=yes]").wait_for()
        page.evaluate("model.change('selected', ['east', 'west'])")
        frame.get_by_text("2 selected").wait_for()
        assert page.evaluate("model.saves") == 0
        frame.locator("#selected-clear").click()
        page.wait_for_function("model.get('selected').length === 0 && model.saves === 1")
        frame.locator("#map-drag input[value=box_select]").check()
        frame.locator(".map-frame").scroll_into_view_if_needed()
        page.wait_for_timeout(300)
        box = frame.locator(".map-frame").bounding_box()
        page.mouse.move(box["x"] + box["width"] * 0.02, box["y"] + box["height"] * 0.1)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.98, box["y"] + box["height"] * 0.98, steps=5)
        page.mouse.up()
        page.wait_for_function("model.get('selected').length > 2")
        assert set(page.evaluate("model.get('selected')")) <= set(SQUARE.labels)
        assert page.evaluate("model.saves") == 2
        assert errors == []
    finally:
        page.close()
