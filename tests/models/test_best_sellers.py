from __future__ import annotations

import math

import pyarrow as pa
import pytest

from include.columns import BEST_SELLERS, PRODUCTS, PURCHASES
from include.models.best_sellers import rank_best_sellers
from tests.purchases import IDS, draw_purchases, make_purchases, shuffle_rows


def make_products(categories: dict[str, str | None]) -> pa.Table:
    rows = [{"item_id": item, "category": category} for item, category in categories.items()]
    return pa.Table.from_pylist(rows, schema=PRODUCTS)


def rank_slowly(purchases: pa.Table, categories: dict[str, str | None], k: int) -> list[dict]:
    stats: dict[str, tuple[set[str], list[float]]] = {}
    for row in purchases.to_pylist():
        users, paid = stats.setdefault(row["item_id"], (set(), []))
        users.add(row["user_id"])
        paid.append(row["quantity"] * row["price"])
    found = []
    for category in sorted({"", *(name for name in categories.values() if name)}):
        members = [item for item in stats if not category or categories.get(item) == category]
        members.sort(key=lambda item: (-len(stats[item][0]), -len(stats[item][1]), item))
        for rank, item in enumerate(members[:k], 1):
            users, paid = stats[item]
            found.append((category, rank, item, len(users), len(paid), math.fsum(paid)))
    return [dict(zip(BEST_SELLERS.names, row, strict=True)) for row in found]


@pytest.mark.parametrize("k", [1, 3, 100])
@pytest.mark.parametrize("seed", range(4))
def test_agrees_with_counting_by_hand(seed: int, k: int) -> None:
    # Prices are quarters, so that sums are exact. One item is not in the catalogue, one has no category.
    purchases = draw_purchases(seed, users=9, items=12, lines=50)
    names = ["식품", "food", "Food", None, "", "never sold"]
    categories = {item: names[place % 5] for place, item in enumerate(IDS[:-1])} | {"unsold": names[5]}
    ranked = rank_best_sellers(shuffle_rows(purchases), make_products(categories), k)
    assert (ranked.table, ranked.model) == ("best_sellers", "")
    assert ranked.rows.schema.equals(BEST_SELLERS)
    assert ranked.rows.to_pylist() == rank_slowly(purchases, categories, k)


def test_revenue_does_not_depend_on_the_order_of_rows() -> None:
    lines = [("o", f"u{n}", "i", 1.0, price, n) for n, price in enumerate([1e16, 1.0, 0.1, 3.3, 1e-3] * 9)]
    purchases = make_purchases(lines)
    tables = [
        rank_best_sellers(shuffle_rows(purchases, seed), make_products({}), 5).rows for seed in range(9)
    ]
    assert all(table.equals(tables[0]) for table in tables)


def test_a_line_without_a_price_counts_without_revenue() -> None:
    purchases = make_purchases([("a", "u", "i", 1, None, 0), ("b", "v", "i", 2, 3.0, 0)])
    [row] = rank_best_sellers(purchases, make_products({}), 5).rows.to_pylist()
    assert (row["buyers"], row["purchases"], row["revenue"]) == (2, 2, 6.0)


def test_no_purchases() -> None:
    ranked = rank_best_sellers(PURCHASES.empty_table(), make_products({"i": "food"}), 5)
    assert ranked.rows.equals(BEST_SELLERS.empty_table())


def test_an_item_twice_in_the_catalogue_is_refused() -> None:
    twice = pa.concat_tables([make_products({"i": "food"}), make_products({"i": "drink"})])
    with pytest.raises(ValueError, match="products hold an item twice"):
        rank_best_sellers(draw_purchases(0), twice, 5)
