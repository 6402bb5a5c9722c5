"""What is kept of quarantined lines, whatever their columns are called, and which file they are from."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from include.errors import RejectedDayError
from include.ingest.clean import CleanLines, clean_lines
from include.ingest.days import ingest_day
from include.ingest.lake import read_partition, read_quarantine
from include.ingest.landing import DeliveredFile
from include.ingest.verdict import apply_contract
from include.settings import Advertiser
from tests.ingest.conftest import DAY, Mall, make_purchases


def add(lines: pa.Table, **columns: str) -> pa.Table:
    for name, value in columns.items():
        lines = lines.append_column(name, pa.array([value] * lines.num_rows))
    return lines


def test_columns_that_are_named_alike_in_two_files_do_not_mix(mall: Mall) -> None:
    bad = make_purchases(1, quantity=[0])
    mall.deliver(add(bad, reason="a"), name="a.parquet")
    mall.deliver(add(bad, delivered_reason="b"), name="b.parquet")
    mall.deliver(add(bad, reason="c", delivered_reason="d", source_line="9"), name="c.parquet")
    ingest_day(mall.advertiser, "purchases", DAY)
    lines = read_quarantine(mall.advertiser, "purchases", DAY).to_pylist()
    assert [line["source_file"] for line in lines] == ["a.parquet", "b.parquet", "c.parquet"]
    assert [line["reason"] for line in lines] == ["quantity is zero"] * 3
    assert [line["delivered_reason"] for line in lines] == [None, "b", "d"]
    assert [line["delivered_delivered_reason"] for line in lines] == ["a", None, "c"]
    assert [line["source_line"] for line in lines] == [1, 1, 1]
    assert [line["delivered_source_line"] for line in lines] == [None, None, "9"]


def test_lines_of_files_that_alternate_between_types_stay_in_their_order(mall: Mall) -> None:
    for number, price in enumerate([["1", "x"], [2.5, -1.0], ["y", "z"], [-3.0, 4.0]]):
        ids = [f"o{number}{i}" for i in range(2)]
        mall.deliver(make_purchases(2, order_id=ids, price=price), name=f"{number}.parquet")
    ingest_day(mall.advertiser, "purchases", DAY)
    lines = read_quarantine(mall.advertiser, "purchases", DAY).to_pylist()
    places = [(line["source_file"][0], line["source_line"], line["price"]) for line in lines]
    expected = [("0", 2, "x"), ("1", 2, "-1"), ("2", 1, "y"), ("2", 2, "z"), ("3", 1, "-3")]
    assert places == expected
    accepted = read_partition(mall.advertiser, "purchases", DAY)
    assert accepted.column("order_id").to_pylist() == ["o00", "o10", "o31"]


def test_columns_of_any_name_are_kept_apart(mall: Mall) -> None:
    names = ["quantity_parsed", "is_cancellation", "item_id_exact", "a\nb", "\x07", "excessive_price", ""]
    mall.deliver(add(make_purchases(1, quantity=["x"]), **{name: f"v{i}" for i, name in enumerate(names)}))
    ingest_day(mall.advertiser, "purchases", DAY)
    [line] = read_quarantine(mall.advertiser, "purchases", DAY).to_pylist()
    assert [line[name] for name in names] == [f"v{i}" for i in range(len(names))]


def mark(lines: CleanLines, column: str, rows: list[bool | None]) -> CleanLines:
    """As ids that a number type has spoilt come from `include.ingest.values.typed_columns`."""
    place = lines.table.schema.get_field_index(column)
    table = lines.table.set_column(place, column, pa.array(rows, pa.bool_()))
    return CleanLines(**{**vars(lines), "table": table})


def clean(mall: Advertiser, table: pa.Table) -> CleanLines:
    return clean_lines(mall, "purchases", [DeliveredFile("0.csv", 0, table)])


@pytest.mark.parametrize("column", ["order_id", "user_id", "item_id"])
@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("exact", "was spoilt by a number type or scientific notation"),
        ("printable", "has control characters"),
    ],
)
def test_a_spoilt_id_is_quarantined(tmp_path: Path, column: str, kind: str, words: str) -> None:
    mall = Mall(tmp_path).advertiser
    table = make_purchases(3, **{column: ["a", "8801234567890.0", "c"]})
    lines = mark(clean(mall, table), f"{column}_{kind}", [None, False, None])
    verdict = apply_contract(mall, "purchases", DAY, lines)
    assert verdict.reasons == {1: f"{column} {words}"}
    [rule] = [rule for rule in verdict.rules if rule.unexpected_rows and rule.severity == "row"]
    shown = column == "item_id" and kind == "exact"
    assert ("8801234567890.0" in rule.sample) == shown


def test_a_day_of_spoilt_ids_is_refused_with_an_example(tmp_path: Path) -> None:
    mall = Mall(tmp_path, quarantine={"max_share": 0.05}).advertiser
    lines = clean(mall, make_purchases(2, item_id=["8.80E+12"] * 2))
    with pytest.raises(RejectedDayError, match=r"item_id was spoilt .*, such as 8\.80E\+12 \(column item_id"):
        apply_contract(mall, "purchases", DAY, mark(lines, "item_id_exact", [False, False]))
    lines = clean(mall, make_purchases(2, user_id=["8.80E+12", "8.81E+12"]))
    with pytest.raises(RejectedDayError, match=r"user_id was spoilt .*, such as 9\.99E\+99 \(column user_id"):
        apply_contract(mall, "purchases", DAY, mark(lines, "user_id_exact", [False, False]))


def test_changes_of_ids_are_counted_beside_the_rules(tmp_path: Path) -> None:
    mall = Mall(tmp_path).advertiser
    lines = clean(mall, make_purchases(4))
    changed = CleanLines(**{**vars(lines), "id_changes": {("item_id", "blanks"): 3}})
    [rule] = [r for r in apply_contract(mall, "purchases", DAY, changed).rules if r.unexpected_rows]
    assert (rule.column_name, rule.severity, rule.passed) == ("item_id", "warning", True)
    assert (rule.unexpected_rows, rule.unexpected_percent) == (3, 75)
