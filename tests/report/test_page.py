"""Reports without a browser: what they hold, what they leave out, and that nothing in them can run."""

import base64
import hashlib
import json
import math
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import replace
from importlib import resources
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.analogies.categories import Category
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import COSINE, PartScore
from embedkit.analysis.analogies.scoring import score
from embedkit.analysis.cells.traces import HiddenTrace
from embedkit.analysis.intervals import Estimate
from embedkit.analysis.neighbors import nearest
from embedkit.errors import ReportError
from embedkit.report import analogy_report, render, run_report
from embedkit.report.embedded import WORDS, embed_space, fitting, quantised
from embedkit.report.figures.analogies import part_bars
from embedkit.report.figures.curves import perplexity_axis, points
from embedkit.report.figures.traces import by_peak, hidden_states, token_label
from embedkit.report.markup import json_block
from embedkit.report.page import Report, Section
from embedkit.report.parts import Paragraph
from embedkit.report.recipes import load_recipe, read_recipe
from embedkit.report.rendering import SCRIPTS, to_html
from embedkit.report.sections.analogies import category_table
from embedkit.report.sections.spec import section_specs
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from tests.report import synthetic
from tests.report.synthetic import HOSTILE


def copy_of(run: Run, folder: Path) -> Run:
    shutil.copytree(run.path, folder / run.name)
    return Run(folder / run.name)


def test_a_language_models_report_has_the_recipes_sections_in_order(run: Run, baseline: Run) -> None:
    report = run_report(run, baseline)
    recipe = load_recipe("language-model", section_specs())
    # Nothing to show without an encoder, without probes and without pairs of sentences.
    absent = ("atlas", "encoder-network", "between", "purity", "probe", "minimal-pairs")
    assert [section.name for section in report.sections] == [
        entry.name for entry in recipe.sections if entry.name not in absent
    ]
    assert [space.name for space in report.spaces] == [
        "input embeddings of model",
        "output embeddings of model",
        "word vectors of vectors",
    ]
    assert report.title == "model: inside a language model"


def test_an_analogy_report_is_for_any_kind_of_run(run: Run, baseline: Run) -> None:
    for each in (run, baseline):
        assert [section.name for section in analogy_report(each).sections] == ["analogies", "ask", "provenance"]


def test_an_analogy_report_shows_several_runs_and_only_the_spaces_that_are_named(run: Run, baseline: Run) -> None:
    report = analogy_report(run, baseline, keys=("model/output", "vectors/vectors"))
    assert [space.name for space in report.spaces] == ["output embeddings of model", "word vectors of vectors"]


def test_word_vectors_have_a_report_of_their_own(run: Run, baseline: Run) -> None:
    assert [section.name for section in run_report(baseline).sections] == [
        *("map", "clusters", "analogies", "ask", "provenance"),
    ]
    with pytest.raises(ReportError, match="is a word2vec run; its report shows no baseline"):
        run_report(baseline, run)


def test_a_characters_model_says_why_it_has_no_analogies(tmp_path: Path) -> None:
    labels = tuple("\n abcdefghijklmnopqrstuvwxyz<>&\"'")
    run = synthetic.language_model_run(tmp_path / "char", labels=labels, level="char")
    sections = {section.name: section for section in run_report(run).sections}
    assert sections["analogies"].parts == (
        Paragraph("Analogies ask for words, and this model's tokens are characters."),
    )
    assert "ask" not in sections
    assert to_html(run_report(run))


def test_what_a_run_lacks_is_left_out_or_said(run: Run, tmp_path: Path) -> None:
    bare = copy_of(run, tmp_path)
    for folder in ("maps", "spaces", "analogies", "traces"):
        shutil.rmtree(bare.path / folder)
    for file in ("samples.json", "history.jsonl", "weights.safetensors"):
        (bare.path / file).unlink()
    sections = {section.name: section for section in run_report(bare).sections}
    assert list(sections) == ["map", "analogies", "provenance"]
    assert "embedkit map model" in sections["map"].parts[0].text
    with pytest.raises(ReportError, match="no score sheet"):
        analogy_report(bare)
    (bare.path / "metrics.json").unlink()
    with pytest.raises(ReportError, match="has not finished"):
        run_report(bare)


def test_word_vectors_are_shown_without_phrases_beside_them(run: Run, baseline: Run) -> None:
    with pytest.raises(ReportError, match="is a word2vec run; its report shows no baseline and no phrases"):
        run_report(baseline, encoder=run)


def test_a_kind_without_a_report_is_named(run: Run, tmp_path: Path) -> None:
    shutil.copytree(run.path, tmp_path / "poem")
    poem = Run(tmp_path / "poem")
    poem.write_config({**run.config, "kind": "poem"})
    with pytest.raises(ReportError, match="poem is a poem run, of which there is no report; kinds are language-model"):
        run_report(poem)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('title = "x"\n[[sections]]\nname = "curve"\nheading = "y"', "unknown section 'curve'; did you mean curves"),
        ('titel = "x"\nsections = []', "unknown key 'titel' of a recipe; did you mean title"),
        ('title = "x"\n[[sections]]\nname = "mistakes"', "a section needs the key 'heading'"),
        ("title = ", "not TOML"),
    ],
)
def test_a_wrong_recipe_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "recipe.toml"
    path.write_text(text)
    with pytest.raises(ReportError, match=re.escape(message)):
        read_recipe(path, section_specs())


