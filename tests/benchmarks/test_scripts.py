"""A script at a tiny size, with the peers that happen to be installed, in processes of their own as ever."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.__main__ import SCRIPTS
from benchmarks.data import scale_mall
from benchmarks.growth import fit_slope, tabulate_slopes
from benchmarks.harness import Case, measure_cases
from benchmarks.machine import ROOT

_SHARE = "1/2000"


def test_cosine_and_als_agree_with_implicit(tmp_path: Path) -> None:
    results = tmp_path / "results.json"
    command = [sys.executable, "-m", "benchmarks", "--only", "cosine,als", "--share", _SHARE, "--runs", "1"]
    environment = os.environ | {"DANGOL_BENCH": str(tmp_path), "DANGOL_SHARED_DATA": str(tmp_path / "none")}
    done = subprocess.run(
        [*command, "--to", results], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    sections = json.loads(results.read_text(encoding="utf-8"))
    tables = {table["title"]: table for table in sections["cosine"]["tables"]}
    assert "online_retail_ii_2009_2010.parquet is not there" in tables["online_retail"]["note"]
    for title in (f"mall-{_SHARE}", "completejourney"):
        rows = {row["package"]: row for row in tables[title]["rows"]}
        assert rows[""]["seconds"], rows[""].get("error")
        for package in ("implicit", "scipy"):
            agreement = rows[package]["agreement"]
            assert agreement["same_ids"] == agreement["rows"] > 0
        assert rows["sparse-dot-topn"]["seconds"] or "make bench" in rows["sparse-dot-topn"]["absent"]
    spark = next(row for row in tables[f"mall-{_SHARE}"]["rows"] if row["package"] == "pyspark")
    assert "SPARK=1" in spark["absent"]
    rows = {row["package"]: row for row in sections["als"]["tables"][0]["rows"]}
    ours, theirs = (float(rows[package]["facts"]["objective"]) for package in ("", "implicit"))
    assert ours == pytest.approx(theirs, rel=0.02)


def test_a_case_that_fails_says_why_and_stops_no_other() -> None:
    cases = [Case("run_nothing", "ours: not there"), Case("run_nothing", "not installed", "no-such-package")]
    rows, _ = measure_cases("benchmarks.cosine", "a failure", cases, {}, None, 1)
    assert "has no attribute 'run_nothing'" in rows[0]["error"]
    assert rows[1]["absent"] == "no-such-package is not installed: make bench"


@pytest.mark.parametrize("name", SCRIPTS)
def test_every_script_answers_help(name: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{name}", "--help"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert "--share" in done.stdout


def test_shares_scale_users_items_and_purchases() -> None:
    assert scale_mall("1") == {"users": 600_000, "items": 400_000, "purchases": 6_000_000}
    assert scale_mall("1/16") == {"users": 37_500, "items": 25_000, "purchases": 375_000}


def test_the_exponent_of_growth() -> None:
    assert fit_slope([1, 2, 4], [3, 6, 12]) == pytest.approx(1)
    assert fit_slope([1, 2, 4], [1, 4, 16]) == pytest.approx(2)
    points = [
        {"stage": stage, "share": "1", "work": work, "seconds": seconds, "peak_mb": 10}
        for stage, costs in (("cosine", (1, 2)), ("gate", (1, 4)))
        for work, seconds in zip((10, 20), costs, strict=True)
    ]
    assert [(row[0], row[-1]) for row in tabulate_slopes(points)["rows"]] == [
        ("cosine", "no"),
        ("gate", "YES"),
    ]
