"""What is found out about a small autoencoder of phrases, and about the copy run, whose answers are known."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from embedkit.analysis.clusters.stored import CLUSTERINGS
from embedkit.errors import CorpusError, UsageError
from embedkit.runs.folder import Run
from embedkit.spaces import EmbeddingSpace
from embedkit.spaces.open import open_run_space
from embedkit.studies.clusters import study_clusters
from embedkit.tasks.seq2seq import study as phrase_study
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.examples import INTERPOLATIONS, load_translation_traces
from embedkit.tasks.seq2seq.score import GENERATION_SCORES
from embedkit.tasks.seq2seq.strings import copy_pairs
from embedkit.tasks.seq2seq.study import (
    OWN_VECTORS,
    evaluate_run,
    interpolations,
    landmarks,
    purity_sheet,
    speaks_english,
    study_phrases,
)
from embedkit.tasks.seq2seq.translator import Translation, Translator
from embedkit.training.driver import train

WORDS = [
    "in",
    "the",
    "north",
    "south",
    "of",
    "england",
    "days",
    "ago",
    "at",
    "end",
    "beginning",
    "year",
    "two",
    "three",
]
SMALL = Seq2SeqModel(
    shared_vocabulary=True,
    min_count=1,
    embedding_size=8,
    hidden_size=12,
    bottleneck_size=6,
    dropout=0.0,
    softmax="full",
)


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> Path:
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("text") / "words.txt"
    path.write_text("".join(" ".join(rng.choice(WORDS, size=6)) + "\n" for _ in range(500)), encoding="utf-8")
    return path


@pytest.fixture
def phrase_run(text: Path, tmp_path: Path) -> Run:
    training = Seq2SeqTraining(
        corpus=str(text), phrases=True, longest=3, pairs=400, steps=4, evaluations=1, device="cpu"
    )
    return train(SMALL, training, tmp_path / "runs" / "words")


@pytest.fixture
def copier(copy_run: Run) -> Translator:
    return Translator(copy_run)


def line(n: int) -> EmbeddingSpace:
    return EmbeddingSpace("line", tuple(f"p{i}" for i in range(n)), np.eye(n, 4) + 1)


def test_landmarks_by_hand() -> None:
    assert landmarks(line(9), [], most=3) == ("p0", "p4", "p8")
    # Those asked for stand first, and none stands twice.
    assert landmarks(line(9), ["p4", "x"], most=4) == ("p4", "x", "p0", "p2")
    assert landmarks(line(3), [], most=40) == ("p0", "p1", "p2")
    assert landmarks(line(9), ["a", "b", "c"], most=2) == ("a", "b")


def test_interpolations_end_at_their_phrases(copier: Translator) -> None:
    table = interpolations(copier, ["abc", "zz", "q"], steps=4)
    assert table.phrases == ("abc", "zz", "q")
    assert list(table.texts) == [(0, 1), (0, 2), (1, 2)]
    for (i, j), texts in table.texts.items():
        assert len(texts) == table.steps == 4
        assert (texts[0], texts[-1]) == (table.phrases[i], table.phrases[j])
        assert list(texts) == [step.text for step in copier.interpolate(table.phrases[i], table.phrases[j], steps=4)]
    assert interpolations(copier, ["abc"]).texts == {}


class Answers(Translator):
    """The copy run's translator, with answers that are known beforehand."""

    def __init__(self, run: Run, wrong: dict[str, str]) -> None:
        super().__init__(run)
        self.wrong = wrong

    def translate(self, texts, **_options):
        return [[Translation(self.wrong.get(text, text), 0.0, 0.0, True)] for text in texts]


def test_a_score_sheet_counts_what_is_right(copy_run: Run) -> None:
    sources = list(copy_pairs(1500, longest=3).source.lines("valid"))
    told = next(copy_pairs(1500, longest=3).source.lines("train"))
    found = evaluate_run(copy_run, translator=Answers(copy_run, {sources[0]: "", sources[1]: told, sources[2]: "?"}))
    assert (found.name, found.n, found.exact, found.empty) == ("copy/valid", len(sources), len(sources) - 3, 1)
    # Strings are split by a hash: none that is right stands among the training targets.
    assert found.memory is not None
    assert (found.memory.count, found.memory.right, found.memory.due) == (1, 0, 0)
    assert sum(row.n for row in found.by_length) == len(sources)
    assert (found.by_length[0].shortest, found.by_length[-1].longest) == (min(map(len, sources)), 3)
    assert evaluate_run(copy_run, translator=Answers(copy_run, {}), most=7).n == 7


def test_the_copy_run_is_right_on_all_it_has_not_seen(copy_run: Run) -> None:
    for split in ("valid", "test"):
        found = evaluate_run(copy_run, split=split, beams=2)
        assert found.exact == found.n == len(list(copy_pairs(1500, longest=3).source.lines(split)))
        assert found.chrf.score == 100


