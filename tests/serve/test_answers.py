"""What the explorer answers, over real HTTP."""

import re
import shutil
import threading
import time
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest

from embedkit.analysis.neighbors import nearest
from embedkit.config.serve import ServeOptions
from embedkit.runs.folder import Run
from embedkit.serve import models
from embedkit.serve.options import METRICS
from embedkit.spaces.open import open_run_space
from tests.serve.served import ANIMALS, HOSTILE, Served, serving


def wait_for(served: Served, job: dict[str, Any], seconds: float = 60) -> dict[str, Any]:
    """A job at its end."""
    until = time.monotonic() + seconds
    while job["state"] in ("waiting", "running"):
        assert time.monotonic() < until, job
        time.sleep(0.1)
        job = served.ask(f"/api/jobs/{job['job']}")
    return job


def test_every_run_is_listed_and_one_in_training_says_so(served: Served) -> None:
    runs = {each["name"]: each for each in served.ask("/api/runs")}
    assert set(runs) == {"model", "vectors", "copies", "growing"}
    assert runs["model"]["spaces"] == ["input", "output"]
    assert runs["growing"]["finished"] is False
    assert runs["growing"]["summary"].startswith("In training, or stopped: step 4, validation ")
    assert "In training" in page(served, "/?run=growing")
    assert "still in training" in served.ask("/api/words", run="growing", start="c")["error"]


def test_a_page_of_a_run_that_was_trained_anew_gets_no_answer_of_the_other(runs: Path, tmp_path: Path) -> None:
    run = tmp_path / "runs" / "model"
    shutil.copytree(runs / "model", run)
    with serving(ServeOptions(port=0), run.parent) as address:
        served = Served(address.rstrip("/"), run.parent)
        opened = re.findall(r'"trained": ?"(\d+)"', page(served, "/?run=model"))
        assert len(opened) == 1
        values = {"run": "model", "word": "cat", "trained": opened[0]}
        assert "error" not in served.ask("/api/neighbors", **values)
        shutil.rmtree(run)
        assert served.ask("/api/neighbors", **values)["error"] == "unknown run 'model'; there are none yet"
        shutil.copytree(runs / "model", run)
        (run / "metrics.json").touch()
        line = "run model was trained anew after this page was opened; open it again"
        assert served.ask("/api/neighbors", **values) == {"status": 400, "error": line}
        assert served.ask("/api/jobs", "POST", kind="map", **values)["error"] == line
        assert served.ask("/api/sound", "POST", **values)["error"] == line
        assert "error" not in served.ask("/api/neighbors", run="model", word="cat")


DAMAGE = {
    "config.toml": b'kind = "language-model"\nx = ' + b"[" * 5_000,
    "history.jsonl": b"[1]\n",
    "metrics.json": b'["metrics"]',
}


def test_a_damaged_run_is_a_row_and_a_line_and_hides_nothing(runs: Path, tmp_path: Path) -> None:
    for name, content in {**DAMAGE, "": b""}.items():
        damaged = tmp_path / (name.split(".")[0] or "whole")
        shutil.copytree(runs / "model", damaged)
        if name:
            (damaged / name).write_bytes(content)
    (tmp_path / "config" / "metrics.json").unlink()
    with serving(ServeOptions(port=0), tmp_path) as address:
        served = Served(address.rstrip("/"), tmp_path)
        rows = {each["name"]: each["summary"] for each in served.ask("/api/runs")}
        assert set(rows) == {"whole", "config", "history", "metrics"}
        assert "nested too deeply" in rows["config"]
        assert "<h1" in page(served, "/?run=whole")
        assert "<h1" in page(served, "/")
        reasons = {"config": "nested too deeply", "history": "history.jsonl:1: a list in place of an object"}
        for name, reason in reasons.items():
            with pytest.raises(HTTPError) as refused:
                page(served, f"/?run={name}")
            line = refused.value.read().decode()
            assert refused.value.headers["Content-Type"] == "text/plain; charset=utf-8"
            assert line.count("\n") == 1
            assert reason in line


def page(served: Served, path: str) -> str:
    from urllib.request import urlopen

    with urlopen(served.address + path, timeout=60) as response:
        return response.read().decode()


def test_words_are_completed_by_frequency_in_any_case(served: Served) -> None:
    words = served.ask("/api/words", run="vectors", start="CAT")
    space = open_run_space(Run(served.runs / "vectors"), "vectors")
    assert words == [label for label in space.labels if label.startswith("cat")]
    assert set(words) == {"cat", "cats", "catfish"}
    assert served.ask("/api/words", run="vectors", start="zz") == []
    assert served.ask("/api/words", run="vectors", start="</scr") == ["</script>"]


def test_neighbors_are_those_of_the_library(served: Served) -> None:
    answer = served.ask("/api/neighbors", run="vectors", word="dog")
    space = open_run_space(Run(served.runs / "vectors"), "vectors")
    expected = nearest(space, "dog", k=20)
    assert [word for word, _ in answer["nearest"]] == [each.word for each in expected]
    assert answer["rank"] == space.index_of("dog") + 1
    assert answer["of"] == len(space)
    assert "did you mean" in served.ask("/api/neighbors", run="vectors", word="dogg")["error"]


