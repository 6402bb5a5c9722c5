"""A store from before lists becomes one of lists, and readers see the same rows all the while."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import psycopg
import pytest
from sqlalchemy import Engine, text

from include.errors import PermanentError, WarehouseUnavailableError
from include.tables import RELEASE_TABLES
from include.warehouse.postgres import migrations, schema
from include.warehouse.postgres.connection import Schemas, explain_failures
from include.warehouse.postgres.releases import find_staged, publish_release
from include.warehouse.postgres.schema import ensure_schema
from tests.digests import Digest, digest_views
from tests.warehouse.conftest import SCHEMA, TUESDAY, USERS, WEDNESDAY

pytestmark = pytest.mark.integration

BEFORE = Path(__file__).with_name("before_lists.sql")
THURSDAY = date(2024, 1, 4)
OLD_TABLES = tuple(table for table in RELEASE_TABLES if table != "item_audiences")  # which came later
SUPERSEDED, MONDAYS, TUESDAYS, REJECTED, STAGED = range(1, 6)


@pytest.fixture
def old(warehouse: Engine) -> Schemas:
    """A warehouse that a version before lists has made."""
    with warehouse.begin() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        driver.execute(BEFORE.read_bytes())
    return Schemas(warehouse, SCHEMA)


def digest(schemas: Schemas) -> dict[tuple[str, str], Digest]:
    with schemas.engine.connect() as connection:
        driver = connection.connection.driver_connection
        assert isinstance(driver, psycopg.Connection)
        return digest_views(driver, SCHEMA)


def list_store(schemas: Schemas) -> dict[str, str]:
    """The kind of each table and view of the store, and whether it is a partition."""
    query = text(
        "SELECT relname, relkind::text || CASE WHEN relispartition THEN ' attached' ELSE '' END FROM pg_class"
        " WHERE relnamespace = 'mall_store'::regnamespace AND relkind IN ('r', 'p', 'v')"
    )
    with schemas.engine.connect() as connection:
        return {row.relname: row[1] for row in connection.execute(query)}


def test_readers_see_the_same_rows_before_and_after(old: Schemas) -> None:
    before = digest(old)
    assert len(before) == 18 and all(seen.rows for seen in before.values())
    ensure_schema(old)
    assert digest(old).items() >= before.items()
    with old.begin() as connection:
        assert connection.execute(text("SELECT release_id FROM releases_current")).scalar_one() == TUESDAYS
        comment = connection.execute(text("SELECT obj_description('mall_store'::regnamespace)")).scalar_one()
    assert comment.startswith("Partitions by release, version 2, made from ")


def test_rows_give_way_to_lists(old: Schemas) -> None:
    """What nobody will see again is not stored anew."""
    ensure_schema(old)
    store = list_store(old)
    assert {name for name in store if name.endswith("_rows")} == {"products_rows"}
    assert {name for name in store if name.startswith("recent_items")} == {
        "recent_items_entries",
        "recent_items_lists",
        *(f"recent_items_lists_{release_id}" for release_id in (MONDAYS, TUESDAYS, STAGED)),
    }
    assert store[f"recent_items_lists_{TUESDAYS}"] == "r attached"
    assert store[f"item_similarities_lists_{TUESDAYS}"] == "p attached"
    assert store[f"item_similarities_lists_{TUESDAYS}_als"] == "r attached"
    assert store[f"recent_items_lists_{STAGED}"] == "r"
    ensure_schema(old)
    assert list_store(old) == store


def test_a_store_without_a_comment_is_known_by_its_tables(old: Schemas) -> None:
    """Such as one that was restored with --no-comments."""
    before = digest(old)
    with old.begin() as connection:
        connection.execute(text("COMMENT ON SCHEMA mall_store IS NULL"))
    ensure_schema(old)
    assert digest(old).items() >= before.items()


def test_what_the_version_before_publishes_meanwhile_stays(
    old: Schemas, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An upgrade that is killed before the views leaves them to the version before, which goes on."""
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(schema, "_build_views", Mock(side_effect=KeyboardInterrupt))
        ensure_schema(old)
    with old.begin() as connection:
        connection.execute(text("UPDATE releases SET is_current = false WHERE is_current"))
        connection.execute(
            text(
                "UPDATE releases SET status = 'published', is_current = true, published_at = now()"
                " WHERE release_id = :id"
            ),
            {"id": STAGED},
        )
    published = text("SELECT release_id FROM releases_published ORDER BY release_id")
    with old.begin() as connection:
        before = connection.execute(published).scalars().all()
    ensure_schema(old)
    with old.begin() as connection:
        assert connection.execute(published).scalars().all() == before == [MONDAYS, TUESDAYS, STAGED]
        assert connection.execute(text("SELECT release_id FROM releases_current")).scalar_one() == STAGED


