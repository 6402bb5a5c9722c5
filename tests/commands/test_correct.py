"""`dangol rollback` and `dangol mend`, as on-call runs them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.run import main
from tests.malls import open_mall
from tests.warehouse.conftest import MONDAY, SCHEMA, TUESDAY

pytestmark = pytest.mark.integration


@pytest.fixture
def out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, publish: Callable[..., Any]) -> list[int]:
    """The releases of two days, the second current."""
    open_mall(tmp_path, monkeypatch, name=SCHEMA).write_settings()
    return [publish(day).release_id for day in (MONDAY, TUESDAY)]


def test_rollback(out: list[int], warehouse: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rollback", "--advertiser", SCHEMA]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "release_id": out[1], "as_of_date": str(TUESDAY),
        "current_release": out[0], "current_date": str(MONDAY),
    }  # fmt: skip
    with warehouse.begin() as connection:
        seen = connection.execute(text(f"SELECT DISTINCT as_of_date FROM {SCHEMA}.ad_candidates_current"))
        assert seen.scalars().all() == [MONDAY]
    assert main(["rollback", "--advertiser", SCHEMA, "--to", str(TUESDAY)]) == 1
    assert "no other release of 2024-01-02 is published" in capsys.readouterr().err


def test_mend(out: list[int], warehouse: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    with warehouse.begin() as connection:
        for table in (f"{SCHEMA}_store.changes SET moment", f"{SCHEMA}.releases SET published_at"):
            column = table.split()[-1]
            later = f"{column} + interval '3 days'"
            connection.execute(text(f"UPDATE {table} = {later} WHERE isfinite({column})"))
        connection.execute(text(f"DELETE FROM {SCHEMA}_store.changes WHERE current_release = {out[1]}"))
    assert main(["mend", "--advertiser", SCHEMA]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["current_release"], said["current_date"]) == (out[1], str(TUESDAY))
    assert said["brought_back"] == out
    with warehouse.begin() as connection:
        seen = connection.execute(text(f"SELECT DISTINCT as_of_date FROM {SCHEMA}.ad_candidates_current"))
        assert seen.scalars().all() == [TUESDAY]
        moments = "SELECT max(published_at) < now() + interval '1 minute', max(withdrawn_at)"
        assert connection.execute(text(f"{moments} FROM {SCHEMA}.releases")).one() == (True, None)
