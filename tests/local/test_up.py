"""`make up` for a mall of one's own: without the sample, and before there is any advertiser."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from include.local import demo
from include.local.airflow import expects_dags, find_airflow
from include.settings import ROOT
from include.state import State
from tests.malls import Mall


def run(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """With a state folder of its own, and the advertisers of `folder`."""
    places = {"DANGOL_STATE": str(folder / "state"), "DANGOL_ADVERTISERS": str(folder / "advertisers")}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW")}
    return subprocess.run(
        [sys.executable, "-m", "include.local", *arguments],
        cwd=ROOT,
        env=environment | places,
        capture_output=True,
        text=True,
    )


@pytest.mark.integration
def test_airflow_comes_up_with_no_advertiser_at_all_and_then_with_one() -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "advertisers").mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        try:
            up = run("up", "--port", str(port), folder=folder)
            assert up.returncode == 0, up.stdout + up.stderr
            assert f"Airflow: http://127.0.0.1:{port}  user: admin" in up.stdout
            assert not (folder / "state" / "landing").exists(), "nobody has asked for the sample"
            airflow = find_airflow(State(folder / "state"))
            assert airflow
            assert airflow.call("GET", "/api/v2/dags")["total_entries"] == 0
            assert airflow.call("GET", "/api/v2/importErrors")["total_entries"] == 0
            Mall(folder).write_settings()
            again = run("up", "--port", str(port), folder=folder)
            assert again.returncode == 0, again.stdout + again.stderr
            dags = {dag["dag_id"] for dag in airflow.call("GET", "/api/v2/dags")["dags"]}
            assert dags & {"mall_ingest", "mall_recommendations"}
            sql = run("sql", folder=folder)
            assert sql.returncode == 0, sql.stderr
        finally:
            run("clean", folder=folder)


def test_the_demo_without_its_advertiser_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "ADVERTISERS", tmp_path)
    with pytest.raises(demo.LocalServiceError, match=r"has no completejourney.yaml: put it back, or unset"):
        demo._load_sample()
    demo.write_sample({})
    assert list(tmp_path.iterdir()) == []


def test_a_sample_that_cannot_be_written_does_not_stop_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DANGOL_DATA", "s3://bucket/prefix")
    demo.write_sample(dict(os.environ))
    assert capsys.readouterr().out.startswith(
        "Going on without the sample: The demo writes its landing files to"
    )


def test_dags_are_expected_of_right_yamls_alone(tmp_path: Path) -> None:
    environment = {"DANGOL_ADVERTISERS": str(tmp_path / "advertisers")}
    assert not expects_dags(environment)
    mall = Mall(tmp_path)
    mall.write_settings().write_text("name: [")
    assert not expects_dags(environment)
    Mall(tmp_path, "second").write_settings()
    assert expects_dags(environment)
    assert expects_dags({})
