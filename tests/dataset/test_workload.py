"""The work of a window, against counting it by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.dataset.workload import measure_workload
from include.models.base import Context
from tests.purchases import draw_purchases, make_interactions, read_real_week, shuffle_rows


def make_dataset(seed: int) -> Dataset:
    return Dataset(Interactions.from_purchases(draw_purchases(seed)))


def list_histories(dataset: Dataset) -> list[set[str]]:
    table = dataset.interactions.to_table()
    histories: dict[str, set[str]] = {}
    for user, item in zip(table["user_id"].to_pylist(), table["item_id"].to_pylist(), strict=True):
        histories.setdefault(user, set()).add(item)
    return list(histories.values())


@pytest.mark.parametrize("seed", range(5))
def test_the_counts_are_those_of_a_slow_loop(seed: int) -> None:
    dataset = make_dataset(seed)
    load = measure_workload(dataset, recent_rows=11, products=7)
    histories = list_histories(dataset)
    items = set().union(*histories)
    assert (load.users, load.items) == (len(histories), len(items))
    assert (load.recent_rows, load.products) == (11, 7)
    assert load.pairs == sum(1 for history in histories for _ in history)
    assert load.squared_histories == sum(1 for history in histories for _ in product(history, history))
    assert load.largest_history == max(len(history) for history in histories)
    heaviest = sorted((len(history) ** 2 for history in histories), reverse=True)
    assert load.heaviest_share == pytest.approx(heaviest[0] / load.squared_histories)
    assert load.top_10_share == pytest.approx(sum(heaviest[:10]) / load.squared_histories)
    beside = {item: sum(len(history) - 1 for history in histories if item in history) for item in items}
    for k in (1, 3, 1000):
        assert load.similar_rows(k) == sum(min(k, len(items) - 1, beside[item]) for item in items)
    ids = dataset.item_ids.to_pylist()
    assert load.item_id_bytes == pytest.approx(sum(4 + len(item.encode()) for item in ids) / len(ids))


def test_rows_of_cosine_stay_within_the_count() -> None:
    from include.models.cosine import Params, train

    dataset = Dataset(Interactions.from_purchases(read_real_week()))
    load = measure_workload(dataset, 0)
    rows = train(dataset, Params(k=50), Context(threads=1))[0].rows.num_rows
    assert 0.5 * load.similar_rows(50) < rows <= load.similar_rows(50)


def test_the_heaviest_are_a_thousandth_of_the_users_and_one_at_least() -> None:
    heavy = np.eye(2000, dtype=np.float32)
    heavy[:2, :10] = 1  # two users of 2000 are 0.1%
    load = measure_workload(Dataset(make_interactions(heavy, [f"i{n}" for n in range(2000)])), 0)
    assert load.squared_histories == 1998 + 200
    assert load.heaviest_share == pytest.approx(200 / 2198)
    assert load.top_10_share == pytest.approx(208 / 2198)


def test_the_order_of_rows_changes_nothing() -> None:
    purchases = draw_purchases(1)
    shuffled = [Interactions.from_purchases(shuffle_rows(purchases, seed)) for seed in range(3)]
    loads = [measure_workload(Dataset(interactions), 0) for interactions in shuffled]
    assert loads[0] == loads[1] == loads[2]


def test_nobody_one_user_and_one_item() -> None:
    empty = measure_workload(Dataset(make_interactions([], [])), 0)
    assert (empty.pairs, empty.squared_histories, empty.heaviest_share, empty.top_10_share) == (0, 0, 0, 0)
    one = measure_workload(Dataset(make_interactions([[1.0]], ["i"])), 1)
    assert (one.squared_histories, one.heaviest_share, one.similar_rows(50), one.recent_rows) == (1, 1, 0, 1)
