"""The work of a window, against counting it by hand."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from include.dataset.interactions import Interactions
from include.dataset.workload import measure_workload
from include.models.recent_items import rank_recent_items
from tests.purchases import draw_purchases, make_interactions, read_real_week, shuffle_rows

K = {"item_similarities": 3, "recent_items": 2}


def list_baskets(interactions: Interactions) -> list[set[str]]:
    table = interactions.to_table()
    baskets: dict[str, set[str]] = {}
    for user, item in zip(table["user_id"].to_pylist(), table["item_id"].to_pylist(), strict=True):
        baskets.setdefault(user, set()).add(item)
    return list(baskets.values())


@pytest.mark.parametrize("seed", range(5))
def test_the_counts_are_those_of_a_slow_loop(seed: int) -> None:
    purchases = draw_purchases(seed)
    interactions = Interactions.from_purchases(purchases)
    load = measure_workload(interactions, K, products=7)
    baskets = list_baskets(interactions)
    items = set().union(*baskets)
    assert (load.users, load.items, load.products) == (len(baskets), len(items), 7)
    assert load.pairs == sum(1 for basket in baskets for _ in basket)
    assert load.squared_baskets == sum(1 for basket in baskets for _ in product(basket, basket))
    assert load.largest_basket == max(len(basket) for basket in baskets)
    heaviest = sorted((len(basket) ** 2 for basket in baskets), reverse=True)
    assert load.heaviest_share == pytest.approx(heaviest[0] / load.squared_baskets)
    assert load.top_10_share == pytest.approx(sum(heaviest[:10]) / load.squared_baskets)
    assert load.recent_rows == rank_recent_items(purchases, K["recent_items"]).rows.num_rows
    beside = {item: sum(len(basket) - 1 for basket in baskets if item in basket) for item in items}
    assert load.similar_rows == sum(min(3, len(items) - 1, beside[item]) for item in items)
    ids = interactions.item_ids.to_pylist()
    assert load.item_id_bytes == pytest.approx(sum(4 + len(item.encode()) for item in ids) / len(ids))


def test_rows_of_cosine_stay_within_the_count() -> None:
    from include.models.cosine import train
    from include.models.ranked import Options

    interactions = Interactions.from_purchases(read_real_week())
    load = measure_workload(interactions, {"item_similarities": 50, "recent_items": 20})
    rows = train(interactions, Options({"item_similarities": 50}))[0].rows.num_rows
    assert 0.5 * load.similar_rows < rows <= load.similar_rows


def test_the_heaviest_are_a_thousandth_of_the_users_and_one_at_least() -> None:
    heavy = np.eye(2000, dtype=np.float32)
    heavy[:2, :10] = 1  # two users of 2000 are 0.1%
    load = measure_workload(make_interactions(heavy, [f"i{n}" for n in range(2000)]), K)
    assert load.squared_baskets == 1998 + 200
    assert load.heaviest_share == pytest.approx(200 / 2198)
    assert load.top_10_share == pytest.approx(208 / 2198)


def test_the_order_of_rows_changes_nothing() -> None:
    table = Interactions.from_purchases(draw_purchases(1)).to_table()
    loads = [measure_workload(Interactions.from_table(shuffle_rows(table, seed)), K) for seed in range(3)]
    assert loads[0] == loads[1] == loads[2]


def test_nobody_one_user_and_one_item() -> None:
    empty = measure_workload(make_interactions([], []), K)
    assert (empty.pairs, empty.squared_baskets, empty.heaviest_share, empty.top_10_share) == (0, 0, 0, 0)
    one = measure_workload(make_interactions([[1.0]], ["i"]), K)
    assert (one.squared_baskets, one.heaviest_share, one.similar_rows, one.recent_rows) == (1, 1, 0, 1)
