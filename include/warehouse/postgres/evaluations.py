"""What the judge found of each contender, and what a person made of it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final

from psycopg import sql
from sqlalchemy.dialects.postgresql import insert

from include.warehouse.postgres.definitions import define_small_tables
from include.warehouse.postgres.locks import add_lock, take_lock
from include.warehouse.postgres.statements import compose_statement, get_driver, read_statement

if TYPE_CHECKING:
    from include.warehouse.postgres.connection import Schemas

_LOCK: Final = "evaluate"
_LOCK_TIMEOUT: Final = "30s"
_ASKED: Final = (
    "contender", "split", "test_days", "purchases", "segment", "category", "metric", "k",
)  # fmt: skip


def record_metrics(schemas: Schemas, as_of: date, rows: Iterable[Mapping[str, Any]]) -> int:
    """Replace all rows of an as-of date, in one transaction, and return how many there are now.

    The mappings hold the columns of `offline_metrics`; what may be null or has a default may be left out. NaN
    becomes null. Raises ValueError for a row of another date, an infinite number or an unknown column.
    """
    names = [column.name for column in define_small_tables()["offline_metrics"].columns]
    given = {"as_of_date": as_of, "evaluated_at": datetime.now(UTC)}
    records = [_make_record({**given, **row}, as_of, names) for row in rows]
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    add_lock(schemas, _LOCK)
    with schemas.begin(lock_timeout=_LOCK_TIMEOUT) as connection:
        take_lock(connection, schemas, _LOCK)
        connection.execute(read_statement("delete_metrics"), {"as_of": as_of})
        statement = compose_statement("copy_metrics", columns=columns)
        with get_driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
            for record in records:
                copy.write_row(record)
    return len(records)


def _make_record(row: Mapping[str, Any], as_of: date, names: list[str]) -> tuple[Any, ...]:
    if row["as_of_date"] != as_of:
        raise ValueError(f"a row of {row['as_of_date']} among those of {as_of}")
    if unknown := sorted(row.keys() - set(names)):
        raise ValueError(f"offline_metrics has no column {', '.join(unknown)}")
    return tuple(_make_storable(name, row.get(name)) for name in names)


def _make_storable(name: str, value: Any) -> Any:
    """As COPY takes it: JSON as text, NaN as null."""
    if name == "settings" and value is not None:
        return _dump(value)
    value = _unwrap(value)
    if isinstance(value, float) and not math.isfinite(value):
        if math.isinf(value):
            raise ValueError(f"{name} is {value}")
        return None
    return value


def _unwrap(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    return value.item() if hasattr(value, "item") else value


def _dump(settings: Any) -> str:
    """JSON, with dates and paths as text. Raises ValueError for NaN, which JSON has not."""

    def explain(value: Any) -> Any:
        return _unwrap(value) if hasattr(value, "item") else str(value)

    return json.dumps(settings, default=explain, allow_nan=False)


def read_metrics(schemas: Schemas, as_of: date | None = None, **asked: str | int) -> list[dict[str, Any]]:
    """See `include.warehouse.base.Warehouse`."""
    if unknown := sorted(asked.keys() - set(_ASKED)):
        raise ValueError(f"rows of offline_metrics are not asked for by {', '.join(unknown)}")
    values = {"as_of": as_of, **dict.fromkeys(_ASKED), **asked}
    with schemas.begin() as connection:
        if not connection.execute(read_statement("has_metrics")).scalar_one():
            return []
        return [dict(row) for row in connection.execute(read_statement("read_metrics"), values).mappings()]


def record_promotion(schemas: Schemas, promotion: Mapping[str, Any]) -> None:
    """Add a row to `promotions`."""
    row = {name: _make_storable(name, value) for name, value in promotion.items()}
    for name in ("settings_before", "settings_after"):
        row[name] = json.loads(_dump(row[name]))
    with schemas.begin() as connection:
        connection.execute(insert(define_small_tables()["promotions"]).values(row))
