"""A report against what it was made from: fresh it holds, and one altered byte or number is found by name."""

import base64
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import embedkit
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.score_sheet import SCORE_SHEETS
from embedkit.analysis.analogies.scoring import score
from embedkit.analysis.clusters.clustering import FINE, cluster
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.maps.projection import Projection, umap, with_hit
from embedkit.analysis.maps.stability import stability
from embedkit.analysis.maps.stored import MAPS
from embedkit.corpora import questions_file
from embedkit.errors import ReportError
from embedkit.report import render, run_report
from embedkit.report.digests import blocks, digest, page_digests
from embedkit.report.lineage import read_lineage
from embedkit.report.markup import json_block
from embedkit.report.rendering import to_html
from embedkit.runs.folder import Run
from embedkit.spaces.space import EmbeddingSpace
from embedkit.spaces.stored import load_run_space
from embedkit.studies import clusters
from embedkit.studies.verdicts import DIFFERS, MATCH, UNCHECKED
from embedkit.verification import pages as verification
from embedkit.verification.claims import claims
from embedkit.verification.measurement import _fidelity
from embedkit.verification.pages import Verification, verify
from embedkit.verification.recomputation import Check, _by_seed, _by_trust, _exactly, _map
from tests.report import synthetic

ARTEFACTS = (
    "model/config.toml",
    "model/provenance.json",
    "model/metrics.json",
    "model/history.jsonl",
    "model/samples.json",
    "model/spaces/input.npz",
    "model/maps/output-pca.npz",
    "model/analogies/input-google-analogies.json",
    "model/traces/sentence.npz",
    "model/clusters/input.json",
    "vectors/spaces/vectors.npz",
)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of runs and report.html of them; maps that only pretend to be UMAP's, and weights that only pretend to
    have given the spaces, are left out, and scores are on Google's questions."""
    folder = tmp_path_factory.mktemp("verified")
    questions = AnalogySet.read(questions_file("google-analogies"))
    model = synthetic.language_model_run(folder / "runs" / "model", labels=synthetic.labels_of(150), dimensions=8)
    vectors = synthetic.word2vec_run(folder / "runs" / "vectors", labels=synthetic.labels_of(120), dimensions=8)
    for path in folder.glob("runs/*/maps/*-umap.npz"):
        path.unlink()
    (model.path / "weights.safetensors").unlink()
    for run, which in ((model, "input"), (model, "output"), (vectors, "vectors")):
        SCORE_SHEETS.save(run, score(load_run_space(run, which), questions))
    CLUSTERINGS.save(model, cluster(load_run_space(model, "input"), **FINE), "input")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMBEDKIT_RUNS", str(folder / "runs"))
        render(run_report(model, vectors), folder / "report.html")
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to alter."""
    shutil.copytree(made, tmp_path / "copy")
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "copy" / "runs"))
    return tmp_path / "copy"


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is made again but the page."""
    monkeypatch.setattr(verification, "recompute", lambda run, called, quick: iter(()))


def differing(found: Verification) -> list[Check]:
    return [check for check in found.checks if check.verdict == DIFFERS]


def figures(found: Verification) -> list[Check]:
    """The figures, tables and texts that differ; the page as a whole then differs too."""
    pages = [check.verdict for check in found.checks if check.step == "page"]
    pieces = [check for check in differing(found) if check.step == "figure"]
    assert pages == [DIFFERS if pieces else MATCH]
    return pieces


def complaint(page: Path) -> str:
    """Why a page is refused, or the first thing that is wrong with it."""
    try:
        return verify(page).failures[0].why
    except ReportError as error:
        return str(error)


NUMBER = re.compile('<td class="number"[^>]*>')


def curves(page: str) -> str:
    """The name of the figure that shows the learning curves."""
    shown = json.loads(blocks(page)["lineage"])["shown"]
    return next(each["name"] for each in shown if each["section"] == "curves" and each["name"].startswith("figure-"))


