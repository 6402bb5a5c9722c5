"""The newest days and the half-life, against loops over the events."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from include.dataset.dataset import Dataset
from include.dataset.recency import select_recent
from include.errors import RefusedInputError
from include.models import als, cosine
from include.models.base import Context
from include.models.limits import limit_dataset
from tests.evaluation.windows import make_window

DAY = 86_400_000_000

Rows = list[tuple[str, str, int]]


def make_dataset(seed: int, days: int = 10) -> tuple[Dataset, Rows]:
    """A window of so many days, and each purchase as user, item and age in days."""
    rng = np.random.default_rng(seed)
    drawn = [
        (f"u{rng.integers(6)}", f"i{rng.integers(9)}", -float(age) - 0.5) for age in rng.integers(0, days, 60)
    ]
    dataset = make_window(drawn).dataset
    newest = max(dataset.events["purchase"].timestamps)
    end = newest + DAY // 2 + DAY * min(int(-age) for _, _, age in drawn)
    starts = end + DAY * (np.arange(days + 1) - days)
    return replace(dataset, day_starts=starts), [(user, item, int(-age)) for user, item, age in drawn]


def count_slowly(rows: Rows, days: int | None, half_life: float | None) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = defaultdict(float)
    for user, item, age in rows:
        if days is None or age < days:
            found[user, item] += 0.5 ** (age / half_life) if half_life else 1.0
    return found


def name_pairs(matrix: csr_matrix, dataset: Dataset) -> dict[tuple[str, str], float]:
    users, items, pairs = dataset.user_ids.to_pylist(), dataset.item_ids.to_pylist(), matrix.tocoo()
    return {
        (users[user], items[item]): value
        for user, item, value in zip(pairs.row, pairs.col, pairs.data, strict=True)
    }


@pytest.mark.parametrize("days", [None, 1, 3, 10, 50])
@pytest.mark.parametrize("half_life", [None, 0.5, 4.0])
def test_pairs_are_of_the_newest_days_with_their_shares(days: int | None, half_life: float | None) -> None:
    for seed in range(3):
        dataset, rows = make_dataset(seed)
        chosen = select_recent(dataset, days, half_life)
        found, expected = name_pairs(chosen.matrix(), chosen), count_slowly(rows, days, half_life)
        assert found.keys() == expected.keys()
        assert all(found[pair] == pytest.approx(expected[pair], rel=1e-6) for pair in expected)
        users, items = chosen.user_ids.to_pylist(), chosen.item_ids.to_pylist()
        assert users == sorted({user for user, _ in expected})
        assert items == sorted({item for _, item in expected})
        assert name_pairs(chosen.purchased(), chosen).keys() == {
            (user, item) for user, item, _ in rows if user in users and item in items
        }
        assert chosen.catalogue["item_id"].to_pylist() == items


def test_a_cap_comes_after_the_days() -> None:
    dataset, _ = make_dataset(1)
    params = cosine.Params(days=5, half_life=2.0)
    limited, recent = limit_dataset(dataset, params, 2), select_recent(dataset, 5, 2.0)
    assert (limited.matrix() != recent.cap(2).matrix()).nnz == 0
    assert np.diff(limited.matrix().indptr).max() == 2
    assert not np.array_equal(limited.matrix().data, np.rint(limited.matrix().data))


def test_without_days_in_the_data_only_all_of_them_will_do() -> None:
    dataset = replace(make_dataset(0)[0], day_starts=None)
    assert select_recent(dataset) is dataset
    for days, half_life in ((3, None), (None, 2.0)):
        with pytest.raises(RefusedInputError, match="have no days"):
            select_recent(dataset, days, half_life)


def test_days_without_events_are_a_window_without_users() -> None:
    dataset, _ = make_dataset(0)
    assert dataset.day_starts is not None
    later = replace(dataset, day_starts=dataset.day_starts + 20 * DAY)
    chosen = select_recent(later, 3)
    assert chosen.matrix().shape == (0, 0)
    assert cosine.train(chosen, cosine.Params(), Context(threads=1))[0].rows.num_rows == 0
    assert all(not table.rows.num_rows for table in als.train(chosen, als.Params(), Context(threads=1)))