def test_analogies_are_answered_by_any_method(served: Served) -> None:
    for method in ("3CosAdd", "3CosMul", "PairDirection", "only-b"):
        answer = served.ask("/api/analogy", run="vectors", text="cat - dog + cow", method=method)
        assert len(answer.get("answers", ())) == 10, answer.get("error")
        assert not {"cat", "dog", "cow"} & {word for word, _ in answer["answers"]}
        assert answer["method"] == method
    refused = served.ask("/api/analogy", run="vectors", text="cat - dog + cow", method="LRCos")
    assert refused["status"] == 400
    assert "a category" in refused["error"]


def test_a_text_is_completed_with_a_seed(served: Served) -> None:
    request = {"run": "model", "text": "the cat", "tokens": 8, "temperature": 1, "seed": 3}
    answer = served.ask("/api/complete", **request)
    assert answer["text"].strip()
    assert answer == served.ask("/api/complete", **request)
    assert answer != served.ask("/api/complete", **request | {"seed": 4})
    assert served.ask("/api/complete", run="model", text="the zebra")["unknown"] == ["zebra"]


def test_a_text_is_given_back_and_texts_lie_between_two(served: Served) -> None:
    answer = served.ask("/api/translate", run="copies", text="ab")
    assert answer["translations"][0][0] == "ab"
    assert answer["translations"][0][1] <= 0
    steps = served.ask("/api/interpolate", run="copies", **{"from": "ab", "to": "ba", "steps": 5})["steps"]
    assert [share for share, _ in steps] == [0, 0.25, 0.5, 0.75, 1]
    assert [steps[0][1], steps[-1][1]] == ["ab", "ba"]


def test_a_trace_is_a_figure_of_all_its_tokens(served: Served) -> None:
    answer = served.ask("/api/trace", run="model", text="the cat saw </script>")
    assert answer["block"]["data"]["tokens"][:3] == ["the", "cat", "saw"]
    assert answer["block"]["behaviour"] == "trace"
    assert answer["block"]["item"]["doc"]["roots"]


@pytest.mark.parametrize(
    ("path", "values", "message"),
    [
        ("/api/neighbors", {"run": "vectors"}, "word is empty"),
        ("/api/neighbors", {"run": "vectors", "word": "x" * 3000}, "3,000 characters"),
        ("/api/neighbors", {"run": "../runs/vectors", "word": "cat"}, "unknown run"),
        ("/api/neighbors", {"run": "/etc", "word": "cat"}, "unknown run"),
        ("/api/neighbors", {"run": "vectors", "space": "../x", "word": "cat"}, "unknown space"),
        ("/api/complete", {"run": "model", "text": "a", "tokens": 1_000_000}, "from 1 to 400"),
        ("/api/complete", {"run": "model", "text": "a", "temperature": "nan"}, "from 0 to 5"),
        ("/api/complete", {"run": "model", "text": "a", "seed": "soon"}, "give a number"),
        ("/api/complete", {"run": "vectors", "text": "a"}, "needs language-model"),
        ("/api/trace", {"run": "model", "text": "cat " * 450}, "400 can be drawn"),
        ("/api/nothing", {"run": "model"}, "unknown question"),
        ("/api/neighbors", {"run": "vectors", "word": b"\xff\xfe"}, "word is no UTF-8 text"),
    ],
)
def test_what_is_wrong_is_one_readable_line(served: Served, path: str, values: dict[str, Any], message: str) -> None:
    answer = served.ask(path, **values)
    assert answer["status"] == 400
    assert message in answer["error"]
    assert "\n" not in answer["error"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"map": "umap", "points": 1_000_000}, "from 10 to 50000"),
        ({"map": "umap", "metric": "hamming"}, "unknown metric"),
        ({"map": "mds"}, "unknown map"),
        ({"map": "umap", "neighbors": 1}, "from 2 to 200"),
    ],
)
def test_parameters_of_a_map_are_bounded(served: Served, values: dict[str, Any], message: str) -> None:
    answer = served.ask("/api/jobs", "POST", kind="map", run="vectors", **values)
    assert answer["status"] == 400
    assert message in answer["error"]


def test_a_map_is_laid_out_in_the_background_and_shown(served: Served) -> None:
    request = {"map": "pca", "points": 12}
    before = set(served.runs.rglob("*"))  # other tests may have laid out maps of the same run
    job = wait_for(served, served.ask("/api/jobs", "POST", kind="map", run="vectors", **request))
    assert job["state"] == "done", job["why"]
    assert '"points":12' in page(served, "/?run=vectors&map=pca&points=12")
    again = served.ask("/api/jobs", "POST", kind="map", run="vectors", **request)
    assert again["job"] == job["job"]
    assert set(served.runs.rglob("*")) == before, "it is the visitor's, not the run's"


@pytest.mark.parametrize("metric", METRICS)
def test_every_metric_that_is_offered_lays_a_map_out(served: Served, metric: str) -> None:
    request = {"map": "tsne", "points": 12, "perplexity": 3, "metric": metric}
    job = wait_for(served, served.ask("/api/jobs", "POST", kind="map", run="vectors", **request))
    assert job["state"] == "done", job["why"]