def alter(page: Path, name: str, old: str, new: str) -> None:
    """Replace something in one data block of a page."""
    text = page.read_text(encoding="utf-8")
    block = blocks(text)[name]
    assert old in block
    page.write_text(text.replace(block, block.replace(old, new, 1), 1), encoding="utf-8")


def test_a_fresh_report_holds(folder: Path) -> None:
    found = verify(folder / "report.html")
    assert found.passed, differing(found)
    verdicts = {check.what.removeprefix(f"{folder}/runs/"): (check.step, check.verdict) for check in found.checks}
    assert verdicts["model/maps/input-pca.npz"] == ("made again", MATCH)
    assert verdicts["model/clusters/input.json"] == ("made again", MATCH)
    assert verdicts["the corpus of model"] == ("made again", UNCHECKED)
    assert verdicts["model/spaces/input.npz"] == ("made again", UNCHECKED)
    figures = [check for check in found.checks if check.step == "figure"]
    assert len(figures) > 20
    assert {check.verdict for check in figures} == {MATCH}


@pytest.mark.parametrize("artefact", ARTEFACTS)
@pytest.mark.usefixtures("quick")
def test_one_altered_byte_is_found_and_named(folder: Path, artefact: str) -> None:
    path = folder / "runs" / artefact
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    found = differing(verify(folder / "report.html"))
    altered = [check for check in found if check.step == "artefact"]
    assert [check.what for check in altered] == [str(path)]
    assert altered[0].why.startswith("altered (sha256 ")


@pytest.mark.usefixtures("quick")
def test_a_missing_artefact_and_a_longer_one_are_named(folder: Path) -> None:
    missing, longer = (folder / "runs" / "model" / name for name in ("samples.json", "history.jsonl"))
    missing.unlink()
    with open(longer, "a", encoding="utf-8") as handle:
        handle.write("\n")
    found = {check.what: check.why for check in differing(verify(folder / "report.html")) if check.step == "artefact"}
    size = longer.stat().st_size
    assert found == {str(missing): "missing", str(longer): f"altered ({size:,} bytes, not {size - 1:,})"}


@pytest.mark.usefixtures("quick")
def test_an_artefact_that_is_new_is_told_and_is_no_failure(folder: Path) -> None:
    (folder / "runs" / "model" / "traces" / "notes.npz.bak").write_text("mine", encoding="utf-8")
    found = verify(folder / "report.html")
    assert found.passed
    assert any(check.what.endswith("notes.npz.bak") and check.verdict == UNCHECKED for check in found.checks)


@pytest.mark.usefixtures("quick")
def test_artefacts_that_were_made_anew_give_other_figures(folder: Path) -> None:
    """Not a damaged file, but another one: what was drawn from it is named too, and nothing else."""
    metrics = folder / "runs" / "model" / "metrics.json"
    values = json.loads(metrics.read_text(encoding="utf-8"))
    metrics.write_text(json.dumps({**values, "valid_nats_per_token": 4.6}), encoding="utf-8")
    found = differing(verify(folder / "report.html"))
    pieces = [check for check in found if check.step == "figure"]
    assert [check.what for check in pieces] == ["page/header: header", "provenance, provenance/text: text"]
    assert "the artefacts give another one" in pieces[1].why


@pytest.mark.usefixtures("quick")
def test_a_changed_number_in_the_data_of_a_figure_is_found(folder: Path) -> None:
    page = folder / "report.html"
    name = next(name for name, text in blocks(page.read_text(encoding="utf-8")).items() if "4.9" in text)
    alter(page, name, "4.9", "3.9")
    (check,) = figures(verify(page))
    assert check.step == "figure"
    assert name in check.what
    assert "altered" in check.why


@pytest.mark.usefixtures("quick")
def test_a_changed_number_in_a_table_is_found(folder: Path) -> None:
    page = folder / "report.html"
    text = page.read_text(encoding="utf-8")
    cell = NUMBER.search(text, text.index('id="analogies"'))
    assert cell is not None
    page.write_text(f"{text[: cell.end()]}9{text[cell.end() :]}", encoding="utf-8")
    (check,) = figures(verify(page))
    assert check.what.startswith("analogies, analogies/table-")


