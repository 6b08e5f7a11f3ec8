"""What a space is organised by: purity and R² worked out on paper, a control that holds, and what is left out."""

from collections.abc import Mapping

import numpy as np
import pytest
from scipy import stats

from embedkit.analysis.intervals import bounds
from embedkit.analysis.organisation.columns import ColumnScore, Organisation, organised_by
from embedkit.errors import UsageError
from embedkit.spaces.space import EmbeddingSpace
from tests.progress import Recorder


def at(degrees: list[float]) -> np.ndarray:
    """Unit vectors in a plane, so that what is nearest can be read off."""
    angles = np.deg2rad(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def space(vectors: np.ndarray, columns: Mapping[str, np.ndarray]) -> EmbeddingSpace:
    return EmbeddingSpace("try", tuple(f"p{i}" for i in range(len(vectors))), vectors, columns)


def only(organisation: Organisation) -> ColumnScore:
    (column,) = organisation.columns
    return column


def test_purity_of_four_points_on_paper() -> None:
    # One neighbour each: 0 → 10 (alike), 10 → 0 (alike), 30 → 10 (unlike), 90 → 30 (alike).
    column = only(organised_by(space(at([0, 10, 30, 90]), {"side": np.array(["a", "a", "b", "b"])})))
    assert column.k == 1  # at most half of the three others
    assert {each.name: each.value for each in column.categories} == {"a": 1.0, "b": 0.5}
    assert column.value == pytest.approx(0.75)
    assert column.chance == pytest.approx(1 / 3)
    assert column.score == pytest.approx((0.75 - 1 / 3) / (2 / 3))
    assert not column.organises


def test_a_category_is_asked_for_no_more_neighbours_than_it_has_others() -> None:
    kinds = np.array(["pair"] * 2 + ["many"] * 8)
    column = only(organised_by(space(at([0, 1, 60, 61, 62, 63, 64, 65, 66, 67]), {"kind": kinds}), k=4))
    assert (column.k, column.value, column.score) == (4, 1.0, 1.0)
    assert [(each.name, each.n, each.queries) for each in column.categories] == [("many", 8, 8), ("pair", 2, 2)]
    assert [each.chance for each in column.categories] == [pytest.approx(7 / 9), pytest.approx(1 / 9)]


def test_purity_without_an_exception_has_the_interval_of_so_many_points_alike() -> None:
    degrees = [*range(30), *range(90, 120)]
    column = only(organised_by(space(at(degrees), {"side": np.array(["a"] * 30 + ["b"] * 30)}), k=3))
    # Were p of the points alike, all 60 would be with p^60; below 0.025^(1/60) that is once in forty times at most.
    p = 0.025 ** (1 / 60)
    chance = 29 / 59
    assert column.interval is not None
    assert (column.score, column.interval.high) == (1.0, 1.0)
    assert column.interval.low == pytest.approx((p - chance) / (1 - chance))


def test_categories_count_alike_whatever_their_size() -> None:
    # The three of "b" lie among those of "a": each has its nearest there.
    degrees = [0, 2, 4, 6, 8, 10, 12, 14, 16, 1, 7, 13]
    column = only(organised_by(space(at(degrees), {"kind": np.array(["a"] * 9 + ["b"] * 3)}), k=1))
    purities = {each.name: each.value for each in column.categories}
    assert purities["b"] == 0
    assert column.value == pytest.approx((purities["a"] + purities["b"]) / 2)


def test_the_interval_of_purity_is_that_of_leaving_out_each_point_by_hand() -> None:
    degrees = np.array([0, 3, 7, 12, 18, 25, 33, 42, 52, 63, 75, 88, 102, 117])
    kinds, k = np.array(list("aababbaccbcacb")), 3
    column = only(organised_by(space(at(list(degrees)), {"kind": kinds}), k=k))
    others = np.argsort(np.abs(degrees[:, None] - degrees) + 1000 * np.eye(14), axis=1)[:, :13]

    def share(point: int, left_out: int) -> float:
        asked = min(k, (kinds == kinds[point]).sum() - 1)
        nearest = [other for other in others[point] if other != left_out][:asked]
        return float((kinds[nearest] == kinds[point]).mean())

    influence, means = np.zeros((3, 14)), []
    for row, kind in enumerate("abc"):
        points = np.flatnonzero(kinds == kind)
        shares = {int(point): share(point, -1) for point in points}
        means.append(np.mean(list(shares.values())))
        for left_out in range(14):
            changes = [share(point, left_out) - shares[point] for point in shares if point != left_out]
            influence[row, left_out] = sum(changes) / len(points)
            if left_out in shares:
                influence[row, left_out] += (means[row] - shares[left_out]) / (len(points) - 1)
    variances, freedoms = (influence**2).sum(axis=1), np.array([(kinds == kind).sum() - 1 for kind in "abc"])
    freedom = variances.sum() ** 2 / (variances**2 / freedoms).sum()  # Satterthwaite's
    variance = (influence.sum(axis=0) ** 2).sum() / 9
    low, high = bounds(np.array([np.mean(means)]), np.array([variance]), np.array([freedom]), np.zeros(1), 14)
    assert column.value == pytest.approx(np.mean(means))
    assert column.chance is not None
    assert column.interval is not None
    beyond = [(float(end[0]) - column.chance) / (1 - column.chance) for end in (low, high)]
    assert [column.interval.low, column.interval.high] == pytest.approx(beyond)


def test_r2_of_a_number_on_paper() -> None:
    # Two neighbours of seven points on an arc; the ranks are 1 … 7 sevenths, in the order of the arc.
    column = only(organised_by(space(at([0, 10, 21, 33, 46, 60, 75]), {"at": np.arange(7.0) ** 3}), k=2))
    # Mean ranks of the nearest: (2+3)/2, (1+3)/2, (1+2)/2, (2+3)/2, (3+4)/2, (4+5)/2, (5+6)/2.
    ranks, told = np.arange(1, 8), np.array([2.5, 2, 2.5, 3, 4, 5, 5.5])
    nearest = {0: (1, 2), 1: (0, 2), 2: (1, 3), 3: (2, 4), 4: (3, 5), 5: (4, 6), 6: (5, 4)}
    told = np.array([np.mean([ranks[other] for other in nearest[i]]) for i in range(7)])
    r2 = 1 - ((ranks - told) ** 2).sum() / ((ranks - 4) ** 2).sum()
    assert column.value == pytest.approx(r2)
    chance = 1 - 1.5 * 7 / 6
    assert column.chance == pytest.approx(chance)
    assert column.score == pytest.approx((r2 - chance) / (1 - chance))


@pytest.mark.parametrize("k", [1, 3])
def test_r2_is_of_as_many_neighbours_as_are_asked_for(k: int) -> None:
    degrees = np.array([0, 10, 21, 33, 46, 60, 75, 91])
    column = only(organised_by(space(at(list(degrees)), {"at": np.arange(8.0)}), k=k))
    others = np.argsort(np.abs(degrees[:, None] - degrees) + 1000 * np.eye(8), axis=1)[:, :7]
    losses = np.array([(point - others[point, :k].mean()) ** 2 for point in range(8)])
    squares = (np.arange(8) - 3.5) ** 2
    value, chance = 1 - losses.sum() / squares.sum(), 1 - (1 + 1 / k) * 8 / 7
    assert (column.value, column.chance) == (pytest.approx(value), pytest.approx(chance))
    # What each point adds to the error: its own, and what its neighbours would tell without it.
    errors = (1 - value) * squares - losses
    for left_out in range(8):
        for point in set(range(8)) - {left_out}:
            told = [other for other in others[point] if other != left_out][:k]
            errors[left_out] += (point - np.mean(told)) ** 2 - losses[point]
    reach = stats.t.ppf(0.975, 7) * np.sqrt((errors**2).sum()) / squares.sum()
    ends = np.array([value - reach, min(1, value + reach)])
    assert column.interval is not None
    assert [column.interval.low, column.interval.high] == pytest.approx((ends - chance) / (1 - chance))


def test_a_coordinate_is_told_and_noise_is_not() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(600, 3))
    days = np.datetime64("2020-01-01", "ms") + (1000 * vectors[:, 1]).astype(int) * np.timedelta64(1, "D")
    columns = {
        "noise": rng.normal(size=600),
        "side": np.where(vectors[:, 2] > 0, "up", "down"),
        "price": np.exp(5 * vectors[:, 0]),
        "coin": rng.random(600) < 0.5,
        "day": days.astype("datetime64[ms]"),
        "count": np.arange(600),
    }
    organisation = organised_by(space(vectors, columns))
    by_name = {column.name: column for column in organisation.columns}
    assert {column.name for column in organisation.organising} == {"price", "side", "day"}
    assert {"noise", "coin", "count"} == {column.name for column in organisation.columns[3:]}
    for name in ("noise", "coin", "count"):
        interval, control = by_name[name].interval, by_name[name].control
        assert interval is not None
        assert control is not None
        assert interval.low < 0 < interval.high
        assert control.low < 0 < control.high
        assert abs(control.mean) < 0.01
        assert control.p > 0.01
    price = by_name["price"]
    assert price.score is not None
    assert price.values_told is not None
    assert price.score > 0.8
    assert price.values_told < price.score  # a few large prices decide R² of the prices themselves
    assert price.control is not None
    assert (price.control.p, price.control.shuffles) == (0.01, 99)


