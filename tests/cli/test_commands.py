"""What commands print, as tables and as JSON, and what they leave on the disk."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from embedkit.analysis.analogies.methods import METHODS
from embedkit.cli.edge import run
from embedkit.runs.folder import Run
from embedkit.spaces.open import find_run, open_space
from embedkit.studies.words import analogies
from tests.command_line import TRAIN, Call, write_corpus


def as_json(call: Call, *words: str) -> Any:
    done = call(*words, "--json")
    assert done.code == 0, done.err
    return json.loads(done.out)


def test_runs_are_listed_with_their_figures(call: Call) -> None:
    table = call("runs")
    assert "small" in table.out
    assert "perplexity" in table.out
    listed = {row["run"]: row for row in as_json(call, "runs")}
    assert listed["small"]["kind"] == "language-model"
    assert listed["vectors"]["kind"] == "word2vec"
    assert listed["small"]["finished"]


def test_neighbors_are_ranked_and_exclude_the_word(call: Call) -> None:
    found = as_json(call, "neighbors", "king", "river", "-k", "3", "--space", "vectors")["neighbors"]
    assert list(found) == ["king", "river"]
    cosines = [answer["cosine"] for answer in found["king"]]
    assert len(cosines) == 3
    assert cosines == sorted(cosines, reverse=True)
    assert "king" not in [answer["word"] for answer in found["king"]]


def test_both_ways_to_ask_an_analogy_give_the_same_answers(call: Call) -> None:
    one = as_json(call, "analogy", "king", "-", "man", "+", "woman", "--space", "small")
    other = as_json(call, "analogy", "man", "king", "woman", "--space", "small")
    assert one == other
    assert not {"king", "man", "woman"} & {answer["word"] for answer in one["answers"]}
    assert {"king", "woman"} <= {answer["word"] for answer in one["honest"]}
    table = call("analogy", "man", "king", "woman", "--space", "small", "--restrict", "7")
    assert "query words are excluded" in table.out
    assert "The first 7 words may answer" in table.out


def test_an_analogy_alone_scores_the_question_set_and_renders_a_page(call: Call, tmp_path: Path) -> None:
    (sheet,) = as_json(call, "analogy", "--space", "vectors")["scores"]
    family = next(row for row in sheet["categories"] if row["name"] == "family")
    assert family["total"] == 506
    assert 0 < family["covered"] <= 506
    assert all(row["correct"] <= family["covered"] for row in family["methods"])
    assert sheet["micro"]["total"] == 19_544
    page = (tmp_path / "reports" / "html" / "analogy.html").read_text(encoding="utf-8")
    assert "family" in page
    table = call("analogy", "--space", "vectors")
    assert "95 % interval" in table.out
    assert "coverage" in table.out
    assert "No headline" in table.out  # so few words cover next to none of Google's questions


def test_a_question_set_by_few_methods_is_no_score_of_a_report(call: Call) -> None:
    space = open_space("vectors")
    run, _ = find_run("vectors")
    for options in (("--method", "3CosAdd"), ("--no-lowercase",)):
        assert call("analogy", "--space", "vectors", *options).code == 0
        sheet = analogies(run, "vectors", space)
        assert (sheet.lowercase, [row.method for row in sheet.micro.methods]) == (True, list(METHODS))
        assert analogies(run, "vectors", space, steps=pytest.fail) == sheet


def test_several_spaces_are_asked_the_same_and_compared(call: Call, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("man king\nwoman queen\nboy brother\ngirl sister\nhe his\nshe her\n")
    assert call("export", "vectors", "--format", "word2vec", "--out", "theirs.txt").code == 0
    words = ("analogy", "--questions", "mine.txt", "--space", "small", "--space", "theirs.txt", "--method", "3CosAdd")
    found = as_json(call, *words)
    one, other = found["scores"]
    assert [one["micro"]["total"], other["micro"]["total"]] == [30, 30]
    assert [row["method"] for row in one["micro"]["methods"]] == ["3CosAdd", "only-b"]
    (less,) = found["differences"]
    by_hand = one["micro"]["methods"][0]["accuracy"]["value"] - other["micro"]["methods"][0]["accuracy"]["value"]
    assert less["covered"] == 30
    assert less["micro"]["3CosAdd"]["value"] == pytest.approx(by_hand)
    page = (tmp_path / found["report"]).read_text(encoding="utf-8")
    assert "small/input minus theirs/vectors" in page
    assert "small/input minus theirs/vectors" in call(*words).out


def test_words_may_follow_an_option_that_can_stand_several_times(call: Call) -> None:
    assert "queen" in call("analogy", "--space", "small", "man", "king", "woman", "-k", "30").out


def test_an_embedding_file_is_a_space_like_any_other(call: Call, tmp_path: Path) -> None:
    asked = ("neighbors", "king", "-k", "4")
    for form, name in (("word2vec", "v.txt"), ("word2vec-binary", "v.bin"), ("npz", "v.npz"), ("parquet", "v.parquet")):
        assert call("export", "vectors", "--format", form, "--out", name).code == 0
        there = as_json(call, *asked, "--space", name)["neighbors"]
        here = as_json(call, *asked, "--space", "vectors")["neighbors"]
        assert [a["word"] for a in there["king"]] == [a["word"] for a in here["king"]]
    assert "family" in call("analogy", "--space", "v.txt").out
    assert call("export", "vectors", "--format", "tensorboard", "--out", "projector").code == 0
    assert len(list((tmp_path / "projector").iterdir())) == 3


def test_a_completion_is_the_same_for_the_same_seed(call: Call) -> None:
    words = ("complete", "the", "king", "--run", "small", "--tokens", "12", "--seed", "3")
    first = call(*words)
    assert first.code == 0
    assert first.out.startswith("the king")
    assert call(*words).out == first.out
    assert call(*words[:-1], "4").out != first.out


def test_chosen_texts_become_a_space_of_hidden_states(call: Call, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text("the king was\n\nthe queen was\nof the city\n")
    made = as_json(call, "encode", "her music", "--file", "texts.txt", "--run", "small")
    assert (made["points"], made["dimensions"]) == (4, 24)
    near = as_json(call, "neighbors", "the king was", "--space", "small/hidden", "-k", "3")["neighbors"]["the king was"]
    assert {answer["word"] for answer in near} == {"the queen was", "of the city", "her music"}
    assert "at least two" in call("encode", "one", "--run", "small").err


def test_a_map_says_how_far_it_can_be_trusted(call: Call, trained: Path) -> None:
    found = as_json(call, "map", "small", "--method", "pca")
    assert Path(found["path"]).is_file()
    assert found["points"] == found["fidelity"]["points"]
    assert len(found["explained_variance"]) == 2
    assert "trustworthiness" in call("map", "small", "--method", "pca").out


def test_a_report_is_one_file(call: Call, tmp_path: Path) -> None:
    found = as_json(call, "report", "small", "--baseline", "vectors", "--points", "20")
    page = tmp_path / found["report"]
    assert page.stat().st_size == found["bytes"]
    assert "small" in page.read_text(encoding="utf-8")


def test_an_embedding_file_gets_a_report_too(call: Call, trained: Path, tmp_path: Path) -> None:
    call("export", "vectors", "--format", "word2vec", "--out", "theirs.txt")
    found = as_json(call, "report", "theirs.txt", "--points", "20")
    assert found["run"] == "theirs"
    assert "read from theirs.txt" in (tmp_path / found["report"]).read_text(encoding="utf-8")


def test_the_command_line_goes_before_a_config_file(call: Call, tmp_path: Path) -> None:
    corpus = tmp_path / "tiny.txt"
    write_corpus(corpus)
    (tmp_path / "c.toml").write_text('steps = 3\nhidden_size = 9\nembedding_size = 8\nlevel = "char"\n')
    found = as_json(call, "train", "lm", "--config", "c.toml", "--corpus", str(corpus), "--hidden-size", "7")
    config = (Path(found["path"]) / "config.toml").read_text()
    assert "hidden_size = 7" in config
    assert "embedding_size = 8" in config
    assert 'level = "char"' in config
    assert found["metrics"]["steps"] == 3


CHOSEN = """
kind = "language-model"
corpus = "tiny.txt"
softmax = "adaptive"
cutoffs = [3, 6, 9]
rare_block = 2
steps = 2
hidden_size = 8
embedding_size = 8
"""


@pytest.mark.parametrize(
    ("options", "cutoffs", "rare_block"),
    [
        ("", [3, 6, 9], 2),
        ("--softmax adaptive", [3, 6, 9], 2),
        ("--softmax full", None, 0),
        ("--cutoffs 4", [4], 0),
        ("--level char", [], 0),
        ("--vocabulary-size 12", [], 0),
        ("--corpus other.txt", [], 0),
    ],
)
def test_cutoffs_of_a_file_are_chosen_anew_for_what_else_is_given(
    call: Call, tmp_path: Path, options: str, cutoffs: list[int] | None, rare_block: int
) -> None:
    for name in ("tiny.txt", "other.txt"):
        write_corpus(tmp_path / name)
    (tmp_path / "c.toml").write_text(CHOSEN)
    found = as_json(call, "train", "lm", "--config", "c.toml", *options.split())
    model = Run(Path(found["path"])).config["model"]
    assert (model.get("cutoffs"), model["rare_block"]) == (cutoffs, rare_block)


@pytest.mark.parametrize("speaks", [None, "espeak-ng"])
def test_no_run_is_said_to_go_on_with_another_text_where_none_was_named(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, speaks: str | None
) -> None:
    from embedkit.tasks import all_tasks
    from embedkit.tasks.speech import espeak

    monkeypatch.setattr(espeak, "installed", lambda: speaks)
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    resumed = [task for task in all_tasks() if task.command is not None and not task.command.target]
    assert len(resumed) > 5
    for task in resumed:
        folder = tmp_path / "runs" / f"a-{task.kind}"
        folder.mkdir(parents=True)
        (folder / "config.toml").write_text(
            f'kind = "{task.kind}"\n[model]\nnothing = 1\n[training]\ncorpus = "elsewhere"\n'
        )
        assert task.command is not None
        done = call("train", task.command.name, "--resume", folder.name)
        assert "unknown option 'nothing'" in done.err, (task.kind, done.err)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("--steps 300 --seed 9", "as it was begun (--steps was 30, --seed was 1); leave out --steps and --seed"),
        (
            "--corpus wikipedia-sample",
            "started on ({corpus}); to continue on another text use --start-from half",
        ),
        ("--config later.toml", "as it was begun (--minutes was not given); leave out --minutes"),
        ("--bf16", "as it was begun (--bf16 was not given); leave out --bf16"),
        ("--name other", "goes on with the run of that name; leave out --name"),
    ],
)
def test_a_run_that_goes_on_refuses_other_options_than_it_was_begun_with(
    call: Call, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: str, message: str
) -> None:
    shutil.copytree(trained / "runs" / "small", tmp_path / "runs" / "half")
    (tmp_path / "runs" / "half" / "metrics.json").unlink()
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    (tmp_path / "later.toml").write_text("minutes = 5\nsteps = 30\n")
    refused = call("train", "lm", "--resume", "half", *options.split())
    assert refused.code == 2
    assert message.format(corpus=trained / "small.txt") in refused.err


def test_a_run_that_goes_on_takes_the_options_that_it_was_begun_with(
    call: Call, trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(trained / "runs" / "small", tmp_path / "runs" / "small")
    (tmp_path / "runs" / "small" / "metrics.json").unlink()
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    again = TRAIN.format(corpus=trained / "small.txt").split()
    assert call(*again, "--resume", "small", "--no-bf16", "--config", "runs/small/config.toml").code == 0


def test_a_second_run_on_the_same_corpus_gets_a_name_of_its_own(call: Call, tmp_path: Path) -> None:
    corpus = tmp_path / "again.txt"
    write_corpus(corpus)
    words = TRAIN.format(corpus=corpus).replace("--name small ", "").replace("--steps 30", "--steps 2").split()
    names = [as_json(call, *words)["run"] for _ in range(2)]
    assert names == ["again-word", "again-word-2"]


def test_piped_text_trains(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from embedkit.corpora import opening

    write_corpus(tmp_path / "piped.txt")
    monkeypatch.setattr(opening, "_spool", lambda: tmp_path / "piped.txt")
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    words = [
        "train",
        "lm",
        "--corpus",
        "-",
        "--steps",
        "2",
        "--embedding-size",
        "8",
        "--hidden-size",
        "8",
        "--name",
        "piped",
    ]
    assert as_json(call, *words)["run"] == "piped"


def test_one_run_that_cannot_be_read_does_not_hide_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path))
    for name, config in (("echoing", {"kind": "echo"}), ("foreign", {"kind": "spech"}), ("bare", {"seed": 1})):
        Run(tmp_path / name).write_config(config)
        Run(tmp_path / name).write_provenance({"corpus": {"name": "somewhere"}})
    assert run(["runs", "--json"]) == 0
    listed = {row["run"]: row for row in json.loads(capsys.readouterr().out)}
    assert listed["echoing"]["resume"] == "embedkit train echo --resume echoing"
    assert "foreign: 'spech' is no kind of run" in listed["foreign"]["error"]
    assert "bare/config.toml: no kind" in listed["bare"]["error"]
    assert run(["runs"]) == 0
    assert "`embedkit train echo --resume echoing` goes on" in " ".join(capsys.readouterr().out.split())
