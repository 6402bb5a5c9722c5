from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import ProgrammingError

from include.columns import RELEASE_TABLES
from include.errors import PermanentError
from include.local.postgres import Server
from include.tables import SMALL_TABLES, load_table
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.schema import ensure_schema
from include.warehouse.postgres.statements import read_statement
from tests.warehouse.conftest import MONDAY, SCHEMA, TUESDAY

pytestmark = pytest.mark.integration

WITH_AVAILABILITY = [table for table in RELEASE_TABLES if load_table(table).available]
VIEWS = [
    *(view for table in RELEASE_TABLES for view in (table, f"{table}_current", f"{table}_rejected")),
    *(f"{table}_available" for table in WITH_AVAILABILITY),
]


def list_relations(schemas: Schemas, schema: str) -> dict[str, str]:
    with schemas.engine.connect() as connection:
        rows = connection.execute(read_statement("list_meanings"), {"schema": schema})
        return {row.name: "view" if row.is_view else "table" for row in rows}


def test_people_see_views_and_small_tables_only(mall: Schemas) -> None:
    relations = list_relations(mall, SCHEMA)
    views = {name for name, kind in relations.items() if kind == "view"}
    assert views == {*VIEWS, "ads_now", "releases_current", "releases_published"}
    assert relations.keys() - views == set(SMALL_TABLES)


def test_every_table_view_and_column_has_a_comment(mall: Schemas) -> None:
    with mall.engine.connect() as connection:
        rows = connection.execute(read_statement("list_meanings"), {"schema": SCHEMA}).all()
    assert [row for row in rows if not row.meaning or not row.column_meaning] == []


@pytest.mark.parametrize("table", RELEASE_TABLES)
def test_views_show_every_column_that_a_writer_fills(mall: Schemas, table: str) -> None:
    with mall.engine.connect() as connection:
        rows = connection.execute(read_statement("list_meanings"), {"schema": SCHEMA}).all()
    for view in {table, *(f"{table}_{kind}" for kind in ("current", "rejected", "available"))} & {*VIEWS}:
        columns = {row.column_name for row in rows if row.name == view}
        assert columns - {"release_id", "as_of_date", "model"} == set(RELEASE_TABLES[table].names)


def test_a_view_says_of_its_own_ranks_that_they_may_have_gaps(mall: Schemas) -> None:
    with mall.engine.connect() as connection:
        rows = connection.execute(read_statement("list_meanings"), {"schema": SCHEMA}).all()
    ranks = {row.name: row.column_meaning for row in rows if row.column_name == "rank"}
    for table in WITH_AVAILABILITY:
        assert "without gaps" in ranks[table] == ranks[f"{table}_current"]
        assert "leave gaps" in ranks[f"{table}_available"]


def test_again_touches_nothing(mall: Schemas) -> None:
    """Each version of a row in the catalogue has its own xmin."""
    query = text("SELECT relname, xmin::text FROM pg_class WHERE relnamespace = 'mall'::regnamespace")
    with mall.engine.connect() as connection:
        before = set(connection.execute(query))
    ensure_schema(mall)
    with mall.engine.connect() as connection:
        assert set(connection.execute(query)) == before


def test_a_changed_file_is_applied_to_what_is_there(mall: Schemas) -> None:
    with mall.begin() as connection:
        connection.exec_driver_sql(f"COMMENT ON SCHEMA {SCHEMA}_store IS 'made from something else'")
        connection.exec_driver_sql(f"COMMENT ON COLUMN {SCHEMA}.products.title IS 'outdated'")
    ensure_schema(mall)
    with mall.engine.connect() as connection:
        rows = connection.execute(read_statement("list_meanings"), {"schema": SCHEMA}).all()
    assert "outdated" not in {row.column_meaning for row in rows}


