"""A delivered file in our columns: found, joined, made up or missing, and what the settings say of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from include.feeds.registry import load_feed
from include.ingest.values.typed_columns import TypedColumns, type_columns
from include.settings import Advertiser
from tests.ingest.conftest import make_purchases


def make_advertiser(feed: dict[str, Any] | None, name: str = "purchases", **settings: Any) -> Advertiser:
    return Advertiser.model_validate(
        {
            "name": "mall",
            "time_zone": "Asia/Seoul",
            "landing": {"uri": "landing"},
            "feeds": {"purchases": {}, name: feed or {}},
            "schedule": {"start_date": "2026-01-01"},
        }
        | settings
    )


def read(table: pa.Table, feed: dict[str, Any] | None = None, name: str = "purchases") -> TypedColumns:
    return type_columns(make_advertiser(feed, name), name, table)


def test_the_columns_of_a_plain_file() -> None:
    typed = read(make_purchases(2))
    assert typed.table.column_names == [
        *("order_id", "order_id_exact", "order_id_printable"),
        *("user_id", "user_id_exact", "user_id_printable"),
        *("item_id", "item_id_exact", "item_id_printable"),
        *("quantity", "quantity_parsed", "price", "price_parsed", "purchased_at", "purchased_at_parsed"),
    ]
    assert typed.table.to_pylist()[1] == {
        "order_id": "o1",
        "order_id_exact": None,
        "order_id_printable": None,
        "user_id": "u1",
        "user_id_exact": None,
        "user_id_printable": None,
        "item_id": "i1",
        "item_id_exact": None,
        "item_id_printable": None,
        "quantity": 1.0,
        "quantity_parsed": True,
        "price": 10.5,
        "price_parsed": True,
        "purchased_at": datetime(2026, 3, 10, 0, 30, tzinfo=UTC),
        "purchased_at_parsed": True,
    }
    assert typed.id_changes == {}


@pytest.mark.parametrize("feed", ["purchases", "products"])
@pytest.mark.parametrize("rows", [0, 2])
def test_columns_that_are_not_there_are_null_in_every_line(feed: str, rows: int) -> None:
    typed = read(pa.table({"note": pa.nulls(rows)}), name=feed)
    assert set(load_feed(feed).names) < set(typed.table.column_names)
    assert typed.table.num_rows == rows
    assert all(column.null_count == rows for column in typed.table.columns)


def test_files_of_other_types_have_columns_of_the_same_types() -> None:
    texts = pa.table(
        {name: column.cast(pa.large_string()) for name, column in zip_columns(make_purchases(2))}
    )
    schemas = {read(table).table.schema for table in (make_purchases(2), texts, pa.table({}))}
    assert len(schemas) == 1


def zip_columns(table: pa.Table) -> list[tuple[str, pa.ChunkedArray]]:
    return list(zip(table.column_names, table.columns, strict=True))


def test_ids_are_joined_where_each_part_is_there() -> None:
    table = pa.table(
        {
            "style": [" A1", "A1", None, "NULL", "8.80E+12", "a\0b", "="],
            "colour": [7.0, None, 7.0, 7.0, 7.0, 7.0, 7.0],
        }
    )
    typed = read(table, {"columns": {"item_id": {"join": ["style", "colour"], "by": "-"}}}, "products")
    assert typed.table.column("item_id").to_pylist() == [
        "A1-7",
        None,
        None,
        None,
        "8.80E+12-7",
        "a\0b-7",
        "=-7",
    ]
    assert typed.table.column("item_id_exact").to_pylist() == [None] * 4 + [False, None, None]
    assert typed.table.column("item_id_printable").to_pylist() == [None] * 5 + [False, None]
    assert typed.id_changes == {("item_id", "blanks"): 1}


def test_texts_are_joined_from_the_parts_that_are_there() -> None:
    table = pa.table({"brand_name": ["Dan ", None, "", "NULL"], "model": ["Gol", "Gol", None, None]})
    typed = read(table, {"columns": {"title": ["brand_name", "model"]}}, "products")
    assert typed.table.column("title").to_pylist() == ["Dan Gol", "Gol", None, None]


@pytest.mark.parametrize(
    ("days", "times", "settings"),
    [
        (["2026-03-10", None], ["16:16:00", None], {}),
        ([date(2026, 3, 10), None], [time(16, 16), None], {}),
        (["10.03.2026", ""], ["오후 4:16", ""], {"timestamp_format": "%d.%m.%Y %p %I:%M"}),
        ([20260310, None], ["161600", None], {"timestamp_format": "%Y%m%d %H%M%S"}),
    ],
    ids=str,
)
def test_a_day_and_a_time_are_joined(days: list, times: list, settings: dict[str, Any]) -> None:
    typed = read(
        pa.table({"day": days, "time": times}), {"columns": {"purchased_at": ["day", "time"]}} | settings
    )
    assert typed.table.column("purchased_at").to_pylist() == [datetime(2026, 3, 10, 7, 16, tzinfo=UTC), None]
    assert typed.table.column("purchased_at_parsed").to_pylist() == [True, None]


def test_a_joined_column_that_is_not_there_has_no_value() -> None:
    table = pa.table({"style": ["A1"]})
    typed = read(table, {"columns": {"item_id": ["style", "colour"], "title": ["style", "name"]}}, "products")
    assert typed.table.select(["item_id", "title"]).to_pylist() == [{"item_id": None, "title": "A1"}]


def test_constants_stand_in_every_line() -> None:
    columns = {"quantity": {"constant": 1}, "price": {"constant": "2,5"}, "order_id": {"constant": "web"}}
    typed = read(make_purchases(2), {"columns": columns, "decimal": ","})
    assert typed.table.select(["quantity", "price", "order_id"]).to_pydict() == {
        "quantity": [1.0, 1.0],
        "price": [2.5, 2.5],
        "order_id": ["web", "web"],
    }
    empty = make_purchases(2).slice(0, 0)
    assert read(empty, {"columns": columns, "decimal": ","}).table.num_rows == 0
    flags = read(pa.table({"item_id": ["i"]}), {"columns": {"is_available": {"constant": "Y"}}}, "products")
    assert flags.table.column("is_available").to_pylist() == [True]


def test_the_feed_s_zone_is_that_of_times_and_dates_without_an_offset() -> None:
    def timestamps(column: list | pa.Array, **feed: Any) -> list[datetime]:
        table = make_purchases(1).set_column(5, "purchased_at", pa.array(column))
        found: list[datetime] = read(table, feed).table.column("purchased_at").to_pylist()
        return found

    nine, midnight = datetime(2026, 3, 10, 9, 30, tzinfo=UTC), datetime(2026, 3, 10, tzinfo=UTC)
    assert timestamps(["2026-03-10T09:30:00"], time_zone="UTC") == [nine]
    assert timestamps(["2026-03-10T18:30:00+09:00"], time_zone="UTC") == [nine]
    assert timestamps([datetime(2026, 3, 10, 9, 30)], time_zone="UTC") == [nine]
    assert timestamps([nine]) == [nine]
    assert timestamps([date(2026, 3, 10)], time_zone="UTC") == [midnight]
    literal = {"time_zone": "UTC", "timestamp_format": "%Y-%m-%d %H:%M:%S UTC"}
    assert timestamps(["2026-03-10 09:30:00 UTC"], **literal) == [nine]


def test_null_values_of_a_column_are_of_no_other() -> None:
    table = make_purchases(2, user_id=["0", "u1"], price=["2.5", "0"], item_id=["0", "-"])
    typed = read(table, {"null_values": {"user_id": ["0"], "price": ["-"]}})
    assert typed.table.select(["user_id", "price", "item_id"]).to_pydict() == {
        "user_id": [None, "u1"],
        "price": [2.5, 0.0],
        "item_id": ["0", "-"],
    }


def test_ids_are_the_same_in_purchases_and_catalogue() -> None:
    forms = ["ab1", ' ="AB1"', "Ab\u200b1", "AB1"]
    settings = {"id_case": "upper"}
    bought = read(make_purchases(4, item_id=forms), settings)
    known = read(pa.table({"item_id": forms}), settings, "products")
    assert bought.table.column("item_id").to_pylist() == ["AB1"] * 4
    assert known.table.column("item_id") == bought.table.column("item_id")
    changes = {("item_id", rule): count for rule, count in [("zero_width", 1), ("blanks", 1), ("formula", 1)]}
    changes[("item_id", "case")] = 2
    assert known.id_changes == changes
    assert bought.id_changes == changes | {("order_id", "case"): 4, ("user_id", "case"): 4}


def test_prices_may_have_a_currency_and_quantities_none() -> None:
    table = make_purchases(3, price=["₩12,000", "12,000원", "$12"], quantity=["1", "₩1", "1,000"])
    typed = type_columns(make_advertiser({"thousands": ","}, currency="KRW"), "purchases", table)
    assert typed.table.column("price").to_pylist() == [12000.0, 12000.0, None]
    assert typed.table.column("quantity").to_pylist() == [1.0, None, 1000.0]
    assert typed.table.column("quantity_parsed").to_pylist() == [True, False, True]


@pytest.mark.parametrize(
    "column",
    [
        pa.array([True, None]),
        pa.array([2**64 - 1, None], pa.uint64()),
        pa.array([1.5, None], pa.float16()),
        pa.array([float("inf"), float("nan")]),
        pa.array([Decimal("1.5"), None], pa.decimal32(5, 2)),
        pa.array([Decimal(10) ** 70, None], pa.decimal256(76, 2)),
        pa.array([-(2**31), None], pa.date32()),
        pa.array([2**62, None], pa.date64()),
        pa.array([1, None], pa.time32("s")),
        pa.array([1, None], pa.duration("s")),
        pa.array([(1, 2, 3), None], pa.month_day_nano_interval()),
        pa.array([2**62, None], pa.timestamp("s")),
        pa.array([-(2**62), None], pa.timestamp("ns", "+09:00")),
        pa.array([1, None], pa.timestamp("s", "Mars/Base")),
        pa.array([b"\xff\x00", None]),
        pa.array([b"a", None], pa.binary_view()),
        pa.array(["a", None], pa.string_view()),
        pa.array([b"caf\xe9", None]).view(pa.string()),
        pa.array([b"caf\xe9", None]).view(pa.string()).dictionary_encode(),
        pa.array([1.0, None]).dictionary_encode(),
        pa.RunEndEncodedArray.from_arrays(pa.array([1, 2], pa.int32()), pa.array(["a", "b"])),
        pa.ExtensionArray.from_storage(pa.uuid(), pa.array([b"\xff" * 16, None], pa.binary(16))),
        pa.ExtensionArray.from_storage(pa.json_(), pa.array(['"a"', None])),
        pa.array([[1], None]),
        pa.array([["a"], None], pa.list_view(pa.string())),
        pa.array([{"a": 1}, None]),
        pa.array(["9" * 400 + ".0", "1e308"]),
        pa.array(["x" * 100_000, "\0" * 5]),
        pa.nulls(2),
    ],
    ids=lambda column: str(column.type),
)
@pytest.mark.parametrize(
    "feed",
    [
        {},
        {
            "thousands": ",",
            "id_case": "lower",
            "availability": {"stock_count": True, "available": ["x"]},
            "timestamp_format": [
                "iso8601",
                "%Y%m%d",
                "epoch_seconds",
                "excel_serial",
                "%m/%d/%y %I:%M %p %z",
            ],
        },
    ],
    ids=["plain", "settings"],
)
@pytest.mark.parametrize("name", ["purchases", "products"])
def test_a_column_of_any_type_is_read(column: pa.Array, feed: dict[str, Any], name: str) -> None:
    table = pa.table(dict.fromkeys(load_feed(name).names, column))
    for part, joined in ((table, False), (table.slice(1), False), (table.slice(0, 0), False), (table, True)):
        columns = (
            {"columns": {"item_id": ["item_id", "price"], "price": ["price", "item_id"]}} if joined else {}
        )
        typed = read(part, feed | columns, name).table
        typed.validate(full=True)
        assert typed.num_rows == part.num_rows
        assert typed.schema == read(pa.table({}), feed, name).table.schema


def test_stock_counts_and_words_of_availability() -> None:
    table = pa.table({"item_id": ["a", "b", "c", "d"], "is_available": ["25", "0", "품절", "soon"]})
    settings = {"availability": {"stock_count": True, "unavailable": ["품절"]}}
    typed = read(table, settings, "products")
    assert typed.table.column("is_available").to_pylist() == [True, False, False, None]
    assert typed.table.column("is_available_parsed").to_pylist() == [True, True, True, False]
