"""Word vectors: a planted grammar must be found, and what is saved must be what was counted."""

import random
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from embedkit.analysis.analogies.categories import Category, Pair
from embedkit.analysis.analogies.questions import AnalogySet
from embedkit.analysis.analogies.scoring import score
from embedkit.errors import TrainingError, UsageError
from embedkit.runs.folder import Run, list_runs
from embedkit.spaces.stored import load_run_space
from embedkit.tasks.word2vec import training as word2vec
from embedkit.tasks.word2vec.config import Word2VecTraining
from embedkit.tasks.word2vec.training import train_word2vec
from tests.progress import Recorder

PLACES = 12
FRAMES = {"country": ("border", "nation", "parliament", "coast"), "capital": ("street", "mayor", "station", "square")}
SMALL = Word2VecTraining(dimensions=24, sample=0, min_count=1, workers=1, epochs=15)


def planted_names() -> tuple[dict[str, list[str]], list[list[str]]]:
    """A country and a capital a place, and three words about each; random letters, so that no spelling gives a hint."""
    letters = random.Random(7)
    names = ["".join(letters.choices("abcdefghijklmnopqrstuvwxyz", k=8)) for _ in range(5 * PLACES)]
    return (
        {"country": names[:PLACES], "capital": names[PLACES : 2 * PLACES]},
        [names[2 * PLACES + 3 * i :][:3] for i in range(PLACES)],
    )


def planted_sentences(n: int = 2500) -> list[list[str]]:
    """A country stands among words of its place and of countries, a capital among words of its place and of capitals.

    The two of a pair never meet: only their contexts tell that they belong together.
    """
    draw = random.Random(0)
    names, about = planted_names()
    sentences = []
    for _ in range(n):
        place, role = draw.randrange(PLACES), draw.choice(("country", "capital"))
        around = draw.sample(FRAMES[role], 2) + draw.sample(about[place], 2)
        draw.shuffle(around)
        sentences.append([*around[:2], names[role][place], *around[2:]])
    return sentences


def planted_questions() -> AnalogySet:
    pairs = (Pair(a, (b,)) for a, b in zip(*planted_names()[0].values(), strict=True))
    return AnalogySet("planted", (Category.from_pairs("capitals", pairs),))


def write_corpus(folder: Path, sentences: list[list[str]]) -> str:
    folder.mkdir()
    for split, part in (("train", sentences), ("valid", sentences[:5]), ("test", sentences[:5])):
        (folder / f"{split}.txt").write_text("".join(" ".join(s) + ".\n" for s in part), encoding="utf-8")
    return str(folder)


def accuracy(run: Run) -> float:
    found = score(load_run_space(run, "vectors"), planted_questions(), methods=["3CosAdd"]).micro
    assert found.covered == PLACES * (PLACES - 1)
    return found.methods[0].accuracy.value


@pytest.mark.parametrize("method", ["skip-gram", "cbow", "fasttext"])
def test_vectors_solve_the_analogies_of_a_planted_grammar(tmp_path: Path, method: str) -> None:
    corpus = write_corpus(tmp_path / "planted", planted_sentences())
    run = train_word2vec(replace(SMALL, corpus=corpus, method=method), tmp_path / "run")
    assert accuracy(run) > 0.9  # chance is 1 in 65


def test_without_the_grammar_the_same_words_score_near_chance(tmp_path: Path) -> None:
    sentences = planted_sentences()
    words = [word for sentence in sentences for word in sentence]
    random.Random(0).shuffle(words)
    shuffled = [words[i : i + 5] for i in range(0, len(words), 5)]
    run = train_word2vec(replace(SMALL, corpus=write_corpus(tmp_path / "shuffled", shuffled)), tmp_path / "run")
    assert accuracy(run) < 0.1


def test_almost_untrained_vectors_score_near_chance(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "planted", planted_sentences(60))
    run = train_word2vec(replace(SMALL, corpus=corpus, epochs=1), tmp_path / "run")
    space = load_run_space(run, "vectors")
    found = score(space, planted_questions(), methods=["3CosAdd"]).micro
    assert found.covered > 50
    assert found.methods[0].accuracy.value < 0.2