def test_a_schema_from_before_some_columns_gets_them_and_keeps_its_rows(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    """A release of a window that its start date made shorter was of a young mall."""
    young = stage(MONDAY, settings={"window_days": 30})
    full = stage(TUESDAY, settings={"window_days": 2})
    columns = ("preflight", "facts", "known_item_share", "days_with_lines", "is_young", "absent_items")
    with mall.begin() as connection:
        for column in columns:
            connection.execute(text(f"ALTER TABLE releases DROP COLUMN {column} CASCADE"))
        connection.execute(text("COMMENT ON SCHEMA mall_store IS 'older'"))
    ensure_schema(mall)
    with mall.begin() as connection:
        rows = connection.execute(text(f"SELECT release_id, {', '.join(columns)} FROM releases ORDER BY 1"))
        assert [tuple(row) for row in rows] == [
            (young, None, None, None, None, True, "available"),
            (full, None, None, None, None, False, "available"),
        ]


def test_a_view_with_other_columns_is_made_anew(mall: Schemas) -> None:
    with mall.begin() as connection:
        connection.execute(text("DROP VIEW products_current"))
        connection.execute(text("CREATE VIEW products_current AS SELECT 1 AS gone, item_id FROM products"))
        connection.execute(text("COMMENT ON SCHEMA mall_store IS 'older'"))
    ensure_schema(mall)
    with mall.begin() as connection:
        columns = list(connection.execute(text("SELECT * FROM products_current")).keys())
        assert "gone" not in columns
        connection.execute(text("CREATE VIEW own AS SELECT item_id FROM products"))
        connection.execute(text("DROP VIEW products_current"))
        connection.execute(text("CREATE VIEW products_current AS SELECT 1 AS gone, item_id FROM products"))
        connection.execute(text("COMMENT ON SCHEMA mall_store IS 'older'"))
    with pytest.raises(PermanentError, match=r"something of yours stands on an old one.*view own depends on"):
        ensure_schema(mall)


def test_at_the_same_time(warehouse: Engine) -> None:
    engines = [create_engine(warehouse.url) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda engine: ensure_schema(Schemas(engine, SCHEMA)), engines))
    for engine in engines:
        engine.dispose()
    assert set(VIEWS) < list_relations(warehouse, SCHEMA).keys()


def test_a_name_is_never_read_as_sql(warehouse: Engine) -> None:
    """Settings refuse such a name; the warehouse quotes it all the same."""
    name = 'a"; drop schema public; --'
    ensure_schema(Schemas(warehouse, name))
    with Schemas(warehouse, name).begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM products_current")).scalar_one() == 0
        assert connection.execute(text("SELECT to_regnamespace('public') IS NOT NULL")).scalar_one()


def test_the_analyst_reads_the_views_and_nothing_else(postgres: Server, mall: Schemas) -> None:
    analyst = create_engine(postgres.url(mall.engine.url.database or "", "analyst"))
    for name in list_relations(mall, SCHEMA):
        with analyst.connect() as connection:
            connection.exec_driver_sql(f"SELECT * FROM {SCHEMA}.{name}").all()
    for forbidden in (
        f"SELECT * FROM {SCHEMA}_store.products_rows",
        f"INSERT INTO {SCHEMA}.partitions SELECT * FROM {SCHEMA}.partitions",
        f"DELETE FROM {SCHEMA}.releases",
        f"CREATE TABLE {SCHEMA}.mine (a int)",
        f"CREATE TABLE {SCHEMA}_store.mine (a int)",
    ):
        with pytest.raises(ProgrammingError) as caught, analyst.begin() as connection:
            connection.exec_driver_sql("SET default_transaction_read_only = off")
            connection.exec_driver_sql("SET transaction_read_only = off")
            connection.exec_driver_sql(forbidden)
        assert isinstance(caught.value.orig, psycopg.errors.InsufficientPrivilege), forbidden
    analyst.dispose()


def test_an_owner_who_may_make_no_schemas_updates_those_that_are_there(
    postgres: Server, warehouse: Engine
) -> None:
    """Both were made for it, as `dangol check` allows."""
    role = warehouse.url.database or ""
    admin = create_engine(postgres.url(role, "postgres"), isolation_level="AUTOCOMMIT")
    owner = create_engine(warehouse.url.set(username=role, password="secret"))
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE ROLE {role} LOGIN PASSWORD 'secret'")
        connection.exec_driver_sql(f"GRANT CONNECT ON DATABASE {role} TO {role}")
        for schema in (SCHEMA, f"{SCHEMA}_store"):
            connection.exec_driver_sql(f"CREATE SCHEMA {schema} AUTHORIZATION {role}")
        try:
            ensure_schema(Schemas(owner, SCHEMA))
            assert set(VIEWS) < list_relations(Schemas(owner, SCHEMA), SCHEMA).keys()
        finally:
            owner.dispose()
            connection.exec_driver_sql(f"DROP OWNED BY {role}")
            connection.exec_driver_sql(f"DROP ROLE {role}")
    admin.dispose()


def test_without_an_analyst_role_nothing_is_granted(
    postgres: Server, warehouse: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANGOL_ANALYST_ROLE", "not_made_yet")
    ensure_schema(Schemas(warehouse, SCHEMA))
    analyst = create_engine(postgres.url(warehouse.url.database or "", "analyst"))
    with pytest.raises(ProgrammingError, match="permission denied"), analyst.connect() as connection:
        connection.exec_driver_sql(f"SELECT * FROM {SCHEMA}.releases")
    monkeypatch.delenv("DANGOL_ANALYST_ROLE")
    ensure_schema(Schemas(warehouse, SCHEMA))
    with analyst.connect() as connection:
        assert connection.exec_driver_sql(f"SELECT * FROM {SCHEMA}.releases").all() == []
    analyst.dispose()
