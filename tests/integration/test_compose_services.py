"""The compose file's services started natively, with the very environment that the file gives them.

What stands in: the embedded PostgreSQL for the image's, moto's server for the object store, and free ports on
127.0.0.1 for the names of the network. Redash's images cannot be started here.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from include.local.make_env import parse_variables, write_env
from tests.compose import ROOT, read_compose

if TYPE_CHECKING:
    from include.local.postgres import Server

pytestmark = pytest.mark.integration
CREATE_DATABASES = ROOT / "include" / "sql" / "docker" / "create_databases.sql"


@pytest.fixture(scope="module")
def values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("env")
    shutil.copy(ROOT / ".env.example", folder)
    target, _ = write_env(folder)
    return parse_variables(target.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of its own, without the roles and databases that the embedded one starts with."""
    from include.local.postgres import start_server, stop_server

    folder = tmp_path_factory.mktemp("compose-postgres")
    server = start_server(folder, options={"fsync": "off"})
    with psycopg.connect(superuser(server), autocommit=True) as connection:
        for statement in ("DATABASE airflow", "DATABASE warehouse", "ROLE airflow, dangol, analyst"):
            connection.execute(f"DROP {statement}")
    yield server
    stop_server(folder)


def superuser(server: Server) -> str:
    return server.url("postgres", "postgres").replace("postgresql+psycopg", "postgresql")


def run_postgres_init(server: Server, values: dict[str, str]) -> None:
    from include.local.binaries import program_folder

    service = read_compose(values)["services"]["postgres-init"]
    program, *arguments = service["command"]
    arguments = [part.replace("/sql/", f"{CREATE_DATABASES.parent}/") for part in arguments]
    there = {"PGHOST": server.host, "PGPORT": str(server.port), "PGPASSWORD": server.passwords["postgres"]}
    subprocess.run(
        [program_folder() / program, *arguments], env=service["environment"] | there, check=True, timeout=60
    )


def log_in(server: Server, role: str, password: str, database: str) -> psycopg.Connection[Any]:
    return psycopg.connect(
        host=server.host, port=server.port, user=role, password=password, dbname=database, autocommit=True
    )


def test_roles_and_databases_are_made_again_and_again(server: Server, values: dict[str, str]) -> None:
    run_postgres_init(server, values | {"ANALYST_PASSWORD": "old"})
    run_postgres_init(server, values)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        log_in(server, "analyst", "old", "warehouse")
    owners = {"airflow": ("airflow", "AIRFLOW_DB_PASSWORD"), "redash": ("redash", "REDASH_DB_PASSWORD")}
    for database, (role, secret) in {**owners, "warehouse": ("dangol", "WAREHOUSE_PASSWORD")}.items():
        with log_in(server, role, values[secret], database) as connection:
            connection.execute("CREATE TABLE probe AS SELECT 1 AS x")
            connection.execute("DROP TABLE probe")
        others = {"airflow", "redash", "warehouse", "postgres"} - {database}
        for other in others:
            with pytest.raises(psycopg.OperationalError, match="permission denied"):
                log_in(server, role, values[secret], other)


