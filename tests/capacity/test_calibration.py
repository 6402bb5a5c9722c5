"""Fits of measured costs, and the file that keeps them."""

from __future__ import annotations

import json
import logging
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from include.capacity.calibration import (
    REFERENCE,
    Calibration,
    complete_calibration,
    find_calibration_file,
    fit_costs,
    read_calibration,
    write_calibration,
)
from include.capacity.costs import count_work
from include.capacity.work import name_part
from include.errors import PermanentError
from tests.capacity.test_preflight import LOAD, make_advertiser

WORK = np.array([1e6, 4e6, 8e6, 16e6])


def test_a_line_is_found() -> None:
    fit = fit_costs(WORK, 2 + 3e-6 * WORK)
    assert fit.predict(100e6) == pytest.approx(302)
    assert fit.error == 0


def test_what_does_not_grow_with_the_work_may_grow_with_something_else() -> None:
    lesser = np.sqrt(WORK)
    fit = fit_costs(WORK, 2e-4 * lesser + 3e-6 * WORK, lesser=lesser)
    assert fit.predict(100e6, 1e4) == pytest.approx(302)
    assert fit.error == 0


def test_no_constant_is_negative() -> None:
    falling = fit_costs([1, 2, 3], [3, 2, 1])
    assert falling.constant == 0
    assert falling.overhead > 0
    steep = fit_costs([1, 2, 3], [1, 4, 9])
    assert steep.overhead == 0
    assert steep.constant > 0


@pytest.mark.parametrize("costs", [[1, 4, 8, 20], [1, 4, 8, 16.1], [3, 4, 8, 16]])
def test_the_error_is_the_worst_of_the_line_and_of_predicting_the_largest(costs: list[float]) -> None:
    fit = fit_costs(WORK, costs)
    misses = [abs(fit.predict(work) / cost - 1) for work, cost in zip(WORK, costs, strict=True)]
    smaller = fit_costs(WORK[:-1], costs[:-1])
    beyond = abs(smaller.predict(WORK[-1]) / costs[-1] - 1)
    assert fit.error == pytest.approx(max(*misses, beyond), abs=1e-3)
    assert fit.points == list(zip(WORK, costs, strict=True))


def test_no_work_and_no_cost_are_no_trouble() -> None:
    assert fit_costs([0, 0, 0], [5, 5, 5]).predict(0) == pytest.approx(5)
    assert fit_costs([1, 2, 3], [0, 0, 0]).predict(9) < 0.01


def to_json(calibration: Calibration) -> object:
    return json.loads(json.dumps(asdict(calibration)))


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where this machine's constants are, without any."""
    monkeypatch.setenv("DANGOL_STATE", str(tmp_path / "state"))
    return find_calibration_file()


def test_without_a_calibration_the_reference_machine_s_constants_are_used(own: Path) -> None:
    assert not own.exists()
    calibration = read_calibration()
    assert to_json(calibration) == json.loads(REFERENCE.read_text())
    works = count_work(LOAD, make_advertiser())
    assert {name_part(work.stage, part) for work in works for part in work.parts} <= set(calibration.seconds)
    assert {work.stage for work in works} <= set(calibration.peak_mb)
    assert all(fit.constant > 0 or fit.overhead > 0 for fit in calibration.seconds.values())


def test_what_was_written_is_read(own: Path) -> None:
    mine = replace(read_calibration(), machine="mine")
    write_calibration(mine, own)
    assert read_calibration() == mine


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"seconds": {}, "peak_mb": {}}', "\xff"])
def test_a_calibration_that_cannot_be_read_stops_no_run(
    own: Path, text: str, caplog: pytest.LogCaptureFixture
) -> None:
    own.parent.mkdir()
    own.write_bytes(text.encode("latin-1"))
    with caplog.at_level(logging.WARNING):
        assert to_json(read_calibration()) == json.loads(REFERENCE.read_text())
    assert "run dangol calibrate" in caplog.text


def test_stages_that_were_not_measured_are_the_reference_machine_s(own: Path) -> None:
    reference = read_calibration()
    without = replace(
        reference,
        machine="mine",
        seconds={key: fit for key, fit in reference.seconds.items() if key.startswith("train")},
        peak_mb={key: fit for key, fit in reference.peak_mb.items() if key.startswith("train")},
    )
    whole = complete_calibration(without)
    assert whole == replace(reference, machine="mine", elsewhere=["candidates", "stage", "gate"])
    write_calibration(without, own)
    assert read_calibration() == whole


def test_a_measured_stage_keeps_to_its_own_machine(own: Path) -> None:
    """Constants of two machines within one stage would say nothing; a part that has none is unknown."""
    reference = read_calibration()
    seconds = {key: fit for key, fit in reference.seconds.items() if key != "train als: recommend"}
    write_calibration(replace(reference, seconds=seconds), own)
    assert "train als: recommend" not in read_calibration().seconds
    assert read_calibration().elsewhere == []


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(PermanentError, match="name another file with --to"):
        write_calibration(read_calibration(), tmp_path / "file" / "calibration.json")
