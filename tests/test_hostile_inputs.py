"""A short form of `python -m benchmarks.hostile_inputs`: damaged files are read or refused in one line, and what was
not touched comes back as it was."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from benchmarks.hostile_inputs.damage import damaged
from benchmarks.hostile_inputs.formats import SHARES, TRAINED, samples
from benchmarks.hostile_inputs.sample import Sample, missing_or_changed
from benchmarks.hostile_inputs.trial import judged, read

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
    assert not missing_or_changed(sound, [*sound, ("man", 3)], whole=True)
    assert missing_or_changed(sound, [("king", 1)], whole=True).startswith("lost or changed: ('queen', 2)")
    assert not missing_or_changed(sound, [("king", 1)], whole=False)
    assert missing_or_changed(sound, [("king", 1), ("queen", 5)], whole=False) == "another value of 'queen'"
    assert not missing_or_changed(sound, [("king", 1), ("queen", 5)], whole=False, slack=1)
