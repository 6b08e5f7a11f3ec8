"""A page that was altered anywhere is not the page that its artefacts give, and the place is named."""

import re

import pytest

from embedkit.report import run_report
from embedkit.report.rendering import to_html
from embedkit.verification.whole import difference
from tests.report import synthetic


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page, and instead of Bokeh a few words, so that it is compared a thousand times in a second."""
    folder = tmp_path_factory.mktemp("whole")
    run = synthetic.language_model_run(folder / "model", labels=synthetic.labels_of(60), dimensions=4)
    html = to_html(run_report(run))
    scripts = re.findall(r"<script>.*?</script>", html, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        html = html.replace(script, "<script>draw();</script>")
    return re.sub(r"<style>.*?</style>", "<style>body {}</style>", html, flags=re.DOTALL)


SCRIPT = "<script>setTimeout(() => document.querySelector('.headline').textContent = '53.1', 800)</script>"
CURVES = "figure-5"
"""The figure of the learning curves: a number of its data is 4.9."""
ATTACKS = {
    "a paragraph between sections": ("</section>", "</section><p>The best of all.</p>", "after the section 'network'"),
    "a hidden section": ("</section>", '</section><section id="x" hidden>x</section>', "after the section 'network'"),
    "a paragraph in a section": ("</section>", "<p>The best.</p></section>", "the section 'network'"),
    "the title": ("<title>", "<title>The best ", "its title"),
    "text before the header": ("<header", "<p>The best.</p><header", "what stands before the header"),
    "text in the header": ("<h1>", "<h1>The best ", "the header"),
    "another style": ("</style>", ".finding { display: none }</style>", "its style sheet"),
    "a style of its own": ("</head>", "<style>table { display: none }</style></head>", "before the header"),
    "a style of an element": (
        '<p class="finding">',
        '<p class="finding" style="display:none">',
        "the section 'map'",
    ),
    "a data block before the true one": (
        "<main",
        '<script type="application/json" id="data-figure-0">{}</script><main',
        "before the first section",
    ),
    "a data block after the true one": (
        "</body>",
        '<script type="application/json" id="data-figure-0">{}</script></body>',
        "after the footer",
    ),
    "no policy": ('<meta http-equiv="Content-Security-Policy"', '<meta name="nothing"', "its head"),
    "another policy": ("default-src 'none'", "default-src *", "its Content-Security-Policy"),
    "a script": ("</body>", f"{SCRIPT}</body>", "after the footer"),
    "another script": ("draw();", "draw(); lie();", "after the footer"),
    "a comment": ("</html>", "</html><!-- -->", "after the footer"),
    "another line end": ("\n", "\r\n", "before its head"),
    "a mark before all": ("<!DOCTYPE", "\ufeff<!DOCTYPE", "before its head"),
    "the footer": ("How to reproduce this report", "How this was made", "the footer"),
    "the order of attributes": ('<p class="caption">', "<p class='caption'>", "the section"),
    "a number of a figure": ("4.9", "3.9", f"the data '{CURVES}'"),
    "white space in a block": ('"behaviour":', '"behaviour": ', "the data 'figure-0'"),
    "a key twice": ('"behaviour":', '"behaviour":"map","behaviour":', "the data 'figure-0'"),
    "the lineage": ('"command":"', '"command":"sudo ', "the data 'lineage'"),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_is_altered_is_found_and_its_place_named(page: str, attack: str) -> None:
    old, new, where = ATTACKS[attack]
    of_a_figure = re.search("the data '(figure-[0-9]+)'", where)
    start = page.index(f'id="data-{of_a_figure[1]}"') if of_a_figure else 0
    altered = page[:start] + page[start:].replace(old, new, 1)
    assert altered != page
    message = difference(altered, page)
    assert message is not None
    assert where in message.partition(": the page has ")[0]
    assert difference(page, page) is None


def test_every_number_that_a_reader_sees_counts(page: str) -> None:
    """Each number in the text of the page, one after the other."""
    end = page.index('<script type="application/json"')
    shown = [match for match in re.finditer(r">([^<]*)<", page[:end]) if re.search(r"\d", match[1])]
    places = [match.start(1) + digit.start() for match in shown for digit in re.finditer(r"\d[\d.,]*", match[1])]
    assert len(places) > 200
    visible = page[:end]
    for place in places:
        altered = visible[:place] + str((int(visible[place]) + 1) % 10) + visible[place + 1 :]
        assert difference(altered, visible) is not None


def test_every_value_behind_a_figure_counts(page: str) -> None:
    for name, body in re.findall(r'id="data-([^"]*)">([^<]*)', page):
        numbers = [match for match in re.finditer(r"\d+\.\d+(?!\d*e-)", body) if name != "spaces"][:40]
        for number in numbers:
            other = body[: number.start()] + str(float(number[0]) * 1.01 + 1) + body[number.end() :]
            blocks = [f'<script type="application/json" id="data-{name}">{text}</script>' for text in (other, body)]
            assert difference(*blocks) is not None, (name, number[0])