def test_a_job_is_cancelled_and_its_process_gone(served: Served) -> None:
    import multiprocessing

    others = multiprocessing.active_children()
    # Some seconds: a process that loads UMAP.
    job = served.ask("/api/jobs", "POST", kind="map", run="vectors", map="umap", seed=99)
    time.sleep(0.5)
    assert served.ask(f"/api/jobs/{job['job']}")["state"] == "running"
    assert served.ask(f"/api/jobs/{job['job']}", "DELETE")["state"] == "cancelled"
    assert [each for each in multiprocessing.active_children() if each not in others and each.is_alive()] == []
    assert served.ask("/api/jobs/none")["status"] == 400


def test_a_job_that_waits_says_how_many_are_ahead(served: Served) -> None:
    cookies = [{"Cookie": served.visitor()} for _ in range(3)]
    first, second, third = (
        served.ask("/api/jobs", "POST", cookie, kind="map", run="vectors", map="umap", seed=101 + i)
        for i, cookie in enumerate(cookies)
    )
    assert [each["state"] for each in (first, second, third)] == ["running", "waiting", "waiting"]
    assert [each["ahead"] for each in (first, second, third)] == [0, 1, 2]
    # A cookie that was not signed here is no visitor: with it one has one job, like all of the same address.
    forged = [{"Cookie": f"embedkit-visitor=v{i}"} for i in range(2)]
    fourth, fifth = (
        served.ask("/api/jobs", "POST", cookie, kind="map", run="vectors", map="umap", seed=111 + i)
        for i, cookie in enumerate(forged)
    )
    assert served.ask(f"/api/jobs/{fourth['job']}")["state"] == "cancelled"
    assert served.ask(f"/api/jobs/{fifth['job']}")["state"] == "waiting"
    for each, cookie in ((fifth, {}), (third, cookies[2]), (second, cookies[1]), (first, cookies[0])):
        assert served.ask(f"/api/jobs/{each['job']}", "DELETE", cookie)["state"] == "cancelled"


def test_a_slow_answer_holds_no_other_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    started, free = threading.Event(), threading.Event()

    def slow(*_: Any, **__: Any) -> dict[str, Any]:
        started.set()
        free.wait(30)
        return {"text": "", "unknown": []}

    monkeypatch.setattr(models, "answer", slow)
    waiting = threading.Thread(target=lambda: served.ask("/api/complete", run="model", text="the"))
    waiting.start()
    try:
        assert started.wait(10)
        before = time.monotonic()
        assert served.ask("/api/words", run="vectors", start="d") == ["dog"]
        assert len(served.ask("/api/runs")) == 4
        assert time.monotonic() - before < 5
        assert waiting.is_alive()
    finally:
        free.set()
        waiting.join()


@pytest.mark.usefixtures("forked_jobs")
def test_a_report_is_saved_as_one_file(served: Served, tmp_path: Path) -> None:
    from urllib.request import urlopen

    job = wait_for(served, served.ask("/api/jobs", "POST", kind="report", run="copies"), 120)
    assert job["state"] == "done", job["why"]
    with urlopen(f"{served.address}/api/jobs/{job['job']}/page?save=copies", timeout=60) as response:
        assert response.headers["Content-Disposition"] == 'attachment; filename="copies.html"'
        html = response.read().decode()
    assert 'id="data-lineage"' in html
    assert "data-live" not in html
    refused = served.ask(f"/api/jobs/{job['job']}/page", save='x"; evil')
    assert refused["status"] == 400


@pytest.mark.usefixtures("forked_jobs")
def test_two_spaces_are_compared(served: Served) -> None:
    job = wait_for(served, served.ask("/api/jobs", "POST", kind="compare", run="vectors", beside="model"), 120)
    assert job["state"] == "done", job["why"]
    assert "vectors and model compared" in page(served, f"/api/jobs/{job['job']}/page")
    alone = wait_for(served, served.ask("/api/jobs", "POST", kind="compare", run="vectors", beside="vectors"))
    assert alone["state"] == "failed"
    assert "choose another run" in alone["why"]


def test_hostile_words_are_text_in_the_page(served: Served) -> None:
    html = page(served, "/?run=vectors&map=pca&points=12")
    assert set(HOSTILE) <= set(open_run_space(Run(served.runs / "vectors"), "vectors").labels)
    assert "<img/src" not in html
    assert html.lower().count("</script>") == html.lower().count("<script")
    assert len(ANIMALS) == 7


def test_the_longest_texts_of_any_script_are_answered_and_longer_ones_refused_in_a_line(served: Served) -> None:
    for character in ("a", "中", "🙂"):
        text = (character * 9 + " ") * 200
        assert "text" in served.ask("/api/complete", run="model", text=text, tokens=1)
        assert served.ask("/api/complete", run="model", text=text + "x", tokens=1)["error"] == (
            "text has 2,001 characters; 2,000 are the most"
        )
    assert "error" not in served.ask("/api/complete", run="model", text="cat", tokens=2, temperature="1e-40")
