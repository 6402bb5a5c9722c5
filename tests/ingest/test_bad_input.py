"""What malls deliver when something went wrong: one sentence, and the partition that was there stays."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import pyarrow as pa
import pytest

from include.errors import MissingDataError, PermanentError, RejectedDayError, StorageError
from include.ingest.days import ingest_day
from include.ingest.lake import read_manifest, read_partition
from include.ingest.landing import is_delivered, is_there
from tests.ingest.conftest import DAY, Mall, make_purchases

HEADER = "order_id,user_id,item_id,quantity,price,purchased_at\n"
LINE = "o1,u1,i1,1,2.5,2026-03-10T10:00:00\n"


def expect_failure(mall: Mall, kind: type[PermanentError], *parts: str) -> str:
    """The day fails with one sentence that holds `parts`, and the partition of an earlier ingest stays."""
    before = mall.partition()
    files = {path.name: path.read_bytes() for path in before.glob("*")}
    with pytest.raises(kind) as caught:
        ingest_day(mall.advertiser, "purchases", DAY)
    message = str(caught.value)
    for part in ("mall, purchases of 2026-03-10", *parts):
        assert part in message
    assert "\n" not in message
    assert {path.name: path.read_bytes() for path in before.glob("*")} == files
    return message


@pytest.fixture
def ingested(mall: Mall) -> Mall:
    """A mall whose day is in the lake already, with its landing folder emptied again."""
    mall.deliver(make_purchases(3))
    ingest_day(mall.advertiser, "purchases", DAY)
    (mall.landing() / "0.parquet").unlink()
    return mall


def test_a_folder_that_is_not_there_is_missing(ingested: Mall) -> None:
    ingested.landing().rmdir()
    expect_failure(ingested, MissingDataError, "dt=2026-03-10 is not there")
    assert not is_there(ingested.advertiser, "purchases", DAY)
    assert not is_delivered(ingested.advertiser, "purchases", DAY)


def test_an_empty_folder_is_a_closed_day(ingested: Mall) -> None:
    assert is_there(ingested.advertiser, "purchases", DAY)
    assert not is_delivered(ingested.advertiser, "purchases", DAY)
    manifest = ingest_day(ingested.advertiser, "purchases", DAY)
    assert (manifest.lines, manifest.warnings) == (0, ("the day has no lines.",))
    assert read_partition(ingested.advertiser, "purchases", DAY).num_rows == 0


@pytest.mark.parametrize("name", ["_SUCCESS", ".part-0.parquet.crc", "0.parquet.crc", "_temporary/0.parquet"])
def test_marker_files_are_no_data(mall: Mall, name: str) -> None:
    path = mall.landing() / name
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert not is_delivered(mall.advertiser, "purchases", DAY)
    assert ingest_day(mall.advertiser, "purchases", DAY).source_files == ()


@pytest.mark.parametrize("form", ["parquet", "csv"])
def test_files_without_rows_are_a_closed_day(mall: Mall, form: str) -> None:
    if form == "csv":
        mall.deliver_text(HEADER.rstrip("\n"))
    else:
        mall.deliver(make_purchases(3).slice(0, 0))
    assert is_delivered(mall.advertiser, "purchases", DAY)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.lines, len(manifest.source_files), manifest.warnings) == (
        0,
        1,
        ("the day has no lines.",),
    )


@pytest.mark.parametrize("kept", [0, 3, 100, -1])
def test_a_truncated_parquet_file(ingested: Mall, kept: int) -> None:
    ingested.deliver(make_purchases(500))
    path = ingested.landing() / "0.parquet"
    path.write_bytes(path.read_bytes()[:kept])
    expect_failure(ingested, RejectedDayError, "0.parquet is not readable as Parquet", "delivered again")


def test_a_damaged_parquet_page(ingested: Mall) -> None:
    ingested.deliver(make_purchases(500))
    path = ingested.landing() / "0.parquet"
    content = bytearray(path.read_bytes())
    content[10:400] = b"\xff" * 390
    path.write_bytes(content)
    expect_failure(ingested, RejectedDayError, "0.parquet is not readable as Parquet")


def test_a_csv_with_another_delimiter(ingested: Mall) -> None:
    ingested.deliver_text(HEADER.replace(",", ";"))
    expect_failure(ingested, RejectedDayError, "0.csv has 1 column", 'csv.delimiter: ";"')


def test_parquet_text_that_is_not_utf8(ingested: Mall) -> None:
    latin = pa.array([b"caf\xe9"]).view(pa.string())
    ingested.deliver(make_purchases(1).append_column("note", latin))
    expect_failure(ingested, RejectedDayError, "0.parquet is not readable", "not UTF-8")


@pytest.mark.parametrize("missing", ["order_id", "user_id", "item_id", "quantity", "price", "purchased_at"])
def test_a_missing_column(ingested: Mall, missing: str) -> None:
    ingested.deliver(make_purchases(3), name="a.parquet")
    ingested.deliver(make_purchases(3).drop_columns([missing]), name="b.parquet")
    expect_failure(ingested, RejectedDayError, "b.parquet", f"lacks the column {missing}", "its columns are")


def test_a_renamed_csv_column(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {"columns": {"user_id": "member"}}})
    mall.deliver_text(HEADER.replace("user_id", "customer") + LINE)
    message = expect_failure(mall, RejectedDayError, "0.csv lacks the column member (our user_id)")
    assert "order_id, customer, item_id" in message
    assert read_manifest(mall.advertiser, "purchases", DAY) is None


def test_a_column_that_is_there_twice(ingested: Mall) -> None:
    ingested.deliver_text(HEADER.replace("price", "quantity") + LINE)
    expect_failure(ingested, RejectedDayError, "0.csv has the column quantity 2 times")


def test_bad_encoding_names_the_line(ingested: Mall) -> None:
    ingested.deliver_text((HEADER + LINE).encode() + "단골,u1,i1,1,2,2026-03-10\n".encode("cp949"))
    expect_failure(ingested, RejectedDayError, "0.csv, line 3", "utf-8", "csv.encoding")


def test_a_ragged_csv_names_the_line_and_not_its_values(ingested: Mall) -> None:
    ingested.deliver_text(HEADER + LINE + "o2,secret-user,i1,1,000,2.5,2026-03-10\n")
    message = expect_failure(ingested, RejectedDayError, "0.csv, line 3", "7 values", "6 columns")
    assert "secret-user" not in message


def test_a_quote_that_never_ends_is_not_taken_for_one_long_value(ingested: Mall) -> None:
    ingested.deliver_text(HEADER + LINE + 'o2,u1,i1,1,2,"2026-03-10\n' + LINE * 3)
    expect_failure(ingested, RejectedDayError, "0.csv, line 3", "never ends")


@pytest.mark.parametrize("feed", ["purchases", "products"])
def test_stray_quotes_swallow_no_line(mall: Mall, feed: str) -> None:
    header, line = "item_id,title,is_available\n", '{0},"{1},Y\n'
    if feed == "purchases":
        header = "title," + HEADER
        line = '"{1},{0},u1,i1,1,2.5,2026-03-10T10:00:00\n'
    for titles in (("XL bag", "XS bag"), ("XL bag", '12"')):
        lines = [line.format(f"o{number}", title) for number, title in enumerate(titles)]
        mall.deliver_text(header + "".join(lines), feed=feed)
        with pytest.raises(RejectedDayError, match=r"0\.csv, line 2: has a quoted value") as caught:
            ingest_day(mall.advertiser, feed, DAY)
        assert "XL" not in str(caught.value)


def test_the_wrong_delimiter_of_a_catalogue_is_named(mall: Mall) -> None:
    lines = [f"i{n};Lamp{', red' * (n == 371)};Y\n" for n in range(500)]
    mall.deliver_text("item_id;title;is_available\n" + "".join(lines), feed="products")
    with pytest.raises(RejectedDayError, match=r'0\.csv has 1 column .* csv\.delimiter: ";"'):
        ingest_day(mall.advertiser, "products", DAY)


@pytest.mark.parametrize("content", [b"", b"\n", b"\xef\xbb\xbf"])
def test_a_csv_without_even_a_header(ingested: Mall, content: bytes) -> None:
    ingested.deliver_text(content)
    expect_failure(ingested, RejectedDayError, "0.csv is empty", "header")


@pytest.mark.parametrize("content", [b"not gzip", gzip.compress((HEADER + LINE * 999).encode())[:-9]])
def test_bad_gzip(ingested: Mall, content: bytes) -> None:
    ingested.deliver_text(content, name="0.csv.gz")
    expect_failure(ingested, RejectedDayError, "0.csv.gz is not readable as gzip")


def test_a_file_of_another_kind(ingested: Mall) -> None:
    ingested.deliver_text("x", name="orders.xlsx")
    expect_failure(ingested, RejectedDayError, "orders.xlsx has none of the suffixes .parquet, .csv")


def test_the_feed_may_say_what_suffixes_do_not(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {"format": "csv"}})
    mall.deliver_text(HEADER + LINE, name="part-00000")
    assert ingest_day(mall.advertiser, "purchases", DAY).accepted_rows == 1


def test_all_lines_quarantined(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(quarantine={"max_share": 0.99})
    mall.deliver(make_purchases(3, user_id=pa.nulls(3, pa.string())))
    expect_failure(mall, RejectedDayError, "3 of 3 lines (100.0%)", "user_id is missing", "0.parquet")


def test_all_lines_quarantined_where_the_limit_allows_it(mall: Mall) -> None:
    mall.deliver(make_purchases(3, quantity=[0, 0, 0]))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.warnings) == (0, ("every line is quarantined.",))


def test_a_timestamp_column_of_text_that_is_none(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(quarantine={"max_share": 0.5})
    mall.deliver(make_purchases(3, purchased_at=["yesterday", "today", "tomorrow"]))
    expect_failure(mall, RejectedDayError, "purchased_at is not a date and time", "column purchased_at")


def test_ids_of_mixed_types_become_the_same_text(make_mall: Callable[..., Mall]) -> None:
    mall = make_mall(feeds={"purchases": {"redelivered": "keep"}})
    ids = {
        "int": pa.array([17850, 42]),
        "float": pa.array([17850.0, None]),
        "text": pa.array([" 17850.0", "0042"]),
        "bytes": pa.array([b"17850", b"0042"]),
        "dictionary": pa.array(["17850", "0042"]).dictionary_encode(),
    }
    for name, column in ids.items():
        mall.deliver(make_purchases(2, user_id=column), name=f"{name}.parquet")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert set(read_partition(mall.advertiser, "purchases", DAY).column("user_id").to_pylist()) == {
        "17850",
        "42",
        "0042",
    }
    # As text, three files repeat the first line of the first, 17850, and two its second, 0042.
    assert (manifest.accepted_rows, manifest.quarantined_rows, manifest.duplicate_rows) == (4, 1, 5)


@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1], [2]]),
        pa.array([{"a": 1}, None]),
        pa.array([True, False]),
        pa.array([1, 2], pa.time64("us")),
        pa.array([1, 2], pa.duration("s")),
        pa.array([1, 2], pa.date32()),
        pa.array([b"\xff\x00", b"\x00\x01"]),
        pa.array([2**63, 2**64 - 1], pa.uint64()),
        pa.array([1.5, float("inf")], pa.float32()),
        pa.array(["a", "b"], pa.string_view()),
        pa.nulls(2),
    ],
    ids=lambda column: str(column.type),
)
@pytest.mark.parametrize("name", ["user_id", "quantity", "purchased_at"])
def test_a_column_of_any_type_costs_its_lines_at_most(mall: Mall, name: str, column: pa.Array) -> None:
    mall.deliver(make_purchases(2, **{name: column}))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert manifest.accepted_rows + manifest.quarantined_rows == 2


def test_the_landing_folder_is_a_file(ingested: Mall) -> None:
    folder = ingested.landing()
    folder.rmdir()
    folder.touch()
    with pytest.raises(StorageError, match="is a file; a folder is expected there"):
        ingest_day(ingested.advertiser, "purchases", DAY)
