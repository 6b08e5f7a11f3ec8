"""A short form of `python -m benchmarks.hostile_inputs`: damaged files are read or refused in one line, and what was
not touched comes back as it was."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.hostile_inputs.damage import damaged
from benchmarks.hostile_inputs.formats import SHARES, TRAINED, samples
from benchmarks.hostile_inputs.ledger import Ledger, batches_of, batches_with, tally
from benchmarks.hostile_inputs.sample import Expected, Sample
from benchmarks.hostile_inputs.trial import Outcome, judged, read

INPUTS = 60


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, list[Sample]]:
    return samples(tmp_path_factory.mktemp("sound"), None)


@pytest.mark.parametrize("format", [name for name in SHARES if name not in TRAINED])
def test_damaged_files_are_read_or_refused(format: str, sound: Mapping[str, list[Sample]], tmp_path: Path) -> None:
    others = [data for sample in sound["embeddings"] for data in sample.files.values()]
    outcomes: Counter[str] = Counter()
    for seed in range(90_000, 90_000 + INPUTS):
        sample = sound[format][seed % len(sound[format])]
        if not sample.items:
            sample.items.extend(read(sample, sample.files, tmp_path / f"whole-{seed}"))
        outcome = judged(sample, damaged(sample, others, seed), tmp_path / str(seed))
        assert outcome.what in ("read", "refused"), f"{sample.name}, seed {seed}: {outcome}"
        outcomes[outcome.what] += 1
    assert min(outcomes["read"], outcomes["refused"]) > INPUTS // 10


def test_a_value_that_is_lost_or_another_is_seen() -> None:
    sound = [("king", 1), ("queen", 2)]
    assert not Expected(sound, whole=True).wrong([*sound, ("man", 3)])
    assert Expected(sound, whole=True).wrong([("king", 1)]).startswith("lost or changed: ('queen', 2)")
    assert not Expected(sound, whole=False).wrong([("king", 1)])
    assert Expected(sound, whole=False).wrong([("king", 1), ("queen", 5)]) == "another value of 'queen'"
    assert not Expected(sound, whole=False, slack=1).wrong([("king", 1), ("queen", 5)])


@pytest.mark.parametrize("format", [name for name in SHARES if name not in TRAINED])
def test_a_reader_that_is_wrong_is_counted(format: str, sound: Mapping[str, list[Sample]], tmp_path: Path) -> None:
    outcomes: Counter[str] = Counter()
    for seed in range(INPUTS):
        sample = sound[format][seed % len(sound[format])]
        if not sample.items:
            sample.items.extend(read(sample, sample.files, tmp_path / f"whole-{seed}"))
        outcomes[judged(sample.misread(), damaged(sample, [b"x"], seed), tmp_path / str(seed)).what] += 1
    assert outcomes["wrong"]


def test_a_campaign_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    batches = batches_of(["texts", "TOML"], count=240, first=10)
    assert [(batch.format, batch.seeds) for batch in batches[:3]] == [
        ("texts", range(10, 60)),
        ("TOML", range(10, 60)),
        ("texts", range(60, 110)),
    ]
    assert sum(len(batch.seeds) for batch in batches) == 240
    assert [batch.seeds for batch in batches_with("texts", [7, 3, 5, 4])] == [range(3, 6), range(7, 8)]
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.add(
        batches[0], tally("texts", [(10, "bytes", Outcome("read", compared=True)), (11, "line 3", Outcome("refused"))])
    )
    ledger.add(batches[1], tally("TOML", [(10, "value x", Outcome("wrong", "another value of 'y'"))]))
    with open(tmp_path / "ledger.jsonl", "a") as cut:
        cut.write('{"batch": ["texts", 60')
    kept = Ledger(tmp_path / "ledger.jsonl")
    assert kept.done == ledger.done
    assert [str(met) for met in kept.by_format()["TOML"].met] == ["TOML 10: wrong (value x) another value of 'y'"]
    assert kept.by_format()["texts"].compared == 1
    assert set(Ledger(tmp_path / "ledger.jsonl", again=True).done) == {batches[0]}