def test_one_worker_and_the_same_seed_give_the_same_vectors(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "planted", planted_sentences(500))
    config = replace(SMALL, corpus=corpus, epochs=2)
    once, again, other = (
        load_run_space(train_word2vec(c, tmp_path / name), "vectors").vectors
        for name, c in (("once", config), ("again", config), ("other", replace(config, seed=2)))
    )
    np.testing.assert_array_equal(once, again)
    assert not np.array_equal(once, other)


def test_words_stand_by_falling_count_with_ties_by_word(tmp_path: Path) -> None:
    corpus = write_corpus(
        tmp_path / "few", [["pear", "Fig", "apple"], ["fig", "apple", "plum"], ["pear", "FIG", "1", "—"]]
    )
    run = train_word2vec(replace(SMALL, corpus=corpus, epochs=1, min_count=2, dimensions=3), tmp_path / "run")
    space = load_run_space(run, "vectors")
    assert space.labels == ("fig", "apple", "pear")
    assert space.columns["count"].tolist() == [3, 2, 2]
    assert space.vectors.shape == (3, 3)


def test_the_run_says_what_was_trained_on_what(tmp_path: Path) -> None:
    corpus = write_corpus(tmp_path / "planted", planted_sentences(50))
    run = train_word2vec(replace(SMALL, corpus=corpus, epochs=2), tmp_path / "runs" / "mine")
    assert (run.name, run.kind, run.finished) == ("mine", "word2vec", True)
    assert next(iter(run.config)) == "kind"
    assert run.config["word2vec"]["epochs"] == 2
    assert run.provenance["seed"] == SMALL.seed
    assert run.provenance["corpus"]["name"] == "planted"
    assert (run.metrics["words"], run.metrics["sentences"], run.metrics["words_seen"]) == (250, 50, 500)
    assert run.metrics["vocabulary_share_of_words"] == 1
    assert run.metrics["seconds"] >= run.metrics["training_seconds"] > 0
    files = sorted(str(p.relative_to(run.path)) for p in run.path.rglob("*") if p.is_file())
    assert files == [".lock", "config.toml", "metrics.json", "provenance.json", "spaces/vectors.npz"]


def test_progress_rises_to_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(word2vec, "REPORT_SECONDS", 0.01)
    told = Recorder()
    corpus = write_corpus(tmp_path / "planted", planted_sentences(2000))
    train_word2vec(replace(SMALL, corpus=corpus, epochs=3), tmp_path / "run", progress=told)
    shares = told.shares
    assert len(shares) > 3
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert all(re.fullmatch(r"[\d,]+ words/s", text) for text in told.texts)


@pytest.mark.parametrize("raised", [KeyboardInterrupt, ZeroDivisionError])
def test_an_interrupted_run_leaves_nothing_behind(tmp_path: Path, raised: type[BaseException]) -> None:
    corpus = write_corpus(tmp_path / "planted", planted_sentences(2000))

    def interrupt(share: float | None, text: str = "") -> None:
        assert share is not None
        assert share < 1
        raise raised

    with pytest.raises(raised):
        train_word2vec(replace(SMALL, corpus=corpus, epochs=300), tmp_path / "runs" / "mine", progress=interrupt)
    assert list((tmp_path / "runs").iterdir()) == []
    assert list_runs(tmp_path / "runs") == []


def test_what_cannot_be_trained_is_refused_and_leaves_nothing(tmp_path: Path) -> None:
    config = replace(SMALL, corpus=write_corpus(tmp_path / "planted", planted_sentences(5)))
    with pytest.raises(TrainingError, match="no word stands 1000 times in 25 words; lower --min-count"):
        train_word2vec(replace(config, min_count=1000), tmp_path / "run")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "mine.txt").touch()
    with pytest.raises(UsageError, match="exists already; give another --name"):
        train_word2vec(config, tmp_path / "run")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["planted", "run"]


@pytest.mark.parametrize(
    ("option", "message"),
    [
        ({"method": "skipgram"}, "unknown method 'skipgram'; did you mean skip-gram"),
        ({"negatives": 0}, "--negatives 0: must be at least 1"),
        ({"min_count": 0}, "--min-count 0: must be at least 1"),
        ({"sample": 1.0}, "--sample 1.0: must be at least 0 and below 1"),
    ],
)
def test_wrong_options_are_named(option: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        Word2VecTraining(**option)