@pytest.mark.usefixtures("quick")
def test_a_lie_that_is_in_the_lineage_too_is_found_by_rendering_again(folder: Path) -> None:
    page = folder / "report.html"
    before = page.read_text(encoding="utf-8")
    name = curves(before)
    alter(page, name, "4.9", "3.9")
    after = page.read_text(encoding="utf-8")
    hashes = [digest(name, blocks(text)[name]) for text in (before, after)]
    alter(page, "lineage", *hashes)
    (check,) = figures(verify(page))
    assert "the artefacts give another one" in check.why


@pytest.mark.usefixtures("quick")
def test_a_figure_that_was_put_into_the_page_is_found(folder: Path) -> None:
    page = folder / "report.html"
    text = page.read_text(encoding="utf-8")
    block = '<script type="application/json" id="data-figure-99">{"item":1}</script>'
    page.write_text(text.replace("<footer", f"{block}<footer", 1), encoding="utf-8")
    (check,) = figures(verify(page))
    assert "put into the page" in check.why


def test_a_map_that_is_not_of_its_space_is_found(folder: Path) -> None:
    """Saved whole, with a fresh checksum in a fresh report: only laying it out again can tell."""
    run = Run(folder / "runs" / "model")
    kept = MAPS.load(run, "input-pca")
    MAPS.save(run, replace(kept, points=kept.points[::-1]))
    render(run_report(run), folder / "again.html")
    found = differing(verify(folder / "again.html"))
    path = str(run.path / "maps" / "input-pca.npz")
    assert [check.what for check in found] == [path, f"{path}: fidelity"]
    assert "off by up to" in found[0].why


