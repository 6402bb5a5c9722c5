from __future__ import annotations

import pyarrow as pa
import pytest

from include.columns import PURCHASES, RECENT_ITEMS
from include.dataset.interactions import Interactions
from include.models.recent_items import count_recent_rows, rank_recent_events, rank_recent_items
from tests.purchases import draw_purchases, shuffle_rows


@pytest.mark.parametrize("k", [1, 3, 100])
@pytest.mark.parametrize("seed", range(4))
def test_lists_the_last_different_items_of_each_user(seed: int, k: int) -> None:
    purchases = draw_purchases(seed, users=5, items=9)
    latest: dict[str, dict[str, object]] = {}
    for row in sorted(purchases.to_pylist(), key=lambda row: row["purchased_at"]):
        latest.setdefault(row["user_id"], {})[row["item_id"]] = row["purchased_at"]
    expected = []
    for user in sorted(latest):
        newest = sorted(latest[user].items())
        newest.sort(key=lambda pair: pair[1], reverse=True)
        for rank, (item, moment) in enumerate(newest[:k], 1):
            expected.append((user, "purchase", rank, item, moment))

    ranked = rank_recent_items(shuffle_rows(purchases), k)
    assert (ranked.table, ranked.model) == ("recent_items", "")
    assert ranked.rows.schema.equals(RECENT_ITEMS)
    assert [tuple(row.values()) for row in ranked.rows.to_pylist()] == expected


def test_no_purchases() -> None:
    assert rank_recent_items(PURCHASES.empty_table(), 5).rows.equals(RECENT_ITEMS.empty_table())


def test_each_event_type_has_lists_of_its_own() -> None:
    """With users and items that one type alone knows, and a type without an event."""
    tables = {
        "view": draw_purchases(1, users=12, items=5),
        "cart": PURCHASES.empty_table(),
        "purchase": draw_purchases(2, users=4, items=9),
    }
    pairs = {name: Interactions.from_purchases(table) for name, table in tables.items()}
    expected = [
        (*row.values(),)
        for name, table in tables.items()
        for row in rank_recent_items(table, 3)
        .rows.set_column(1, "event_type", pa.repeat(name, rank_recent_items(table, 3).rows.num_rows))
        .to_pylist()
    ]
    ranked = rank_recent_events(pairs, 3)
    assert ranked.rows.schema.equals(RECENT_ITEMS)
    rows = [tuple(row.values()) for row in ranked.rows.to_pylist()]
    assert rows == sorted(expected, key=lambda row: row[:3])
    assert count_recent_rows(pairs, 3) == len(rows)
    assert {row[0] for row in rows if row[1] == "view"} > {row[0] for row in rows if row[1] == "purchase"}