def test_large_numbers_are_numbers() -> None:
    vectors = np.random.default_rng(0).normal(size=(60, 2))
    near = only(organised_by(space(vectors, {"n": 1e300 * vectors[:, 0]})))
    small = only(organised_by(space(vectors, {"n": vectors[:, 0]})))
    assert near.score == pytest.approx(small.score)
    assert near.values_told == pytest.approx(small.values_told)


def test_copies_tell_nothing_of_each_other() -> None:
    rng = np.random.default_rng(1)
    vectors = rng.normal(size=(60, 8)).astype(np.float32)
    twice = np.concatenate([vectors, 3 * vectors, vectors * np.float32(1 + 1e-7)])
    kinds = np.array(["a", "b", "c"] * 20)
    alone = organised_by(space(vectors, {"kind": kinds}))
    copied = organised_by(space(twice, {"kind": np.tile(kinds, 3)}))
    assert (copied.points, copied.copies, copied.queries) == (180, 120, 60)
    assert only(copied).score == pytest.approx(only(alone).score)
    assert only(copied).interval == pytest.approx(only(alone).interval)
    assert not only(copied).organises


def test_copies_have_their_commonest_category_and_their_mean() -> None:
    degrees = [0, 0, 0, 10, 30, 90]
    columns = {"side": np.array(["b", "a", "a", "a", "b", "b"]), "n": np.array([0.0, np.nan, 3.0, 1.0, 1.5, 2.0])}
    by_name = {column.name: column for column in organised_by(space(at(degrees), columns)).columns}
    assert by_name["side"].value == pytest.approx(0.75)  # as the four points above
    same = only(organised_by(space(at([0, 10, 30, 90]), {"n": np.array([1.5, 1.0, 1.5, 2.0])})))
    assert by_name["n"].value == pytest.approx(same.value)
    assert (by_name["n"].missing, by_name["n"].queries) == (1, 4)