def test_the_page_asks_for_nothing_and_runs_only_its_own_scripts(report_file: Path) -> None:
    html = report_file.read_text(encoding="utf-8")
    outside = re.sub(r"<script>.*?</script>", "", html, flags=re.S)
    assert re.findall(r'\b(?:src|action|poster|data)="[^"]*"', outside) == []
    assert set(re.findall(r'href="(.)', outside)) == {"#"}
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)
    assert policy is not None
    assert "default-src 'none'" in policy[1]
    scripts = re.findall(r"<script>(.*?)</script>", html, flags=re.S)
    hashes = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert re.findall(r"'sha256-([^']*)'", policy[1]) == hashes
    assert "unsafe-eval" not in policy[1]
    assert re.findall(r"<script[^>]*>", outside) == re.findall(r'<script type="application/json" id="[\w-]+">', outside)
    assert not re.search(r"\son\w+=(?![^<]*&gt;)", re.sub(r"<script.*?</script>", "", html, flags=re.S))


def test_hostile_text_is_escaped_in_markup_and_in_data() -> None:
    hostile = "".join(HOSTILE)
    report = Report(hostile, hostile, (Section("x", hostile, hostile, (Paragraph(hostile),)),))
    html = to_html(report)
    outside = re.sub(r"<script>.*?</script>", "", html, flags=re.S)
    assert "<img" not in outside
    assert "alert(1)" in outside
    assert "<script>alert" not in html
    block = json_block("x", {hostile: [*HOSTILE, "\ud800"]})
    inner = block.removeprefix('<script type="application/json" id="data-x">').removesuffix("</script>\n")
    assert not set("<>&\u2028\u2029") & set(inner)
    assert json.loads(inner) == {hostile: [*HOSTILE, "\ud800"]}
    block.encode("utf-8")


def test_a_page_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "new" / "report.html"
    assert render(Report("a", "b", ()), path) == path
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError("disk is full")

    monkeypatch.setattr("os.replace", full)
    with pytest.raises(OSError, match="disk is full"):
        render(Report("c", "d", ()), path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["report.html"]


def test_neighbours_in_a_page_are_those_of_the_full_space() -> None:
    space = synthetic.space_of("s/input", synthetic.labels_of(300), 16, seed=3)
    mapped = [*space.labels[:50], "not there", space.labels[200]]
    embedded = embed_space(space, key="s/input", name="input", answering=40, map_labels=[mapped])
    assert embedded.words[:50] == space.labels[:50]
    place = embedded.words.index(space.labels[200])
    assert place == 50
    for word, at in ((space.labels[3], 3), (space.labels[200], 50)):
        expected = nearest(space, word, k=5)
        assert [embedded.words[i] for i in embedded.neighbors[at]] == [answer.word for answer in expected]
        assert embedded.cosines[at] == pytest.approx([answer.cosine for answer in expected])
    assert (embedded.rows == [space.index_of(word) for word in embedded.words]).all()
    assert len(embedded.vectors) == 40
    assert "not there" not in embedded.words


def test_quantised_vectors_keep_their_cosines() -> None:
    unit = synthetic.space_of("s", synthetic.labels_of(200), 64, seed=5).unit.astype(np.float64)
    vectors = quantised(unit)
    assert vectors.dtype == np.int16
    assert (np.abs(vectors).max(axis=1) == 32_767).all()
    back = vectors / np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    assert np.abs(back @ back.T - unit @ unit.T).max() < 2e-5
    assert quantised(np.array([[0.0, 0.0], [1.0, -0.5]])).tolist() == [[0, 0], [32_767, -16_384]]


def test_fewer_words_answer_where_their_vectors_would_not_fit() -> None:
    small = EmbeddingSpace("s", ("a",), np.ones((1, 100)))
    wide = EmbeddingSpace("w", ("a",), np.ones((1, 1000)))
    assert fitting([small], WORDS) == WORDS
    assert fitting([small], 50_000) == 50_000
    assert fitting([wide, wide], WORDS, budget=1_000_000) == 187  # 2000 × 2 bytes × 4/3 a word
    assert fitting([], WORDS) == WORDS


def test_perplexities_stand_at_their_logarithms() -> None:
    axis = perplexity_axis(math.log(90), math.log(1000) + 0.01, "token")
    assert list(axis.major_label_overrides.values()) == ["100", "150", "200", "300", "500", "700", "1,000"]
    assert min(axis.major_label_overrides) == pytest.approx(4.60517)


def test_what_is_not_a_number_is_not_drawn() -> None:
    history = [{"tokens_seen": 1, "x": None}, {"tokens_seen": 2, "x": math.nan}, {"tokens_seen": 3, "x": 4.0}, {}]
    assert points(history, "x") == [(3, 4.0)]


def test_units_stand_by_the_step_of_their_peak() -> None:
    #                    unit 0    1     2    3
    values = np.array([[0.1, 0.9, -0.8, 0.2], [0.5, 0.1, 0.0, -0.9], [0.2, 0.3, 0.1, 0.1]])
    assert by_peak(values).tolist() == [1, 2, 0, 3]  # first step: + before −; second: + before −


def test_a_trace_keeps_every_token_as_text() -> None:
    trace = HiddenTrace(("a", "\n", "$$x$$"), np.zeros((3, 2), np.float32), np.array([np.nan, 1.0, 2.0]), layer=0)
    figure = hidden_states(trace)
    labels = figure.model.children[1].xaxis[0].major_label_overrides
    assert [label.text for label in labels.values()] == ["a", "↵", "$$x$$"]
    assert {type(label).__name__ for label in labels.values()} == {"PlainText"}
    assert figure.data["surprisal"] == [None, 1.0, 2.0]
    assert token_label("x" * 40) == "x" * 17 + "…"


def test_a_category_without_covered_questions_has_no_accuracy() -> None:
    space = EmbeddingSpace("s", ("a", "b", "c", "d"), np.eye(4))
    questions = AnalogySet(
        "q",
        (
            Category.from_quadruples("known", [("a", "b", "c", "d")]),
            Category.from_quadruples("unknown", [("x", "b", "c", "d")]),
        ),
    )
    table = category_table([("vectors", score(space, questions))])
    by_name = {row[0]: row for row in table.rows}
    assert by_name["unknown"][1:7] == ("–", "–", "–", "0", "1", "0.0 %")
    assert by_name["all"][4:6] == ("1", "2")
    assert table.strong == {0}


def test_a_report_needs_no_model(run: Run, baseline: Run, tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from embedkit.runs.folder import Run\n"
        "import embedkit.report; assert 'bokeh' not in sys.modules\n"
        "from embedkit.report import render, run_report\n"
        "render(run_report(Run(Path(sys.argv[1])), Run(Path(sys.argv[2]))), sys.argv[3])\n"
        "assert not {'torch', 'umap', 'sklearn'} & set(sys.modules)"
    )
    arguments = [str(run.path), str(baseline.path), str(tmp_path / "r.html")]
    done = subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "r.html").stat().st_size > 1_000_000


