"""A real local Airflow, started and stopped as `make up` and `make down` do."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from include.errors import LocalServiceError
from include.local.airflow import Airflow, check_port, find_airflow, start_airflow, stop_airflow
from include.local.api import call_api, fetch_token, read_health
from include.local.postgres import Server, find_server, remove_server, start_server
from include.local.processes import find_process
from include.settings import HEAVY_POOL, advertiser_files
from include.state import State

pytestmark = pytest.mark.integration


def find_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def state() -> Iterator[State]:
    with tempfile.TemporaryDirectory() as name:
        state = State(Path(name))
        yield state
        stop_airflow(state)
        remove_server(state.postgres)


@pytest.fixture(scope="module")
def server(state: State) -> Server:
    return start_server(state.postgres, options={"fsync": "off"})


@pytest.fixture(scope="module")
def airflow(state: State, server: Server) -> Airflow:
    return start_airflow(state, server, port=find_port())


def list_pids(state: State) -> dict[str, int]:
    found = {file.stem: find_process(file) for file in state.pids.glob("*.json")}
    return {name: process.pid for name, process in found.items() if process}


def test_every_component_is_healthy_and_the_dags_are_there(airflow: Airflow) -> None:
    assert {name: status for name, status in read_health(airflow.url).items() if status != "healthy"} == {}
    dags = airflow.call("GET", "/api/v2/dags")["dags"]
    wanted = {
        f"{path.stem}_{kind}"
        for path in advertiser_files()
        for kind in ("evaluation", "ingest", "live", "recommendations")
    }
    assert {dag["dag_id"] for dag in dags} == wanted
    assert airflow.call("GET", "/api/v2/importErrors")["import_errors"] == []


def test_the_pool_of_heavy_tasks_has_one_slot(airflow: Airflow) -> None:
    assert airflow.call("GET", f"/api/v2/pools/{HEAVY_POOL}")["slots"] == 1


def test_nobody_is_let_in_without_the_password(airflow: Airflow) -> None:
    with pytest.raises(LocalServiceError, match="401"):
        call_api(airflow.url, "GET", "/api/v2/dags")
    with pytest.raises(LocalServiceError, match="401"):
        fetch_token(airflow.url, airflow.user, "admin")
    assert airflow.password not in repr(airflow)


def test_the_api_listens_on_this_machine_alone(airflow: Airflow, state: State) -> None:
    process = find_process(state.pids / "api-server.json")
    assert process
    family = [process, *process.children(recursive=True)]
    listening = {c.laddr for p in family for c in p.net_connections("tcp") if c.status == "LISTEN"}
    assert {address.ip for address in listening} == {"127.0.0.1"}


def test_starting_again_starts_only_what_ended(airflow: Airflow, state: State, server: Server) -> None:
    before = list_pids(state)
    assert start_airflow(state, server, port=airflow.port) == airflow
    assert list_pids(state) == before
    triggerer = psutil.Process(before["triggerer"])
    triggerer.kill()
    triggerer.wait(10)
    start_airflow(state, server, port=airflow.port)
    after = list_pids(state)
    assert after.pop("triggerer") != before.pop("triggerer")
    assert after == before


def test_a_second_one_is_refused_with_a_sentence(airflow: Airflow, state: State, tmp_path: Path) -> None:
    with pytest.raises(LocalServiceError, match=f"already runs at {airflow.url}.*make down"):
        check_port(state, airflow.port + 1)
    with pytest.raises(LocalServiceError, match=f"Port {airflow.port} cannot be used.*make up PORT="):
        check_port(State(tmp_path), airflow.port)


def test_stopping_ends_every_process_and_leaves_the_server(airflow: Airflow, state: State) -> None:
    processes = [psutil.Process(pid) for pid in list_pids(state).values()]
    family = processes + [child for process in processes for child in process.children(recursive=True)]
    assert set(stop_airflow(state)) == {"api-server", "scheduler", "dag-processor", "triggerer"}
    left = [p for p in family if p.is_running() and p.status() != psutil.STATUS_ZOMBIE]
    assert left == []
    assert find_airflow(state) is None
    assert stop_airflow(state) == []
    assert find_server(state.postgres)


def test_a_component_that_ends_is_named_with_its_log(airflow: Airflow, state: State, server: Server) -> None:
    broken = {"AIRFLOW__CORE__EXECUTOR": "nowhere.NoExecutor"}
    with pytest.raises(LocalServiceError, match=r"Airflow's [\w-]+ ended \(.*\); see .*\.log"):
        start_airflow(state, server, port=find_port(), extra=broken)
    stop_airflow(state)
