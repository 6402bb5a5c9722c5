"""The columns of a day's files: what is missing, twice, unknown, and how a message names it."""

from __future__ import annotations

import shutil
from collections.abc import Callable

import pyarrow as pa
import pytest

from include.errors import RejectedDayError
from include.ingest.days import ingest_day
from include.ingest.headers import list_columns, show_column
from include.ingest.lake import read_partition
from tests.conftest import SHARED_DATA
from tests.ingest.conftest import DAY, Mall, make_purchases

MakeMall = Callable[..., Mall]
HEADER = "order_id,user_id,item_id,quantity,price,purchased_at\n"
LINE = "o0,buyer@example.com,i0,1,2.5,2026-03-10T10:00:00\n"


def refuse(mall: Mall, feed: str = "purchases") -> str:
    with pytest.raises(RejectedDayError) as caught:
        ingest_day(mall.advertiser, feed, DAY)
    return str(caught.value)


@pytest.mark.parametrize("name", ["0.csv", "0.parquet"])
def test_what_may_be_a_line_is_not_quoted(mall: Mall, name: str) -> None:
    if name == "0.csv":
        mall.deliver_text(LINE * 2)
    else:
        mall.deliver(pa.table({value: ["x"] for value in LINE.strip().split(",")}))
    message = refuse(mall)
    for value in ("buyer", "example.com", "2.5", "10:00", "i0", "o0"):
        assert value not in message
    assert f"{name} lacks the column order_id and every other column that we read" in message
    assert "6 columns" in message
    if name == "0.csv":
        assert "csv.header: false" in message


def test_a_line_of_which_one_value_is_a_mapped_position_is_not_quoted(make_mall: MakeMall) -> None:
    columns = {"order_id": 1, "user_id": 2, "item_id": 3, "quantity": 4, "price": 5, "purchased_at": 6}
    mall = make_mall(feeds={"purchases": {"columns": columns}})
    mall.deliver_text(LINE)
    message = refuse(mall)
    assert "lacks the column 2" in message
    assert "buyer" not in message


CASES = SHARED_DATA.parent / "cases"


@pytest.mark.skipif(not CASES.exists(), reason="the small deliveries are not there; see DANGOL_SHARED_DATA")
def test_a_delivery_without_a_header(mall: Mall) -> None:
    delivered = CASES / "headerless" / "landing" / "headerless" / "purchases" / f"dt={DAY}"
    shutil.copytree(delivered, mall.landing(), dirs_exist_ok=True)
    message = refuse(mall)
    assert "csv.header: false" in message
    assert "buyer" not in message


@pytest.mark.parametrize(
    ("theirs", "meant"),
    [
        ("User_ID", "User_ID"),
        ("userid", "userid"),
        ("user id", "user id"),
        ("\ufeffuser_id", "\\ufeffuser_id"),
    ],
)
def test_a_near_miss_is_named(mall: Mall, theirs: str, meant: str) -> None:
    mall.deliver_text("x," + HEADER.replace("user_id", theirs) + "x," + LINE)
    message = refuse(mall)
    assert "lacks the column user_id" in message
    assert f"Did you mean {meant}?" in message
    assert "\ufeff" not in message


def test_a_required_or_mapped_column_that_is_there_twice(make_mall: MakeMall) -> None:
    mall = make_mall(feeds={"purchases": {}, "products": {"columns": {"brand": "maker"}}})
    mall.deliver_text(HEADER.replace("price", "user_id") + LINE)
    assert "0.csv has the column user_id 2 times" in refuse(mall)
    mall.deliver_text("item_id,maker,maker\ni1,a,b\n", feed="products")
    assert "0.csv has the column maker 2 times (our brand)" in refuse(mall, "products")


def test_another_column_that_is_there_twice_is_left_empty(mall: Mall) -> None:
    mall.deliver_text("item_id,title,title,note,note\ni1,a,b,c,d\n", feed="products")
    manifest = ingest_day(mall.advertiser, "products", DAY)
    assert manifest.warnings == ("file 0.csv has the column title more than once, which is left empty.",)
    assert read_partition(mall.advertiser, "products", DAY).column("title").to_pylist() == [None]


def test_a_mapped_column_that_many_files_lack_is_one_warning(make_mall: MakeMall) -> None:
    mall = make_mall(feeds={"purchases": {}, "products": {"columns": {"brand": "maker"}}})
    for number in range(3):
        mall.deliver(pa.table({"item_id": [str(number)]}), feed="products", name=f"{number}.parquet")
    assert ingest_day(mall.advertiser, "products", DAY).warnings == (
        "3 files, the first of them 0.parquet, lack the column maker (our brand), which is left empty.",
    )


def test_columns_named_like_ours_do_not_stand_for_the_mapped_ones(make_mall: MakeMall) -> None:
    mall = make_mall(
        feeds={"purchases": {"columns": {"user_id": "member", "price": "quantity", "quantity": "n"}}}
    )
    lines = make_purchases(1, quantity=["7"], price=["no"])
    for name, value in (
        ("member", "m1"),
        ("n", "2"),
        ("price_parsed", "x"),
        ("is_cancellation", "y"),
        ("line\nbreak\x07", "z"),
        ("source_file", "s"),
    ):
        lines = lines.append_column(name, pa.array([value]))
    mall.deliver(lines)
    assert ingest_day(mall.advertiser, "purchases", DAY).warnings == ()
    [row] = read_partition(mall.advertiser, "purchases", DAY).to_pylist()
    assert (row["user_id"], row["quantity"], row["price"]) == ("m1", 2, 7)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("InvoiceNo", "InvoiceNo"),
        ("고객 번호", "고객 번호"),
        ("", "''"),
        (" user_id", "' user_id'"),
        ("user\u200b_id", "user\\u200b_id"),
        ("user\u00a0id", "user\\xa0id"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\u202eabc", "\\u202eabc"),
        ("\u3164", "\\u3164"),
        ("\ud800", "\\ud800"),
        ("x" * 100, "x" * 60 + "…"),
    ],
)
def test_a_name_is_shown_so_that_it_can_be_seen(name: str, shown: str) -> None:
    assert show_column(name) == shown


def test_a_list_of_names_ends() -> None:
    shown = list_columns([f"c{i}" for i in range(1_000)])
    assert shown.startswith("c0, c1, ")
    assert shown.endswith(" and 980 more")
