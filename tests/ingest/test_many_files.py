"""A day in thousands of files: the same lines, and no work for each file that one large file has not."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from include.ingest.clean import clean_lines
from include.ingest.delivered import join_files
from include.ingest.landing import DeliveredFile
from include.ingest.quarantine import collect_quarantined
from include.ingest.verdict import apply_contract
from tests.ingest.conftest import DAY, Mall, make_purchases

FILES, LINES = 2_000, 10


def split(table: pa.Table) -> list[DeliveredFile]:
    return [
        DeliveredFile(f"{number:04}.csv", 0, table.slice(number * LINES, LINES)) for number in range(FILES)
    ]


def make_day() -> pa.Table:
    count = FILES * LINES
    users = [None if i % 50 == 0 else f"u{i}" for i in range(count)]
    quantities = ["x" if i % 70 == 0 else "1" for i in range(count)]
    # The last 100 lines repeat the first.
    lines = make_purchases(count, user_id=users, quantity=quantities)
    return pa.concat_tables([lines.slice(0, count - 100), lines.slice(0, 100)])


def test_many_files_give_what_one_gives(tmp_path: Path) -> None:
    mall = Mall(tmp_path, feeds={"purchases": {"redelivered": "keep"}}).advertiser
    day = make_day()
    found = []
    for files in ([DeliveredFile("0.csv", 0, day)], split(day)):
        lines = clean_lines(mall, "purchases", files)
        verdict = apply_contract(mall, "purchases", DAY, lines)
        quarantined = collect_quarantined(lines, verdict.reasons)
        found.append((lines, verdict, quarantined))
    (one, one_verdict, one_quarantined), (many, many_verdict, many_quarantined) = found
    assert many.table.equals(one.table)
    assert many.duplicate_rows == one.duplicate_rows == 100
    assert many_verdict.rules == one_verdict.rules
    assert many_quarantined.drop_columns(["source_file", "source_line"]).equals(
        one_quarantined.drop_columns(["source_file", "source_line"])
    )
    places = zip(
        many_quarantined.column("source_file").to_pylist(),
        many_quarantined.column("source_line").to_pylist(),
        strict=True,
    )
    assert [int(name[:4]) * LINES + line for name, line in places] == one_quarantined.column(
        "source_line"
    ).to_pylist()


def test_files_of_the_same_columns_are_one_table_of_one_chunk() -> None:
    """What makes a day in many files cost what one costs: values are looked at column by column."""
    delivered = join_files(split(make_day()))
    [group] = delivered.groups
    assert [column.num_chunks for column in group.table.columns] == [1] * 6
    assert group.table.num_rows == FILES * LINES


UUIDS = pa.array([b"0123456789abcdef", None, b"fedcba9876543210"], pa.binary(16))


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["a", None, "b"], pa.string_view()),
        pa.array([b"a", None, b"b"], pa.binary_view()),
        pa.array(["a", None, "b"]).dictionary_encode(),
        pa.array([[1], None, [2]]),
        pa.array([{"a": 1}, None, {"a": 2}]),
        pa.ExtensionArray.from_storage(pa.uuid(), UUIDS),
        pa.array([(1, 2, 3), None, (1, 2, 4)], pa.month_day_nano_interval()),
        pa.array([1, None, 2], pa.decimal256(50, 2)),
        pa.array([0.5, None, 1.5], pa.float16()),
        pa.nulls(3),
    ],
    ids=lambda column: str(column.type),
)
def test_a_column_that_nobody_reads_may_have_any_type(tmp_path: Path, column: pa.Array) -> None:
    """The third file repeats the first line of the first, and holds a line that is quarantined."""
    mall = Mall(tmp_path).advertiser
    lines = make_purchases(3, quantity=["1", "1", "x"]).append_column("note", column)
    files = [
        DeliveredFile("0.parquet", 0, lines.slice(0, 2)),
        DeliveredFile("1.parquet", 0, make_purchases(5).slice(3)),
        DeliveredFile("2.parquet", 0, pa.concat_tables([lines.slice(0, 1), lines.slice(2)])),
    ]
    found = clean_lines(mall, "purchases", files)
    verdict = apply_contract(mall, "purchases", DAY, found)
    assert (found.duplicate_rows, int(verdict.accepted.sum())) == (1, 4)
    assert collect_quarantined(found, verdict.reasons).num_rows == 1