def test_a_neighbourhood_hit_of_before_is_not_held_against_todays(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = Run(folder / "runs" / "model")
    of_some = np.repeat([0, -1, 1], 50)

    def hit_by_clusters(_run: Run, _which: str, space: EmbeddingSpace, projection: Projection) -> Projection:
        return with_hit(projection, space, of_some, "cluster")

    monkeypatch.setattr(clusters, "hit_by_clusters", hit_by_clusters)
    clusters.count_hits(run, "input", load_run_space(run, "input"))
    kept = MAPS.load(run, "input-pca")
    assert kept.fidelity is not None
    hit = kept.fidelity.neighborhood_hit
    assert hit is not None
    assert hit.among is not None
    assert hit.among < kept.fidelity.points, "some are of no cluster"
    assert _fidelity(run, "input-pca")[0] == MATCH

    def stored(**figures: float | None) -> tuple[str, str]:
        fidelity = replace(kept.fidelity, neighborhood_hit=replace(hit, **figures))
        MAPS.save(run, replace(kept, fidelity=fidelity))
        return _fidelity(run, "input-pca")

    assert stored(on_map=hit.on_map - 0.1)[0] == DIFFERS
    verdict, why = stored(on_map=hit.on_map - 0.1, most=None, among=None)
    assert verdict == UNCHECKED
    assert why.endswith("its neighbourhood hit counts points without a label, as versions before 0.3 did")


def test_a_map_by_no_method_is_a_difference_and_by_that_of_a_missing_package_cannot_be_checked(folder: Path) -> None:
    run = Run(folder / "runs" / "model")
    kept = MAPS.load(run, "input-pca")
    MAPS.save(run, replace(kept, method="elsewhere"))
    result, why = _map(run, "input-elsewhere")
    assert result == DIFFERS
    assert why.startswith("no method is called elsewhere, and all packages")
    versions = {**kept.parameters["versions"], "no-such-package": "1.0"}
    MAPS.save(run, replace(kept, method="elsewhere", parameters={**kept.parameters, "versions": versions}))
    assert _map(run, "input-elsewhere") == (UNCHECKED, "elsewhere takes no-such-package, which is not installed here")


@pytest.mark.parametrize("parameters", [{"seed": 0}, {"solver": "guess"}])
def test_what_a_method_refuses_is_a_difference(folder: Path, parameters: dict[str, object]) -> None:
    """An exact PCA draws nothing, and so takes no seed."""
    run = Run(folder / "runs" / "model")
    kept = MAPS.load(run, "input-pca")
    MAPS.save(run, replace(kept, points=-kept.points[::-1], parameters={**kept.parameters, **parameters}))
    result, why = _map(run, "input-pca")
    assert result == DIFFERS
    assert why.startswith("pca refuses what the map says that it was made by: ")


def test_a_missing_package_cannot_lay_out_a_map_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = Run(folder / "runs" / "model")
    MAPS.save(run, replace(MAPS.load(run, "input-pca"), method="pacmap"))
    monkeypatch.setattr("embedkit.analysis.maps.layouts.find_spec", lambda _name: None)
    assert _map(run, "input-pacmap")[0] == UNCHECKED


def test_the_stability_of_a_map_is_measured_again(folder: Path) -> None:
    run = Run(folder / "runs" / "model")
    kept = MAPS.load(run, "input-pca")
    whole = load_run_space(run, "input")
    space = whole.take(whole.rows_of(kept.labels))
    measured = stability(space, "pca", seeds=3)
    MAPS.save(run, replace(kept, stability=measured))
    result, why = _fidelity(run, "input-pca")
    assert result == MATCH
    assert why.endswith("; its stability over 3 seeds too")
    parts = measured.subsamples
    invented = replace(parts, jaccard=replace(parts.jaccard, mean=0.999), points=np.full(len(space), 0.999))
    for forged in (
        replace(measured, subsamples=invented),
        replace(measured, subsamples=replace(parts, points=parts.points[::-1])),
        replace(measured, method="umap"),
        replace(measured, parameters={"dimensions": 3}),
    ):
        MAPS.save(run, replace(kept, stability=forged))
        assert _fidelity(run, "input-pca")[0] == DIFFERS


def test_clusters_that_are_not_of_their_space_are_found(folder: Path) -> None:
    run = Run(folder / "runs" / "model")
    path = run.path / "clusters" / "input.json"
    values = json.loads(path.read_text(encoding="utf-8"))
    values["labels"][0] = 0 if values["labels"][0] < 0 else -1
    path.write_text(json.dumps(values), encoding="utf-8")
    render(run_report(run), folder / "again.html")
    found = differing(verify(folder / "again.html"))
    assert found[0].what.endswith("clusters/input.json")
    assert found[0].why == (
        "clustered again, 1 of 150 points lie elsewhere (embedkit 0.1.0 made the run, and this is "
        f"{embedkit.__version__}, which may measure otherwise)"
    )


def test_layouts_are_compared_up_to_what_a_seed_leaves_open() -> None:
    rng = np.random.default_rng(0)
    points = rng.normal(size=(50, 2))
    turned = points @ np.array([[0, 1], [-1, 0]]) * 3 + 5
    assert _exactly(points, points)[0] == MATCH
    assert _exactly(points, turned)[0] == DIFFERS
    assert _by_seed(points, turned)[0] == MATCH
    assert _by_seed(points, points + rng.normal(size=points.shape))[0] == DIFFERS


def test_one_point_on_the_place_of_another_is_found_among_thousands() -> None:
    """It is no disparity, but all others are where they were; and where those are rounded, it is too far off."""
    rng = np.random.default_rng(0)
    points = rng.normal(size=(5_000, 2))
    points[0], points[1] = (2.0, 2.0), (-2.0, -2.0)
    moved = points.copy()
    moved[0] = moved[1]
    one = "laid out again with its seed: 1 points lie elsewhere, all others to the bit there"
    assert _by_seed(moved, points) == (DIFFERS, one)
    rounded = rng.normal(size=points.shape) * 1e-4
    result, why = _by_seed(moved + rounded, points)
    assert result == DIFFERS
    assert why.endswith("at most 0.001 and 0.05 may be")
    result, why = _by_seed(points + rounded, points)
    assert result == MATCH
    assert ", no point is off by more than " in why


def test_every_figure_of_a_map_is_laid_out_again(folder: Path) -> None:
    run = Run(folder / "runs" / "model")
    kept = MAPS.load(run, "input-pca")
    MAPS.save(run, replace(kept, explained_variance=(0.9, 0.05)))
    assert _map(run, "input-pca") == (DIFFERS, "laid out again, its explained variance is another")
    for forged, other in (({"dimensions": 3}, "dimensions"), ({"distinct_vectors": 3}, "number of distinct vectors")):
        MAPS.save(run, replace(kept, parameters={**kept.parameters, **forged}))
        assert _map(run, "input-pca") == (DIFFERS, f"laid out again, its {other} is another")


def test_points_of_a_layout_without_a_seed_are_measured_themselves(folder: Path) -> None:
    """All points in the places of others, with the fidelity that the map had."""
    run = Run(folder / "runs" / "model")
    space = load_run_space(run, "input")
    made = umap(space)
    MAPS.save(run, made)
    result, why = _map(run, "input-umap")
    assert result == UNCHECKED
    assert why.endswith("; where each point lies is another's to draw, and was not checked")
    dealt = np.random.default_rng(0).permutation(len(space))
    MAPS.save(run, replace(made, points=made.points[dealt]))
    result, why = _map(run, "input-umap")
    assert result == DIFFERS
    assert why.startswith("its points have a trustworthiness of 0.")


def test_layouts_without_a_seed_are_compared_by_their_trustworthiness(folder: Path) -> None:
    kept = MAPS.load(Run(folder / "runs" / "model"), "input-pca")
    assert kept.fidelity is not None
    worse = tuple(replace(at, trustworthiness=at.trustworthiness - 0.05) for at in kept.fidelity.at)
    assert _by_trust(kept, kept)[0] == UNCHECKED
    assert _by_trust(kept, replace(kept, fidelity=replace(kept.fidelity, at=worse)))[0] == DIFFERS
    assert _by_trust(replace(kept, fidelity=None), kept)[0] == UNCHECKED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"path":"model/history.jsonl"', '"path":"model/../../secret"'),
        ('"path":"model/history.jsonl"', '"path":"/etc/passwd"'),
        ('"path":"model/history.jsonl"', '"path":"model/..\\\\..\\\\secret"'),
        ('"name":"model","path":"model"', '"name":"model","path":".."'),
        ('{"run":{"run":"model"}', '{"run":{"run":"../model"}'),
        ('{"run":{"run":"model"}', '{"run":{"run":"C:/model"}'),
    ],
)
@pytest.mark.usefixtures("quick")
def test_a_path_that_leads_out_of_the_folder_of_runs_is_refused(folder: Path, old: str, new: str) -> None:
    alter(folder / "report.html", "lineage", old, new)
    assert "no path inside the folder of runs" in complaint(folder / "report.html")


