from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from include.columns import RELEASE_TABLES
from include.errors import RejectedReleaseError
from include.warehouse.base import CheckResult
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import record_checks
from include.warehouse.postgres.releases import publish_release, reject_release
from include.warehouse.postgres.store import attach_release, list_stored_tables
from tests.warehouse.conftest import MONDAY, TUESDAY, WEDNESDAY, all_rows, marked_rows, similar_items

pytestmark = pytest.mark.integration

Publish = Callable[..., Any]
Stage = Callable[..., int]


def ask(schemas: Schemas, query: str) -> list[Any]:
    with schemas.begin() as connection:
        return list(connection.execute(text(query)).all())


def connect(schemas: Schemas, *, autocommit: bool = False) -> psycopg.Connection[Any]:
    """A reader that is no part of our code, and fails where it would have to wait for a lock."""
    url = schemas.engine.url
    return psycopg.connect(
        host=url.host,
        port=url.port,
        user=url.username,
        password=url.password,
        dbname=url.database,
        autocommit=autocommit,
        options="-c lock_timeout=1s",
    )


def pass_gates(schemas: Schemas, release_id: int, *, passed: bool = True) -> None:
    check = CheckResult("products", "", "by_hand", "critical", passed, "", "")
    record_checks(schemas, release_id, [check])


def test_every_table_becomes_visible_at_once(mall: Schemas, publish: Publish) -> None:
    published = publish(MONDAY)
    assert (published.is_current, published.superseded, published.as_of_date) == (True, None, MONDAY)
    rows = all_rows()
    for table in RELEASE_TABLES:
        count = sum(len(data) for key, data in rows.items() if key[0] == table)
        for view in (table, f"{table}_current"):
            assert ask(mall, f"SELECT count(*), min(as_of_date) FROM {view}") == [(count, MONDAY)], view
    stored = ask(mall, "SELECT model, item_id, rank, similar_item_id, co_buyers FROM item_similarities")
    assert {tuple(row) for row in stored} == {
        (model, row["item_id"], row["rank"], row["similar_item_id"], row["co_buyers"])
        for model in ("cosine", "als")
        for row in similar_items()
    }
    with mall.begin() as connection:
        names = {table.table for table in list_stored_tables(connection, mall)}
    assert names == set(RELEASE_TABLES), "the helpers of the gates are dropped"


def test_times_come_back_as_they_were(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY)
    wanted = {row["occurred_at"] for row in all_rows()["recent_items", ""]}
    assert {row.occurred_at for row in ask(mall, "SELECT occurred_at FROM recent_items_current")} == wanted


def test_current_moves_forwards_only(mall: Schemas, publish: Publish) -> None:
    assert publish(TUESDAY).is_current
    older = publish(MONDAY)
    assert not older.is_current
    assert ask(mall, "SELECT DISTINCT as_of_date FROM products_current") == [(TUESDAY,)]
    assert ask(mall, "SELECT DISTINCT as_of_date FROM products ORDER BY 1") == [(MONDAY,), (TUESDAY,)]
    assert publish(WEDNESDAY).is_current
    assert ask(mall, "SELECT as_of_date FROM releases WHERE is_current") == [(WEDNESDAY,)]
    assert ask(mall, "SELECT as_of_date FROM releases_current") == [(WEDNESDAY,)]


def test_the_same_date_again_has_the_same_rows(mall: Schemas, publish: Publish) -> None:
    columns = "model, item_id, rank, similar_item_id, score, co_buyers, as_of_date"
    query = f"SELECT {columns} FROM item_similarities_current ORDER BY model, item_id, rank"
    first = publish(MONDAY)
    before = ask(mall, query)
    again = publish(MONDAY)
    assert (again.superseded, again.is_current) == (first.release_id, True)
    assert ask(mall, query) == before
    assert ask(mall, query.replace("_current", "")) == before
    assert ask(mall, "SELECT status FROM releases ORDER BY release_id") == [("superseded",), ("published",)]


def test_an_older_date_again_leaves_current_alone(mall: Schemas, publish: Publish) -> None:
    publish(MONDAY)
    newest = publish(TUESDAY)
    assert not publish(MONDAY).is_current
    assert ask(mall, "SELECT release_id FROM releases WHERE is_current") == [(newest.release_id,)]


def test_publishing_twice_changes_nothing(mall: Schemas, publish: Publish) -> None:
    published = publish(MONDAY)
    before = ask(mall, "SELECT * FROM releases")
    assert publish_release(mall, published.release_id) == published
    assert ask(mall, "SELECT * FROM releases") == before


def test_only_a_gated_release_is_published(mall: Schemas, stage: Stage) -> None:
    release_id = stage(MONDAY)
    with pytest.raises(RejectedReleaseError, match="has not been gated; run the gate step"):
        publish_release(mall, release_id)
    pass_gates(mall, release_id, passed=False)
    with pytest.raises(RejectedReleaseError, match="failed 1 critical checks"):
        publish_release(mall, release_id)
    with pytest.raises(RejectedReleaseError, match="there is no release 77"):
        publish_release(mall, 77)
    assert ask(mall, "SELECT count(*) FROM products") == [(0,)]


def test_a_release_given_up_is_gone(mall: Schemas, stage: Stage) -> None:
    release_id = stage(MONDAY)
    reject_release(mall, release_id, "Not today.")
    assert ask(mall, "SELECT status, reason FROM releases") == [("rejected", "Not today.")]
    with pytest.raises(RejectedReleaseError, match=r"is rejected \(Not today.\)"):
        publish_release(mall, release_id)


