"""A small release, right in every way, that each test breaks in its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest

from include.columns import RELEASE_TABLES
from include.models.base import RankedTable, ScoreRange
from include.warehouse.facts import WindowFacts
from include.warehouse.postgres.connection import Schemas

if TYPE_CHECKING:
    from sqlalchemy import Engine

SCHEMA = "mall"
MONDAY, TUESDAY, WEDNESDAY = date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)
ITEMS = [f"P{n}" for n in range(1, 7)]
USERS = ["A", "B", "C"]

MODELS = {
    "cosine": {"item_similarities": ScoreRange(0.0, 1.0, above_low=True, co_buyers=1)},
    "als": {
        "item_similarities": ScoreRange(-1.0, 1.0),
        "user_recommendations": ScoreRange(None, None),
        "item_audiences": ScoreRange(None, None),
    },
}

Rows = list[dict[str, Any]]


def similar_items() -> Rows:
    return [
        {"item_id": item, "rank": rank, "similar_item_id": other, "score": 1 / rank, "co_buyers": 3}
        for item in ITEMS
        for rank, other in enumerate((other for other in ITEMS if other != item), start=1)
    ]


def recommendations() -> Rows:
    return [
        {"user_id": user, "rank": rank, "item_id": item, "score": 5.0 - rank, "because_item_id": None}
        for user in USERS
        for rank, item in enumerate(ITEMS[:3], start=1)
    ]


def all_rows() -> dict[tuple[str, str], Rows]:
    """Rows of every published table by (table, model)."""
    return {
        ("item_similarities", "cosine"): similar_items(),
        ("item_similarities", "als"): similar_items(),
        ("user_recommendations", "als"): recommendations(),
        ("best_sellers", ""): [
            {"category": c, "rank": r, "item_id": i, "buyers": 4 - r, "purchases": 4, "revenue": 9.5}
            for c in ("", "dairy")
            for r, i in enumerate(ITEMS[:3], start=1)
        ],
        ("recent_items", ""): [
            {
                "user_id": user,
                "event_type": "purchase",
                "rank": rank,
                "item_id": item,
                "occurred_at": datetime(2023, 12, 31 - rank, tzinfo=UTC),
            }
            for user in USERS
            for rank, item in enumerate(ITEMS[:3], start=1)
        ],
        ("ad_candidates", ""): [
            {
                "user_id": user,
                "rank": rank,
                "item_id": item,
                "source": "cosine",
                "score": 0.5,
                "because_item_id": "P6",
            }
            for user in USERS
            for rank, item in enumerate(ITEMS[:4], start=1)
        ],
        ("products", ""): [
            {
                "item_id": item,
                "title": f"Title of {item}",
                "category": "dairy",
                "brand": None,
                "price": 1.5,
                "is_available": True,
            }
            for item in ITEMS
        ],
        ("item_audiences", "als"): [
            {"item_id": item, "rank": rank, "user_id": user, "score": 5.0 - rank}
            for item in ITEMS[:2]
            for rank, user in enumerate(USERS, start=1)
        ],
    }


def marked_rows(number: int) -> dict[tuple[str, str], Rows]:
    """Rows that say which release they are of: `number` stands in every row of three tables."""
    rows = all_rows()
    marks = {"item_similarities": "co_buyers", "best_sellers": "buyers", "products": "price"}
    for (table, _), data in rows.items():
        for row in data:
            if table in marks:
                row[marks[table]] = number
    return rows


def make_tables(rows: dict[tuple[str, str], Rows]) -> list[RankedTable]:
    return [
        RankedTable(table, model, pa.Table.from_pylist(data, schema=RELEASE_TABLES[table]))
        for (table, model), data in rows.items()
    ]


def make_run(as_of: date, **more: Any) -> dict[str, Any]:
    return {
        "run_id": "test",
        "code_version": "abc",
        "settings": {"k": 5},
        "purchases": 10,
        "users": len(USERS),
        "items": len(ITEMS),
        "window_start": as_of - timedelta(days=1),
        "window_end": as_of,
        "stages": {"window": {"seconds": 1.5}},
        **more,
    }


def make_facts(**more: Any) -> dict[str, Any]:
    """What a full window knows of itself where nothing is wrong with it."""
    known = WindowFacts(
        is_young=False,
        open_days=30,
        days_with_lines=30,
        absent_items="unavailable",
        catalogue_items=len(ITEMS),
        known_items=len(ITEMS),
        loosely_known_items=0,
        days={},
    )
    return known.to_json() | more


@pytest.fixture
def mall(warehouse: Engine) -> Iterator[Schemas]:
    """The warehouse with the empty schemas of one advertiser."""
    from include.warehouse.postgres.schema import ensure_schema

    schemas = Schemas(warehouse, SCHEMA)
    ensure_schema(schemas)
    yield schemas


@pytest.fixture
def stage(mall: Schemas) -> Callable[..., int]:
    """stage(as_of, rows=…, …): the number of a staged release; what else is named is what its run says."""
    from include.warehouse.postgres.staging import stage_release

    def stage_rows(as_of: date, rows: dict[tuple[str, str], Rows] | None = None, **run: Any) -> int:
        return stage_release(
            mall,
            as_of,
            make_tables(all_rows() if rows is None else rows),
            window_items=ITEMS,
            window_users=USERS,
            run=make_run(as_of, **run),
        )

    return stage_rows


@pytest.fixture
def publish(mall: Schemas, stage: Callable[..., int]) -> Callable[..., Any]:
    """publish(as_of, rows=…, …): staged, taken as gated, and published."""
    from include.warehouse.base import CheckResult
    from include.warehouse.postgres.gates import record_checks
    from include.warehouse.postgres.releases import publish_release

    def publish_rows(as_of: date, rows: dict[tuple[str, str], Rows] | None = None, **run: Any) -> Any:
        release_id = stage(as_of, rows, **run)
        passed = CheckResult("products", "", "by_hand", "critical", True, "", "")
        record_checks(mall, release_id, [passed])
        return publish_release(mall, release_id)

    return publish_rows
