"""What nobody bought yet is like what was bought, and reaches the ad lists, through all steps."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.run import main
from tests.malls import DAY, Mall, busy_day, open_mall

pytestmark = pytest.mark.integration

HEADER = "item_id,title,category,brand,price,is_available"
CATALOGUE = [
    "i0,Red wine from Spain,wine,Vino,9,Y",
    "i1,White wine from Spain,wine,Vino,8,Y",
    "i2,Brown bread,bread,,3,Y",
    "new,Red wine from Spain 2026,wine,Vino,9.5,Y",
    "gone,Red wine from Spain 2025,wine,Vino,9,N",
]


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine) -> Mall:
    mall = open_mall(
        tmp_path,
        monkeypatch,
        window={"days": 1},
        models={"cosine": {}, "content": {}},
        ads={"sources": ["content", "best_sellers"]},
        catalogue={"absent_items": "available"},
        gates={"min_known_items": 0},
    )
    mall.deliver(DAY, busy_day(DAY))
    mall.deliver(DAY, CATALOGUE, feed="products", header=HEADER)
    return mall


def read_rows(warehouse: Engine, query: str) -> list[dict[str, Any]]:
    with warehouse.connect() as connection:
        return [dict(row._mapping) for row in connection.execute(text(query))]


def test_what_nobody_bought_is_published_and_shown(mall: Mall, warehouse: Engine) -> None:
    for step in ("ingest", "all"):
        assert main([step, "--advertiser", "mall", "--as-of", DAY.isoformat()]) == 0
    similar = read_rows(
        warehouse,
        "SELECT item_id, rank, similar_item_id, co_buyers FROM mall.item_similarities_current"
        " WHERE model = 'content' ORDER BY item_id, rank",
    )
    assert {"item_id": "i0", "rank": 1, "similar_item_id": "new", "co_buyers": 0} in similar
    assert {row["item_id"] for row in similar} == {"i0", "i1", "new"}, "bread is like nothing here"
    assert "gone" not in {row["similar_item_id"] for row in similar}
    ads = read_rows(
        warehouse,
        "SELECT user_id, item_id, source, because_item_id FROM mall.ad_candidates_current",
    )
    shown = [row for row in ads if row["item_id"] == "new"]
    assert {(row["source"], row["because_item_id"]) for row in shown} <= {
        ("content", "i0"),
        ("content", "i1"),
    }
    buyers = {line.split(",")[1] for line in busy_day(DAY) if line.split(",")[2] in ("i0", "i1")}
    assert {row["user_id"] for row in shown} == buyers, "though min_co_buyers asks the other sources for two"
