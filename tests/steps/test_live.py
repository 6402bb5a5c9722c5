"""The step that keeps what ads heed up to date with the mall's files."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.errors import RefusedInputError
from include.run import main
from include.settings import load_advertiser
from include.steps.live import take_live_rows
from tests.malls import Mall, open_mall

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC)


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine) -> Mall:
    return open_mall(tmp_path, monkeypatch)


def write(mall: Mall, name: str, lines: list[str]) -> None:
    path = mall.folder / "landing" / mall.name / "live" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n")


def ago(**time: float) -> str:
    return (NOW - timedelta(**time)).isoformat()


def take() -> dict[str, Any]:
    return take_live_rows(load_advertiser("mall"))


def read(warehouse: Engine, query: str) -> list[Any]:
    with warehouse.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_both_files_are_taken_again_and_again(mall: Mall, warehouse: Engine) -> None:
    nothing = {"files": 0, "lines": 0, "changed": 0}
    assert {table: take()[table] for table in ("blocked_items", "just_bought")} == {
        "blocked_items": nothing,
        "just_bought": nothing,
    }
    write(mall, "blocked_items.csv", ["item_id,reason,blocked_at", f"P1,sold out,{ago(hours=1)}"])
    bought = ["user_id,item_id,bought_at", f"A,P1,{ago(hours=2)}", f"A,P2,{ago(days=8)}"]
    write(mall, "just_bought.csv", bought)
    assert take()["just_bought"] == {"files": 1, "lines": 2, "changed": 1}, (
        "not what would be deleted at once"
    )
    again = take()
    assert (again["blocked_items"]["changed"], again["just_bought"]["changed"], again["deleted"]) == (0, 0, 0)
    assert read(warehouse, "SELECT item_id, reason FROM mall.blocked_items") == [("P1", "sold out")]
    assert read(warehouse, "SELECT user_id, item_id FROM mall.just_bought") == [("A", "P1")]


def test_what_is_old_goes_as_the_settings_say(mall: Mall, warehouse: Engine, monkeypatch: Any) -> None:
    write(
        mall, "just_bought.csv", ["user_id,item_id,bought_at", f"A,P1,{ago(days=3)}", f"A,P2,{ago(days=1)}"]
    )
    write(mall, "blocked_items.csv", ["item_id,blocked_at,until", f"P1,{ago(days=9)},{ago(days=2)}"])
    assert take()["just_bought"]["changed"] == 2
    open_mall(mall.folder, monkeypatch, keep={"just_bought": 2})
    assert take()["deleted"] >= 1
    assert read(warehouse, "SELECT item_id FROM mall.just_bought") == [("P2",)]
    assert read(warehouse, "SELECT item_id FROM mall.blocked_items") == []


def test_right_lines_count_though_the_run_fails_for_the_wrong_ones(mall: Mall, warehouse: Engine) -> None:
    """At a limit of half of the lines."""
    write(mall, "blocked_items.csv", ["item_id,blocked_at", f"P1,{ago(hours=1)}", ",noon"])
    assert take()["blocked_items"] == {"files": 1, "lines": 2, "changed": 1}
    write(mall, "blocked_items.csv", ["item_id,blocked_at", f"P2,{ago(hours=1)}", ",noon", "P3,"])
    write(mall, "just_bought.csv", ["user_id,item_id,bought_at", f"A,P1,{ago(hours=1)}"])
    with pytest.raises(
        RefusedInputError, match=r"2 of 3 lines of blocked_items .* \(50\.0%\); the others count"
    ):
        take()
    assert read(warehouse, "SELECT item_id FROM mall.blocked_items ORDER BY 1") == [("P1",), ("P2",)]
    assert read(warehouse, "SELECT item_id FROM mall.just_bought") == [("P1",)]


def test_a_file_that_cannot_be_read_keeps_the_other_from_nothing(mall: Mall, warehouse: Engine) -> None:
    write(mall, "blocked_items.csv", ["sku", "P1"])
    write(mall, "just_bought.csv", ["user_id,item_id,bought_at", f"A,P1,{ago(hours=1)}"])
    with pytest.raises(RefusedInputError, match=r"mall: file blocked_items\.csv has no column item_id"):
        take()
    assert read(warehouse, "SELECT user_id FROM mall.just_bought") == [("A",)]


def test_the_commands(mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    write(mall, "blocked_items.csv", ["item_id,blocked_at", f"P1,{ago(hours=1)}"])
    assert main(["live", "--advertiser", "mall"]) == 0
    assert json.loads(capsys.readouterr().out)["blocked_items"]["changed"] == 1
    until = ["--until", "2030-01-01T12:00", "--reason", "campaign"]
    assert main(["block", "--advertiser", "mall", "--item", "P2", *until]) == 0
    seen = read(warehouse, "SELECT item_id, reason, until FROM mall.blocked_items ORDER BY 1")
    assert seen == [("P1", "", None), ("P2", "campaign", datetime(2030, 1, 1, 3, tzinfo=UTC))]
    assert main(["unblock", "--advertiser", "mall", "--item", "P2"]) == 0
    assert main(["unblock", "--advertiser", "mall", "--item", "P2"]) == 1
    assert "P2 is not blocked; blocked_items names those that are." in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["block", "--advertiser", "mall", "--item", "P2", "--until", "noon"])