def test_no_name_stands_twice_in_a_page(report_file: Path) -> None:
    outside = re.sub(r"<script>.*?</script>", "", report_file.read_text(encoding="utf-8"), flags=re.S)
    names = re.findall(r'\sid="([^"]*)"', outside)
    assert sorted(names) == sorted(set(names))
    assert set(re.findall(r'(?:for|aria-labelledby|aria-describedby)="([^"]*)"', outside)) <= set(names)


def test_no_two_scripts_of_a_page_define_the_same_name() -> None:
    # They are joined to one, where the later definition would take the earlier one's place without a word.
    package = resources.files("embedkit")
    scripts = [package.joinpath("report", "scripts", name) for name in SCRIPTS] + [package.joinpath("serve", "live.js")]
    definition = re.compile(r"^(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)
    names = [name for script in scripts for name in definition.findall(script.read_text(encoding="utf-8"))]
    assert [name for name, count in Counter(names).items() if count > 1] == []
    assert {"startContents", "Selection", "started"} <= set(names)


def test_parts_that_lie_close_together_keep_bars_of_their_own() -> None:
    accuracy = {"3CosAdd": Estimate(0.5, None, 3, 3)}
    ends = (0.9911, 0.9922, 0.9934, 0.9941)
    near = tuple(PartScore(COSINE, low, high, 3, accuracy) for low, high in pairwise(ends))
    space = synthetic.space_of("x", synthetic.labels_of(60), 8, seed=0)
    sheet = replace(score(space, synthetic.questions()), parts=near)
    categories = part_bars([("x", sheet)], COSINE).model.y_range.factors
    assert sorted(categories) == ["0.991 – 0.992", "0.992 – 0.993", "0.993 – 0.994"]


def test_what_is_damaged_in_an_artefact_is_said_of_its_section(tmp_path: Path) -> None:
    run = synthetic.language_model_run(tmp_path / "model")
    sheet = next((run.path / "analogies").glob("*.json"))
    values = json.loads(sheet.read_text(encoding="utf-8"))
    values["micro"]["methods"][-1]["method"] = "0"
    sheet.write_text(json.dumps(values), encoding="utf-8")
    advice = "if not, the fault is embedkit's"
    with pytest.raises(ReportError, match=rf"'analogies' cannot be drawn \(KeyError: .*analogies.*{advice}") as error:
        run_report(run)
    assert isinstance(error.value.__cause__, KeyError)  # whose traceback EMBEDKIT_DEBUG=1 prints
