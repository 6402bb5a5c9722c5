"""What of a day's files is read at all, what is the same line twice, and who is nobody."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.errors import RejectedDayError, SettingsError
from include.ingest.days import ingest_day
from include.ingest.delivered import group_files
from include.ingest.lake import read_partition, read_quarantine
from include.ingest.landing import DeliveredFile
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


def test_where_keeps_the_lines_of_a_kind(make_mall: Callable[..., Mall]) -> None:
    mall = feed_mall(make_mall, {"where": {"event_type": ["purchase", "refund"]}})
    kinds = ["purchase", "view", " refund ", None, "Purchase"]
    mall.deliver(make_purchases(5).append_column("event_type", [kinds]))
    manifest = ingest(mall)
    assert (manifest.lines, manifest.accepted_rows, manifest.filtered_rows) == (5, 2, 3)
    assert read_partition(mall.advertiser, "purchases", DAY)["item_id"].to_pylist() == ["i0", "i2"]


def test_where_asks_for_its_column(make_mall: Callable[..., Mall]) -> None:
    mall = feed_mall(make_mall, {"where": {"event_type": ["purchase"]}})
    mall.deliver(make_purchases())
    with pytest.raises(RejectedDayError, match=r"0\.parquet lacks the column event_type"):
        ingest(mall)


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


@pytest.mark.parametrize(("policy", "quarantined", "dropped"), [("quarantine", 30, 0), ("drop", 0, 30)])
def test_guests_are_counted_apart(
    make_mall: Callable[..., Mall], policy: str, quarantined: int, dropped: int
) -> None:
    mall = make_mall(guests=policy, quarantine={"max_share": 0.05})
    mall.deliver(with_guests(30, 70))
    manifest = ingest(mall)
    assert (manifest.accepted_rows, manifest.quarantined_rows, manifest.guest_rows) == (
        70,
        quarantined,
        dropped,
    )
    counted = {rule.reason: rule.unexpected_rows for rule in manifest.rules}
    assert counted["user_id is missing"] == 30


def test_a_day_of_guests_and_nobody_else_is_refused(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(guests="drop")
    mall.deliver(with_guests(5, 0))
    with pytest.raises(RejectedDayError, match=r"none of the 5 lines has a user_id"):
        ingest(mall)


def test_a_guest_s_broken_line_is_a_broken_line(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(guests="drop", quarantine={"max_share": 0.05})
    mall.deliver(with_guests(30, 70, quantity=["x"] * 10 + ["1"] * 90))
    with pytest.raises(RejectedDayError, match=r"10 of 100 lines \(10\.0%\)"):
        ingest(mall)


def test_too_many_guests_are_refused_with_the_policies(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(quarantine={"max_share": 0.05})
    mall.deliver(with_guests(30, 70))
    with pytest.raises(RejectedDayError, match=r"set guests: quarantine or guests: drop"):
        ingest(mall)


@pytest.mark.parametrize("name", ["user_id", "user_id is missing"])
def test_a_limit_of_its_own_leaves_the_others_as_they_are(make_mall: Callable[..., Mall], name: str) -> None:
    limits = {"max_share": 0.05, "max_share_of": {name: 0.3}}
    mall = make_mall(quarantine=limits)
    mall.deliver(with_guests(25, 75))
    assert ingest(mall).quarantined_rows == 25
    mall.deliver(with_guests(25, 75, quantity=["1"] * 60 + ["x"] * 40))
    with pytest.raises(RejectedDayError, match=r"40 of 100 lines .*quarantine.max_share\): 40 because"):
        ingest(mall)
    mall.deliver(with_guests(31, 69))
    with pytest.raises(RejectedDayError, match=rf"31 of 100 .*max_share_of: {name}\)"):
        ingest(mall)


def test_a_limit_of_nothing_that_is_known(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(quarantine={"max_share_of": {"quantty": 0.1}})
    mall.deliver(make_purchases())
    with pytest.raises(SettingsError, match="max_share_of names quantty"):
        ingest(mall)


def test_a_lost_cancellation_is_said(mall: Mall) -> None:
    mall.deliver(make_purchases(4, quantity=[1, -1, -2, -3], price=["1", "x", "y", "1"]))
    (warning,) = ingest(mall).warnings
    assert warning.startswith("2 cancellations are quarantined (2 because price is not a number)")


def test_a_guest_s_cancellation_is_no_loss(mall: Mall) -> None:
    mall.deliver(make_purchases(2, quantity=[1, -1], user_id=["u", None]))
    assert ingest(mall).warnings == ()


def test_an_id_with_an_implausible_share_is_doubted_and_not_named(mall: Mall) -> None:
    mall.deliver(make_purchases(10, user_id=["0"] * 6 + ["a", "b", "c", "d"]))
    (warning,) = ingest(mall).warnings
    assert warning.startswith("one user_id has 6 of the 10 accepted lines (60%)")


def test_ids_that_differ_by_form_are_doubted(mall: Mall) -> None:
    mall.deliver(make_purchases(4, item_id=["0042", "42", "ab", "AB"]))
    (warning,) = ingest(mall).warnings
    assert warning.startswith("2 of the 4 different item_ids differ")


def test_changes_of_ids_are_counted(mall: Mall) -> None:
    mall.deliver(make_purchases(3, item_id=[" i0", '="i1"', "i2"]))
    counts = {rule.reason: rule.unexpected_rows for rule in ingest(mall).rules if "one form" in rule.reason}
    assert counts == {
        "item_id was put in one form (blanks)": 1,
        "item_id was put in one form (formula)": 1,
    }


@pytest.mark.parametrize(
    ("ids", "reason"),
    [
        (pa.array([1.0, 2.0**53, 3.0]), "item_id was rounded by a number type"),
        (["a", "8.80E+12", "b"], "item_id was rounded by a number type"),
        (["a", "b\0c", "d"], "item_id has control characters"),
    ],
)
def test_a_spoilt_id_is_quarantined(mall: Mall, ids: Any, reason: str) -> None:
    mall.deliver(make_purchases(3, item_id=ids))
    assert ingest(mall).quarantined_rows == 1
    assert read_quarantine(mall.advertiser, "purchases", DAY)["reason"][0].as_py().startswith(reason)


def test_no_value_of_a_first_line_that_is_data_is_quoted(mall: Mall) -> None:
    mall.deliver_text("o0,buyer@example.com,i0,1,2.5,2026-03-10T10:00:00\n" * 2)
    with pytest.raises(RejectedDayError) as error:
        ingest(mall)
    assert "csv.header: false" in str(error.value)
    assert "buyer@example.com" not in str(error.value)


def test_a_name_that_was_meant_is_offered(mall: Mall) -> None:
    mall.deliver(make_purchases().rename_columns(["order_id", "User ID", *make_purchases().column_names[2:]]))
    with pytest.raises(RejectedDayError, match=r"Is it User ID\?"):
        ingest(mall)


def test_samples_are_masked_but_for_numbers_and_dates(mall: Mall) -> None:
    prices = ["buyer@example.com", "1e400", "010-1234-5678", "12,50"]
    mall.deliver(make_purchases(4, price=prices))
    (rule,) = [rule for rule in ingest(mall).rules if rule.reason == "price is not a number"]
    assert json.loads(rule.sample) == ["xxxxx@xxxxxxx.xxx", "1e400", "999-9999-9999", "12,50"]


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


def test_files_of_the_same_columns_are_one_group() -> None:
    files = [
        DeliveredFile("a", 1, pa.table({"x": [1, 2]})),
        DeliveredFile("b", 1, pa.table({"x": ["1"]})),
        DeliveredFile("c", 1, pa.table({"x": [3]})),
        DeliveredFile("d", 1, pa.table({"x": pa.array([], pa.int64())})),
    ]
    first, second = group_files(files)
    assert first.table["x"].to_pylist() == [1, 2, 3]
    assert (first.files.tolist(), first.lines.tolist()) == ([0, 0, 2], [1, 2, 1])
    assert (second.files.tolist(), second.lines.tolist()) == ([1], [1])
    assert first.keep(np.array([False, True, True])).lines.tolist() == [2, 1]
    assert group_files([]) == []
