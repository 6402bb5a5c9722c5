"""What a killed step or another run leaves in the run folder is never taken for one finished result."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.errors import StorageError
from include.run import main
from include.settings import load_advertiser
from include.steps.run_folder import IDLE_TIME, RunFolder, remove_old_runs
from tests.malls import DAY, Mall, busy_day, open_mall, purchase

pytestmark = pytest.mark.integration


def run(step: str) -> int:
    return main([step, "--advertiser", "mall", "--as-of", DAY.isoformat()])


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine) -> Mall:
    """A mall with one day in its lake."""
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, models=["cosine"])
    mall.deliver(DAY, busy_day(DAY))
    assert run("ingest") == 0
    return mall


def open_runs(mall: Mall) -> Path:
    return mall.folder / "lake" / "mall" / "runs"


def open_run(mall: Mall, as_of: date = DAY) -> Path:
    return open_runs(mall) / f"as_of={as_of}"


def fail(capsys: pytest.CaptureFixture[str], step: str, code: int = 75) -> str:
    capsys.readouterr()
    assert run(step) == code
    return capsys.readouterr().err.strip().splitlines()[-1]


@pytest.mark.parametrize("name", ["events.purchase.parquet", "window.json"])
def test_a_file_cut_short_is_a_sentence_and_the_window_mends_it(
    mall: Mall, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    assert run("window") == 0
    path = open_run(mall) / name
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    sentence = fail(capsys, "train")
    assert name in sentence
    assert "run the steps from window on again" in sentence
    assert run("window") == run("train") == 0


def test_a_window_that_was_killed_over_an_older_one_is_not_mixed_with_it(
    mall: Mall, tmp_path: Path, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("window") == run("train") == 0
    before = tmp_path / "before"
    shutil.copytree(open_run(mall), before)
    mall.deliver(DAY, busy_day(DAY, users=20))
    assert run("ingest") == run("window") == 0
    for name in ("window.json", "events.purchase.parquet"):  # the killed step had not come so far
        shutil.copy(before / name, open_run(mall) / name)
    assert "is not what its step has finished" in fail(capsys, "candidates")
    with warehouse.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM mall.releases")).scalar_one() == 0


def test_a_model_of_an_earlier_window_is_not_staged(mall: Mall, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("window") == run("train") == 0
    assert run("candidates") == run("window") == run("stage") == 0, "the same window again is the same"
    mall.deliver(DAY, [*busy_day(DAY), purchase("someone-else", "i0")])
    assert run("ingest") == run("window") == 0
    sentence = fail(capsys, "stage", code=1)
    assert "cosine was trained on another window" in sentence
    assert "run the train step again" in sentence
    assert run("train") == run("candidates") == run("stage") == 0


@pytest.mark.parametrize("step", ["window", "train"])
def test_a_disk_that_is_full_is_a_sentence_and_leaves_no_part(mall: Mall, step: str) -> None:
    if step == "train":
        assert run("window") == 0
    before = sorted(path.name for path in open_run(mall).glob("*"))
    # No file may grow beyond some bytes: what a full disk does, without filling one.
    limited = (
        "import resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, (200, 200));"
        "from include.run import main;"
        f"sys.exit(main(['{step}', '--advertiser', 'mall', '--as-of', '{DAY}']))"
    )
    process = subprocess.run([sys.executable, "-c", limited], capture_output=True, text=True, check=False)
    assert process.returncode == 75
    assert f"{step} failed: Cannot write file://" in process.stderr
    assert "Traceback" not in process.stderr
    assert sorted(path.name for path in open_run(mall).glob("*")) == before


def test_old_run_folders_go_but_not_those_that_a_backfill_works_in(mall: Mall) -> None:
    advertiser = load_advertiser("mall")
    days = [DAY + timedelta(days=offset) for offset in range(5)]
    for day in days:
        RunFolder(advertiser, day).write_summary("window", {}, {})
    RunFolder(advertiser, days[0]).mark_as_done()
    abandoned = open_run(mall, days[1]) / "window.json"
    os.utime(abandoned, (0, abandoned.stat().st_mtime - 2 * IDLE_TIME.total_seconds()))
    remove_old_runs(advertiser, 2)
    assert [path.name for path in sorted(open_runs(mall).iterdir())] == [f"as_of={day}" for day in days[2:]]

    RunFolder(advertiser, days[2]).mark_as_done()
    RunFolder(advertiser, days[2]).mark_as_begun()
    remove_old_runs(advertiser, 2)
    assert open_run(mall, days[2]).exists(), "a run that begins again is no longer done"


def test_run_folders_that_cannot_be_removed_are_a_warning(
    mall: Mall, caplog: pytest.LogCaptureFixture
) -> None:
    open_runs(mall).parent.mkdir(parents=True, exist_ok=True)
    open_runs(mall).write_text("a file where a folder should be")
    remove_old_runs(load_advertiser("mall"), 1)
    assert "a folder is expected there" in caplog.text
    with pytest.raises(StorageError, match="Cannot write"):
        RunFolder(load_advertiser("mall"), DAY).mark_as_done()
