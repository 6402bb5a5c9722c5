"""Audiences from the YAML to the view."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.run import main
from tests.malls import DAY, busy_day, open_mall

pytestmark = pytest.mark.integration


def test_what_the_yaml_asks_for_is_published(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    als = {"factors": 4, "iterations": 3, "audiences": {"items": ["i1", "not sold"], "top": 2, "k": 3}}
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, models={"als": als})
    mall.deliver(DAY, busy_day(DAY))
    assert main(["ingest", "--advertiser", "mall", "--as-of", str(DAY)]) == 0
    assert main(["all", "--advertiser", "mall", "--as-of", str(DAY)]) == 0, capsys.readouterr().err
    with warehouse.connect() as connection:
        rows = connection.execute(
            text("SELECT * FROM mall.item_audiences_current ORDER BY item_id, rank")
        ).all()
        bought = {
            tuple(row)
            for row in connection.execute(text("SELECT item_id, user_id FROM mall.recent_items_current"))
        }
    assert {row.model for row in rows} == {"als"}
    assert {row.item_id for row in rows} == {"i1", "i2", "i3"}, "beside the one named, the two most bought"
    assert [row.rank for row in rows] == [1, 2, 3] * 3
    assert bought and not bought & {(row.item_id, row.user_id) for row in rows}
