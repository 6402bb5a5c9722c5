"""Run a DAG to its end: in this shell with `airflow dags test`, or in the Airflow that is up."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from include.errors import LocalServiceError
from include.local.airflow import Airflow
from include.settings import ROOT

_TASK = re.compile(r"\[DAG TEST\] (starting|end task) task_id=(\S+) map_index=(-?\d+)")
_STATE = re.compile(r"Task instance state updated .*\bnew_state=(\w+)")
_SENTENCE = re.compile(r"^\s*(?:[\w.]*\.)?(\w*(?:Error|Exception)): (.+)$")
# States in which a try has ended, and what to say of it.
_ENDINGS = {"success": "", "failed": "failed after ", "up_for_retry": "failed, will be tried again, after "}

Report = Callable[[str], None]


def test_dag(
    dag_id: str,
    logical_date: datetime,
    conf: Mapping[str, Any],
    environment: Mapping[str, str],
    log: Path,
    report: Report,
) -> None:
    """Run every task of the DAG in a process of its own, without a scheduler, with all it says in `log`.

    Raises LocalServiceError with the sentence of the task that failed.
    """
    command = [sys.executable, "-m", "airflow", "dags", "test", dag_id, logical_date.isoformat()]
    command += ["--conf", json.dumps(dict(conf))]
    log.parent.mkdir(parents=True, exist_ok=True)
    started: dict[str, float] = {}
    state = ""
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            env=dict(environment),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        assert process.stdout is not None
        for line in process.stdout:
            output.write(line)
            output.flush()
            if changed := _STATE.search(line):
                state = changed[1]
            elif found := _TASK.search(line):
                _report_task(found, state, started, report)
    if process.wait():
        raise LocalServiceError(f"{dag_id} failed: {find_sentence(log)} See {log}.")


def _report_task(found: re.Match[str], state: str, started: dict[str, float], report: Report) -> None:
    event, task, place = found.groups()
    name = task if place == "-1" else f"{task} {int(place) + 1}"
    if event == "starting":
        started[name] = time.monotonic()
        return
    seconds = time.monotonic() - started.pop(name, time.monotonic())
    report(f"  {name}: {'failed after ' if state == 'failed' else ''}{seconds:.1f} s")


def find_sentence(log: Path) -> str:
    """The last error that a log tells, without its stack trace."""
    lines = log.read_text(errors="replace").splitlines()
    found = [match for line in lines if (match := _SENTENCE.match(line))]
    sentence = found[-1][2].strip() if found else "it gave no reason"
    return sentence if sentence.endswith(".") else f"{sentence}."


def trigger_dag(
    airflow: Airflow, dag_id: str, conf: Mapping[str, Any], report: Report, timeout: float
) -> None:
    """Run the DAG in an Airflow that is up. Raises LocalServiceError where it does not succeed in time."""
    call, path = airflow.call, f"/api/v2/dags/{dag_id}"
    call("PATCH", path, {"is_paused": False})
    run_id = f"demo__{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
    run = call("POST", f"{path}/dagRuns", {"dag_run_id": run_id, "logical_date": None, "conf": dict(conf)})
    address = f"{airflow.url}/dags/{dag_id}/runs/{run_id}"
    deadline = time.monotonic() + timeout
    told: set[tuple[str, str]] = set()
    while time.monotonic() < deadline:
        state = call("GET", f"{path}/dagRuns/{run_id}")["state"]
        for task in call("GET", f"{path}/dagRuns/{run_id}/taskInstances")["task_instances"]:
            name = task["task_id"] if task["map_index"] < 0 else f"{task['task_id']} {task['map_index'] + 1}"
            event = _ENDINGS.get(task["state"])
            if event is not None and (name, event) not in told:
                told.add((name, event))
                report(f"  {name}: {event}{task['duration'] or 0:.1f} s")
        if state == "success":
            return
        if state == "failed":
            raise LocalServiceError(f"{dag_id} failed; see {address} (run {run['dag_run_id']}).")
        time.sleep(2)
    raise LocalServiceError(f"{dag_id} did not end within {timeout:.0f} s; see {address}.")