def test_what_was_rejected_before_is_staged_again(old: Schemas) -> None:
    """Its lists are not stored anew, so that there is nothing to gate again."""
    with old.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO release_checks (release_id, table_name, model, check_name, severity, passed,"
                " observed, expected) VALUES (:id, 'products', '', 'row_count', 'critical', false, '1', '2')"
            ),
            {"id": REJECTED},
        )
        connection.execute(
            text("UPDATE releases SET as_of_date = '2024-01-09' WHERE release_id = :id"), {"id": REJECTED}
        )
    ensure_schema(old)
    with pytest.raises(PermanentError, match=f"release {REJECTED} is rejected .*; run the stage step again"):
        find_staged(old, date(2024, 1, 9))


def test_what_was_staged_is_published_and_the_next_release_too(
    old: Schemas, publish: Callable[..., Any]
) -> None:
    """`publish` prepares the schemas first, as every step does."""
    ensure_schema(old)
    assert find_staged(old, THURSDAY) == STAGED
    assert publish_release(old, STAGED).is_current
    with old.begin() as connection:
        for table in OLD_TABLES:
            dates = connection.execute(text(f"SELECT DISTINCT as_of_date FROM {table}_current")).scalars()
            assert list(dates) == [THURSDAY]
    assert publish(date(2024, 1, 5)).is_current
    assert publish(WEDNESDAY).release_id > STAGED


def test_a_reader_beside_it_misses_nothing(old: Schemas) -> None:
    query = " UNION ALL ".join(f"SELECT count(*) FROM {SCHEMA}.{table}_current" for table in OLD_TABLES)
    stop, seen = threading.Event(), []

    def read() -> None:
        with old.engine.connect() as connection:
            while not stop.is_set():
                with connection.begin():
                    seen.append(tuple(connection.execute(text(query)).scalars()))

    reader = threading.Thread(target=read)
    reader.start()
    try:
        ensure_schema(old)
    finally:
        stop.set()
        reader.join()
    assert len(seen) > 10
    assert len(set(seen)) == 1 and all(seen[0])


def test_what_is_killed_goes_on_next_time(old: Schemas, monkeypatch: pytest.MonkeyPatch) -> None:
    before = digest(old)
    stored: list[str] = []
    store_leaf = migrations._store_leaf

    def kill_at_the_fourth(connection: Any, schemas: Schemas, name: str, leaf: Any) -> None:
        if len(stored) == 3:
            raise ArithmeticError("killed")
        store_leaf(connection, schemas, name, leaf)
        stored.append(name)

    with monkeypatch.context() as patch, pytest.raises(ArithmeticError, match="killed"):
        patch.setattr(migrations, "_store_leaf", kill_at_the_fourth)
        ensure_schema(old)
    assert digest(old).items() >= before.items()
    again: list[str] = []
    monkeypatch.setattr(
        migrations, "_store_leaf", lambda *given: (store_leaf(*given), again.append(given[2]))
    )
    ensure_schema(old)
    assert digest(old).items() >= before.items()
    assert not set(stored) & set(again)


