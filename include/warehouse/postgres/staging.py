"""A release's tables, loaded and indexed in the store where nobody sees them yet."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from sqlalchemy import insert

from include.columns import MODEL_TABLES, RELEASE_TABLES
from include.errors import RejectedReleaseError, WarehouseUnavailableError
from include.models.base import RankedTable
from include.tables import load_table
from include.warehouse.facts import WindowFacts
from include.warehouse.postgres import names
from include.warehouse.postgres.definitions import define_small_tables
from include.warehouse.postgres.leaves import (
    Leaf,
    attach_leaf,
    complete_leaf,
    create_leaf,
    create_partition,
)
from include.warehouse.postgres.load import copy_lists, copy_rows
from include.warehouse.postgres.locks import add_lock, name_staging, try_lock
from include.warehouse.postgres.statements import compose_statement, read_statement, run_composed
from include.warehouse.postgres.store import drop_release_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas


def stage_release(
    schemas: Schemas,
    as_of: date,
    tables: Iterable[RankedTable],
    *,
    window_items: Any,
    window_users: Any,
    run: Mapping[str, Any],
) -> int:
    """Load every table of an as-of date and return the number of the new, invisible release.

    `tables` is gone through once, and a table's rows may be a RecordBatchReader: then no table need ever be
    in memory whole.

    All in one transaction, so that a killed load leaves nothing behind. An earlier attempt for the same
    date that was staged and never published is given up. `run` holds run_id, code_version, settings,
    purchases, users, items, window_start, window_end and stages (a mapping of what each has cost), and may
    hold preflight (what they were expected to cost) and facts (`include.warehouse.facts` as JSON).
    An owner with two lists, or a key with two rows, is loaded without a primary key, for the gate
    `unique_key` to find. Raises RejectedReleaseError for rows that are not as `include.columns` says, and
    WarehouseUnavailableError while another run stages the same date.
    """
    lock = name_staging(as_of)
    add_lock(schemas, lock)
    with schemas.begin() as connection:
        if not try_lock(connection, schemas, lock):
            raise WarehouseUnavailableError(
                f"Another run is staging {as_of} of {schemas}: this one is tried again when that has ended."
            )
        connection.execute(read_statement("prepare_load"))
        given_up = _give_up_earlier(connection, as_of)
        release_id = _insert_release(connection, as_of, run)
        for table, ids in zip(names.WINDOW_IDS, (window_items, window_users), strict=True):
            _load_window_ids(connection, schemas, names.name_partition(table, release_id), ids)
        staged: set[tuple[str, str]] = set()
        for ranked in tables:
            columns = _check_columns(ranked, staged)
            rows = pa.RecordBatchReader.from_batches(columns, _conform_rows(ranked, columns))
            leaf = Leaf(load_table(ranked.table), release_id, as_of, ranked.model)
            if leaf.model and not any(table == ranked.table for table, _ in staged):
                create_partition(connection, schemas, leaf)
            _load_leaf(connection, schemas, leaf, _describe(ranked), rows)
            staged.add((ranked.table, ranked.model))
    for earlier in given_up:
        drop_release_tables(schemas, earlier)
    return release_id


def _give_up_earlier(connection: Connection, as_of: date) -> list[int]:
    """Those that were still staged; one that another run publishes at this moment is none of them."""
    given_up = []
    for earlier in connection.execute(read_statement("list_staged"), {"as_of_date": as_of}).scalars().all():
        values = {"release_id": earlier, "reason": "Staged again before it was published."}
        if connection.execute(read_statement("reject_release"), values).first():
            given_up.append(earlier)
    return given_up


def _insert_release(connection: Connection, as_of: date, run: Mapping[str, Any]) -> int:
    values = {
        **{key: run[key] for key in ("run_id", "code_version", "purchases", "users", "items")},
        **{key: run[key] for key in ("window_start", "window_end")},
        # Dates and paths of settings as text.
        **{key: json.loads(json.dumps(run[key], default=str)) for key in ("settings", "stages")},
        "preflight": run.get("preflight") or None,
        **_take_facts(run),
        "as_of_date": as_of,
    }
    releases = define_small_tables()["releases"]
    statement = insert(releases).values(values).returning(releases.c.release_id)
    release_id: int = connection.execute(statement).scalar_one()
    return release_id


def _take_facts(run: Mapping[str, Any]) -> dict[str, Any]:
    """The columns that say what the window knows of itself; the defaults where it was not asked."""
    facts = WindowFacts.from_json(run["facts"]) if run.get("facts") else None
    return {
        "facts": run["facts"] if facts else None,
        "known_item_share": facts.known_items / run["items"] if facts and facts.catalogue_items else None,
        "days_with_lines": facts.days_with_lines if facts else None,
        "is_young": facts.is_young if facts else False,
        "absent_items": facts.absent_items if facts else "available",
    }


def _load_window_ids(connection: Connection, schemas: Schemas, name: str, ids: Any) -> None:
    table = schemas.identify(name)
    run_composed(connection, compose_statement("create_window_ids", table=table))
    column = ids if isinstance(ids, pa.Array | pa.ChunkedArray) else pa.array(list(ids), pa.string())
    copy_rows(connection, table, pa.table({"id": column.cast(pa.string())}).group_by("id").aggregate([]))
    run_composed(connection, compose_statement("analyze", table=table))


def _check_columns(ranked: RankedTable, staged: set[tuple[str, str]]) -> pa.Schema:
    """The published schema of a table. Raises RejectedReleaseError where it is not the table's to have."""
    what = _describe(ranked)
    schema = RELEASE_TABLES.get(ranked.table)
    if schema is None:
        known = ", ".join(RELEASE_TABLES)
        raise RejectedReleaseError(f"{what} is not a table that releases have: use one of {known}.")
    if bool(ranked.model) != (ranked.table in MODEL_TABLES):
        rule = "must name its model" if ranked.table in MODEL_TABLES else "has no model column"
        raise RejectedReleaseError(f"{what} {rule}: correct the RankedTable.")
    if (ranked.table, ranked.model) in staged:
        raise RejectedReleaseError(f"{what} was given twice: a model gives each table once.")
    if set(ranked.rows.schema.names) != set(schema.names):
        raise RejectedReleaseError(
            f"{what} has the columns {', '.join(ranked.rows.schema.names)}; it must have"
            f" {', '.join(schema.names)}."
        )
    return schema