def test_the_analyst_reads_what_is_granted_and_changes_nothing(
    server: Server, values: dict[str, str]
) -> None:
    run_postgres_init(server, values)
    with log_in(server, "dangol", values["WAREHOUSE_PASSWORD"], "warehouse") as owner:
        owner.execute("CREATE TABLE granted AS SELECT 1 AS x")
        owner.execute("CREATE TABLE hidden AS SELECT 1 AS x")
        owner.execute("GRANT ALL ON granted TO analyst")
    with log_in(server, "analyst", values["ANALYST_PASSWORD"], "warehouse") as analyst:
        assert analyst.execute("SELECT x FROM granted").fetchall() == [(1,)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            analyst.execute("SELECT x FROM hidden")
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            analyst.execute("INSERT INTO granted VALUES (2)")
        assert analyst.execute("SHOW statement_timeout").fetchone() == ("10min",)
        analyst.execute("SET default_transaction_read_only = off")
        for statement in ("CREATE TABLE mine (x int)", "CREATE TEMPORARY TABLE mine (x int)"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                analyst.execute(statement)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def environment(
    server: Server, values: dict[str, str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """airflow-init's environment, its network names replaced; moto's server runs meanwhile."""
    run_postgres_init(server, values)
    store, api = free_port(), free_port()
    here = {
        "@postgres:5432": f"@{server.host}:{server.port}",
        '"host": "postgres", "port": 5432': f'"host": "{server.host}", "port": {server.port}',
        "http://s3:7070": f"http://127.0.0.1:{store}",
        "airflow-api-server:8080": f"127.0.0.1:{api}",
    }
    service = read_compose(values)["services"]["airflow-init"]["environment"]
    environment = {
        "AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")),
        "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    for name, value in service.items():
        for there, substitute in here.items():
            value = value.replace(there, substitute)
        environment[name] = value
    moto = subprocess.Popen(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(store)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield environment
    moto.terminate()
    moto.wait()


def run_script(environment: dict[str, str], *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=180
    )


def call(environment: dict[str, str], path: str, token: str = "", body: object = None) -> tuple[int, Any]:
    request = urllib.request.Request(
        environment["AIRFLOW_API_SERVER"] + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
    )
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, None


def test_airflow_is_set_up_guarded_and_checked(environment: dict[str, str], tmp_path: Path) -> None:
    """One test, because each start of Airflow costs ten seconds: init, upload, login, health."""
    done = run_script(environment, "docker/init_airflow.py")
    assert done.returncode == 0 and "bucket made" in done.stdout, done.stdout + done.stderr
    assert environment["AIRFLOW_ADMIN_PASSWORD"] not in done.stdout + done.stderr
    changed = environment | {"AIRFLOW_ADMIN_PASSWORD": "changed0password"}
    again = run_script(changed, "docker/init_airflow.py")
    assert again.returncode == 0 and "bucket is there" in again.stdout, again.stdout + again.stderr

    (tmp_path / "purchases" / "dt=2017-01-01").mkdir(parents=True)
    (tmp_path / "purchases" / "dt=2017-01-01" / "part-0.csv").write_text("a,b\n")
    sent = run_script(environment, "docker/upload_landing.py", str(tmp_path), "completejourney")
    assert sent.returncode == 0, sent.stderr
    assert "1 files are at s3://dangol/landing/completejourney" in sent.stdout

    assert run_script(environment, "docker/check_airflow.py", "api-server").returncode == 1
    port = environment["AIRFLOW_API_SERVER"].rpartition(":")[2]
    command = read_compose()["services"]["airflow-api-server"]["command"]
    arguments = [part.replace("0.0.0.0", "127.0.0.1").replace("8080", port) for part in command]
    with (tmp_path / "api-server.log").open("w") as log:
        api = subprocess.Popen(arguments, env=environment, cwd=ROOT, stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 120
        while run_script(environment, "docker/check_airflow.py", "api-server").returncode:
            assert time.monotonic() < deadline, (tmp_path / "api-server.log").read_text()[-3000:]
            assert api.poll() is None, (tmp_path / "api-server.log").read_text()[-3000:]
            time.sleep(0.5)
        for service in ("scheduler", "dag-processor", "triggerer"):
            assert run_script(environment, "docker/check_airflow.py", service).returncode == 1, service

        for path in ("/api/v2/dags", "/api/v2/connections", "/api/v2/pools"):
            assert call(environment, path)[0] == 401
        old = {"username": "admin", "password": environment["AIRFLOW_ADMIN_PASSWORD"]}
        assert call(environment, "/auth/token", body=old)[0] == 401
        new = {"username": "admin", "password": changed["AIRFLOW_ADMIN_PASSWORD"]}
        status, answer = call(environment, "/auth/token", body=new)
        assert status == 201
        assert call(environment, "/api/v2/dags", answer["access_token"])[0] == 200
    finally:
        api.terminate()
        api.wait(30)
