"""What a notebook shows of each object: the right figures, labels apart from each other, and text that stays text."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.analogies.expressions import solve
from embedkit.analysis.analogies.score_sheet import SCORE_SHEETS
from embedkit.analysis.clusters.clustering import Clustering, cluster
from embedkit.analysis.maps.projection import Projection, pca
from embedkit.analysis.neighbors import Answer, Answers, nearest
from embedkit.display import DISPLAYS, html_of
from embedkit.display.labels import estimated_width, place
from embedkit.report import run_report
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.open import open_space
from tests.report import synthetic

PLANE = EmbeddingSpace(
    "plane",
    ("man", "king", "woman", "queen", "apple"),
    np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [-0.8, 0.6], [-1.0, -1.0]]),
    {"count": np.array([9000, 70, 600, 5, 4])},
)
VOID = ("br", "path", "img", "meta")
HOSTILE = (*synthetic.HOSTILE, "\x00\x1b[31m", "\ud800", "</bdi></td></svg><script>alert(2)</script>")


class Balanced(HTMLParser):
    """Raises where elements do not close in the order in which they were opened; keeps their names and texts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def hostile_space() -> EmbeddingSpace:
    labels = tuple(dict.fromkeys([*HOSTILE, *synthetic.labels_of(200)]))
    return EmbeddingSpace(HOSTILE[0], labels, np.random.default_rng(0).normal(size=(len(labels), 6)))


def displayed(run: Run) -> list[Any]:
    """One object of each kind that shows itself, with hostile labels where it has any."""
    space = hostile_space()
    clustering = cluster(space)
    clustering = Clustering(
        space.name,
        np.zeros(len(space)),
        (HOSTILE[0],),
        (HOSTILE[:2],),
        (HOSTILE[:3],),
        clustering.parameters,
        None,
        0,
    )
    return [
        space,
        nearest(space, HOSTILE[1], k=len(space)),
        solve(space, [HOSTILE[0], HOSTILE[1]], [HOSTILE[2]], k=60),
        pca(space),
        pca(space, dimensions=3),
        clustering,
        SCORE_SHEETS.load(run, run.artefacts("analogies", ".json")[0]),
        run,
        run_report(run),
    ]


def test_every_display_is_whole_without_scripts_and_writes_to_utf_8(run: Run) -> None:
    for value in displayed(run):
        html = value._repr_html_()
        tags = Balanced(html)
        assert tags.names.isdisjoint({"script", "img", "iframe", "object", "link"}), type(value)
        assert not any(name.startswith("on") for name in tags.attributes), type(value)
        assert "http" not in re.sub(r'xmlns="http://www.w3.org/2000/svg"', "", html).replace("https?", ""), type(value)
        html.encode("utf-8")
        assert "\x00" not in html
        assert len(repr(value)) < 600, type(value)


def test_each_class_has_a_display_and_a_kind_of_it_the_same(run: Run) -> None:
    assert {type(each).__name__ for each in displayed(run)} == set(DISPLAYS)

    class Marked(EmbeddingSpace):
        """A space of another package."""

    marked = Marked(PLANE.name, PLANE.labels, PLANE.vectors, PLANE.columns)
    assert marked._repr_html_() == PLANE._repr_html_()
    with pytest.raises(TypeError, match="no display draws a int; add a line"):
        html_of(1)


def test_hostile_labels_stand_in_a_browser_as_text(run: Run, browser: Any, tmp_path: Path) -> None:
    page = browser.new_page()
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    page.set_content("".join(each._repr_html_() for each in displayed(run)))
    assert dialogs == []
    assert page.locator("script, img").count() == 0
    assert page.locator("bdi", has_text="<img src=x onerror=alert(1)>").count() > 3
    assert page.locator("svg text", has_text="<img src=x onerror=aler…").count() >= 1
    page.close()


def test_a_spaces_display_has_its_first_points() -> None:
    texts = Balanced(PLANE._repr_html_()).texts
    assert texts[:2] == ["plane", "5 points of 2 dimensions."]
    assert texts[texts.index("king") : texts.index("king") + 4] == ["king", "70", "0.600", "0.800"]
    assert "9,000" in texts
    many = EmbeddingSpace("many", tuple(map(str, range(9))), np.ones((9, 7)))
    assert "9 points of 7 dimensions; the first 8 are shown." in Balanced(many._repr_html_()).texts


def test_answers_show_and_write_themselves_as_words_and_cosines() -> None:
    answers = nearest(PLANE, "man", k=2)
    assert repr(answers) == "'king' 0.600, 'woman' 0.000"
    assert answers == (Answer("king", pytest.approx(0.6)), Answer("woman", 0.0))
    assert repr(Answers()) == "no answers"
    answer = solve(PLANE, "king - man + woman", k=2)
    assert repr(answer) == "king + woman - man: 'queen' 0.759, 'apple' -0.537"
    texts = Balanced(answer._repr_html_()).texts
    assert texts[texts.index("1") : texts.index("2")] == ["1", "queen", "0.759", "woman", "0.976"]