def test_a_reader_that_stays_is_not_disturbed(old: Schemas, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it holds is not taken away; the next run finds the lists stored and only changes the views."""
    before = digest(old)
    monkeypatch.setattr(schema, "_TRIES", 2)
    monkeypatch.setattr(schema, "_PAUSE", 0.1)
    count = text(f"SELECT count(*) FROM {SCHEMA}.recent_items_current")
    with old.engine.connect() as reader:
        rows = reader.execute(count).scalar_one()
        with pytest.raises(WarehouseUnavailableError, match="tried again"), explain_failures(old.engine):
            ensure_schema(old)
        assert reader.execute(count).scalar_one() == rows == 3 * len(USERS)
    assert digest(old).items() >= before.items()
    monkeypatch.setattr(migrations, "_store_leaf", None)
    ensure_schema(old)
    assert digest(old).items() >= before.items()


def open_gap(schemas: Schemas, release_id: int) -> None:
    with schemas.begin() as connection:
        connection.execute(text(f"UPDATE mall_store.recent_items_{release_id} SET rank = 9 WHERE rank = 2"))


def test_a_staged_release_with_gaps_is_rejected(old: Schemas) -> None:
    before = digest(old)
    open_gap(old, STAGED)
    ensure_schema(old)
    assert digest(old).items() >= before.items()
    with pytest.raises(PermanentError, match=r"no release is staged.*ranks have gaps; stage the date again"):
        find_staged(old, THURSDAY)


def test_a_published_release_with_gaps_stays_as_it_is(old: Schemas) -> None:
    open_gap(old, TUESDAYS)
    before = digest(old)
    with pytest.raises(
        PermanentError, match=f"release {TUESDAYS} of {TUESDAY} has lists in recent_items whose"
    ):
        ensure_schema(old)
    assert digest(old).items() >= before.items()


def test_a_run_that_stages_beside_it(old: Schemas) -> None:
    """Of the version before, whose lock is known by its hash."""
    before = digest(old)
    with old.engine.connect() as other:
        lock = "SELECT pg_advisory_xact_lock(hashtextextended('dangol stage mall 2024-01-03', 0))"
        other.execute(text(lock))
        with pytest.raises(WarehouseUnavailableError, match="is staging 2024-01-03 of mall"):
            ensure_schema(old)
    assert digest(old).items() >= before.items()


def read_versions(schemas: Schemas) -> set[Any]:
    """Each version of a row in the catalogue has its own xmin."""
    query = "SELECT relname, xmin::text FROM pg_class WHERE relnamespace::regnamespace::text LIKE 'mall%'"
    with schemas.engine.connect() as connection:
        return set(connection.execute(text(query)))


def test_a_newer_version_is_refused(mall: Schemas) -> None:
    with mall.begin() as connection:
        comment = "Partitions by release, version 3, made from 0123456789abcdef"
        connection.execute(text(f"COMMENT ON SCHEMA mall_store IS '{comment}'"))
    before = read_versions(mall)
    with pytest.raises(PermanentError, match="of mall is of version 3 and this code knows 2: a newer one"):
        ensure_schema(mall)
    assert read_versions(mall) == before


@pytest.mark.parametrize(
    "relation", ["mall.partitions", "mall_store.item_similarities_lists", "mall_store.products_rows"]
)
def test_a_column_that_is_not_declared_is_refused(mall: Schemas, relation: str) -> None:
    with mall.begin() as connection:
        connection.execute(text(f"ALTER TABLE {relation} ADD COLUMN of_later text"))
        connection.execute(
            text("COMMENT ON SCHEMA mall_store IS 'Partitions by release, version 2, made from later'")
        )
    before = read_versions(mall)
    with pytest.raises(PermanentError, match=rf"{relation} has the column of_later.*nothing was changed"):
        ensure_schema(mall)
    assert read_versions(mall) == before


def test_a_column_that_is_not_declared_in_a_store_of_rows_is_refused(old: Schemas) -> None:
    with old.begin() as connection:
        connection.execute(text("ALTER TABLE mall_store.recent_items_rows ADD COLUMN of_later text"))
    before = read_versions(old)
    with pytest.raises(PermanentError, match="recent_items_rows has the column of_later"):
        ensure_schema(old)
    assert read_versions(old) == before
