"""Training on with another text: weights carried over, tokens mapped, and both runs on record."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file, save_file

from embedkit.cli.edge import run as run_command
from embedkit.errors import EmbedkitWarning, RunError, UsageError
from embedkit.report.origins import ancestors, run_lineage
from embedkit.runs.folder import Run
from embedkit.tasks.language_model.config import LanguageModel, LanguageModelTraining
from embedkit.tasks.language_model.network import load_language_model
from embedkit.tasks.seq2seq.config import Seq2SeqModel, Seq2SeqTraining
from embedkit.tasks.seq2seq.network import load_seq2seq
from embedkit.text.vocabulary import Vocabulary
from embedkit.training.driver import resume, train
from embedkit.training.transfer import TokenMap
from tests.progress import stop_at

WORDS = LanguageModel(embedding_size=8, hidden_size=16, dropout=0.0)
FROZEN = {"learning_rate": 1e-12, "schedule": "constant", "warmup": 0.0, "seed": 3}
"""Training that moves nothing, so that the weights are those that it started from."""


def written(path: Path, words: str) -> Path:
    rng = np.random.default_rng(0)
    path.write_text("\n".join(" ".join(rng.choice(words.split(), 6)) for _ in range(300)) + "\n", encoding="utf-8")
    return path


def training(corpus: Path, **options: object) -> LanguageModelTraining:
    return replace(LanguageModelTraining(corpus=str(corpus), batch_size=8, bptt=10, steps=4, evaluations=2), **options)


@pytest.fixture
def earlier(tmp_path: Path) -> Run:
    return train(WORDS, training(written(tmp_path / "old.txt", "the cat sees a dog")), tmp_path / "earlier")


def vocabulary(*tokens: str) -> Vocabulary:
    return Vocabulary("word", tokens, np.ones(len(tokens), dtype=np.int64))


def test_tokens_are_the_same_where_they_are_spelled_the_same() -> None:
    tokens = TokenMap.between(vocabulary("<unk>", "a", "b", "c"), vocabulary("<unk>", "c", "d", "a", "e"))
    assert tokens.earlier.tolist() == [0, 3, 1]
    assert tokens.here.tolist() == [0, 1, 3]
    assert tokens.counts == {"kept": 3, "new": 2, "lost": 1}
    assert TokenMap.between(vocabulary("a"), vocabulary("b")).counts == {"kept": 0, "new": 1, "lost": 1}


def test_kept_words_keep_their_vectors_and_new_ones_start_anew(earlier: Run, tmp_path: Path) -> None:
    new = written(tmp_path / "new.txt", "the dog eats a bone")
    with pytest.warns(EmbedkitWarning, match="5 tokens kept .* 2 new.* 2 lost"):
        run = train(WORDS, training(new, start_from=str(earlier.path), **FROZEN), tmp_path / "later")
    before, old = load_language_model(earlier)
    after, here = load_language_model(run)
    for word in ("the", "dog", "a", "<unk>", "<eos>"):
        rows = old.index_of(word), here.index_of(word)
        assert torch.allclose(before.embedding.weight[rows[0]], after.embedding.weight[rows[1]], atol=1e-6)
        assert torch.allclose(before.softmax.bias[rows[0]], after.softmax.bias[rows[1]], atol=1e-6)
    layers = zip(before.core.parameters(), after.core.parameters(), strict=True)
    assert all(torch.allclose(theirs, ours, atol=1e-6) for theirs, ours in layers)
    assert here.index_of("cat") is None
    bone = after.embedding.weight[here.index_of("bone")]
    assert torch.cdist(bone[None], before.embedding.weight).min() > 0.1

    record = run.provenance["start_from"]
    assert (record["run"], record["tokens"]) == ("earlier", {"tokens": {"kept": 5, "new": 2, "lost": 2}})
    assert record["corpus"] == earlier.provenance["corpus"] != run.provenance["corpus"]
    assert record["weights"].startswith("sha256:")


@pytest.mark.filterwarnings("ignore::embedkit.errors.EmbedkitWarning")
def test_the_lineage_goes_on_through_several_runs(earlier: Run, tmp_path: Path) -> None:
    second = train(WORDS, training(written(tmp_path / "b.txt", "a dog"), start_from=str(earlier.path)), tmp_path / "b")
    third = train(WORDS, training(written(tmp_path / "c.txt", "a cat"), start_from=str(second.path)), tmp_path / "c")
    lines = list(ancestors(third.provenance))
    assert [line.split(":")[0] for line in lines] == ["b, trained on b", "earlier, trained on old"]
    assert run_lineage(third).started_from == tuple(lines)
    assert run_lineage(earlier).started_from == ()


@pytest.mark.filterwarnings("ignore::embedkit.errors.EmbedkitWarning")
def test_stopped_it_goes_on_to_the_same_weights(earlier: Run, tmp_path: Path) -> None:
    options = training(written(tmp_path / "new.txt", "the dog eats"), steps=12, start_from=str(earlier.path))
    whole = train(WORDS, options, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        train(WORDS, options, tmp_path / "stopped", progress=stop_at(5))
    stopped = resume(Run(tmp_path / "stopped"))
    assert (stopped.path / "weights.safetensors").read_bytes() == (whole.path / "weights.safetensors").read_bytes()


def test_another_shape_and_another_kind_are_refused(earlier: Run, tmp_path: Path) -> None:
    options = training(tmp_path / "old.txt", start_from=str(earlier.path))
    with pytest.raises(UsageError, match="another hidden size; add --hidden-size 16"):
        train(replace(WORDS, hidden_size=32), options, tmp_path / "wide")
    with pytest.raises(UsageError, match="another tied; add --tied"):
        train(replace(WORDS, tied=False), options, tmp_path / "untied")
    with pytest.raises(UsageError, match="is a language-model run; this needs seq2seq"):
        train(Seq2SeqModel(), Seq2SeqTraining(start_from=str(earlier.path)), tmp_path / "pairs")
    weights = load_file(earlier.path / "weights.safetensors")
    save_file(weights | {"embedding.weight": weights["embedding.weight"][:-1]}, earlier.path / "weights.safetensors")
    with pytest.warns(EmbedkitWarning), pytest.raises(RunError, match="another shape than its vocabulary"):
        train(WORDS, options, tmp_path / "short")
    (earlier.path / "weights.safetensors").unlink()
    with pytest.raises(RunError, match="has no weights yet"):
        train(WORDS, options, tmp_path / "none")


def pairs(path: Path, source: str, target: str) -> Path:
    rng = np.random.default_rng(1)
    rows = [rng.integers(3, size=rng.integers(2, 9)) for _ in range(200)]
    lines = ["\t".join(" ".join(np.array(side.split())[row]) for side in (source, target)) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("shared", [False, True])
def test_an_encoder_decoder_maps_both_sides(tmp_path: Path, shared: bool) -> None:
    model = Seq2SeqModel(shared_vocabulary=shared, embedding_size=8, hidden_size=16, bottleneck_size=8, min_count=1)
    options = Seq2SeqTraining(steps=2, evaluations=1, batch_tokens=64)
    old = pairs(tmp_path / "old.tsv", "one two three", "un deux trois")
    new = pairs(tmp_path / "new.tsv", "one two four", "un deux quatre")
    earlier = train(model, replace(options, corpus=str(old)), tmp_path / "earlier")
    with pytest.warns(EmbedkitWarning, match="tokens kept with their vectors"):
        run = train(model, replace(options, corpus=str(new), start_from=str(earlier.path), **FROZEN), tmp_path / "run")
    sides = {side: tuple(counts.values()) for side, counts in run.provenance["start_from"]["tokens"].items()}
    assert sides == ({"tokens": (6, 2, 2)} if shared else {"source": (4, 1, 1), "target": (4, 1, 1)})
    (before, _, old_target), (after, _, target) = load_seq2seq(earlier), load_seq2seq(run)
    rows = old_target.index_of("deux"), target.index_of("deux")
    assert torch.allclose(before.target_embedding.weight[rows[0]], after.target_embedding.weight[rows[1]], atol=1e-6)
    assert torch.allclose(before.to_code.weight, after.to_code.weight, atol=1e-6)


def test_on_the_command_line_the_shape_is_the_earlier_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("EMBEDKIT_RUNS", str(tmp_path / "runs"))
    old, new = written(tmp_path / "old.txt", "the cat sees a dog"), written(tmp_path / "new.txt", "a dog eats")
    small = ["--embedding-size", "8", "--hidden-size", "16", "--batch-size", "8", "--bptt", "10", "--steps", "4"]
    assert run_command(["train", "lm", "--corpus", str(old), "--level", "char", *small, "--name", "base"]) == 0
    later = ["train", "lm", "--start-from", "base", "--corpus", str(new), "--batch-size", "8", "--steps", "2"]
    assert run_command([*later, "--name", "later"]) == 0
    assert "kept with their vectors" in capsys.readouterr().err
    model = Run(tmp_path / "runs" / "later").config["model"]
    assert (model["level"], model["embedding_size"], model["hidden_size"], model["tied"]) == ("char", 8, 16, False)
    for words, message in (
        (["--resume", "base", "--corpus", str(new)], "use --start-from base"),
        (["--start-from", "bsae", "--corpus", str(new)], "did you mean base?"),
        (["--start-from", "base", "--corpus", str(new), "--hidden-size", "99"], "add --hidden-size 16"),
    ):
        assert run_command(["train", "lm", *words]) == 2
        assert message in capsys.readouterr().err