def test_a_map_is_drawn_to_scale_with_its_fidelity_beside_it() -> None:
    corners = Projection("s", "pca", ("a", "b", "c"), np.array([[0, 0], [2, 0], [0, 1]]), {})
    html = corners._repr_html_()
    # 692 pixels for 2 units, in the middle of 720 × 500: from 14 to 706, and 173 below and above 250.
    assert 'd="M14.0 423.0h0M706.0 423.0h0M14.0 77.0h0"' in html
    assert repr(corners) == "Projection(pca of 's', 3 × 2)"
    assert "No fidelity is kept with this map." in html
    measured = pca(hostile_space())
    assert measured.fidelity is not None
    assert f"{100 * measured.fidelity.near().neighbors_kept:.1f} % (15" in measured._repr_html_()
    one = Projection("s", "pca", ("a",), np.zeros((1, 2)), {})
    assert "M360.0 250.0h0" in one._repr_html_()
    three = pca(hostile_space(), dimensions=3)._repr_html_()
    assert "Axes 1 and 2 of three." in three


def test_a_map_of_thousands_draws_the_first_of_them_and_says_so() -> None:
    many = Projection("s", "pca", tuple(map(str, range(6000))), np.random.default_rng(0).normal(size=(6000, 2)), {})
    html = many._repr_html_()
    assert "The first 5,000 of 6,000 are drawn." in html
    assert html.count("h0") == 5000
    assert len(html) < 120_000


def test_no_label_lies_on_another_and_the_first_come_first() -> None:
    rng = np.random.default_rng(0)
    points = [(float(x), float(y)) for x, y in rng.uniform(0, 300, size=(400, 2))]
    texts = [f"word{i}" for i in range(400)]
    placed = place(texts, points, width=300, height=300, most=400)
    boxes = [(each.x, each.y - 11, each.x + each.width, each.y + 3.3) for each in placed]
    for i, a in enumerate(boxes):
        assert a[0] >= 0
        assert a[2] <= 300
        for b in boxes[:i]:
            assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    assert placed[0].text == "word0"
    assert 20 < len(placed) < 400
    same = place(["first", "second"], [(150.0, 150.0)] * 2, width=300, height=300)
    assert [each.text for each in same] == ["first", "second"]
    assert same[1].x + same[1].width < 150 < same[0].x
    assert place(["first"], [(5.0, 5.0)], width=10, height=10) == []


def test_long_labels_are_cut_and_east_asian_ones_are_wide() -> None:
    assert place(["a" * 99], [(10.0, 50.0)], width=900, height=100)[0].text == "a" * 23 + "…"
    assert estimated_width("日本", 10) == pytest.approx(21)
    assert estimated_width("e\u0301", 10) == estimated_width("e", 10)


@pytest.mark.browser
def test_labels_are_no_wider_than_estimated(browser: Any) -> None:
    page = browser.new_page()
    page.set_content(pca(hostile_space())._repr_html_())
    measured = page.eval_on_selector_all("svg text", "all => all.map(e => [e.textContent, e.getComputedTextLength()])")
    assert len(measured) > 10
    assert [text for text, width in measured if width > estimated_width(text, 11) + 2] == []
    page.close()


def test_scores_and_clusters_say_what_they_are_over(run: Run) -> None:
    score = SCORE_SHEETS.load(run, run.artefacts("analogies", ".json")[0])
    texts = " ".join(Balanced(score._repr_html_()).texts)
    assert f"{score.micro.covered:,} of {score.micro.total:,} questions are covered" in texts
    best = score.micro.by("3CosAdd")
    assert best is not None
    assert (best.accuracy.interval, best.accuracy.pairs) == (None, 7)
    assert f"{100 * best.accuracy.value:.1f} % (too few)" in texts
    two = Clustering("s", np.array([0, 0, 0, 1, -1]), ("x", "y"), ((), ()), (("a",), ("b",)), {}, None, 0)
    assert repr(two) == "Clustering('s', 2 of 5 points, 20% in none)"
    html = " ".join(Balanced(two._repr_html_()).texts)
    assert "2 clusters of 5 points; 20.0 % are in none." in html
    assert "was not tested" in html


def test_a_run_shows_its_figures_or_what_to_do(run: Run, tmp_path: Path) -> None:
    texts = Balanced(run._repr_html_()).texts
    assert f"{run.metrics['valid_perplexity']:,.1f}" in texts
    assert repr(Run(Path("runs/x"))) == "Run('runs/x')"
    begun = Run(tmp_path / "begun")
    begun.path.mkdir()
    assert "no such file, so" in begun._repr_html_()
    begun.write_config({"kind": "word2vec"})
    assert "Not finished; go on with: embedkit train word2vec --resume begun" in begun._repr_html_()


def test_a_report_lists_its_sections(run: Run) -> None:
    report = run_report(run)
    texts = Balanced(report._repr_html_()).texts
    assert [section.heading for section in report.sections if section.heading not in texts] == []
    assert repr(report) == f"Report({report.title!r}, {len(report.sections)} sections)"
    assert open_space(run) is not None