def test_a_copy_without_a_category_has_that_of_the_others() -> None:
    degrees = [0, 0, 0, 10, 30, 90, 90, 120]
    side = np.array(["", "", "a", "a", "b", "", "b", ""])
    column = only(organised_by(space(at(degrees), {"side": side}), k=1))
    # The four vectors that have a category are those of the example on paper, and the one at 120° has none.
    assert (column.missing, column.points, column.queries) == (4, 8, 4)
    assert column.value == only(organised_by(space(at([0, 10, 30, 90]), {"side": np.array(list("aabb"))}), k=1)).value
    assert sorted((each.name, each.n) for each in column.categories) == [("a", 2), ("b", 2)]


def test_missing_values_are_left_out_and_counted() -> None:
    rng = np.random.default_rng(2)
    vectors = rng.normal(size=(200, 4))
    values = vectors[:, 0].copy()
    values[rng.random(200) < 0.7] = np.nan
    values[0] = np.inf
    kept = np.isfinite(values)
    column = only(organised_by(space(vectors, {"n": values})))
    alone = only(organised_by(space(vectors[kept], {"n": values[kept]})))
    assert (column.points, column.missing, column.queries) == (200, 200 - kept.sum(), kept.sum())
    assert column.score == pytest.approx(alone.score)
    assert column.interval == alone.interval