def _conform_rows(ranked: RankedTable, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """The rows in the published schema. Raises RejectedReleaseError where they are not what it says."""
    batches = ranked.rows.to_batches() if isinstance(ranked.rows, pa.Table) else ranked.rows
    never_null = set(schema.names) - names.NULLABLE[ranked.table]
    for batch in batches:
        try:
            conformed = batch.select(schema.names).cast(schema)
        except pa.ArrowInvalid as error:
            raise RejectedReleaseError(f"{_describe(ranked)} does not fit its schema: {error}.") from None
        for name in never_null:
            if missing := conformed[name].null_count:
                raise RejectedReleaseError(
                    f"{_describe(ranked)} has {missing:,} rows without {name}, which is never null:"
                    " correct the model."
                )
        yield conformed


def _describe(ranked: RankedTable) -> str:
    return f"{ranked.table} ({ranked.model})" if ranked.model else ranked.table


def _load_leaf(
    connection: Connection, schemas: Schemas, leaf: Leaf, what: str, rows: pa.RecordBatchReader
) -> None:
    create_leaf(connection, schemas, leaf)
    name = schemas.identify(leaf.name)
    if leaf.table.list:
        count = copy_lists(connection, name, rows, leaf.table, what, freeze=True)
    else:
        count = copy_rows(connection, name, rows, freeze=True)
    complete_leaf(connection, schemas, leaf, count)
    if leaf.model:
        attach_leaf(connection, schemas, leaf)
