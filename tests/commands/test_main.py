"""The command line as people and machines meet it: stdout, stderr, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from include.commands.answer import Answer, divert_output
from include.commands.steps import STEPS
from include.run import main
from include.settings import ROOT
from tests.malls import DAY, busy_day, open_mall

pytestmark = pytest.mark.integration


def run(*arguments: str, folder: Path = ROOT, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as the set-up environment starts it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        [sys.executable, "-P", "-m", "include.run", *arguments],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_the_help_names_the_commands_and_the_exit_codes() -> None:
    shown = run("--help")
    assert (shown.returncode, shown.stderr) == (0, "")
    for command in (*STEPS, "calibrate", "check", "status", "rollback", "mend", "remove"):
        assert f"\n    {command} " in shown.stdout or f"\n    {command}\n" in shown.stdout
    for words in ("0 done", "1 failed", "70 an error", "75 failed for now", "AIRFLOW_CONN_WAREHOUSE_DEFAULT"):
        assert words in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["ingst"], "invalid choice: 'ingst'"),
        (["ingest", "--advertiser", "mall"], "say --as-of DAY, or --from DAY and --to DAY"),
        (
            ["ingest", "--advertiser", "mall", "--as-of", "1.2.2026"],
            "'1.2.2026' is not a date; write YYYY-MM-DD",
        ),
        (
            ["ingest", "--advertiser", "mall", "--as-of", "2026-02-01", "--from", "2026-01-01"],
            "say --as-of DAY, or --from DAY and --to DAY",
        ),
        (
            ["window", "--advertiser", "mall", "--as-of", "0026-02-01"],
            "'0026-02-01' is of no year from 1900 to 2999; write YYYY-MM-DD",
        ),
        (["all", "--advertiser", "mall"], "the following arguments are required: --as-of"),
        (["status", "--days", "0"], "'0' is no number of days from 1 to 9999"),
    ],
)
def test_a_wrong_command_line_exits_with_2(arguments: list[str], sentence: str) -> None:
    done = run(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unknown_advertiser_is_told_with_those_there_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_mall(tmp_path, monkeypatch)
    done = run("ingest", "--advertiser", "mal", "--as-of", str(DAY))
    assert (done.returncode, done.stdout) == (1, "")
    said = "ingest failed: mal.yaml: there is no such advertiser; mall was probably meant; known: mall.\n"
    assert done.stderr == said


def test_json_alone_is_on_stdout_from_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: object
) -> None:
    """Great Expectations, Airflow and progress talk on stderr; an include/ of the caller's is not ours."""
    mall = open_mall(tmp_path, monkeypatch)
    mall.deliver(DAY, busy_day(DAY))
    (tmp_path / "include").mkdir()
    (tmp_path / "include" / "__init__.py").write_text("raise SystemExit('another include')")
    done = run("ingest", "--advertiser", "mall", "--as-of", str(DAY), folder=tmp_path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["accepted"] == 48
    assert "48 accepted" in done.stderr


def test_what_may_work_later_exits_with_75(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_mall(tmp_path, monkeypatch)
    nowhere = {
        "conn_type": "postgres",
        "host": "127.0.0.1",
        "port": 1,
        "schema": "warehouse",
        "password": "hush-1",
    }
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", json.dumps(nowhere))
    assert main(["ingest", "--advertiser", "mall", "--as-of", str(DAY)]) == 75
    said = capsys.readouterr()
    assert said.out == ""
    assert (
        said.err.strip().splitlines()[-1].startswith("ingest failed: The warehouse at 127.0.0.1:1, database")
    )
    assert "hush-1" not in said.err


@pytest.mark.parametrize(
    ("raised", "last", "code"),
    [
        ("PermanentError('Correct it.')", "status failed: Correct it.", 1),
        ("RefusedInputError('Correct it.')", "status failed: Correct it.", 1),
        ("ValueError('Not one of ours.')", "tell who maintains it.", 70),
    ],
)
def test_only_a_bug_shows_its_stack_trace(raised: str, last: str, code: int) -> None:
    program = (
        "import sys\n"
        "from include.commands import status\n"
        "from include.errors import PermanentError, RefusedInputError\n"
        "from include.run import main\n"
        f"def fail(*_, **__): raise {raised}\n"
        "status.list_files = fail\n"
        "sys.exit(main(['status']))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (code, "")
    assert done.stderr.strip().endswith(last)
    assert ("Traceback" in done.stderr) is (code == 70)


def test_a_look_answers_by_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 when all is there, 75 while it may still come, 1 after the deadline."""
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    mall = open_mall(
        tmp_path,
        monkeypatch,
        feeds={"purchases": {"complete": {"quiet_minutes": 0}}},
        schedule={"start_date": DAY, "landing_deadline_hours": 72, "window_wait_minutes": 10},
    )
    for command, there in (("wait_for_landing", {"day": str(DAY)}), ("wait_for_days", None)):
        assert main([command, "--advertiser", "mall", "--as-of", str(yesterday)]) == 75
        said = capsys.readouterr()
        waiting = json.loads(said.out)
        assert str(yesterday) in waiting["waiting_for"]
        assert datetime.fromisoformat(waiting["until"]) > datetime.now(UTC)
        assert main([command, "--advertiser", "mall", "--as-of", str(DAY)]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert f"{command} failed: mall" in said.err
        assert str(DAY) in said.err
        if there:
            mall.deliver(DAY, busy_day(DAY))
            assert main([command, "--advertiser", "mall", "--as-of", str(DAY)]) == 0
            assert json.loads(capsys.readouterr().out) == there


def test_an_answer_is_also_written_where_it_is_wanted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    mall.deliver(DAY, busy_day(DAY))
    step = ["wait_for_landing", "--advertiser", "mall", "--as-of", str(DAY), "--answer"]
    assert main([*step, str(tmp_path / "return.json")]) == 0
    assert (tmp_path / "return.json").read_text() == capsys.readouterr().out
    for file in (tmp_path, tmp_path / "nowhere" / "return.json"):
        with pytest.raises(SystemExit) as exit:
            main([*step, str(file)])
        assert exit.value.code == 2
        assert "cannot be written; name a file in a folder that is there" in capsys.readouterr().err
    assert main([*step, "/dev/full"]) == 75
    assert "its answer cannot be written to /dev/full (No space left on device)" in capsys.readouterr().err


def test_what_nobody_expected_has_a_code_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a task of Airflow it is tried again; so it must not look like what is refused for good."""
    open_mall(tmp_path, monkeypatch)
    monkeypatch.setattr("include.steps.waiting.find_missing_days", lambda *_: 1 / 0)
    assert main(["wait_for_days", "--advertiser", "mall", "--as-of", str(DAY)]) == 70
    said = capsys.readouterr().err
    assert "ZeroDivisionError" in said
    assert said.endswith("the error above was not expected; tell who maintains it.\n")


def test_what_children_and_libraries_print_goes_to_stderr() -> None:
    program = (
        "import os, subprocess, sys\n"
        "from include.commands.answer import Answer, divert_output\n"
        "with divert_output() as stream:\n"
        "    print('from Python'); os.write(1, b'from C\\n'); subprocess.run(['echo', 'from a child'])\n"
        "    Answer({'a': '단골'}).write(stream)\n"
        "print('afterwards')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True)
    assert json.loads(done.stdout.removesuffix("afterwards\n")) == {"a": "단골"}
    assert {"from Python", "from C", "from a child"} <= set(done.stderr.splitlines())
    ascii_only = os.environ | {"PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=ascii_only, capture_output=True, text=True
    )
    assert json.loads(done.stdout.removesuffix("afterwards\n")) == {"a": "단골"}


def test_within_a_test_the_answer_is_captured(capsys: pytest.CaptureFixture[str]) -> None:
    with divert_output() as stream:
        print("by the way")
        Answer([1]).write(stream)
    assert capsys.readouterr() == ("[\n 1\n]\n", "by the way\n")


def test_nobody_who_reads_is_no_stack_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_mall(tmp_path, monkeypatch)
    for arguments in (["--help"], ["status"], ["check", "--json"]):
        process = subprocess.Popen(
            [sys.executable, "-m", "include.run", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stdout and process.stderr
        process.stdout.close()
        said = process.stderr.read()
        assert process.wait() == 141 or arguments == ["--help"]
        assert "Traceback" not in said
        assert "BrokenPipe" not in said


def test_an_interruption_is_no_stack_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: object
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    days = [DAY.replace(day=day) for day in range(2, 29)]
    for day in days:
        mall.deliver(day, busy_day(day, users=300))
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "include.run",
            "ingest",
            "--advertiser",
            "mall",
            *f"--from {days[0]} --to {days[-1]}".split(),
        ],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    lake = tmp_path / "lake" / "mall" / "purchases"
    deadline = time.monotonic() + 120
    while (
        not list(lake.glob("dt=*/manifest.json")) and process.poll() is None and time.monotonic() < deadline
    ):
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, said = process.communicate(timeout=120)
    assert process.returncode == 130, said
    assert out == ""
    assert said.endswith("ingest: interrupted; the same command begins again, on what is whole.\n")
    assert "Traceback" not in said
