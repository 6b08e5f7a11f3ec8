"""A short form of `python -m benchmarks.hostile_inputs`: damaged files are read or refused in one line, and no row that
was not touched has other values."""

from benchmarks.hostile_inputs import batch


def test_damaged_files_are_read_or_refused() -> None:
    outcomes = batch(range(90_000, 90_150))
    assert outcomes.keys() == {"read", "refused"}, {what: seeds[:3] for what, seeds in outcomes.items()}
    assert len(outcomes["read"]) > 20
    assert len(outcomes["refused"]) > 50
