"""The local Airflow: api-server, scheduler, dag-processor and triggerer on the embedded PostgreSQL."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from include.errors import LocalServiceError, SettingsError
from include.local.api import call_api, fetch_token, read_health
from include.local.environment import USER, make_environment, read_admin_password
from include.local.postgres import Server
from include.local.processes import find_process, read_tail, start_process, stop_processes
from include.local.secret_files import write_file
from include.settings import ADVERTISERS, ROOT, advertiser_files, read_advertiser
from include.state import State

_COMPONENTS: Final = {
    "api-server": ("api-server",),
    # They would serve logs at fixed ports; the api-server reads the same folder.
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "dag-processor": ("dag-processor",),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


@dataclass(frozen=True)
class Airflow:
    """A running local Airflow."""

    url: str
    port: int
    user: str
    password: str = field(repr=False)

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """One call of the REST API, such as call("GET", "/api/v2/dags")."""
        token = fetch_token(self.url, self.user, self.password)
        return call_api(self.url, method, path, token=token, body=body)


def start_airflow(
    state: State,
    server: Server,
    *,
    port: int = 8080,
    extra: Mapping[str, str] | None = None,
    timeout: float = 180,
    report: Callable[[str], None] = lambda line: None,
) -> Airflow:
    """Start what does not run yet and wait until all of it is healthy and has read the DAG files.

    `extra` is added to the environment of every process. Raises LocalServiceError with a sentence.
    """
    check_port(state, port)
    password = read_admin_password(state)
    environment = {**make_environment(state, server, port=port), **(extra or {})}
    missing = [name for name in _COMPONENTS if find_process(_pid_file(state, name)) is None]
    prepare_database(state, server, environment, report)
    write_file(state.pids / "airflow.json", json.dumps({"port": port}))
    quiet = {"AIRFLOW__LOGGING__LOGGING_LEVEL": "WARNING"}
    for name in missing:
        # The scheduler keeps INFO: the tasks that it starts inherit its level.
        variables = environment if name == "scheduler" else {**environment, **quiet}
        command = [sys.executable, "-m", "airflow", *_COMPONENTS[name]]
        log = state.logs / f"{name}.log"
        start_process(command, variables, pid_file=_pid_file(state, name), log=log, folder=state.airflow)
    airflow = Airflow(f"http://127.0.0.1:{port}", port, USER, password)
    _wait_until_healthy(state, airflow, timeout, report, expects_dags=expects_dags(environment))
    return airflow


def expects_dags(environment: Mapping[str, str]) -> bool:
    """Whether Airflow will find a DAG: an advertiser whose YAML is right."""
    folder = Path(environment.get("DANGOL_ADVERTISERS") or ADVERTISERS)
    for path in advertiser_files(folder):
        with suppress(SettingsError):
            read_advertiser(path)
            return True
    return False


def find_airflow(state: State) -> Airflow | None:
    """The Airflow of this state folder, if any of its processes runs."""
    if not any(find_process(_pid_file(state, name)) for name in _COMPONENTS):
        return None
    port = json.loads((state.pids / "airflow.json").read_text())["port"]
    return Airflow(f"http://127.0.0.1:{port}", port, USER, read_admin_password(state))


def stop_airflow(state: State) -> list[str]:
    """Stop the processes that start_airflow started; their names."""
    # The api-server last: tasks that end report to it.
    names = ("scheduler", "dag-processor", "triggerer")
    stopped = stop_processes([_pid_file(state, name) for name in names])
    return stopped + stop_processes([_pid_file(state, "api-server")])


def prepare_database(
    state: State, server: Server, environment: Mapping[str, str], report: Callable[[str], None]
) -> None:
    """Migrate Airflow's database, once for each version of Airflow."""
    from importlib.metadata import version

    stamp = state.airflow / "database.json"
    known = {"airflow": version("apache-airflow"), "revision": _find_revision(server)}
    with suppress(FileNotFoundError, ValueError):
        if known["revision"] and json.loads(stamp.read_text()) == known:
            return
    report("Preparing Airflow's database (once)")
    log = state.logs / "database.log"
    run_airflow(["db", "migrate"], environment, log)
    write_file(stamp, json.dumps({**known, "revision": _find_revision(server)}))


def run_airflow(arguments: list[str], environment: Mapping[str, str], log: Path) -> None:
    """Run one command of Airflow's CLI to its end. Raises LocalServiceError that names the log."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as output:
        command = [sys.executable, "-m", "airflow", *arguments]
        done = subprocess.run(
            command, env=dict(environment), cwd=ROOT, stdin=subprocess.DEVNULL, stdout=output, stderr=output
        )
    if done.returncode:
        raise LocalServiceError(f"airflow {' '.join(arguments[:2])} failed ({read_tail(log)}); see {log}.")


def _find_revision(server: Server) -> str | None:
    import psycopg
    from sqlalchemy import make_url

    url = make_url(server.url("airflow", "airflow"))
    query = (ROOT / "include" / "sql" / "local" / "find_airflow_revision.sql").read_text(encoding="utf-8")
    with psycopg.connect(
        host=url.host, port=url.port, user=url.username, password=url.password, dbname=url.database
    ) as connection:
        try:
            row = connection.execute(query).fetchone()
        except psycopg.errors.UndefinedTable:
            return None
    return row[0] if row else None


def _pid_file(state: State, name: str) -> Path:
    return state.pids / f"{name}.json"


def check_port(state: State, port: int) -> None:
    """Raise LocalServiceError where Airflow cannot serve its pages at `port`, or already does at another."""
    if (running := find_airflow(state)) and running.port != port:
        raise LocalServiceError(
            f"Airflow already runs at {running.url}: use that one, or run make down first to move it."
        )
    if find_process(_pid_file(state, "api-server")):
        return
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            raise LocalServiceError(
                f"Port {port} cannot be used for Airflow's pages, another program may have it:"
                f" choose another, such as make up PORT={port + 1}."
            ) from None


def _wait_until_healthy(
    state: State, airflow: Airflow, timeout: float, report: Callable[[str], None], *, expects_dags: bool
) -> None:
    deadline = time.monotonic() + timeout
    said = ""
    while time.monotonic() < deadline:
        for name in _COMPONENTS:
            if find_process(_pid_file(state, name)) is None:
                log = state.logs / f"{name}.log"
                raise LocalServiceError(f"Airflow's {name} ended ({read_tail(log)}); see {log}.")
        waiting = list(_missing_parts(airflow, expects_dags=expects_dags))
        if not waiting:
            return
        if said != (said := f"Waiting for Airflow: {', '.join(waiting)}"):
            report(said)
        time.sleep(1)
    raise LocalServiceError(
        f"Airflow was not healthy within {timeout:.0f} s ({said}); see {state.logs}, then run make up again."
    )


def _missing_parts(airflow: Airflow, *, expects_dags: bool) -> Iterator[str]:
    health = read_health(airflow.url)
    if not health:
        yield "api-server"
        return
    yield from (name for name, status in health.items() if status not in ("healthy", None))
    with suppress(LocalServiceError):
        if airflow.call("GET", "/api/v2/dags?limit=1")["total_entries"] or not expects_dags:
            return
    yield "DAG files"
