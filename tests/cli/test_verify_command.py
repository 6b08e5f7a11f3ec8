"""`embedkit report --verify`: a real run's report against its corpus, its weights and everything between."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.numpy import load_file, save_file

from embedkit.analysis.cells.traces import TRACES
from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.analysis.maps.stored import MAPS
from embedkit.files import write_json
from embedkit.runs.artefacts import forget_findings
from embedkit.runs.folder import Run
from embedkit.studies.verdicts import DIFFERS
from embedkit.verification.recomputation import recompute
from tests.command_line import Call


@pytest.fixture
def page(call: Call, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A report of a copy of the small language model, without what other tests found out about it."""
    shutil.copytree(trained / "runs" / "small", tmp_path / "runs" / "small")
    forget_findings(Run(tmp_path / "runs" / "small"))
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    made = call("report", "small")
    assert made.code == 0, made.err
    return Path(made.out.strip())


def test_a_report_is_checked_from_its_corpus_to_its_figures(call: Call, page: Path, tmp_path: Path) -> None:
    found = call("report", "--verify", str(page), "--json")
    assert found.code == 0, found.err
    told = json.loads(found.out)
    assert told["passed"] is True
    verdicts = {(check["step"], check["what"].removeprefix(f"{tmp_path}/")): check for check in told["checks"]}
    assert verdicts["artefact", "runs/small/weights.safetensors"]["verdict"] == "match"
    assert verdicts["made again", "the corpus of small"]["verdict"] == "match"
    assert "the same to the bit" in verdicts["made again", "runs/small/spaces/input.npz"]["why"]
    for made in ("maps/input-pca.npz", "clusters/input.json"):
        assert verdicts["made again", f"runs/small/{made}"]["verdict"] == "match"
    umap = verdicts["made again", "runs/small/maps/input-umap.npz"]
    assert umap["verdict"] == "not checked"
    assert umap["why"].endswith("; where each point lies is another's to draw, and was not checked")
    assert verdicts["made again", "runs/small/analogies/input-google-analogies.json"]["verdict"] == "match"
    for made in ("metrics.json", "samples.json", "maps/input-pca.npz: fidelity", "clusters/input.json: evidence"):
        assert verdicts["made again", f"runs/small/{made}"]["verdict"] == "match"
    assert verdicts["made again", "runs/small/traces/sentence.npz: surprisal"]["verdict"] == "match"
    assert verdicts["made again", "runs/small/history.jsonl"]["verdict"] == "not checked"
    assert "· make again: " in found.err

    weights = tmp_path / "runs" / "small" / "weights.safetensors"
    tensors = load_file(weights)
    tensors["embedding.weight"][3, 2] += 0.5
    save_file(tensors, weights)
    found = call("report", "--verify", str(page), "--quick")
    assert found.code == 1
    assert "metrics.json: " not in found.err
    lines = [" ".join(line.split()) for line in found.out.splitlines()]
    assert any("metrics" in line and line.endswith("a quick verification leaves it out") for line in lines)
    altered = [line for line in lines if " differs " in line]
    assert altered[0].startswith(f"artefact differs {weights} altered (sha256 ")
    assert any("the weights give vectors that are off" in line for line in altered)
    assert found.err.splitlines()[-1].startswith(f"error: {page}: ")


def test_a_forged_headline_is_found_in_a_fresh_page_of_it(call: Call, page: Path) -> None:
    """Each file is altered and the report rendered of that: all checksums fit, and only measuring again can tell."""
    run = Run(Path("runs") / "small")
    run.write_metrics({**run.metrics, "test_perplexity": run.metrics["test_perplexity"] / 2})
    pca = MAPS.load(run, "input-pca")
    assert pca.fidelity is not None
    at = tuple(replace(each, neighbors_kept=0.99) for each in pca.fidelity.at)
    MAPS.save(run, replace(pca, fidelity=replace(pca.fidelity, at=at)))
    clusters = CLUSTERINGS.load(run, "input")
    CLUSTERINGS.save(run, replace(clusters, silhouette=0.95, silhouette_sample=20), "input")
    trace = TRACES.load(run, "sentence")
    assert trace.surprisal is not None
    TRACES.save(run, replace(trace, surprisal=trace.surprisal / 10), "sentence")
    write_json(run.path / "samples.json", [{**run.samples[0], "text": " and all was well"}, *run.samples[1:]])
    checks = {what: check() for what, check in recompute(run, "small")}
    differ = {what for what, check in checks.items() if check.verdict == DIFFERS}
    assert differ == {
        "small/metrics.json",
        "small/maps/input-pca.npz: fidelity",
        "small/clusters/input.json: evidence",
        "small/traces/sentence.npz: surprisal",
        "small/samples.json",
    }
    assert checks["small/metrics.json"].why == "measured again, 1 figures are others, first test_perplexity"
    assert checks["small/samples.json"].why == "at temperature 0.5 the weights give another text"
    assert not any("fidelity" in what or "metrics" in what for what, _ in recompute(run, "small", quick=True))


def test_a_wrong_call_is_one_line(call: Call, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>hello</p>", encoding="utf-8")
    assert call("report", "--verify", "page.html").err == (
        "error: page.html is no report; render one with `embedkit report`\n"
    )
    both = call("report", "small", "--verify", "page.html")
    assert both.code == 2
    assert "leave the run and the other options out" in both.err
    assert call("report", "--verify", "nothing.html").code == 2
    assert call("report", "small", "--quick").err == "error: --quick goes with --verify\n"
