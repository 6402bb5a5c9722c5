"""The calibration runs the real stages and writes constants that a preflight reads."""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect

from include.capacity.calibration import describe_machine, find_calibration_file, read_calibration
from include.capacity.costs import count_work
from include.capacity.preflight import TILES
from include.capacity.work import name_part
from include.models.registry import UNCALIBRATED, list_default_models
from include.run import main
from include.steps.calibrate import borrow_schema
from include.steps.calibration_mall import make_advertiser
from tests.capacity.test_preflight import LOAD

pytestmark = pytest.mark.integration


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DANGOL_STATE", str(tmp_path))
    return tmp_path


def test_every_stage_is_measured_and_the_warehouse_left_as_it_was(
    state: Path, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "--users", "300", "900"]) == 0
    said = json.loads(re.findall(r"^\{.*^\}", capsys.readouterr().out, re.M | re.S)[0])  # after the log
    assert said["file"] == str(find_calibration_file()) == str(state / "calibration.json")
    measured = read_calibration()
    assert measured.machine == describe_machine()
    assert (measured.users, measured.tile_mb) == ([300, 900], TILES[0])
    assert measured.elsewhere == [f"train {name}" for name in UNCALIBRATED]
    works = count_work(LOAD, make_advertiser(state))
    default = {name_part(work.stage, part) for work in works for part in work.parts}
    assert set(measured.seconds) >= default
    assert set(measured.peak_mb) >= {work.stage for work in works}
    assert {f"train {name}" for name in list_default_models()} <= set(measured.peak_mb)
    for key, fit in measured.seconds.items():
        slowest = max(cost for _, cost in fit.points) if fit.points else 0
        assert slowest > 0.002 or key.startswith(("candidates", *measured.elsewhere)), (
            f"{key} was never timed: is its progress still called so?"
        )
    least = {key: fit.predict(0) for key, fit in measured.peak_mb.items()}
    assert all(50 < peak < 2000 for peak in least.values()), least
    assert not [name for name in inspect(warehouse).get_schema_names() if "calibration" in name]


def test_without_a_warehouse_it_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    nowhere = {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": 9,
        "login": "dangol",
        "schema": "warehouse",
    }
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", json.dumps(nowhere))
    with caplog.at_level(logging.WARNING), borrow_schema() as has_warehouse:
        assert not has_warehouse
    assert "stage and gate are not measured: " in caplog.text


def test_one_size_is_no_line(state: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["calibrate", "--users", "300", "300"]) == 1
    assert "name two or more numbers of users" in capsys.readouterr().err
    assert not find_calibration_file().exists()
