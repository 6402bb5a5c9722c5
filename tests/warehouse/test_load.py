from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import sql
from sqlalchemy import Engine, text

from include.errors import RejectedReleaseError
from include.warehouse.postgres import load
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.load import copy_rows

pytestmark = pytest.mark.integration

TABLE = sql.Identifier("pg_temp", "loaded")
ODD = [
    "",
    None,
    "NULL",
    r"\N",
    r"\.",
    '"',
    '""quoted"", and',
    "two\nlines\r\nthree",
    "tab\there",
    "back\\slash",
    "  spaced ",
    "단골 🛒 ß",
    "a,b;c",
    "%s {x} :y",
    "\u2028",
]


def load_texts(schemas: Schemas, values: list[str | None]) -> list[str | None]:
    with schemas.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE loaded (place int, value text) ON COMMIT DROP"))
        rows = pa.table(
            {"place": pa.array(range(len(values)), pa.int32()), "value": pa.array(values, pa.string())}
        )
        assert copy_rows(connection, TABLE, rows) == len(values)
        return list(connection.execute(text("SELECT value FROM loaded ORDER BY place")).scalars())


def test_odd_text_arrives_as_it_was(warehouse: Engine) -> None:
    assert load_texts(warehouse, ODD) == ODD


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))))
def test_any_text_arrives_as_it_was(warehouse: Engine, values: list[str | None]) -> None:
    assert load_texts(warehouse, values) == values


def test_every_type_arrives_as_it_was(warehouse: Engine) -> None:
    moment = datetime(2017, 12, 31, 23, 59, 59, 123456, tzinfo=UTC)
    rows = pa.table(
        {
            "rank": pa.array([1, 2, 3, 4], pa.int32()),
            "score": pa.array([0.1, math.nan, math.inf, -math.inf], pa.float32()),
            "revenue": pa.array([0.1 + 0.2, None, 1e300, -5e-324]),
            "is_available": pa.array([True, False, None, True]),
            "occurred_at": pa.array([moment, None, moment, moment], pa.timestamp("us", tz="UTC")),
        }
    )
    with warehouse.begin() as connection:
        connection.execute(
            text(
                "CREATE TEMP TABLE loaded (extra int DEFAULT 7, rank int, score real, revenue float8,"
                " is_available boolean, occurred_at timestamptz) ON COMMIT DROP"
            )
        )
        copy_rows(connection, TABLE, rows)
        found = connection.execute(text("SELECT * FROM loaded ORDER BY rank")).mappings().all()
    assert [row["extra"] for row in found] == [7] * 4
    assert [pa.scalar(row["score"], pa.float32()).as_py() for row in found[2:]] == [math.inf, -math.inf]
    assert pa.scalar(found[0]["score"], pa.float32()) == rows["score"][0]
    assert math.isnan(found[1]["score"])
    for name in ("revenue", "is_available", "occurred_at"):
        assert [row[name] for row in found] == rows[name].to_pylist()


def test_many_chunks(warehouse: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(load, "CHUNK_ROWS", 1000)
    values = [f"item {n}" for n in range(25_001)]
    assert load_texts(warehouse, list(values)) == values


def test_a_nul_character_is_a_sentence(warehouse: Engine) -> None:
    with pytest.raises(RejectedReleaseError, match=r"loaded.*character that PostgreSQL cannot store"):
        load_texts(warehouse, ["fine", "not\0fine"])


def test_chunks_without_rows_leave_the_others_as_they_were(warehouse: Engine) -> None:
    """Blocks that found nothing leave such chunks, and pyarrow 26.0.1 garbles what it writes after them."""
    texts = [str(number) if number % 3 else None for number in range(5_000)]
    empty = pa.table({"place": pa.array([], pa.int32()), "value": pa.array([], pa.string())})
    full = pa.table({"place": pa.array(range(len(texts)), pa.int32()), "value": pa.array(texts)})
    rows = pa.concat_tables([empty, full.slice(0, 2_000), empty, full.slice(2_000), empty])
    with warehouse.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE loaded (place int, value text) ON COMMIT DROP"))
        assert copy_rows(connection, TABLE, rows) == len(texts)
        read = list(connection.execute(text("SELECT value FROM loaded ORDER BY place")).scalars())
    assert read == texts


def test_rows_that_break_off_leave_their_own_error_and_a_connection_that_works(
    warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load, "CHUNK_ROWS", 1000)
    batch = pa.record_batch({"place": pa.array(range(50_000), pa.int32())})

    def break_off() -> Iterator[pa.RecordBatch]:
        yield batch
        raise ArithmeticError("the model broke off")

    with warehouse.begin() as connection:
        connection.execute(text("CREATE TEMP TABLE loaded (place int) ON COMMIT DROP"))
        rows = pa.RecordBatchReader.from_batches(batch.schema, break_off())
        with pytest.raises(ArithmeticError, match="broke off"), connection.begin_nested():
            copy_rows(connection, TABLE, rows)
        assert connection.execute(text("SELECT count(*) FROM loaded")).scalar_one() == 0


def test_what_postgresql_refuses_long_before_the_end_is_a_sentence(warehouse: Engine) -> None:
    with pytest.raises(RejectedReleaseError, match=r"loaded.*character that PostgreSQL cannot store"):
        load_texts(warehouse, ["not\0fine", *(["fine" * 25] * 400_000)])
