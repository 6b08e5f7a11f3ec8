"""Training an encoder-decoder from a task to a finished run."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from embedkit.corpora import open_pairs
from embedkit.errors import RunError, TrainingError, UsageError
from embedkit.runs.folder import Run
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.data import encode_pairs, load_phrases
from embedkit.tasks.seq2seq.network import EncoderDecoder, load_seq2seq
from embedkit.tasks.seq2seq.objective import measure
from embedkit.tasks.seq2seq.strings import copy_pairs
from embedkit.tasks.seq2seq.training import start_from
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.checkpoint import STATE_FILE
from embedkit.training.driver import resume, train
from tests.progress import stop_at

SMALL = Seq2SeqModel(
    source_level="char",
    target_level="char",
    min_count=1,
    embedding_size=8,
    hidden_size=12,
    bottleneck_size=6,
    dropout=0.1,
    softmax="full",
)
TRAINING = Seq2SeqTraining(corpus="copy", pairs=150, longest=3, batch_tokens=64, steps=30, evaluations=3, device="cpu")
WORDS = ["the", "king", "queen", "of", "a", "city", "river", "was", "by", "old", "new", "town"]


def trained(path: Path, model: dict | None = None, **options: object) -> Run:
    return train(replace(SMALL, **(model or {})), replace(TRAINING, **options), path)


def same_weights(a: Run, b: Run) -> bool:
    return (a.path / "weights.safetensors").read_bytes() == (b.path / "weights.safetensors").read_bytes()


@pytest.fixture
def text(tmp_path: Path) -> Path:
    """Lines of five words from a dozen, with the phrases that come of it."""
    rng = np.random.default_rng(0)
    lines = (" ".join(rng.choice(WORDS, size=5)) for _ in range(400))
    path = tmp_path / "words.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Pairs of words: each source word has one target word."""
    rng = np.random.default_rng(0)
    rows = ([WORDS[i] for i in rng.integers(0, 12, size=3)] for _ in range(300))
    lines = (" ".join(row) + "\t" + " ".join(word[::-1].upper() for word in row) for row in rows)
    path = tmp_path / "pairs.tsv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_strings_are_copied_that_were_never_seen(copy_run: Run) -> None:
    first, last = copy_run.history[0], copy_run.history[-1]
    assert first["valid_token_accuracy"] < 0.8
    assert first["valid_exact_match"] < 0.5
    assert last["valid_exact_match"] == 1
    for split in ("valid", "test"):
        found = {key: copy_run.metrics[f"{split}_{key}"] for key in ("exact", "pairs", "exact_match", "token_accuracy")}
        assert found["exact"] == found["pairs"] > 40
        assert (found["exact_match"], found["token_accuracy"]) == (1.0, 1.0)
    seen, held_out = (set(copy_pairs(1500, longest=3).source.lines(split)) for split in ("train", "test"))
    assert not seen & held_out
    untrained = EncoderDecoder(replace(SMALL, dropout=0.0), *[np.ones(28)] * 2)
    _, source, target = load_seq2seq(copy_run)
    pairs = encode_pairs(copy_pairs(1500, longest=3), "valid", source, target).pairs
    assert measure(untrained, pairs, target.line_end).token_accuracy < 0.5


def test_figures_carry_their_denominators(copy_run: Run) -> None:
    corpus = copy_pairs(1500, longest=3)
    model, source, target = load_seq2seq(copy_run)
    for split in ("valid", "test"):
        texts = list(corpus.target.lines(split))
        metrics = {key.removeprefix(f"{split}_"): value for key, value in copy_run.metrics.items()}
        assert metrics["pairs"] == len(texts)
        assert metrics["tokens"] == sum(len(text) + 1 for text in texts)
        found = measure(model, encode_pairs(corpus, split, source, target).pairs, target.line_end)
        assert metrics["nats_per_token"] == pytest.approx(found.nats_per_token, rel=1e-5)
        assert metrics["perplexity"] == pytest.approx(math.exp(found.nats_per_token), rel=1e-5)
        assert "tok:13a" in metrics["bleu_signature"]
        assert metrics["chrf"] == 100
    assert copy_run.metrics["steps"] == 600
    assert copy_run.metrics["parameters"] == sum(p.numel() for p in model.parameters())
    assert copy_run.metrics["source_vocabulary_size"] == len(source) == 28  # letters, line end, unknown
    assert not (copy_run.path / STATE_FILE).exists()
    assert [line["step"] for line in copy_run.history] == [75, 150, 225, 300, 375, 450, 525, 600]


