"""The Makefile's targets and `python -m include.local`, run as a person runs them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from include.local.dag_runs import find_sentence
from include.local.postgres import find_server, start_server
from include.state import State

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    with tempfile.TemporaryDirectory() as name:
        state = State(Path(name, "state"))
        yield state
        run("clean", state=state)


def run(*arguments: str, state: State, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "include.local", *arguments],
        cwd=ROOT,
        env={**os.environ, "DANGOL_STATE": str(state.folder), **variables},
        capture_output=True,
        text=True,
    )


def make(*arguments: str, state: State) -> subprocess.CompletedProcess[str]:
    """make with this interpreter in place of .venv, so that no set-up runs."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    return subprocess.run(
        ["make", "--silent", "-o", "setup", f"PY={sys.executable}", *arguments],
        cwd=ROOT,
        env={**own, "DANGOL_STATE": str(state.folder)},
        capture_output=True,
        text=True,
    )


def test_help_names_every_target(state: State) -> None:
    text = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", text, flags=re.MULTILINE))
    assert {"setup", "demo", "up", "down", "sql", "test", "lint", "clean", "env", "requirements"} <= targets
    shown = make(state=state).stdout
    assert {line.split()[1] for line in shown.splitlines()} == targets


@pytest.mark.parametrize(
    ("query", "printed"),
    [
        ("SELECT 1 AS one, 'it''s \"so\"' AS said", 'one,said\n1,"it\'s ""so"""\n'),
        ("SELECT $$a $dollar$$ AS text,\n  current_user AS who", "text,who\na $dollar,dangol\n"),
        ("SELECT NULL AS nothing, '소금빵' AS title", "nothing,title\n,소금빵\n"),
        ("SHOW search_path", 'search_path\n"completejourney,'),
    ],
)
def test_sql_prints_csv_with_a_header(state: State, query: str, printed: str) -> None:
    done = make("sql", f"Q={query}", state=state)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(printed)


@pytest.mark.parametrize("query", ["SELEC 1", "SELECT 1; SELECT 1/0; SELECT 2", "SELECT * FROM nowhere"])
def test_sql_fails_where_the_query_does(state: State, query: str) -> None:
    done = make("sql", f"Q={query}", state=state)
    assert done.returncode != 0
    assert "ERROR:" in done.stderr
    assert "2" not in done.stdout


def test_sql_without_a_query_is_psql(state: State) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "include.local", "sql"],
        cwd=ROOT,
        env={**os.environ, "DANGOL_STATE": str(state.folder), "DANGOL_QUERY": ""},
        input="\\conninfo\nSELECT 6 * 7;\n",
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "warehouse" in done.stdout
    assert "42" in done.stdout


def test_sql_starts_what_down_stopped(state: State) -> None:
    run("sql", state=state, DANGOL_QUERY="SELECT 1")
    assert find_server(state.postgres)
    assert run("down", state=state).stdout == "Stopped: postgresql\n"
    assert find_server(state.postgres) is None
    assert run("down", state=state).stdout == "Nothing was running.\n"
    assert run("sql", state=state, DANGOL_QUERY="SELECT 1").returncode == 0


def test_clean_removes_the_state_and_stops_what_ran() -> None:
    with tempfile.TemporaryDirectory() as name:
        state = State(Path(name, "state"))
        run("sql", state=state, DANGOL_QUERY="SELECT 1")
        server = find_server(state.postgres)
        assert server
        done = run("clean", state=state)
        assert done.returncode == 0, done.stderr
        assert not state.folder.exists()
        assert start_server(state.postgres, options={"fsync": "off"}).passwords != server.passwords
        run("down", state=state)
        assert run("clean", state=state).returncode == 1
        (state.folder / ".dangol-state").touch()
        assert run("clean", state=state).returncode == 0


def test_clean_leaves_a_folder_that_holds_other_things(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("ten years of work")
    run("sql", state=State(tmp_path), DANGOL_QUERY="SELECT 1")
    done = run("clean", state=State(tmp_path))
    assert done.returncode == 1
    assert "was not made by these commands, so it is not removed" in done.stderr
    assert (tmp_path / "thesis.txt").exists()
    run("down", state=State(tmp_path))


def test_a_state_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for command in ("demo", "up", "sql"):
        done = run(command, state=State(tmp_path / "file" / "state"))
        assert done.returncode == 1
        assert "set DANGOL_STATE to another" in done.stderr
        assert "Traceback" not in done.stderr


def test_the_sentence_of_a_failed_run_is_found_in_its_log(tmp_path: Path) -> None:
    log = tmp_path / "run.log"
    log.write_text(
        "2026-01-01T00:00:00Z [info     ] ValueError: is not how it ended [task] loc=task_runner.py:1\n"
        "Traceback (most recent call last):\n"
        '  File "landing.py", line 1, in read\n'
        "KeyError: 'the cause'\n"
        "include.errors.RejectedDayError: shop: part-0.csv lacks the column price; ask for it again.\n"
        "2026-01-01T00:00:01Z [info     ] ::endgroup:: [task] loc=task_runner.py:2\n"
    )
    assert find_sentence(log) == "shop: part-0.csv lacks the column price; ask for it again."
    log.write_text("Killed\n")
    assert find_sentence(log) == "it gave no reason."
