"""The views read one partition by its key; a plan that scans the others fails here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import text

from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.names import name_leaf
from tests.warehouse.conftest import MONDAY, SCHEMA, TUESDAY, WEDNESDAY, all_rows, make_facts

pytestmark = pytest.mark.integration

Publish = Callable[..., Any]


# What says which release is to be seen.
_OF_RELEASES = {"releases", "changes"}


def walk(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from walk(child)


def explain(schemas: Schemas, query: str) -> dict[str, dict[str, Any]]:
    """The scans of partitions that were run, by partition."""
    with schemas.begin() as connection:
        # The tables are tiny, where a scan would be right; the question is whether the key can be used.
        connection.execute(text("SET LOCAL enable_seqscan = off"))
        connection.execute(text("SET LOCAL enable_bitmapscan = off"))
        (plan,) = connection.execute(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {query}")).scalar_one()
    return {
        node["Relation Name"]: node
        for node in walk(plan["Plan"])
        if node.get("Relation Name", "releases") not in _OF_RELEASES and node["Actual Loops"]
    }


def planned(schemas: Schemas, query: str) -> set[str]:
    """The partitions that a plan names at all."""
    with schemas.begin() as connection:
        (plan,) = connection.execute(text(f"EXPLAIN (FORMAT JSON) {query}")).scalar_one()
    names = {node.get("Relation Name") for node in walk(plan["Plan"])}
    return {name for name in names if name} - _OF_RELEASES


@pytest.fixture
def days(publish: Callable[..., Any]) -> tuple[int, int, int, int]:
    """Monday, Monday again, Tuesday, Wednesday."""
    return tuple(publish(day).release_id for day in (MONDAY, MONDAY, TUESDAY, WEDNESDAY))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("table", "model", "condition"),
    [
        ("item_similarities", "cosine", "model = 'cosine' AND item_id = 'P2'"),
        ("user_recommendations", "als", "model = 'als' AND user_id = 'B'"),
        ("best_sellers", "", "category = ''"),
        ("recent_items", "", "user_id = 'B'"),
        ("ad_candidates", "", "user_id = 'B'"),
        ("item_audiences", "als", "model = 'als' AND item_id = 'P2'"),
        ("products", "", "item_id = 'P2'"),
    ],
)
def test_a_look_up_reads_one_partition_by_its_key(
    mall: Schemas, days: tuple[int, ...], table: str, model: str, condition: str
) -> None:
    def name(release_id: int) -> str:
        return name_leaf(table, release_id, model)

    scans = explain(mall, f"SELECT * FROM {table}_current WHERE {condition}")
    assert scans.keys() == {name(days[3])}
    assert scans[name(days[3])]["Index Name"] == f"{name(days[3])}_pkey"
    query = f"SELECT * FROM {table} WHERE as_of_date = '2024-01-02' AND {condition}"
    assert explain(mall, query).keys() == {name(days[2])}
    assert planned(mall, query) == {name(days[2])}, "left out when it is planned, by the CHECKs"


@pytest.mark.parametrize(
    ("table", "model", "condition", "column"),
    [
        ("item_similarities", "cosine", "model = 'cosine' AND item_id = 'P2'", "similar_item_id"),
        ("user_recommendations", "als", "model = 'als' AND user_id = 'B'", "item_id"),
        ("best_sellers", "", "category = ''", "item_id"),
    ],
)
@pytest.mark.parametrize("absent_items", ["unavailable", "available"])
def test_a_list_less_what_cannot_be_bought(
    mall: Schemas, publish: Publish, table: str, model: str, condition: str, column: str, absent_items: str
) -> None:
    """P1 is sold out, of P3 the catalogue does not say, and P2 and P6 it does not name."""
    publish(MONDAY, facts=make_facts())
    rows = all_rows()
    entries = {row["item_id"]: row for row in rows["products", ""]}
    entries["P1"]["is_available"], entries["P3"]["is_available"] = False, None
    rows["products", ""] = [row for item, row in entries.items() if item not in ("P2", "P6")]
    release_id = publish(TUESDAY, rows, facts=make_facts(absent_items=absent_items)).release_id
    gone = {"P1", "P2", "P6"} if absent_items == "unavailable" else {"P1"}
    with mall.begin() as connection:
        listed = connection.execute(text(f"SELECT * FROM {table}_current WHERE {condition}")).all()
        shown = connection.execute(text(f"SELECT * FROM {table}_available WHERE {condition}")).all()
    assert set(shown) == {row for row in listed if getattr(row, column) not in gone}
    assert 0 < len(shown) < len(listed)
    # Nothing that is not in the catalogue is looked for by reading the whole of it.
    scans = explain(mall, f"SELECT * FROM {table}_available WHERE {condition}")
    leaf = name_leaf(table, release_id, model)
    assert scans.keys() == {leaf, f"products_{release_id}"}
    assert all(scans[name]["Index Name"] == f"{name}_pkey" for name in scans)
    assert scans[f"products_{release_id}"]["Actual Loops"] == len(listed)


def test_a_whole_current_table_is_one_partition(mall: Schemas, days: tuple[int, ...]) -> None:
    query = "SELECT count(*) FROM item_similarities_current"
    assert explain(mall, query).keys() == {
        name_leaf("item_similarities", days[3], model) for model in ("als", "cosine")
    }


def test_another_model_is_not_read(mall: Schemas, days: tuple[int, ...]) -> None:
    scans = explain(mall, "SELECT * FROM item_similarities WHERE model = 'als'")
    assert all(name.endswith("_als") for name in scans)


def test_ids_sort_by_code_point(mall: Schemas) -> None:
    with mall.begin() as connection:
        collations = connection.execute(
            text(
                "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = :schema"
                " AND column_name IN ('item_id', 'user_id', 'similar_item_id', 'because_item_id')"
            ),
            {"schema": SCHEMA},
        ).scalars()
        assert list(collations) == ["C"]