@pytest.mark.usefixtures("quick")
def test_what_is_no_report_is_one_readable_line(folder: Path, tmp_path: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    lineage = blocks(page)["lineage"]
    cases = {
        "<p>hello</p>": "is no report",
        page.replace("data-lineage", "data-other"): "before reports carried their lineage",
        page.replace(lineage, "{"): "its lineage is damaged",
        page.replace(lineage, "[" * 100_000): "its lineage is damaged",
        page.replace(lineage, lineage.replace('"version":3', '"version":4')): "of version 4",
        page.replace(
            lineage, lineage.replace('"floor"', '"ceiling"').replace('"beside"', '"behind"')
        ): "another version",
    }
    for text, told in cases.items():
        (tmp_path / "case.html").write_text(text, encoding="utf-8")
        said = complaint(tmp_path / "case.html")
        assert told in said
        assert "\n" not in said
    with pytest.raises(ReportError, match="no such file"):
        verify(tmp_path / "nothing.html")
    (tmp_path / "noise.html").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ReportError, match="is no report"):
        verify(tmp_path / "noise.html")


def test_a_run_that_is_gone_is_one_readable_line(folder: Path) -> None:
    shutil.rmtree(folder / "runs" / "vectors")
    with pytest.raises(ReportError, match=r"vectors: no such run, and .*report\.html shows it"):
        verify(folder / "report.html")