def test_a_publication_that_was_killed_half_way_is_finished(mall: Schemas, stage: Stage) -> None:
    release_id = stage(MONDAY)
    pass_gates(mall, release_id)
    attach_release(mall, release_id)
    assert ask(mall, "SELECT count(*) FROM products") == [(0,)], "attached is not visible"
    assert publish_release(mall, release_id).is_current
    assert ask(mall, "SELECT count(*) FROM products") == [(6,)]


def test_two_publishers_at_once(mall: Schemas, stage: Stage) -> None:
    releases = [stage(day) for day in (MONDAY, TUESDAY, WEDNESDAY)]
    for release_id in releases:
        pass_gates(mall, release_id)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda release_id: publish_release(mall, release_id), releases))
    assert ask(mall, "SELECT as_of_date FROM releases WHERE is_current") == [(WEDNESDAY,)]
    assert ask(mall, "SELECT count(DISTINCT as_of_date) FROM products") == [(3,)]


def wait_for_lock(schemas: Schemas, asked: Future[Any]) -> None:
    """Return when some other session waits for a row of `releases`, or `asked` has ended without."""
    while not asked.done():
        waiting = "wait_event_type = 'Lock' AND datname = current_database()"
        if ask(schemas, f"SELECT pid FROM pg_stat_activity WHERE {waiting}"):
            return


def test_a_release_that_another_run_gives_up_meanwhile_is_not_published(mall: Schemas, stage: Stage) -> None:
    """A run that stages the date again holds the row until it has loaded everything, and then drops it."""
    release_id = stage(MONDAY)
    pass_gates(mall, release_id)
    with ThreadPoolExecutor(1) as pool, connect(mall) as other:
        other.execute("UPDATE mall.releases SET status = 'rejected', reason = 'Staged again.'")
        publication = pool.submit(publish_release, mall, release_id)
        wait_for_lock(mall, publication)
        other.commit()
        with pytest.raises(RejectedReleaseError, match=r"is rejected \(Staged again.\)"):
            publication.result()
    assert ask(mall, "SELECT status, is_current FROM releases") == [("rejected", False)]


def test_a_release_that_is_published_meanwhile_keeps_its_rows(mall: Schemas, stage: Stage) -> None:
    """The run that stages the date again found it staged and was about to give it up."""
    release_id = stage(MONDAY)
    attach_release(mall, release_id)
    with ThreadPoolExecutor(1) as pool, connect(mall) as publisher:
        publisher.execute(
            "UPDATE mall.releases SET status = 'published', published_at = now(), is_current = true,"
            " current_from = now()"
        )
        publisher.execute(
            "INSERT INTO mall_store.changes (number, current_release, published, moment)"
            " SELECT 2, release_id, ARRAY[release_id], '-infinity' FROM mall.releases"
        )
        staging = pool.submit(stage, MONDAY)
        wait_for_lock(mall, staging)
        publisher.commit()
        second = staging.result()
    assert ask(mall, "SELECT release_id, status FROM releases ORDER BY 1") == [
        (release_id, "published"),
        (second, "staged"),
    ]
    assert ask(mall, "SELECT count(*) FROM products_current") == [(6,)]


def test_a_published_release_cannot_be_rejected(mall: Schemas, publish: Publish) -> None:
    reject_release(mall, publish(MONDAY).release_id, "Too late.")
    assert ask(mall, "SELECT status FROM releases") == [("published",)]
    assert ask(mall, "SELECT count(*) FROM products_current") == [(6,)]


@pytest.mark.parametrize("plan", ["new for each statement", "prepared"])
def test_an_open_transaction_neither_waits_nor_loses_its_rows(
    mall: Schemas, publish: Publish, plan: str
) -> None:
    first = publish(MONDAY, marked_rows(1))
    query = "SELECT min(co_buyers), max(co_buyers), count(*) FROM mall.item_similarities_current"
    with connect(mall) as reader:
        for _ in range(8):
            assert reader.execute(query, prepare=plan == "prepared").fetchone() == (1, 1, 60)
        second = publish(MONDAY, marked_rows(2))
        publish(TUESDAY, marked_rows(3))
        for _ in range(3):
            row = reader.execute(query, prepare=plan == "prepared").fetchone()
            assert row == (1, 1, 60), "a transaction stays with what it saw"
        reader.commit()
        row = reader.execute(query, prepare=plan == "prepared").fetchone()
        assert row == (3, 3, 60)
        assert second.superseded == first.release_id


@pytest.mark.parametrize("prepare", [False, True])
def test_readers_never_see_nothing_nor_a_mixture(mall: Schemas, publish: Publish, prepare: bool) -> None:
    """Attaching and showing in one transaction fails this: some statements run without the new partition."""
    publish(MONDAY, marked_rows(0))
    query = """
        SELECT (SELECT count(*) FROM mall.item_similarities_current),
            (SELECT count(*) FROM mall.ad_candidates_current),
            (SELECT count(*) FROM mall.products WHERE as_of_date = '2024-01-01'),
            (SELECT count(DISTINCT marker) FROM (
                SELECT co_buyers AS marker FROM mall.item_similarities_current
                UNION SELECT buyers FROM mall.best_sellers_current
                UNION SELECT price FROM mall.products_current
            ) AS seen)
    """
    done = threading.Event()

    def poll() -> set[Any]:
        seen = set()
        with connect(mall, autocommit=True) as reader:
            while not done.is_set():
                seen.add(reader.execute(query, prepare=prepare).fetchone())
        return seen

    with ThreadPoolExecutor(3) as pool:
        readers = [pool.submit(poll) for _ in range(3)]
        try:
            for number in range(1, 16):
                publish(MONDAY, marked_rows(number))
        finally:
            done.set()
        seen = set().union(*(reader.result() for reader in readers))
    assert seen == {(60, 16, 6, 1)}
