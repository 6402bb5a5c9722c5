from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.evaluation.bootstrap import bootstrap_means
from include.kernels import resample_sums


def bootstrap_slowly(
    values: list[list[float]], clusters: list[int], replicates: int, seed: int
) -> list[tuple[float, float, float]]:
    """A row at a time, in fractions; the draws alone are the kernel's."""
    users = sorted(set(clusters))
    times = resample_sums(np.eye(len(users)), replicates, seed=seed)
    found = []
    for column in zip(*values, strict=True):
        rows = [
            (users.index(user), Fraction(value))
            for user, value in zip(clusters, column, strict=True)
            if not math.isnan(value)
        ]
        means = []
        for weights in [[1] * len(users), *times.astype(int).tolist()]:
            count = sum(weights[user] for user, _ in rows)
            means.append(float(sum(weights[user] * value for user, value in rows) / count) if count else None)
        drawn = sorted(mean for mean in means[1:] if mean is not None)
        if len({user for user, _ in rows}) < 2 or not drawn:
            found.append((math.nan if means[0] is None else means[0], math.nan, math.nan))
        else:
            found.append((means[0], find_quantile(drawn, 0.025), find_quantile(drawn, 0.975)))
    return found


def find_quantile(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    below, above = ordered[math.floor(place)], ordered[math.ceil(place)]
    return below + (above - below) * (place - math.floor(place))


@pytest.mark.parametrize("missing", [0, 0.3, 0.9])
@pytest.mark.parametrize(("rows", "users"), [(1, 1), (2, 2), (5, 1), (9, 3), (60, 40), (200, 20)])
def test_agrees_with_drawing_users_one_by_one(rows: int, users: int, missing: float) -> None:
    rng = np.random.default_rng(rows)
    values = np.stack(
        [rng.random(rows), rng.normal(size=rows) * 1e-6, rng.integers(0, 2, rows) * 1e5], axis=1
    )
    values[rng.random(values.shape) < missing] = np.nan
    clusters = rng.integers(0, users, rows) * 1_000_003 - 5
    found = np.stack(bootstrap_means(values, clusters, replicates=50, seed=rows), axis=1)
    expected = bootstrap_slowly(values.tolist(), clusters.tolist(), 50, rows)
    scale = np.nan_to_num(np.abs(values)).max(axis=0)[:, None]
    np.testing.assert_allclose(found / (scale + (scale == 0)), expected / (scale + (scale == 0)), atol=1e-12)


@given(st.lists(st.tuples(st.floats(-9, 9), st.integers(0, 4)), min_size=1), st.randoms())
def test_order_and_threads_change_no_bit(rows: list[tuple[float, int]], random: object) -> None:
    def interval(some: list[tuple[float, int]], threads: int) -> bytes:
        values, clusters = np.array([[row[0]] for row in some]), np.array([row[1] for row in some])
        return np.array(bootstrap_means(values, clusters, replicates=40, threads=threads)).tobytes()

    shuffled = rows.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert interval(rows, 1) == interval(shuffled, 3)


def test_columns_share_the_draws() -> None:
    """Whoever passes values and differences together gets what each would get alone."""
    rng = np.random.default_rng(0)
    values, clusters = rng.random((50, 2)), np.arange(50) // 2
    beside = np.column_stack([values, values[:, 0] - values[:, 1], values[:, 0]])
    together = np.array(bootstrap_means(beside, clusters))
    alone = [np.array(bootstrap_means(beside[:, [column]], clusters)) for column in range(4)]
    assert together.tobytes() == np.hstack(alone).tobytes()
    assert (together[:, 0] == together[:, 3]).all()


def test_another_seed_draws_others() -> None:
    values, clusters = np.random.default_rng(0).random((50, 1)), np.arange(50)
    first, same, other = (bootstrap_means(values, clusters, seed=seed) for seed in (1, 1, 2))
    assert first == same
    assert first.mean == other.mean
    assert first.low != other.low


def test_rows_of_one_user_go_together() -> None:
    """Ten rows of a user that are alike say no more than one; rows taken for users say too much."""
    once = np.random.default_rng(0).random((80, 1))
    repeated, clusters = np.repeat(once, 10, axis=0), np.repeat(np.arange(80), 10)
    alone, together = bootstrap_means(once, np.arange(80)), bootstrap_means(repeated, clusters)
    np.testing.assert_allclose(np.array(alone), np.array(together), rtol=1e-12)
    apart = bootstrap_means(repeated, np.arange(800))
    assert (apart.high - apart.low) < (together.high - together.low) / 2.5


def test_a_user_with_more_rows_weighs_more() -> None:
    mean = bootstrap_means(np.array([[0.0], [0.0], [0.0], [1.0]]), np.array([5, 5, 5, 9])).mean
    assert mean == 0.25


@pytest.mark.parametrize("value", [0.0, 0.1, -1 / 3, 1e300, -5e-300])
def test_equal_values_have_no_spread(value: float) -> None:
    mean, low, high = bootstrap_means(np.full((70, 1), value), np.arange(70) // 3)
    assert low == mean == high
    assert mean == pytest.approx(value, rel=1e-12)


def test_of_one_user_or_nobody_there_is_no_interval() -> None:
    mean, low, high = bootstrap_means(np.array([[1.0], [2.0]]), np.array([3, 3]))
    assert (mean, np.isnan(low), np.isnan(high)) == (1.5, True, True)
    assert np.isnan(bootstrap_means(np.empty((0, 2)), np.empty(0, np.int64))).all()
    assert [len(part) for part in bootstrap_means(np.empty((3, 0)), np.arange(3))] == [0, 0, 0]


@pytest.mark.filterwarnings("error")
def test_a_column_that_cannot_be_told_is_not_told() -> None:
    values = np.array([[np.nan, 1.0, np.nan], [np.nan, 3.0, 2.0], [np.nan, 2.0, np.nan]])
    mean, low, high = bootstrap_means(values, np.arange(3))
    np.testing.assert_array_equal(mean, [np.nan, 2, 2])
    np.testing.assert_array_equal(np.isnan(low), [True, False, True])
    np.testing.assert_array_equal(np.isnan(high), [True, False, True])


def test_what_is_no_input_is_refused() -> None:
    with pytest.raises(ValueError, match="An infinite value"):
        bootstrap_means(np.array([[1.0], [np.inf]]), np.arange(2))
    with pytest.raises(ValueError, match="3 clusters do not go with values of shape"):
        bootstrap_means(np.ones((2, 1)), np.arange(3))
    with pytest.raises(ValueError, match="2 clusters do not go with values of shape"):
        bootstrap_means(np.ones(2), np.arange(2))
    with pytest.raises(ValueError, match="at least one replicate"):
        bootstrap_means(np.ones((2, 1)), np.arange(2), replicates=0)