@pytest.mark.usefixtures("quick")
def test_vectors_that_another_processor_rounds_otherwise_still_match(folder: Path) -> None:
    """One more in the last digit of a quantised vector, in the page and in its lineage."""
    page = folder / "report.html"
    before = blocks(page.read_text(encoding="utf-8"))["vectors-0"]
    values = np.frombuffer(base64.b64decode(json.loads(before)), "<i2").copy()
    at = int(np.abs(values).argmin())
    for off, verdict in ((1, MATCH), (3, DIFFERS)):
        shutil.copy(page, folder / "rounded.html")
        values[at] += off
        now = json.dumps(base64.b64encode(values.tobytes()).decode())
        alter(folder / "rounded.html", "vectors-0", before, now)
        alter(folder / "rounded.html", "lineage", digest("vectors-0", before), digest("vectors-0", now))
        checks = verify(folder / "rounded.html").checks
        (check,) = [check for check in checks if check.what.startswith("vectors-0")]
        assert check.verdict == verdict
        # And the page as a whole, whose lineage stands before the vectors.
        assert [check.verdict for check in checks if check.step == "page"] == [verdict]
        values[at] -= off


def of_first_version(page: str) -> str:
    """A page as embedkit 0.1 rendered it: no names on its pieces, and digests of the markup as it stands."""
    page = re.sub(r"(?<=Rendered by embedkit )\S+(?=\. )", "0.1.0", page)
    page = re.sub(r' data-part="[^"]*"', "", page).replace("&#39;", "&#x27;").replace("&#34;", "&quot;")
    lineage = json.loads(blocks(page)["lineage"])
    digests = {each.name: each.sha256 for each in page_digests(page, version=1)}
    stated = [{**each, "sha256": digests[each["name"]]} for each in lineage["shown"]]
    values = {**lineage, "version": 1, "embedkit": "0.1.0", "shown": stated}
    return page.replace(json_block("lineage", lineage), json_block("lineage", values))


@pytest.mark.usefixtures("quick")
def test_a_page_of_the_version_before_holds_and_is_found_out_where_it_is_altered(folder: Path) -> None:
    page = folder / "report.html"
    before = of_first_version(page.read_text(encoding="utf-8"))
    assert '"version":1' in blocks(before)["lineage"]
    page.write_text(before, encoding="utf-8")
    held = verify(page)
    assert not held.passed
    assert differing(held) == []
    (check,) = held.failures
    assert "embedkit 0.1.0 rendered it, before pages came out again to the byte" in check.why
    for pattern, more in ((NUMBER, "9"), (re.compile('class="caption">'), "No: ")):
        found = pattern.search(before, before.index('id="analogies"'))
        assert found is not None
        page.write_text(f"{before[: found.end()]}{more}{before[found.end() :]}", encoding="utf-8")
        (check,) = differing(verify(page))
        assert check.what.startswith("analogies, analogies/t")
        assert "altered" in check.why
    # White space that nobody sees is no other page, but it is not what was rendered then.
    page.write_text(before.replace("<tbody>", "<tbody> ", 1), encoding="utf-8")
    assert not verify(page).passed


@pytest.mark.usefixtures("quick")
def test_the_last_digits_of_a_figure_may_be_rounded_otherwise(folder: Path) -> None:
    page = folder / "report.html"
    name = curves(page.read_text(encoding="utf-8"))
    before = blocks(page.read_text(encoding="utf-8"))[name]
    number = max(re.findall(r"\d+\.\d{8,}", before), key=len)
    for factor, verdict in ((1 + 1e-14, MATCH), (1 + 1e-10, DIFFERS)):
        shutil.copy(page, folder / "rounded.html")
        now = before.replace(number, repr(float(number) * factor))
        assert now != before
        alter(folder / "rounded.html", name, before, now)
        alter(folder / "rounded.html", "lineage", digest(name, before), digest(name, now))
        checks = [check for check in verify(folder / "rounded.html").checks if f", {name}:" in check.what]
        assert [check.verdict for check in checks] == [verdict]


