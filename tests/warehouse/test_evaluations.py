from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError

from include.tables import load_small_table
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.evaluations import read_metrics, record_metrics, record_promotion
from include.warehouse.postgres.schema import ensure_schema

pytestmark = pytest.mark.integration

SUNDAY, NEXT_SUNDAY = date(2024, 1, 7), date(2024, 1, 14)
MOMENT = datetime(2024, 1, 8, 3, 4, 5, tzinfo=UTC)
NUMBERS = ("value", "low", "high", "difference", "difference_low", "difference_high")


def make_metric(**changes: Any) -> dict[str, Any]:
    return {
        "contender": "als",
        "kind": "source",
        "split": "all",
        "purchases": "new",
        "segment": "known",
        "category": "",
        "metric": "ndcg",
        "incumbent": "ad_candidates",
        "test_days": 7,
        "k": 20,
        "users": 740,
        "value": 0.0585,
        "low": 0.0541,
        "high": 0.0629,
        "difference": 0.0077,
        "difference_low": 0.0021,
        "difference_high": 0.0133,
        "settings": {"factors": 64, "weights": [1, 0.5]},
        "data_fingerprint": "ab12",
        "code_version": "v0.1.0",
        "as_of_date": SUNDAY,
        "evaluated_at": MOMENT,
    } | changes


def read(schemas: Schemas, table: str) -> list[dict[str, Any]]:
    with schemas.begin() as connection:
        return [dict(row) for row in connection.execute(text(f"SELECT * FROM {table}")).mappings()]


def test_rows_are_read_as_they_were_recorded(mall: Schemas) -> None:
    rows = [make_metric(contender=name) for name in ("단골", "als", 'a "quoted"\tname\\N')]
    assert record_metrics(mall, SUNDAY, rows) == 3
    found = read_metrics(mall)
    assert sorted(found, key=lambda row: row["contender"]) == sorted(rows, key=lambda row: row["contender"])
    assert list(found[0]) == list(load_small_table("offline_metrics").columns)


def test_an_evaluation_again_replaces_its_date_and_no_other(mall: Schemas) -> None:
    record_metrics(mall, SUNDAY, [make_metric(metric=name) for name in ("ndcg", "recall", "gini")])
    other = [make_metric(as_of_date=NEXT_SUNDAY)]
    record_metrics(mall, NEXT_SUNDAY, other)
    again = [make_metric(value=0.06), make_metric(metric="map")]
    record_metrics(mall, SUNDAY, again)
    assert read_metrics(mall, SUNDAY) == sorted(again, key=lambda row: row["metric"])
    assert read_metrics(mall, NEXT_SUNDAY) == other
    assert record_metrics(mall, SUNDAY, []) == 0
    assert read(mall, "offline_metrics") == other


def test_a_bad_row_leaves_what_was_there(mall: Schemas) -> None:
    before = [make_metric()]
    record_metrics(mall, SUNDAY, before)
    good = make_metric(value=0.9)
    for bad, error, says in (
        (make_metric(value=0.9), psycopg.IntegrityError, "offline_metrics_pkey"),
        (make_metric(metric="map", users=None), psycopg.IntegrityError, "users"),
        (make_metric(metric="map", kind="guess"), psycopg.IntegrityError, "kind"),
        (make_metric(metric="map", k=0), psycopg.IntegrityError, "k"),
        (make_metric(metric="a\0b"), psycopg.DataError, "NUL"),
        (make_metric(metric="map", value=float("inf")), ValueError, "value is inf"),
        (make_metric(metric="map", settings={"a": float("nan")}), ValueError, "JSON"),
        (
            make_metric(metric="map", as_of_date=NEXT_SUNDAY),
            ValueError,
            "2024-01-14 among those of 2024-01-07",
        ),
        (make_metric(metric="map", lift=1), ValueError, "no column lift"),
    ):
        with pytest.raises(error, match=says):
            record_metrics(mall, SUNDAY, [good, bad])
        assert read(mall, "offline_metrics") == before


def test_what_cannot_be_told_is_null(mall: Schemas) -> None:
    """One split time has no interval, a metric without categories no value; neither is ever NaN."""
    unknown = [None, float("nan"), np.float64("nan"), np.float32("nan")]
    rows = [make_metric(k=number, **dict.fromkeys(NUMBERS, value)) for number, value in enumerate(unknown, 1)]
    record_metrics(mall, SUNDAY, rows)
    found = read_metrics(mall)
    assert len(found) == len(unknown)
    assert {row[name] for row in found for name in NUMBERS} == {None}


