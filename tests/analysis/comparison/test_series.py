"""Words followed through periods, where it is known which of them moved."""

from dataclasses import replace

import numpy as np
import pytest

from embedkit.analysis.comparison.series import Period, WordPath, aligned_to_mean, series
from embedkit.errors import SpaceError, UsageError
from embedkit.spaces.space import EmbeddingSpace

WORDS = tuple(f"w{number}" for number in range(120))


def turned(vectors: np.ndarray, seed: int, noise: float) -> np.ndarray:
    """The same vectors turned at random, with some noise: another training."""
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.normal(size=(vectors.shape[1],) * 2))[0]
    return ((vectors + noise * rng.normal(size=vectors.shape)) @ turn).astype(np.float32)


def spaces(*, moved: int = 3, seeds: int = 3, noise: float = 0.1, counts: bool = True) -> tuple[Period, ...]:
    """Three periods; the first `moved` words are elsewhere from the second on."""
    rng = np.random.default_rng(7)
    before = rng.normal(size=(len(WORDS), 10))
    after = before.copy()
    after[:moved] = rng.normal(size=(moved, 10))
    columns = {"count": np.arange(len(WORDS), 0, -1)} if counts else {}
    periods = []
    for number, vectors in enumerate((before, after, after)):
        members = tuple(
            EmbeddingSpace(f"p{number}s{seed}", WORDS, turned(vectors, 10 * number + seed, noise), columns)
            for seed in range(seeds)
        )
        periods.append(Period(f"p{number}", members, tuple(member.name for member in members)))
    return tuple(periods)


def test_the_words_that_moved_leave_their_band_and_no_others() -> None:
    found = series(spaces(), floor=0)
    assert [path.word for path in found.paths[:3]] != []
    assert {path.word for path in found.paths[:3]} == {"w0", "w1", "w2"}
    assert all(path.left == 1 for path in found.paths[:3])
    # Of nine distances between seeds and nine from the first period to a later one, hardly any by chance.
    assert found.left is not None
    assert 3 <= found.left <= 5
    assert found.left_by_chance is not None
    assert found.left_by_chance < 2
    assert found.regroupings == 20
    first, second, third = found.periods
    assert first.agreement > 0.9
    assert (first.name, second.spaces) == ("p0", ("p1s0", "p1s1", "p1s2"))
    assert second.typical == pytest.approx(third.typical, rel=0.3)


def test_with_one_space_a_period_there_is_no_band() -> None:
    found = series(spaces(seeds=1), floor=0)
    assert (found.left, found.left_by_chance, found.regroupings) == (None, None, 0)
    assert {path.word for path in found.paths[:3]} == {"w0", "w1", "w2"}
    assert all(path.band is None and path.left is None and path.distances[0] == 0 for path in found.paths)
    assert found.periods[0].typical is None


def test_periods_that_do_not_differ_leave_no_more_than_chance() -> None:
    found = series(spaces(moved=0, seeds=2), floor=0)
    assert found.left is not None
    assert found.left_by_chance is not None
    assert abs(found.left - found.left_by_chance) < 12


def test_a_turned_space_is_turned_back() -> None:
    vectors = np.random.default_rng(1).normal(size=(60, 5))
    unit = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    aligned, mean = aligned_to_mean([unit, turned(unit, 3, 0.0), np.pad(turned(unit, 4, 0.0), ((0, 0), (0, 2)))])
    for each in aligned:
        assert np.abs(each - aligned[0]).max() < 1e-5
    assert np.abs(mean - aligned[0]).max() < 1e-5


def test_a_path_is_worked_out_by_hand() -> None:
    path = WordPath("x", 3, (0.1, 0.4, 0.5), (0.0, 0.2, 0.45), 0.3, ((), (), ()))
    assert path.left == 2
    assert replace(path, band=0.45).left is None
    assert replace(path, band=0.1).left == 1


def test_rare_words_are_followed_but_not_spoken_of() -> None:
    found = series(spaces(), floor=119, words=["w0", "w119"])
    assert found.considered == 2
    assert {path.word for path in found.paths} == {"w0", "w1"}
    assert [path.word for path in found.asked] == ["w0", "w119"]
    assert found.asked[1].count == 1
    assert len(found.asked[0].nearest) == 3
    assert "w0" not in found.asked[0].nearest[0]
    assert found.counted
    unknown = series(spaces(counts=False), floor=50, words=(word for word in ("w0", "w3")))
    assert (unknown.considered, unknown.counted) == (len(WORDS) // 2, False)
    assert [path.word for path in unknown.asked] == ["w0", "w3"]
    for floor, considered in ((1, len(WORDS) // 2), (0, len(WORDS)), (-1, len(WORDS))):
        assert series(spaces(counts=False), floor=floor).considered == considered
    # A word whose count one text does not know is as frequent as in the others.
    first, *later = spaces()
    counts = np.where(np.arange(len(WORDS)) == 0, np.nan, first.spaces[0].columns["count"])
    partly = replace(first, spaces=(replace(first.spaces[0], columns={"count": counts}), *first.spaces[1:]))
    assert series([partly, *later], floor=119).considered == 2
    # Of two words two can leave their band, whichever way the spaces are dealt out.
    many = series(spaces(moved=60, seeds=2), floor=119)
    assert many.left_by_chance is not None
    assert 0 < many.left_by_chance <= 2


def test_what_cannot_be_followed_is_told() -> None:
    one, two, three = spaces(seeds=1)
    with pytest.raises(UsageError, match="two periods or more"):
        series([one])
    with pytest.raises(UsageError, match="'nowhere' is not among"):
        series([one, two], words=["nowhere"])
    with pytest.raises(UsageError, match="have 14 words in common"):
        series([one, two], restrict=14)
    flat = EmbeddingSpace("flat", WORDS, np.ones((len(WORDS), 3), dtype=np.float32))
    with pytest.raises(SpaceError, match="all 120 words point the same way"):
        series([three, Period("flat", (flat,), ("flat",))])