def test_the_lineage_tells_where_each_figure_comes_from(folder: Path) -> None:
    page = (folder / "report.html").read_text(encoding="utf-8")
    values = json.loads(blocks(page)["lineage"])
    model, vectors = values["runs"]
    assert (model["name"], model["kind"], vectors["kind"]) == ("model", "language-model", "word2vec")
    assert model["corpus_checksum"] == "sha256:" + "0123456789abcdef" * 4
    assert values["command"] == "embedkit report model --baseline vectors"
    shown = next(each for each in values["shown"] if each["name"] == curves(page))
    assert "model/history.jsonl" in shown["from"]
    assert not any(path.startswith("model/maps/") for path in shown["from"])
    assert "From source to figure" in page
    assert "0123456789ab<" in page


def test_rendering_again_gives_the_same_bytes_whatever_bokeh_counted(folder: Path) -> None:
    run = Run(folder / "runs" / "model")
    first, second = (to_html(run_report(run)) for _ in range(2))
    assert first == second
    assert page_digests(first) == read_lineage(first, "first").digests
    assert len(set(re.findall(r'"id":"p\d+-\d+"', first))) > 100


@pytest.mark.usefixtures("quick")
def test_a_page_is_rendered_again_to_the_byte(folder: Path) -> None:
    (check,) = [check for check in verify(folder / "report.html").checks if check.step == "page"]
    assert check.verdict == MATCH
    page = folder / "report.html"
    page.write_bytes(page.read_bytes().replace(b"<title>", b"<title>The best ", 1))
    (check,) = differing(verify(page))
    assert check.step == "page"
    assert check.why.startswith("it is not what its artefacts give, first in its title: the page has “")


@pytest.mark.usefixtures("quick")
def test_a_page_of_another_version_is_not_proven_and_not_called_altered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = embedkit.__version__
    monkeypatch.setattr(embedkit, "__version__", "9.8.7")
    monkeypatch.setattr("embedkit.verification.claims.version", lambda package: "1.2.3")
    found = verify(folder / "report.html")
    assert not found.passed
    assert differing(found) == []
    (check,) = found.failures
    assert check.why.startswith(f"it says that it was rendered by embedkit {here}, and this is 9.8.7; by bokeh 3.")
    assert "altered" in check.why.partition("only those versions can tell whether it was ")[2]


def test_a_command_has_to_be_one_that_renders_the_page(folder: Path) -> None:
    lineage = read_lineage((folder / "report.html").read_text(encoding="utf-8"), "page")
    command = lineage.command
    assert list(claims(lineage)) == []
    assert command == "embedkit report model --baseline vectors"
    nonsense = ("embedkit analogy tab trace compare", "embedkit demo", "embedkit report", "embedkit report model")
    twice = "embedkit report model --baseline model --baseline vectors"
    others = (f"{command}; rm -rf ~", command.replace("vectors", "others"), f"{command} --floor 3", twice)
    for other in (*others, *nonsense, "curl example.org", "embedkit '", f"{command} --style brief"):
        (check,) = claims(replace(lineage, command=other))
        assert (check.what, check.verdict) == (other, DIFFERS)
        assert check.why == "the command that the page gives renders no such page"


@pytest.mark.usefixtures("quick")
def test_a_file_that_was_taken_out_of_the_list_is_found(folder: Path) -> None:
    page = folder / "report.html"
    lineage = json.loads(blocks(page.read_text(encoding="utf-8"))["lineage"])
    removed = next(row for row in lineage["runs"][0]["artefacts"] if row["path"] == "model/metrics.json")
    alter(page, "lineage", json.dumps(removed, separators=(",", ":")) + ",", "")
    check = next(check for check in differing(verify(page)) if check.step == "artefact")
    assert check.what.endswith("model/metrics.json")
    assert "is not among the files that the page names" in check.why
