from __future__ import annotations

import threading
from collections.abc import Callable

import pyarrow as pa
import pytest
from sqlalchemy import text

from include.columns import RELEASE_TABLES
from include.errors import PermanentError, RejectedReleaseError, SettingsError, WarehouseUnavailableError
from include.models.base import RankedTable
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.names import name_leaf
from include.warehouse.postgres.releases import find_staged, record_stage
from include.warehouse.postgres.staging import stage_release
from include.warehouse.postgres.store import list_stored_tables
from tests.warehouse.conftest import ITEMS, MONDAY, TUESDAY, USERS, all_rows, make_run, make_tables

pytestmark = pytest.mark.integration


def stage_tables(schemas: Schemas, tables: list[RankedTable]) -> int:
    return stage_release(
        schemas, MONDAY, tables, window_items=ITEMS, window_users=USERS, run=make_run(MONDAY)
    )


def stored_names(schemas: Schemas) -> list[str]:
    with schemas.begin() as connection:
        return sorted(table.name for table in list_stored_tables(connection, schemas))


def test_a_staged_release_is_recorded_and_invisible(mall: Schemas, stage: Callable[..., int]) -> None:
    release_id = stage(TUESDAY)
    assert find_staged(mall, TUESDAY) == release_id
    record_stage(mall, release_id, "stage", {"seconds": 2.5})
    with mall.begin() as connection:
        row = connection.execute(text("SELECT * FROM releases")).one()
        assert (row.status, row.is_current, row.as_of_date, row.published_at) == (
            "staged",
            False,
            TUESDAY,
            None,
        )
        assert row.settings == {"k": 5}
        assert row.stages == {"window": {"seconds": 1.5}, "stage": {"seconds": 2.5}}
        for table in RELEASE_TABLES:
            assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0
            assert connection.execute(text(f"SELECT count(*) FROM {table}_current")).scalar_one() == 0


def test_what_is_the_same_in_all_rows_is_kept_once_for_the_table(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    release_id = stage(TUESDAY)
    with mall.begin() as connection:
        leaves = [
            table
            for table in list_stored_tables(connection, mall, release_id)
            if table.table in RELEASE_TABLES and not table.is_partitioned
        ]
        assert {leaf.table for leaf in leaves} == set(RELEASE_TABLES)
        for leaf in leaves:
            store = f'"{mall.store}"."{leaf.name}"'
            query = "SELECT attname FROM pg_attribute WHERE attrelid = to_regclass(:leaf) AND atthasmissing"
            outside = connection.execute(text(query), {"leaf": store}).scalars()
            constants = {"release_id": release_id, "as_of_date": TUESDAY}
            if leaf.model:
                constants["model"] = leaf.model
            assert set(outside) == set(constants)
            found = connection.execute(
                text(f"SELECT DISTINCT {', '.join(constants)} FROM {store}")
            ).mappings()
            assert [dict(row) for row in found] == [constants]


def test_nothing_staged_is_a_sentence(mall: Schemas) -> None:
    with pytest.raises(PermanentError, match="mall 2024-01-01: no release is staged; run the stage step"):
        find_staged(mall, MONDAY)


def test_staging_again_replaces_the_attempt_before(mall: Schemas, stage: Callable[..., int]) -> None:
    first, second = stage(MONDAY), stage(MONDAY)
    assert find_staged(mall, MONDAY) == second
    assert not [name for name in stored_names(mall) if f"_{first}" in name]
    with mall.begin() as connection:
        statuses = connection.execute(text("SELECT status FROM releases ORDER BY release_id")).scalars()
        assert list(statuses) == ["rejected", "staged"]


def test_a_repeated_key_is_left_to_the_gate(mall: Schemas, stage: Callable[..., int]) -> None:
    rows = all_rows()
    rows["best_sellers", ""].append(rows["best_sellers", ""][0])
    release_id = stage(MONDAY, rows)
    with mall.begin() as connection:
        keys = connection.execute(
            text("SELECT relname FROM pg_class WHERE relname LIKE '%_pkey' AND relname ~ :id"),
            {"id": f"_{release_id}_"},
        ).scalars()
        found = set(keys)
        assert f"{name_leaf('best_sellers', release_id, '')}_pkey" not in found
        assert f"{name_leaf('item_similarities', release_id, 'als')}_pkey" in found


def test_a_failure_leaves_nothing_behind(mall: Schemas) -> None:
    def break_off() -> object:
        yield from make_tables(all_rows())
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError, match="killed"):
        stage_tables(mall, break_off())  # type: ignore[arg-type]
    assert stored_names(mall) == []
    with mall.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM releases")).scalar_one() == 0


def test_two_runs_do_not_stage_one_date_at_once(mall: Schemas) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def wait_inside() -> object:
        inside.set()
        assert go_on.wait(20)
        yield from make_tables(all_rows())

    first = threading.Thread(target=stage_tables, args=(mall, wait_inside()))
    first.start()
    assert inside.wait(20)
    try:
        with pytest.raises(WarehouseUnavailableError, match="Another run is staging 2024-01-01"):
            stage_tables(mall, make_tables(all_rows()))
    finally:
        go_on.set()
        first.join()
    assert find_staged(mall, MONDAY)


def make_similar(**changes: pa.Array) -> pa.Table:
    columns = {
        "item_id": pa.array(["P1"]),
        "rank": pa.array([1], pa.int32()),
        "similar_item_id": pa.array(["P2"]),
        "score": pa.array([0.5], pa.float32()),
        "co_buyers": pa.array([1], pa.int32()),
    }
    return pa.table(columns | changes)


@pytest.mark.parametrize(
    ("table", "model", "rows", "sentence"),
    [
        ("no_such", "", make_similar(), "not a table that releases have"),
        ("item_similarities", "", make_similar(), "must name its model"),
        ("products", "als", make_similar(), "has no model column"),
        ("item_similarities", "als", make_similar().drop(["score"]), "it must have item_id, rank"),
        ("item_similarities", "als", make_similar(score=pa.nulls(1, pa.float32())), "1 rows without score"),
        ("item_similarities", "als", make_similar(score=pa.array(["high"])), "does not fit its schema"),
        ("item_similarities", "als", make_similar(item_id=pa.array(["a\0b"])), "such as NUL"),
        (
            "item_similarities",
            "als",
            make_similar(item_id=pa.array(["".join(map(chr, range(33, 9000)))])),
            "ids must be shorter",
        ),
    ],
)
def test_rows_that_are_not_as_promised(
    mall: Schemas, table: str, model: str, rows: pa.Table, sentence: str
) -> None:
    with pytest.raises(RejectedReleaseError, match=sentence):
        stage_tables(mall, [RankedTable(table, model, rows)])
    assert stored_names(mall) == []


def test_a_table_given_twice(mall: Schemas) -> None:
    twice = [RankedTable("item_similarities", "als", make_similar())] * 2
    with pytest.raises(RejectedReleaseError, match="given twice"):
        stage_tables(mall, twice)


def test_a_model_name_that_postgresql_would_cut(mall: Schemas) -> None:
    with pytest.raises(SettingsError, match="too long"):
        stage_tables(mall, [RankedTable("item_similarities", "m" * 50, make_similar())])