def test_several_references_of_a_source_all_count(copy_run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    from embedkit.tasks.seq2seq import study as module

    class Corpus:
        splits = ("train", "valid")
        source = target = copy_pairs(50, longest=3).target

        def pairs(self, split: str) -> Iterator[tuple[str, str]]:
            return iter([("a", "x"), ("b", "y"), ("a", "z")])

    monkeypatch.setattr(module, "_corpus", lambda run: Corpus())
    for answer, exact in (("x", 1), ("z", 1), ("w", 0)):
        found = evaluate_run(copy_run, translator=Answers(copy_run, {"a": answer, "b": "?"}))
        assert (found.n, found.exact) == (2, exact)
        assert sum(row.n for row in found.by_novelty) == 2


def test_what_cannot_be_scored(copy_run: Run, phrase_run: Run, text: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--split dev: copy has train, valid, test"):
        evaluate_run(copy_run, split="dev")
    before = text.read_text()
    text.write_text(before + "something else altogether\n" * 300)
    with pytest.raises(CorpusError, match="has changed since words was trained on it"):
        evaluate_run(phrase_run)
    text.write_text(before)
    model = Seq2SeqModel(**{**vars(SMALL), "bidirectional": False})
    training = Seq2SeqTraining(
        corpus=str(text), stream="next", bptt=5, batch_size=4, steps=2, evaluations=1, device="cpu"
    )
    stream = train(model, training, tmp_path / "runs" / "stream")
    with pytest.raises(UsageError, match="run stream learned from a running text; there are no pairs to score"):
        evaluate_run(stream)


def test_who_speaks_english(copy_run: Run, phrase_run: Run) -> None:
    assert not speaks_english(Translator(copy_run))  # of single characters
    assert not speaks_english(Translator(phrase_run))  # of fourteen words


def test_purity_stands_beside_its_baselines(phrase_run: Run) -> None:
    near = EmbeddingSpace("v", ("the", "days"), np.eye(2))
    sheet = purity_sheet(Translator(phrase_run), {"word vectors": near})
    assert list(sheet.spaces) == ["the bottleneck", "bag of words", OWN_VECTORS, "word vectors"]
    assert list(sheet.coverage) == [OWN_VECTORS, "word vectors"]
    known = sheet.coverage[OWN_VECTORS]
    assert 0 < sheet.coverage["word vectors"].known < known.known < known.words
    for purity in sheet.spaces.values():
        assert purity.excluded
        assert 0 <= purity.value <= 1
        assert len({spaces.n for spaces in sheet.spaces.values()}) == 1


def test_a_study_is_made_once(phrase_run: Run) -> None:
    said: list[str] = []

    @contextmanager
    def noted(what: str) -> Iterator[None]:
        said.append(what)
        yield

    space = open_run_space(phrase_run, "phrases")

    def study(points: int) -> None:
        clusters = study_clusters(phrase_run, "phrases", space, most=5_000, points=points, steps=noted)
        assert len(clusters.labels) == points
        study_phrases(phrase_run, space.head(points), clusters, steps=noted)

    study(120)
    assert [line.split(": ")[1].split()[0] for line in said] == ["look", "decode", "score", "look"]
    clusters = CLUSTERINGS.load_or_none(phrase_run, "phrases")
    assert len(clusters.labels) == 120
    assert clusters.evidence.test is not None
    table = INTERPOLATIONS.load_or_none(phrase_run)
    assert set(table.phrases) <= set(space.labels)
    assert len(table.texts) == len(table.phrases) * (len(table.phrases) - 1) // 2
    assert GENERATION_SCORES.load_or_none(phrase_run, "valid").n > 5
    looks = load_translation_traces(phrase_run)
    assert len(looks) == 3
    for look in looks:
        assert look.source == look.reference
        assert look.weights is None
        steps = [node["step"] for node in look.nodes]
        assert steps == sorted(steps)
    said.clear()
    study(120)
    assert said == []
    study_clusters(phrase_run, "phrases", space, most=5_000, steps=noted)
    assert said == []  # any number will do
    study(100)
    assert len(said) == 1  # clusters are of what the maps show


def test_the_winner_of_a_look_ends_the_hypothesis_that_is_said(copy_run: Run) -> None:
    translator = Translator(copy_run)
    look = phrase_study.translation_trace(translator, "abc", "abc")
    at, tokens = look.winner, []
    assert look.nodes[at]["final"]
    while at is not None:
        tokens.append(look.nodes[at]["token"])
        at = look.nodes[at]["parent"]
    assert "".join(tokens[:0:-1]) == look.hypothesis


def test_single_words_have_the_codes_of_phrases_of_one_word(phrase_run: Run, copy_run: Run) -> None:
    words = open_run_space(phrase_run, "words")
    translator = Translator(phrase_run)
    assert list(words.labels) == list(translator.source.tokens[2:])  # without <unk> and <eos>
    assert words.vectors[:3] == pytest.approx(translator.codes(list(words.labels[:3])), abs=1e-5)
    assert words.of_words
    with pytest.raises(UsageError, match="copy/words: the source is read by char; take copy/source"):
        open_run_space(copy_run, "words")
