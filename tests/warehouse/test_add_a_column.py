"""A new column stands in one place, its table's YAML, and reaches a warehouse that is there already."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from include.warehouse.postgres.connection import Schemas
from tests.checkouts import Checkout
from tests.warehouse.conftest import MONDAY

pytestmark = pytest.mark.integration

COLUMNS = {
    "item_similarities": """\
  lift:
    type: real
    nullable: true
    meaning: How much more often than by chance.
""",
    "best_sellers": """\
  season:
    type: text
    default: "'all year'"
    meaning: When it sells.
""",
    "products": """\
  colour:
    type: text
    nullable: true
    meaning: The colour that it is sold in.
""",
    "partitions": """\
  late_rows:
    type: bigint
    default: "0"
    meaning: Lines that came late.
""",
}

# Run in the checkout, whose code knows the new columns.
FOLLOW = """
import json, sys
from datetime import UTC, date, datetime

import pyarrow as pa
from sqlalchemy import create_engine, text

from include.columns import RELEASE_TABLES
from include.models.base import RankedTable
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.dictionary import describe_tables
from include.warehouse.postgres.ingest_log import record_partition
from include.warehouse.postgres.names import name_leaf
from include.warehouse.postgres.schema import ensure_schema
from include.warehouse.postgres.staging import stage_release

schemas = Schemas(create_engine(sys.argv[1]), "mall")
ensure_schema(schemas)
day = date(2024, 1, 2)
similar = {"item_id": "P1", "rank": 1, "similar_item_id": "P2", "score": 0.5, "co_buyers": 1, "lift": 2.5}
sold = {"buyers": 1, "purchases": 1, "revenue": 1.0}
best = {"category": "", "rank": 1, "item_id": "P1", **sold, "season": "May"}
product = dict.fromkeys(RELEASE_TABLES["products"].names) | {"item_id": "P1", "colour": "red"}
rows = {("item_similarities", "als"): similar, ("best_sellers", ""): best, ("products", ""): product}
release = stage_release(
    schemas,
    day,
    [RankedTable(t, m, pa.Table.from_pylist([row], RELEASE_TABLES[t])) for (t, m), row in rows.items()],
    window_items=["P1", "P2"],
    window_users=[],
    run={
        **dict.fromkeys(("run_id", "code_version"), ""),
        **dict.fromkeys(("settings", "stages"), {}),
        **dict.fromkeys(("purchases", "users", "items"), 0),
        **dict.fromkeys(("window_start", "window_end"), day),
    },
)
partition = {"feed": "views", "day": day, "source_fingerprint": "", "ingested_at": datetime.now(UTC)}
counts = ("accepted_rows", "quarantined_rows", "duplicate_rows", "source_files")
record_partition(schemas, partition | {"late_rows": 7} | dict.fromkeys(counts, 0), [])
with schemas.begin() as connection:
    def ask(query):
        return [list(row) for row in connection.execute(text(query))]
    leaf = name_leaf("item_similarities", release, "als")
    print(json.dumps({
        "arrow": {table: schema.names for table, schema in RELEASE_TABLES.items()},
        "dictionary": describe_tables(schemas),
        "lift": ask("SELECT DISTINCT lift FROM item_similarities_current"),
        "available": ask("SELECT DISTINCT lift FROM item_similarities_available"),
        "season": ask("SELECT DISTINCT season FROM best_sellers"),
        "colour": ask("SELECT DISTINCT colour FROM products"),
        "late": ask("SELECT feed, late_rows FROM partitions ORDER BY feed"),
        "staged": ask(f"SELECT item_id, lift FROM mall_store.{leaf}"),
    }))
"""


def test_a_column_in_a_yaml_is_everywhere(tmp_path: Path, mall: Schemas, publish: Callable[..., Any]) -> None:
    publish(MONDAY)
    with mall.begin() as connection:
        columns = (
            "feed, source_fingerprint, accepted_rows, quarantined_rows, duplicate_rows, source_files, day"
        )
        values = "'purchases', '', 1, 0, 0, 1, '2024-01-01', now()"
        connection.execute(text(f"INSERT INTO partitions ({columns}, ingested_at) VALUES ({values})"))
    checkout = Checkout.copy(tmp_path)
    for table, column in COLUMNS.items():
        with (checkout.root / "include" / "sql" / table / "table.yaml").open("a", encoding="utf-8") as file:
            file.write(column)
    (checkout.root / "follow.py").write_text(FOLLOW)
    url = mall.engine.url.render_as_string(hide_password=False)
    found = json.loads(checkout.run(f"PYTHONPATH=. python follow.py '{url}'").splitlines()[0])
    assert found["arrow"]["item_similarities"][-1] == "lift"
    assert found["arrow"]["products"][-1] == "colour"
    # Rows from before a column have its default, or nothing.
    assert found["lift"] == found["available"] == found["colour"] == [[None]]
    assert found["season"] == [["all year"]]
    assert found["late"] == [["purchases", 0], ["views", 7]]
    assert found["staged"] == [["P1", [2.5]]]
    assert "| `lift` | real | How much more often than by chance. |" in found["dictionary"]
    assert "| `late_rows` | bigint | Lines that came late. |" in found["dictionary"]
