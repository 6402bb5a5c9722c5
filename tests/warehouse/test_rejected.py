"""A release that a gate rejects: its rows can be looked at, and another limit lets it out without staging."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, text

from include.columns import RELEASE_TABLES
from include.errors import RejectedReleaseError
from include.local.postgres import Server
from include.settings import Gates
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.gates import run_gates
from include.warehouse.postgres.releases import publish_release
from include.warehouse.postgres.retention import apply_retention
from tests.warehouse.breaks import SIMILAR
from tests.warehouse.conftest import MODELS, MONDAY, SCHEMA, TUESDAY, all_rows

pytestmark = pytest.mark.integration

STRICT, WIDE = Gates(min_item_coverage=1.0), Gates()


@pytest.fixture
def analyst(postgres: Server, mall: Schemas) -> Iterator[Engine]:
    engine = create_engine(postgres.url(mall.engine.url.database or "", "analyst"))
    yield engine
    engine.dispose()


def count_rows(engine: Engine, kind: str) -> dict[str, int]:
    """The rows of `<table><kind>` of every table."""
    with engine.connect() as connection:
        return {
            table: connection.execute(text(f"SELECT count(*) FROM {SCHEMA}.{table}{kind}")).scalar_one()
            for table in RELEASE_TABLES
        }


def reject(mall: Schemas, stage: Callable[..., int]) -> int:
    """The number of a release of Tuesday that lacks an item's neighbours."""
    rows = all_rows()
    rows[SIMILAR] = [row for row in rows[SIMILAR] if row["item_id"] != "P6"]
    release_id = stage(TUESDAY, rows)
    with pytest.raises(RejectedReleaseError, match="item_coverage"):
        run_gates(mall, release_id, STRICT, MODELS)
    return release_id


def test_what_was_rejected_is_read_by_the_analyst_and_by_nobody_unasked(
    mall: Schemas, stage: Callable[..., int], publish: Callable[..., Any], analyst: Engine
) -> None:
    publish(MONDAY)
    before = {kind: count_rows(analyst, kind) for kind in ("", "_current")}
    assert sum(count_rows(analyst, "_rejected").values()) == 0
    release_id = reject(mall, stage)
    rows = all_rows()
    wanted = {table: sum(len(rows[key]) for key in rows if key[0] == table) for table in RELEASE_TABLES}
    wanted["item_similarities"] -= 5
    assert count_rows(analyst, "_rejected") == wanted
    assert {kind: count_rows(analyst, kind) for kind in ("", "_current")} == before
    with analyst.connect() as connection:
        found = connection.execute(
            text(
                f"SELECT * FROM {SCHEMA}.item_similarities_rejected"
                f" WHERE release_id = {release_id} AND model = 'cosine' AND item_id = 'P1' ORDER BY rank"
            )
        )
        names = "release_id as_of_date model item_id rank similar_item_id score co_buyers"
        assert list(found.keys()) == names.split()
        assert tuple(found.all()[0]) == (release_id, TUESDAY, "cosine", "P1", 1, "P2", 1.0, 3)


def test_the_query_that_the_sentence_gives_shows_the_rows(
    mall: Schemas, stage: Callable[..., int], analyst: Engine
) -> None:
    rows = all_rows()
    rows[SIMILAR][0]["similar_item_id"] = "P1"
    with pytest.raises(RejectedReleaseError) as caught:
        run_gates(mall, stage(MONDAY, rows), WIDE, MODELS)
    query = str(caught.value).partition("look at its rows: ")[2].partition(";")[0]
    with analyst.connect() as connection:
        found = connection.execute(text(f"{query} AND item_id = 'P1' AND rank = 1")).mappings().one()
    assert found["similar_item_id"] == "P1"


def test_another_limit_lets_the_same_release_out(
    mall: Schemas, stage: Callable[..., int], publish: Callable[..., Any], analyst: Engine
) -> None:
    publish(MONDAY)
    release_id = reject(mall, stage)
    with pytest.raises(RejectedReleaseError, match="item_coverage"):
        run_gates(mall, release_id, STRICT, MODELS)
    run_gates(mall, release_id, WIDE, MODELS)
    assert sum(count_rows(analyst, "_rejected").values()) == 0
    published = publish_release(mall, release_id)
    assert (published.release_id, published.is_current) == (release_id, True)
    assert count_rows(analyst, "_current")["item_similarities"] == 55


def test_rejected_rows_go_with_retention(
    mall: Schemas, stage: Callable[..., int], publish: Callable[..., Any], analyst: Engine
) -> None:
    publish(MONDAY)
    release_id = reject(mall, stage)
    assert apply_retention(mall, 14) == []
    assert sum(count_rows(analyst, "_rejected").values()) > 0
    assert apply_retention(mall, 14, keep_rejected=0) == [release_id]
    assert sum(count_rows(analyst, "_rejected").values()) == 0
    with pytest.raises(RejectedReleaseError, match="is rejected"):
        run_gates(mall, release_id, WIDE, MODELS)


def test_a_reader_in_the_way_of_the_view_leaves_the_sentence_as_it_is(
    mall: Schemas, stage: Callable[..., int], caplog: pytest.LogCaptureFixture
) -> None:
    with mall.begin(store_first=True) as connection:
        connection.execute(text("LOCK TABLE item_similarities_lists IN SHARE UPDATE EXCLUSIVE MODE"))
        release_id = reject(mall, stage)
    assert "are not in the _rejected views" in caplog.text
    with pytest.raises(RejectedReleaseError, match="item_coverage"):
        run_gates(mall, release_id, STRICT, MODELS)
    assert count_rows(mall.engine, "_rejected")["item_similarities"] == 55