def test_numbers_of_numpy_and_columns_left_out(mall: Schemas) -> None:
    row = make_metric(
        k=np.int64(5), users=np.int32(3), value=np.float32(0.5), settings={"l2": np.float32(0.25)}
    )
    for name in ("as_of_date", "evaluated_at", "low", "high", "difference"):
        del row[name]
    record_metrics(mall, SUNDAY, [row])
    (found,) = read_metrics(mall)
    assert (found["k"], found["users"], found["value"], found["settings"]) == (5, 3, 0.5, {"l2": 0.25})
    assert (found["as_of_date"], found["low"], found["difference"]) == (SUNDAY, None, None)
    assert found["evaluated_at"].tzinfo is not None


def test_the_newest_evaluation_is_asked_for_by_its_key(mall: Schemas) -> None:
    assert read_metrics(mall, contender="challenger") == []
    rows = [
        make_metric(contender=contender, split=split, k=k, segment=segment)
        for contender in ("ad_candidates", "challenger")
        for split in ("2023-12-31", "all")
        for k in (10, 20)
        for segment in ("known", "light")
    ]
    record_metrics(mall, NEXT_SUNDAY, [row | {"as_of_date": NEXT_SUNDAY} for row in rows])
    record_metrics(mall, SUNDAY, [row | {"value": 0.5} for row in rows])
    asked: dict[str, Any] = {"contender": "challenger", "split": "all", "k": 20, "segment": "known"}
    expected = [row for row in rows if asked.items() <= row.items()]
    assert read_metrics(mall, **asked) == [row | {"as_of_date": NEXT_SUNDAY} for row in expected]
    assert [row["value"] for row in read_metrics(mall, SUNDAY, **asked)] == [0.5]
    assert read_metrics(mall, SUNDAY, contender="nobody") == []
    with pytest.raises(ValueError, match="not asked for by model"):
        read_metrics(mall, model="als")


def test_two_evaluations_of_a_date_at_once_leave_one_of_them(mall: Schemas) -> None:
    engines = [create_engine(mall.engine.url) for _ in range(4)]

    def record(number: int) -> int:
        rows = [make_metric(k=k, users=number) for k in range(1, 501)]
        return record_metrics(Schemas(engines[number], mall.name), SUNDAY, rows)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(record, range(4))) == [500] * 4
    for engine in engines:
        engine.dispose()
    found = read_metrics(mall)
    assert len(found) == 500
    assert len({row["users"] for row in found}) == 1


def test_a_store_from_before_evaluations_gets_their_tables_and_keeps_its_releases(
    mall: Schemas, publish: Callable[..., Any]
) -> None:
    """The version of the store, which is about how releases are stored, stays."""
    publish(SUNDAY)
    comment = text("SELECT obj_description('mall_store'::regnamespace)")
    with mall.begin() as connection:
        connection.execute(text("DROP TABLE offline_metrics, promotions"))
        built = connection.execute(comment).scalar_one()
        connection.execute(
            text("COMMENT ON SCHEMA mall_store IS 'Partitions by release, version 2, made from 0'")
        )
        releases = connection.execute(text("SELECT * FROM releases")).all()
    ensure_schema(mall)
    with mall.begin() as connection:
        assert connection.execute(comment).scalar_one() == built
        assert connection.execute(text("SELECT * FROM releases")).all() == releases
    record_metrics(mall, SUNDAY, [make_metric()])
    assert read_metrics(mall) == [make_metric()]


def test_promotions_are_added_one_after_the_other(mall: Schemas) -> None:
    promotion = {
        "by_whom": "Kim",
        "note": None,
        "difference": np.float64(0.0077),
        "difference_low": 0.0021,
        "difference_high": float("nan"),
        "settings_before": {"models": {"als": {"factors": 64}}},
        "settings_after": {"models": {"als": {"factors": 128}}, "since": SUNDAY},
        "as_of_date": SUNDAY,
    }
    record_promotion(mall, promotion)
    record_promotion(mall, promotion | {"note": "The interval is above 0.", "promoted_at": MOMENT})
    by_note = {row["note"]: row for row in read(mall, "promotions")}
    assert by_note.keys() == {None, "The interval is above 0."}
    expected = promotion | {"difference_high": None}
    expected["settings_after"] = {"models": {"als": {"factors": 128}}, "since": "2024-01-07"}
    assert expected.items() <= by_note[None].items()
    assert by_note["The interval is above 0."]["promoted_at"] == MOMENT
    with pytest.raises(IntegrityError, match="promotions_pkey"):
        record_promotion(mall, promotion | {"promoted_at": MOMENT})
