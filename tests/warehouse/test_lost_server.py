"""A server that is killed in the middle of a gate: all that is said is one sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psutil
import pytest
from sqlalchemy import Connection, Engine, event

from include.errors import WarehouseUnavailableError
from include.local.postgres import Server, remove_server, start_server
from include.settings import Gates
from include.warehouse.postgres.connection import Schemas, explain_failures
from include.warehouse.postgres.gates import run_gates
from tests.warehouse.conftest import MODELS, MONDAY

pytestmark = pytest.mark.integration

OPTIONS = {"fsync": "off"}


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One that may be killed."""
    folder = tmp_path_factory.mktemp("postgres")
    yield start_server(folder, options=OPTIONS)
    remove_server(folder)


@contextmanager
def kill_before(part: str, victim: str) -> Iterator[list[int]]:
    """Kill what serves the first statement that holds `part`, right before it is sent; gives whom."""
    killed: list[int] = []

    def kill(connection: Connection, cursor: object, statement: str, *others: object) -> None:
        driver = connection.connection.driver_connection
        if part in statement and driver and not killed:
            backend = psutil.Process(driver.info.backend_pid)
            process = backend.parent() if victim == "postmaster" else backend
            assert process
            process.kill()
            killed.append(process.pid)

    event.listen(Engine, "before_cursor_execute", kill)
    try:
        yield killed
    finally:
        event.remove(Engine, "before_cursor_execute", kill)


@pytest.mark.parametrize("victim", ["postmaster", "backend"])
@pytest.mark.parametrize("part", ["table.row_count", "window_items_"], ids=["count", "query"])
def test_a_server_that_is_killed_in_a_check_is_one_sentence(
    postgres: Server,
    mall: Schemas,
    stage: Callable[..., int],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    part: str,
    victim: str,
) -> None:
    release_id = stage(MONDAY)
    with (
        kill_before(part, victim) as killed,
        pytest.raises(WarehouseUnavailableError) as caught,
        explain_failures(mall.engine),
    ):
        run_gates(mall, release_id, Gates(), MODELS)
    said = str(caught.value)
    start_server(postgres.folder, options=OPTIONS)
    assert killed
    assert said.startswith("The warehouse at 127.0.0.1:")
    assert "\n" not in said
    assert "Traceback" not in caplog.text + "".join(capfd.readouterr())
    assert run_gates(mall, release_id, Gates(), MODELS), "the release is staged as it was"