def test_the_same_seed_gives_the_same_weights_and_another_does_not(tmp_path: Path) -> None:
    one, two, other = (
        trained(tmp_path / name, steps=6, seed=seed) for name, seed in [("one", 1), ("two", 1), ("other", 2)]
    )
    assert same_weights(one, two)
    assert not same_weights(one, other)


def test_training_leaves_the_callers_generator_alone(tmp_path: Path) -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    run = trained(tmp_path / "run", steps=3)
    load_seq2seq(run)
    assert torch.equal(torch.get_rng_state(), before)


OPTIONS = {
    "pairs": ({}, {"denoise": 0.2, "scheduled_sampling": 0.5, "label_smoothing": 0.1}),
    "windows": ({"variational": True}, {"bptt": 2}),
    "attention": ({"attention": "additive", "layers": 2, "cell": "gru"}, {}),
    "stream": ({"shared_vocabulary": True, "bidirectional": False}, {"stream": "next", "bptt": 4, "batch_size": 4}),
}


@pytest.mark.parametrize("kind", OPTIONS)
def test_a_stopped_run_goes_on_as_if_never_stopped(kind: str, text: Path, tmp_path: Path) -> None:
    model, options = OPTIONS[kind]
    if kind == "stream":
        options = {**options, "corpus": str(text)}
    whole = trained(tmp_path / "whole", model, **options)
    stopped = Run(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        train(replace(SMALL, **model), replace(TRAINING, **options), stopped.path, progress=stop_at(13))
    assert not stopped.finished
    assert (stopped.path / STATE_FILE).exists()
    resume(stopped)
    assert same_weights(stopped, whole)
    keep = ("step", "tokens_seen", "train_nats_per_token", "valid_nats_per_token", "valid_tokens")
    assert [[line[k] for k in keep] for line in stopped.history] == [[line[k] for k in keep] for line in whole.history]
    assert len(whole.history) == 3
    with pytest.raises(RunError, match="has finished"):
        resume(stopped)


def test_running_text_trains_and_leaves_its_ids_behind(text: Path, tmp_path: Path) -> None:
    model = {"source_level": "word", "target_level": "word", "shared_vocabulary": True, "bidirectional": False}
    run = trained(tmp_path / "run", model, corpus=str(text), stream="self", bptt=5, batch_size=4)
    assert not (run.path / "encoded").exists()
    assert not (run.path / "target").exists()
    assert run.metrics["valid_perplexity"] == pytest.approx(math.exp(run.metrics["valid_nats_per_token"]))
    assert run.history[0]["valid_nats_per_token"] > run.history[-1]["valid_nats_per_token"]
    assert all(2 <= len(phrase.split()) <= 3 for phrase in load_phrases(run))
    with pytest.raises(TrainingError, match=r"words\.txt \(train\): \d+ tokens are too few for 900 columns"):
        trained(tmp_path / "wide", model, corpus=str(text), stream="self", bptt=5, batch_size=900)


def test_phrases_are_kept_with_their_counts(text: Path, tmp_path: Path) -> None:
    model = {"source_level": "word", "target_level": "word", "shared_vocabulary": True}
    run = trained(tmp_path / "run", model, corpus=str(text), phrases=True, shortest=2, pairs=400)
    phrases = load_phrases(run)
    from embedkit.corpora import open_corpus

    lines = list(open_corpus(str(text)).lines("train"))
    counts = list(phrases.values())
    assert counts == sorted(counts, reverse=True)
    for phrase, count in list(phrases.items())[:3]:
        words = phrase.split()
        found = sum(line.split()[i : i + len(words)] == words for line in lines for i in range(5))
        assert found == count
    assert len(phrases) > 100
    model_, source, target = load_seq2seq(run)
    assert source is target
    assert model_.source_embedding.weight is model_.target_embedding.weight


def test_damaged_phrases_are_named(copy_run: Run, tmp_path: Path) -> None:
    run = Run(tmp_path)
    with pytest.raises(RunError, match=r"phrases\.tsv: no such file"):
        load_phrases(run)
    for damaged, place in (("abc\t3\nabd\n", 2), ("abc\tmany\n", 1), ("\t3\n", 1)):
        (tmp_path / "phrases.tsv").write_text(damaged)
        with pytest.raises(RunError, match=rf"phrases\.tsv:{place}: .* is not a phrase and its count"):
            load_phrases(run)
    strings = load_phrases(copy_run)
    assert set(strings) == set(copy_pairs(1500, longest=3).source.lines("train"))
    assert set(strings.values()) == {1}


def test_references_are_what_the_vocabulary_can_give_back(tmp_path: Path) -> None:
    """Otherwise a right answer would be a wrong one: "U.S." is three tokens, and they are printed "u. s."."""
    rows = [f'ein satz {i}\tThe U.S. said  "no", Mr. {i} !' for i in range(200)]
    (tmp_path / "quotes.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    corpus = open_pairs(tmp_path / "quotes.tsv")
    source, target = (Vocabulary.build(side, level="word") for side in (corpus.source, corpus.target))
    split = encode_pairs(corpus, "train", source, target)
    for ids, reference in zip(split.pairs.targets, split.references, strict=True):
        assert target.decode(ids[:-1]) == reference
    split = encode_pairs(corpus, "train", *[Vocabulary.build(corpus.target, level="char")] * 2)
    assert split.references[0] == next(corpus.target.lines("train"))
    split = encode_pairs(corpus, "train", *[Vocabulary.build(corpus.target, level="bpe", size=300)] * 2)
    assert split.references[0] == next(corpus.target.lines("train"))


def test_two_vocabularies_or_one(table: Path, tmp_path: Path) -> None:
    words = {"source_level": "word", "target_level": "word"}
    apart = trained(tmp_path / "apart", words, corpus=str(table), steps=3)
    _, source, target = load_seq2seq(apart)
    assert source.index_of("king") is not None
    assert source.index_of("gnik") is None
    assert target.index_of("gnik") is not None
    assert (apart.path / "target" / "tokenizer.json").exists()
    shared = trained(tmp_path / "shared", {**words, "shared_vocabulary": True}, corpus=str(table), steps=3)
    _, source, target = load_seq2seq(shared)
    assert source is target
    assert None not in (source.index_of("king"), source.index_of("gnik"))
    mixed = trained(
        tmp_path / "mixed", {"source_level": "bpe", "source_vocabulary_size": 270}, corpus=str(table), steps=3
    )
    _, source, target = load_seq2seq(mixed)
    assert (source.level, len(source), target.level) == ("bpe", 270, "char")


def test_the_best_weights_are_chosen_as_asked(table: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """BLEU falls from evaluation to evaluation, while the loss falls as well: the first weights are the best by BLEU,
    and the last by loss."""
    from embedkit.tasks.seq2seq import objective as pairs
    from embedkit.text.bleu import TextScore
    from embedkit.training import loop

    scores = iter(range(90, 0, -10))
    monkeypatch.setattr(pairs, "bleu", lambda *_, **__: TextScore(next(scores), ""))
    saved: list[str] = []
    monkeypatch.setattr(loop, "save_weights", lambda run, model: saved.append(run.name))
    monkeypatch.setattr("embedkit.training.driver.load_weights", lambda run, model: None)
    for best, times in (("bleu", 1), ("loss", 3)):
        run = trained(tmp_path / best, {"dropout": 0.0}, best=best, learning_rate=1e-3)
        falling = [line["valid_nats_per_token"] for line in run.history]
        assert falling == sorted(falling, reverse=True)
        # `_save` writes the weights too where there are none yet, which here is always.
        assert saved.count(best) - len(run.history) == times


def test_options_that_cannot_go_together(text: Path, tmp_path: Path) -> None:
    stream = {"stream": "self", "corpus": str(text)}
    shared = {"shared_vocabulary": True, "bidirectional": False}
    for model, options, said in (
        ({**shared, "attention": "dot"}, stream, "leave --attention none"),
        ({**shared, "bidirectional": True}, stream, "--no-bidirectional"),
        ({"bidirectional": False}, stream, "--shared-vocabulary"),
        (shared, {**stream, "phrases": True}, "give one"),
        (shared, {**stream, "denoise": 0.1}, "--denoise is for pairs"),
        (shared, {**stream, "scheduled_sampling": 0.1}, "--scheduled-sampling is for pairs"),
        (shared, {**stream, "best": "bleu"}, "--best is for pairs"),
        ({}, {"compile": True}, "--compile is for language models"),
        (shared, {"stream": "self", "corpus": "copy"}, "copy"),
        ({**shared, "bidirectional": False}, {**stream, "denoise": 0.1}, "--denoise is for pairs"),
        ({**shared, "bidirectional": False}, {**stream, "best": "bleu"}, "--best is for pairs"),
        ({}, {"compile": True}, "--compile is for language models"),
        (shared, {"phrases": True, "corpus": "dates"}, "dates"),
        ({"shared_vocabulary": True, "source_level": "word"}, {}, "the same level"),
        ({}, {"shortest": 4, "longest": 3}, "--longest 3: must be at least --shortest 4"),
        ({}, {"device": "cud"}, "did you mean cuda"),
    ):
        with pytest.raises(UsageError, match=said):
            trained(tmp_path / "run", model, **options)
        assert not (tmp_path / "run" / "metrics.json").exists()
    run = trained(tmp_path / "finished", steps=2)
    with pytest.raises(UsageError, match="holds a run already"):
        trained(run.path)
    with pytest.raises(UsageError, match=r"--denoise 1\.0: must be at least 0 and below 1"):
        replace(TRAINING, denoise=1.0)


def test_a_changed_corpus_is_not_resumed(table: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        train(SMALL, replace(TRAINING, corpus=str(table)), tmp_path / "run", progress=stop_at(2))
    table.write_text(table.read_text() + "more\tEROM\n")
    with pytest.raises(RunError, match="has changed since"):
        resume(Run(tmp_path / "run"))


def test_another_kind_of_run_is_not_resumed(tmp_path: Path) -> None:
    run = Run(tmp_path / "run")
    run.write_config({"kind": "word2vec"})
    with pytest.raises(RunError, match="is a word2vec run, which is made at once"):
        resume(run)


def test_damaged_weights_are_named(tmp_path: Path) -> None:
    run = trained(tmp_path / "run", steps=2)
    (run.path / "weights.safetensors").write_bytes(b"not tensors")
    with pytest.raises(RunError, match=r"weights\.safetensors: damaged"):
        load_seq2seq(run)


def test_embeddings_start_from_given_vectors(table: Path, tmp_path: Path) -> None:
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("2 8\nking 3 4 0 0 0 0 0 0\nzebra 1 0 0 0 0 0 0 0\n")
    corpus = open_pairs(table)
    vocabulary = Vocabulary.build(corpus.source, level="word")
    torch.manual_seed(0)
    model = EncoderDecoder(SMALL, vocabulary.counts, vocabulary.counts)
    before = model.source_embedding.weight.detach().clone()
    assert start_from(model, vocabulary, str(vectors)) == 1
    king = vocabulary.index_of("king")
    torch.testing.assert_close(model.source_embedding.weight[king], torch.tensor([0.6, 0.8, 0, 0, 0, 0, 0, 0]))
    rest = [i for i in range(len(vocabulary)) if i != king]
    assert torch.equal(model.source_embedding.weight[rest], before[rest])
    with pytest.raises(UsageError, match="add --embedding-size 8"):
        start_from(EncoderDecoder(replace(SMALL, embedding_size=4), *[vocabulary.counts] * 2), vocabulary, str(vectors))
    vectors.write_text("1 8\nzebra 1 0 0 0 0 0 0 0\n")
    with pytest.raises(UsageError, match="it has none of the source's 14 tokens"):
        start_from(model, vocabulary, str(vectors))


def test_a_run_says_where_it_came_from(copy_run: Run) -> None:
    assert copy_run.kind == "seq2seq"
    assert copy_run.provenance["corpus"]["checksum"] == copy_pairs(1500, longest=3).checksum
    assert json.loads((copy_run.path / "metrics.json").read_text()) == copy_run.metrics
    assert copy_run.config["training"]["longest"] == 3


def test_what_is_wrong_is_said_before_a_folder_is_made(table: Path, tmp_path: Path) -> None:
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("1 8\nzebra 1 0 0 0 0 0 0 0\n")
    wrong = {"corpus": str(table), "vectors": str(vectors)}, {"corpus": str(table), "device": "gpu"}
    for options in wrong:
        with pytest.raises(UsageError):
            train(SMALL, replace(TRAINING, **options), tmp_path / "run")
        assert not (tmp_path / "run").exists()


def test_a_run_goes_on_without_the_vectors_it_started_from(table: Path, tmp_path: Path) -> None:
    vectors = tmp_path / "vectors.txt"
    vectors.write_text("2 8\nking 3 4 0 0 0 0 0 0\nzebra 1 0 0 0 0 0 0 0\n")
    options = {"corpus": str(table), "vectors": str(vectors)}
    model = {"source_level": "word", "target_level": "word", "embedding_size": 8}
    whole = trained(tmp_path / "whole", model, **options)
    stopped = Run(tmp_path / "stopped")
    with pytest.raises(KeyboardInterrupt):
        train(replace(SMALL, **model), replace(TRAINING, **options), stopped.path, progress=stop_at(13))
    vectors.unlink()
    resume(stopped)
    assert same_weights(stopped, whole)
