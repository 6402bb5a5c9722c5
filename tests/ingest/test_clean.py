"""What of a day's files is read at all, what is the same line twice, and who is nobody."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from include.errors import RejectedDayError
from include.ingest.days import ingest_day
from include.ingest.lake import read_partition, read_quarantine
from include.ingest.manifest import Manifest
from tests.ingest.conftest import DAY, Mall, make_purchases


def ingest(mall: Mall, feed: str = "purchases") -> Manifest:
    return ingest_day(mall.advertiser, feed, DAY)


def feed_mall(make_mall: Callable[..., Mall], purchases: dict[str, Any], **settings: Any) -> Mall:
    return make_mall(feeds={"purchases": purchases}, **settings)


def with_guests(guests: int, others: int, **columns: list[Any]) -> pa.Table:
    return make_purchases(
        guests + others, user_id=[None] * guests + [f"u{n}" for n in range(others)], **columns
    )


@pytest.mark.parametrize(
    ("duplicates", "rows"), [("exact", 4), ("none", 5), ({"by": ["order_id", "item_id"]}, 3)]
)
def test_lines_are_the_same_by_what_the_feed_says(
    make_mall: Callable[..., Mall], duplicates: Any, rows: int
) -> None:
    mall = feed_mall(make_mall, {"duplicates": duplicates})
    delivered = make_purchases(
        5,
        order_id=["o1", "o1", "o1", "o2", None],
        item_id=["i1", "i1", "i1", "i1", "i1"],
        user_id=["u"] * 5,
        price=["2.5", "2.5", "2.50", "2.5", "2.5"],
    )
    mall.deliver(delivered)
    manifest = ingest(mall)
    assert manifest.accepted_rows + manifest.quarantined_rows == rows
    assert manifest.duplicate_rows == 5 - rows


def test_a_key_without_a_value_is_like_no_other(make_mall: Callable[..., Mall]) -> None:
    mall = feed_mall(make_mall, {"duplicates": {"by": ["order_id"]}})
    mall.deliver(make_purchases(3, order_id=[None, None, None]))
    assert (ingest(mall).duplicate_rows, ingest(mall).quarantined_rows) == (0, 3)


def test_a_guest_s_broken_line_is_a_broken_line(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(guests="drop", quarantine={"max_share": 0.05})
    mall.deliver(with_guests(30, 70, quantity=["x"] * 10 + ["1"] * 90))
    with pytest.raises(RejectedDayError, match=r"10 of 80 lines \(12\.5%\)"):
        ingest(mall)


def test_no_value_of_a_first_line_that_is_data_is_quoted(mall: Mall) -> None:
    mall.deliver_text("o0,buyer@example.com,i0,1,2.5,2026-03-10T10:00:00\n" * 2)
    with pytest.raises(RejectedDayError) as error:
        ingest(mall)
    assert "csv.header: false" in str(error.value)
    assert "buyer@example.com" not in str(error.value)


def test_columns_named_like_ours_stay_with_their_lines(make_mall: Callable[..., Mall]) -> None:
    mall = feed_mall(make_mall, {"columns": {"item_id": "sku"}}, quarantine={"max_share": 1})
    table = make_purchases(2, price=["x", "1"]).append_column("sku", [["s0", "s1"]])
    for name in ("reason", "source_file", "a\nb\u200b"):
        table = table.append_column(name, [["here", "there"]])
    mall.deliver(table)
    ingest(mall)
    quarantined = read_quarantine(mall.advertiser, "purchases", DAY)
    assert quarantined["sku"].to_pylist() == ["s0"]
    assert quarantined["item_id"].to_pylist() == ["i0"]
    assert quarantined["delivered_reason"].to_pylist() == ["here"]
    assert quarantined["reason"].to_pylist() == ["price is not a number"]


def test_a_day_in_many_files_is_the_same_day(make_mall: Callable[..., Mall], tmp_path: Any) -> None:
    """Files of two kinds in turn: rows stay in the order of the files, with their own file and line."""
    mall = make_mall()
    for number in range(40):
        table = make_purchases(
            3,
            order_id=[f"o{number}-{line}" for line in range(3)],
            quantity=["1", "x", "2"] if number % 2 else [1, 0, 2],
        )
        mall.deliver(table, name=f"{number:02}.parquet")
    manifest = ingest(mall)
    assert (manifest.lines, manifest.accepted_rows, manifest.quarantined_rows) == (120, 80, 40)
    accepted = read_partition(mall.advertiser, "purchases", DAY)["order_id"].to_pylist()
    assert accepted == [f"o{number}-{line}" for number in range(40) for line in (0, 2)]
    quarantined = read_quarantine(mall.advertiser, "purchases", DAY).sort_by("source_file")
    assert quarantined["source_file"].to_pylist() == [f"{number:02}.parquet" for number in range(40)]
    assert set(quarantined["source_line"].to_pylist()) == {2}
