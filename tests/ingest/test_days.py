"""A day from landing files to partition: counts, reasons, cancellations, the catalogue."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.columns import PRODUCTS, PURCHASES
from include.errors import RejectedDayError, SettingsError
from include.ingest.days import ingest_day
from include.ingest.lake import read_manifest, read_partition, read_quarantine
from include.settings import ROOT
from tests.ingest.conftest import DAY, Mall, make_purchases


def read_reasons(mall: Mall, feed: str = "purchases") -> list[str]:
    return read_quarantine(mall.advertiser, feed, DAY).column("reason").to_pylist()


def test_good_lines_land_as_they_are_in_the_published_schema(mall: Mall) -> None:
    mall.deliver(make_purchases(2))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.lines, manifest.accepted_rows, manifest.warnings) == (2, 2, ())
    rows = read_partition(mall.advertiser, "purchases", DAY)
    assert rows.schema.equals(PURCHASES)
    assert rows.to_pylist()[1] == {
        "order_id": "o1",
        "user_id": "u1",
        "item_id": "i1",
        "quantity": 1.0,
        "price": 10.5,
        "purchased_at": datetime(2026, 3, 10, 0, 30, tzinfo=UTC),
    }
    assert read_manifest(mall.advertiser, "purchases", DAY) == manifest


@pytest.mark.parametrize(
    ("column", "value", "reason"),
    [
        ("order_id", " ", "order_id is missing"),
        ("user_id", "NULL", "user_id is missing"),
        ("item_id", "", "item_id is missing"),
        ("quantity", "", "quantity is missing"),
        ("quantity", "two", "quantity is not a number"),
        ("quantity", "inf", "quantity is not a number"),
        ("quantity", "0.0", "quantity is zero"),
        ("quantity", "8801234567890", "quantity is beyond 1,000,000,000"),
        ("quantity", "-8801234567890", "quantity is beyond 1,000,000,000"),
        ("user_id", "단" * 513, "user_id is longer than 512 characters"),
        ("item_id", "골" * 513, "item_id is longer than 512 characters"),
        ("price", "", "price is missing"),
        ("price", "1,000", "price is not a number"),
        ("price", "-0.01", "price is negative"),
        ("price", "1e13", "price is beyond 1,000,000,000,000"),
        ("purchased_at", "nan", "purchased_at is missing"),
        ("purchased_at", "10/03/2026", "purchased_at is not a date and time"),
        ("purchased_at", "1773100800", "purchased_at is not a date and time"),
        ("purchased_at", "2026-03-11", "purchased_at is outside the day"),
        ("purchased_at", "2026-03-09T23:59:59.999999", "purchased_at is outside the day"),
    ],
)
def test_a_line_that_breaks_a_row_rule_is_quarantined_with_its_reason(
    mall: Mall, column: str, value: str, reason: str
) -> None:
    good = {name: [str(v) for v in make_purchases(1).column(name).to_pylist()] for name in PURCHASES.names}
    mall.deliver(pa.table({name: [*v, value if name == column else v[0] + " "] for name, v in good.items()}))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.quarantined_rows) == (1, 1)
    line = read_quarantine(mall.advertiser, "purchases", DAY).to_pylist()[0]
    assert (line["reason"], line["source_file"], line["source_line"]) == (reason, "0.parquet", 2)
    assert line[column] == value
    [rule] = [rule for rule in manifest.rules if not rule.passed]
    assert (rule.reason, rule.column_name, rule.severity) == (reason, column, "row")
    assert (rule.unexpected_rows, rule.unexpected_percent) == (1, 50)


def test_several_reasons_of_a_line_are_joined(mall: Mall) -> None:
    mall.deliver(make_purchases(1, user_id=[None], quantity=["x"], price=["-1"]))
    ingest_day(mall.advertiser, "purchases", DAY)
    assert read_reasons(mall) == ["user_id is missing; quantity is not a number; price is negative"]


def test_quarantined_lines_keep_every_column_whatever_its_name(mall: Mall) -> None:
    header = "order_id,user_id,item_id,quantity,price,purchased_at,reason,,\n"
    mall.deliver_text(header + "o1,,i1,1,2,2026-03-10,gift,a,b\n", name="0.csv")
    mall.deliver(make_purchases(1, quantity=[0]), name="1.parquet")
    ingest_day(mall.advertiser, "purchases", DAY)
    first, second = read_quarantine(mall.advertiser, "purchases", DAY).to_pylist()
    assert first["reason"] == "user_id is missing"
    assert (first["delivered_reason"], first[""], first["delivered_"]) == ("gift", "a", "b")
    assert (second["reason"], second["delivered_reason"]) == ("quantity is zero", None)


def test_nothing_of_great_expectations_is_logged(mall: Mall) -> None:
    mall.deliver(make_purchases(2, quantity=[1, 0]))
    script = (
        "import logging, sys; logging.basicConfig(level=logging.INFO)\n"
        "from pathlib import Path\n"
        "from include.ingest.days import ingest_day\n"
        "from tests.ingest.conftest import DAY, Mall\n"
        "print(ingest_day(Mall(Path(sys.argv[1])).advertiser, 'purchases', DAY).accepted_rows)\n"
    )
    run = [sys.executable, "-c", script, str(mall.folder)]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"
    assert "xpectation" not in done.stderr
    assert "Calculating" not in done.stderr


def test_samples_show_offending_values_and_never_a_person(mall: Mall) -> None:
    mall.deliver(
        make_purchases(
            4,
            order_id=["order-7", None, "order-8", "order-9"],
            user_id=["user-7", "user-8", None, "user-9"],
            quantity=["x", "0", "0", "user-9"],
        )
    )
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    samples = {rule.reason: json.loads(rule.sample) for rule in manifest.rules if not rule.passed}
    assert samples["quantity is not a number"] == ["x"]
    assert samples["quantity is zero"] == ["0"]
    assert samples["user_id is missing"] == samples["order_id is missing"] == []
    assert "user-" not in manifest.to_json()
    assert "order-" not in manifest.to_json()


def test_exact_duplicates_are_dropped_across_files_before_validation(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {"redelivered": "keep"}})
    mall.deliver(make_purchases(3, quantity=[1, 0, 1]), name="a.parquet")
    mall.deliver(make_purchases(4, quantity=[1, 0, 2, 1]), name="b.parquet")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.lines, manifest.duplicate_rows) == (7, 2)
    assert (manifest.accepted_rows, manifest.quarantined_rows) == (4, 1)
    assert [(file.name, file.lines) for file in manifest.source_files] == [("a.parquet", 3), ("b.parquet", 4)]


def test_a_column_that_we_do_not_map_still_tells_lines_apart(mall: Mall) -> None:
    same = make_purchases(1)
    for number, note in enumerate(("gift", "no gift")):
        mall.deliver(same.append_column("note", pa.array([note])), name=f"{number}.parquet")
    assert ingest_day(mall.advertiser, "purchases", DAY).accepted_rows == 2


@pytest.mark.parametrize(
    ("rule", "expected", "reasons"),
    [
        ({"rule": "negative_quantity"}, [2, -1, 3, -4], []),
        ({"rule": "none"}, [2, 3], ["quantity is negative and the line is no cancellation"] * 2),
        (
            {"rule": "order_id_prefix", "prefix": "C"},
            [2, -1, -3],
            ["quantity is negative and the line is no cancellation"],
        ),
    ],
)
def test_cancellation_rules(
    make_mall: Callable[..., Mall], rule: dict[str, str], expected: list[float], reasons: list[str]
) -> None:
    mall = make_mall(cancellations=rule)
    mall.deliver(make_purchases(4, order_id=["1", "C2", "C3", "4"], quantity=[2, -1, 3, -4]))
    ingest_day(mall.advertiser, "purchases", DAY)
    assert read_partition(mall.advertiser, "purchases", DAY).column("quantity").to_pylist() == expected
    assert read_reasons(mall) == reasons


@pytest.mark.parametrize(
    ("day", "inside", "outside"),
    [
        (  # 25 hours: clocks go back at 01:00 UTC
            date(2026, 10, 25),
            ["2026-10-25T00:00:00+01:00", "2026-10-25T01:30:00", "2026-10-25T23:59:59.999999"],
            ["2026-10-24T23:59:59", "2026-10-26T00:00:00Z", "2026-10-24T22:59:59Z"],
        ),
        (  # 23 hours: 01:30 does not exist and is taken for 02:00
            date(2026, 3, 29),
            ["2026-03-29T00:00:00", "2026-03-29T01:30:00", "2026-03-29T22:59:59Z"],
            ["2026-03-28T23:59:59Z", "2026-03-29T23:00:00Z"],
        ),
    ],
)
def test_a_local_day_has_its_own_length(
    make_mall: Callable[..., Mall], day: date, inside: list[str], outside: list[str]
) -> None:
    mall = make_mall(time_zone="Europe/London")
    times = [*inside, *outside]
    mall.deliver(make_purchases(len(times), purchased_at=times), day=day)
    ingest_day(mall.advertiser, "purchases", day)
    quarantined = read_quarantine(mall.advertiser, "purchases", day)
    assert quarantined.column("purchased_at").to_pylist() == outside
    assert set(quarantined.column("reason").to_pylist()) == {"purchased_at is outside the day"}


def test_products_need_their_item_alone(mall: Mall) -> None:
    mall.deliver(pa.table({"item_id": [7.0, None, 8.0]}), feed="products")
    manifest = ingest_day(mall.advertiser, "products", DAY)
    assert (manifest.accepted_rows, manifest.quarantined_rows, manifest.warnings) == (2, 1, ())
    rows = read_partition(mall.advertiser, "products", DAY)
    assert rows.schema.equals(PRODUCTS)
    assert rows.column("item_id").to_pylist() == ["7", "8"]
    assert rows.column("title").null_count == 2


def test_a_product_whose_key_cannot_be_indexed_is_quarantined(mall: Mall) -> None:
    longest = "골" * 512
    mall.deliver(
        pa.table({"item_id": [longest, longest + "골", "7"], "category": [longest, "a", longest + "골"]}),
        feed="products",
    )
    ingest_day(mall.advertiser, "products", DAY)
    assert read_reasons(mall, "products") == [
        "item_id is longer than 512 characters",
        "category is longer than 512 characters",
    ]
    assert read_partition(mall.advertiser, "products", DAY)["item_id"].to_pylist() == [longest]


def test_products_of_every_kind(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(
        feeds={"purchases": {}, "products": {"columns": {"is_available": "on_sale", "brand": "maker"}}}
    )
    mall.deliver_text(
        'item_id,title,price,on_sale\n007,"Tea, 20 bags",1.5,Y\n007,Tea,1.5,N\n'
        "8,Cup,-1,\n9,Pot,,maybe\n10,,,no\n",
        feed="products",
    )
    manifest = ingest_day(mall.advertiser, "products", DAY)
    assert read_reasons(mall, "products") == [
        "item_id is repeated",
        "price is negative",
        "is_available is neither yes nor no",
    ]
    assert read_partition(mall.advertiser, "products", DAY).drop_columns(
        ["brand", "category"]
    ).to_pylist() == [
        {"item_id": "007", "title": "Tea, 20 bags", "price": 1.5, "is_available": True},
        {"item_id": "10", "title": None, "price": None, "is_available": False},
    ]
    assert manifest.warnings == ("file 0.csv lacks the column maker (our brand), which is left empty.",)


def test_the_same_files_give_the_same_rows_and_fingerprint(mall: Mall) -> None:
    mall.deliver(make_purchases(5))
    first = ingest_day(mall.advertiser, "purchases", DAY)
    rows = read_partition(mall.advertiser, "purchases", DAY)
    second = ingest_day(mall.advertiser, "purchases", DAY)
    assert first.source_fingerprint == second.source_fingerprint
    assert read_partition(mall.advertiser, "purchases", DAY).equals(rows)
    mall.deliver(make_purchases(6))
    assert ingest_day(mall.advertiser, "purchases", DAY).source_fingerprint != first.source_fingerprint


def test_manifest_rows_for_the_warehouse(mall: Mall) -> None:
    mall.deliver(make_purchases(2, quantity=[1, 0]))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    row = manifest.as_partition_row()
    assert row["accepted_rows"] + row["quarantined_rows"] + row["duplicate_rows"] == manifest.lines
    assert (row["feed"], row["day"], row["source_files"]) == ("purchases", DAY, 1)
    quality = manifest.as_quality_rows()
    keys = {(rule["feed"], rule["day"], rule["expectation"], rule["column_name"]) for rule in quality}
    assert len(keys) == len(quality) >= 12
    assert {rule["severity"] for rule in quality} == {"row", "table", "warning"}
    assert manifest.ingested_at.tzinfo is UTC


def test_a_share_above_the_limit_names_file_column_and_share(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(quarantine={"max_share": 0.2})
    mall.deliver(make_purchases(10), name="good.parquet")
    others = [f"other{i}" for i in range(10)]
    mall.deliver(make_purchases(10, order_id=others, quantity=[0] * 9 + [5]), name="worse.parquet")
    with pytest.raises(RejectedDayError) as caught:
        ingest_day(mall.advertiser, "purchases", DAY)
    for part in (
        "mall, purchases of 2026-03-10",
        "9 of 20 lines (45.0%)",
        "20.0%",
        "worse.parquet",
        "column quantity",
    ):
        assert part in str(caught.value)
    assert read_manifest(mall.advertiser, "purchases", DAY) is None


def test_a_share_at_the_limit_passes(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(quarantine={"max_share": 0.1})
    mall.deliver(make_purchases(10, quantity=[0] + [1] * 9))
    assert ingest_day(mall.advertiser, "purchases", DAY).quarantined_rows == 1


def test_an_unknown_feed_is_named(make_mall: Callable[..., Mall]) -> None:
    with pytest.raises(SettingsError, match="has no feed products; it has purchases"):
        ingest_day(make_mall(feeds={"purchases": {}}).advertiser, "products", DAY)


def test_two_hundred_thousand_lines(mall: Mall) -> None:
    count = 200_000
    mall.deliver(make_purchases(count, user_id=[None if i % 50 == 0 else f"u{i}" for i in range(count)]))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.quarantined_rows) == (196_000, 4_000)


LINES = st.tuples(
    st.sampled_from(["o1", "o2", " "]),
    st.sampled_from(["u1", "u2", "", None]),
    st.sampled_from(["i1", "i2.0", "null"]),
    st.sampled_from(["1", "2.5", "0", "x", "", "-1"]),
    st.sampled_from(["3", "-3", "inf", None]),
    st.sampled_from(["2026-03-10", "2026-03-10T23:59:59+09:00", "2026-03-10T23:59:59Z", "soon", None]),
)


def is_good(line: tuple[Any, ...]) -> bool:
    order, user, item, quantity, price, moment = line
    ids = order != " " and user in ("u1", "u2") and item != "null"
    numbers = quantity in ("1", "2.5", "-1") and price == "3"
    return ids and numbers and moment in ("2026-03-10", "2026-03-10T23:59:59+09:00")


@settings(max_examples=40, deadline=None)
@given(files=st.lists(st.lists(LINES, max_size=12), max_size=3))
def test_every_line_is_accepted_quarantined_or_a_duplicate(
    tmp_path_factory: pytest.TempPathFactory, files: list[list[tuple[Any, ...]]]
) -> None:
    mall = Mall(tmp_path_factory.mktemp("mall"), feeds={"purchases": {"redelivered": "keep"}})
    mall.landing()
    for number, lines in enumerate(files):
        columns = {
            name: pa.array([line[i] for line in lines], pa.string()) for i, name in enumerate(PURCHASES.names)
        }
        mall.deliver(pa.table(columns), name=f"{number}.parquet")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    delivered = [line for lines in files for line in lines]
    assert manifest.lines == len(delivered)
    assert manifest.duplicate_rows == len(delivered) - len(set(delivered))
    assert manifest.accepted_rows == sum(is_good(line) for line in set(delivered))
    assert read_partition(mall.advertiser, "purchases", DAY).num_rows == manifest.accepted_rows
    assert read_quarantine(mall.advertiser, "purchases", DAY).num_rows == manifest.quarantined_rows
    assert manifest.accepted_rows + manifest.quarantined_rows + manifest.duplicate_rows == manifest.lines