def test_zero_vectors_are_left_out() -> None:
    vectors = np.vstack([at([0, 10, 30, 90]), np.zeros((2, 2))])
    organisation = organised_by(space(vectors, {"side": np.array(["a", "a", "b", "b", "a", "b"])}))
    assert (organisation.zeros, organisation.queries, only(organisation).value) == (2, 4, pytest.approx(0.75))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        (np.array(["en"] * 6), "all are of one category"),
        (np.array([2.5] * 6), "all values are the same"),
        (np.full(6, np.nan), "no point that has a vector has a value"),
        (np.array([1.0, 2.0] + [np.nan] * 4), "only 2 different vectors have a value"),
        (np.array(["a", "a", "a", "a", "a", "b"]), "no two categories stand at two different vectors"),
    ],
)
def test_why_there_is_no_score(values: np.ndarray, reason: str) -> None:
    column = only(organised_by(space(at([0, 10, 20, 30, 40, 50]), {"x": values})))
    assert (column.score, column.interval, column.control, column.reason) == (None, None, None, reason)


def test_text_and_identifiers_are_not_asked() -> None:
    columns = {"id": np.array(list("abcd")), "text": np.array(["one", "two", "three", "four"])}
    assert organised_by(space(at([0, 10, 20, 30]), columns)).columns == ()


def test_some_points_are_asked_and_all_answer() -> None:
    vectors = np.random.default_rng(3).normal(size=(300, 3))
    made = space(vectors, {"x": vectors[:, 0]})
    every = only(organised_by(made, points=0))
    some = [only(organised_by(made, points=60, seed=seed)) for seed in (0, 0, 1)]
    assert some[0] == some[1]
    assert some[0].score != some[2].score
    assert (some[0].queries, every.queries) == (60, 300)
    assert some[0].score == pytest.approx(every.score, abs=0.1)
    assert some[0].interval is not None
    assert every.interval is not None
    assert some[0].interval.high - some[0].interval.low > every.interval.high - every.interval.low


@pytest.mark.parametrize("options", [{"k": 0}, {"points": -1}, {"shuffles": 0}])
def test_wrong_options(options: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=f"{next(iter(options))} is"):
        organised_by(space(at([0, 10, 20]), {"x": np.arange(3.0)}), **options)


def test_two_points_that_are_asked_tell_something_and_one_does_not() -> None:
    vectors = np.random.default_rng(3).normal(size=(60, 3))
    made = space(vectors, {"x": np.arange(60.0)})
    assert only(organised_by(made, points=2)).value is not None
    alone = only(organised_by(made, points=1))
    assert (alone.value, alone.reason) == (None, "the points that were asked do not differ in it; ask more points")


def test_progress_goes_by_the_columns() -> None:
    made = space(np.random.default_rng(3).normal(size=(30, 3)), {name: np.arange(30.0) for name in "abcd"})
    progress = Recorder()
    organised_by(made, progress=progress)
    assert [what for what in progress.texts if what.startswith("neighbours")] == [
        f"neighbours tell {n}" for n in "abcd"
    ]
    assert progress.shares[-4:] == [0, 0.25, 0.5, 0.75]
