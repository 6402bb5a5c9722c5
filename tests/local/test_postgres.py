"""The embedded PostgreSQL: real servers, started, crashed and stopped."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import psycopg
import pytest

from include.errors import LocalServiceError
from include.local import binaries
from include.local.postgres import Server, find_server, remove_server, start_server, stop_server

FAST = {"fsync": "off"}
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another account")


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account can enter, as pytest's own are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def new_folder(open_folder: Path) -> Iterator[Path]:
    """Where there is no server yet."""
    yield open_folder / "postgres"
    remove_server(open_folder / "postgres")


@pytest.fixture(scope="module")
def stopped() -> Iterator[Path]:
    """A server that was created and stopped, to be copied: creating one takes longer than all else here."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        folder = Path(name) / "postgres"
        start_server(folder, options=FAST)
        stop_server(folder)
        yield folder
        remove_server(folder)


@pytest.fixture
def folder(new_folder: Path, stopped: Path) -> Path:
    subprocess.run(["cp", "-a", stopped, new_folder], check=True)  # with the server's account
    return new_folder


def connect(server: Server, database: str, user: str) -> psycopg.Connection:
    return psycopg.connect(server.url(database, user).replace("+psycopg", ""))


def read_setting(server: Server, name: str) -> str:
    with connect(server, "postgres", "postgres") as connection:
        row = connection.execute("SELECT current_setting(%s)", [name]).fetchone()
    assert row
    return str(row[0])


def count_schemas(server: Server, name: str) -> int:
    with connect(server, "warehouse", "dangol") as connection:
        return len(connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", [name]).fetchall())


def read_pid(server: Server) -> int:
    return int((server.folder / "server" / "data" / "postmaster.pid").read_text().split()[0])


def test_the_server_is_reused_with_its_port_and_data(new_folder: Path) -> None:
    server = start_server(new_folder, options=FAST)
    with connect(server, "warehouse", "dangol") as connection:
        connection.execute("CREATE SCHEMA kept")
    assert start_server(new_folder).port == server.port
    assert find_server(new_folder) == server
    assert stop_server(new_folder)
    assert not stop_server(new_folder)
    assert find_server(new_folder) is None
    again = start_server(new_folder, options=FAST)
    assert (again.port, again.passwords) == (server.port, server.passwords)
    assert count_schemas(again, "kept") == 1


def test_it_is_durable_unless_asked_otherwise(folder: Path) -> None:
    with connect(start_server(folder), "warehouse", "dangol") as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
    stop_server(folder)
    with connect(start_server(folder, options=FAST), "warehouse", "dangol") as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("off",)


def test_each_role_has_its_own_password_and_its_own_database(postgres: Server) -> None:
    assert len(set(postgres.passwords.values())) == 4
    connect(postgres, "warehouse", "dangol").close()
    connect(postgres, "airflow", "airflow").close()
    for database, user in [("airflow", "analyst"), ("airflow", "dangol"), ("warehouse", "airflow")]:
        with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
            connect(postgres, database, user)
    wrong = postgres.url("warehouse").replace(postgres.passwords["dangol"], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong.replace("+psycopg", ""))


def test_the_analyst_can_make_nothing(postgres: Server) -> None:
    for statement in ("CREATE SCHEMA mine", "CREATE TABLE public.mine (a int)", "CREATE ROLE another"):
        with (
            connect(postgres, "warehouse", "analyst") as connection,
            pytest.raises(psycopg.errors.InsufficientPrivilege),
        ):
            connection.execute(statement)


def test_passwords_are_for_their_owner_alone(postgres: Server) -> None:
    assert (postgres.folder / "passwords.json").stat().st_mode & 0o777 == 0o600
    shown = repr(postgres)
    log = Path(read_setting(postgres, "data_directory")).with_name("postgres.log").read_text()
    assert "ready to accept connections" in log
    for password in postgres.passwords.values():
        assert password not in shown
        assert password not in log


def test_a_server_that_was_killed_starts_again(folder: Path) -> None:
    server = start_server(folder, options=FAST)
    os.kill(read_pid(server), signal.SIGKILL)
    assert start_server(folder, options=FAST).port == server.port


@pytest.mark.parametrize("victims", ["postmaster", "one backend", "children", "all"])
def test_a_server_that_was_killed_under_load_is_waited_for(folder: Path, victims: str) -> None:
    """With rows that only the log has, so that it has something to recover, and the start at once."""
    server = start_server(folder)
    with connect(server, "warehouse", "dangol") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 0 AS round, generate_series(1, 30000) AS id")
    for number in range(2):
        loading = connect(server, "warehouse", "dangol")
        loading.execute("UPDATE kept SET round = %s", [number])
        loading.commit()
        loading.execute("UPDATE kept SET round = 100")
        postmaster = psutil.Process(read_pid(server))
        children = postmaster.children()
        chosen = {
            "postmaster": [postmaster],
            "one backend": [child for child in children if child.pid == loading.info.backend_pid],
            "children": children,
            "all": [postmaster, *children],
        }[victims]
        assert chosen
        for process in chosen:
            with suppress(psutil.NoSuchProcess):  # one follows another
                process.kill()
        server = start_server(folder)
        with connect(server, "warehouse", "dangol") as connection:
            assert connection.execute("SELECT DISTINCT round FROM kept").fetchall() == [(number,)]


def test_a_busy_child_of_a_killed_server_is_ended(folder: Path) -> None:
    server = start_server(folder, options=FAST)
    code = "import psycopg, sys; psycopg.connect(sys.argv[1]).execute(sys.argv[2])"
    query = "SELECT count(*) FROM generate_series(1, 1000000000)"
    url = server.url("warehouse").replace("+psycopg", "")
    with subprocess.Popen([sys.executable, "-c", code, url, query], stderr=subprocess.DEVNULL) as client:
        with connect(server, "postgres", "postgres") as connection:
            connection.autocommit = True
            busy = "SELECT pid FROM pg_stat_activity WHERE query LIKE 'SELECT count%'"
            deadline = time.monotonic() + 30
            while not (row := connection.execute(busy).fetchone()):
                assert time.monotonic() < deadline
        os.kill(read_pid(server), signal.SIGKILL)
        assert start_server(folder, options=FAST).port == server.port
        with suppress(psutil.NoSuchProcess):  # nobody else may have asked yet how it ended
            assert psutil.Process(row[0]).status() == psutil.STATUS_ZOMBIE
        client.wait(timeout=30)


def test_a_server_that_recovers_for_long_is_not_given_up(folder: Path) -> None:
    """Longer than pg_ctl waits: here the child that recovers stands still for a while."""
    server = start_server(folder)
    with connect(server, "warehouse", "dangol") as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 300000) AS id")
    postmaster = psutil.Process(read_pid(server))
    for process in [postmaster, *postmaster.children()]:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    code = (
        "import sys; from pathlib import Path; from include.local import cluster, roles;"
        " from include.local.postgres import start_server; cluster.START_PATIENCE = 1; roles._SILENCE = 0.5;"
        " print(start_server(Path(sys.argv[1])).port)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(folder)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as starting:
        stopped = wait_for_child(folder, "startup")
        stopped.suspend()
        with pytest.raises(subprocess.TimeoutExpired):
            starting.wait(timeout=6)
        stopped.resume()
        out, said = starting.communicate(timeout=60)
    assert out.strip() == str(server.port)
    assert "nothing is lost" in said
    with connect(server, "warehouse", "dangol") as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (300_000,)


def wait_for_child(folder: Path, name: str) -> psutil.Process:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                words = process.cmdline()
                is_ours = process.cwd() == str((folder / "server" / "data").resolve())
                if is_ours and words and words[0].startswith(f"postgres: {name}"):
                    return process
    raise AssertionError(name)


@pytest.mark.parametrize("text", ["", "12", "{pid}"])
def test_looking_for_a_server_removes_nothing(new_folder: Path, text: str) -> None:
    """A server that is just starting has an empty pid file for a moment."""
    data = new_folder / "server" / "data"
    data.mkdir(parents=True)
    (data / "postmaster.pid").write_text(text.format(pid=os.getpid()))
    assert find_server(new_folder) is None
    assert (data / "postmaster.pid").exists()
    shutil.rmtree(new_folder / "server")


def test_no_sentence_advises_to_delete_data() -> None:
    texts = [path.read_text(encoding="utf-8") for path in Path(binaries.__file__).parent.glob("*.py")]
    assert len(texts) > 10
    assert not [text for text in texts if "make clean" in text or "start afresh" in text]


def test_a_pid_file_whose_number_another_program_has_is_ignored(folder: Path) -> None:
    server = start_server(folder, options=FAST)
    pid_file = folder / "server" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    stop_server(folder)
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
    assert find_server(folder) is None
    connect(start_server(folder, options=FAST), "warehouse", "dangol").close()
    assert server.port


def test_a_port_that_another_program_took_is_left_to_it(folder: Path) -> None:
    server = start_server(folder, options=FAST)
    stop_server(folder)
    with socket.socket() as other:
        # A connection of the server that just stopped may still linger at the port.
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind((server.host, server.port))
        other.listen()
        with pytest.raises(LocalServiceError, match=f"No free port.*{server.port}"):
            start_server(folder, port=server.port, options=FAST)
        moved = start_server(folder, options=FAST)
        assert moved.port != server.port
        connect(moved, "warehouse", "dangol").close()
    with pytest.raises(LocalServiceError, match=f"already runs at port {moved.port}"):
        start_server(folder, port=server.port)


def test_a_creation_that_was_killed_is_done_again(new_folder: Path) -> None:
    partial = new_folder / "server" / "data.partial"
    partial.mkdir(parents=True)
    (partial / "PG_VERSION").write_text("18")
    if os.geteuid() == 0:
        account = binaries.choose_account(new_folder / "absent")
        os.chown(new_folder / "server", account.uid or 0, account.gid or 0)
    connect(start_server(new_folder, options=FAST), "warehouse", "dangol").close()
    assert not partial.exists()


@pytest.mark.parametrize("runs", [True, False], ids=["running", "stopped"])
@pytest.mark.parametrize("change", ["gone", "of another server", "one role's"])
def test_lost_passwords_are_made_anew_and_the_data_stays(folder: Path, runs: bool, change: str) -> None:
    server = start_server(folder, options=FAST)
    with connect(server, "warehouse", "dangol") as connection:
        connection.execute("CREATE SCHEMA kept")
    if not runs:
        stop_server(folder)
    file = folder / "passwords.json"
    if change == "gone":
        file.unlink()
    else:
        known = json.loads(file.read_text())
        names = ["analyst"] if change == "one role's" else list(known)
        file.write_text(json.dumps(known | {name: f"another's\\{name}" for name in names}))
    again = start_server(folder, options=FAST)
    for user, database in [("dangol", "warehouse"), ("analyst", "warehouse"), ("airflow", "airflow")]:
        connect(again, database, user).close()
    assert count_schemas(again, "kept") == 1
    assert again.passwords["analyst"] != server.passwords["analyst"]
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(dataclasses.replace(again, passwords=server.passwords), "warehouse", "analyst")
    log = (folder / "server" / "postgres.log").read_text()
    assert not any(password in log for password in again.passwords.values())


def test_damaged_passwords_are_told(folder: Path) -> None:
    start_server(folder, options=FAST)
    (folder / "passwords.json").write_text("{")
    with pytest.raises(LocalServiceError, match=r"damaged: put it back, or remove this one file"):
        start_server(folder)
    (folder / "passwords.json").unlink()
    start_server(folder, options=FAST)


def test_two_that_start_at_once_share_one_server(new_folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from include.local.postgres import start_server;"
        " print(start_server(Path(sys.argv[1]), options={'fsync': 'off'}).port)"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", code, str(new_folder)], stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ports = {process.communicate(timeout=60)[0].strip() for process in both}
    assert len(ports) == 1
    assert ports == {str(start_server(new_folder).port)}


@as_root
def test_a_folder_that_the_account_cannot_enter_keeps_its_mode(open_folder: Path) -> None:
    closed = open_folder / "home"
    closed.mkdir(mode=0o700)
    server = start_server(closed / "postgres", options=FAST)
    data = Path(read_setting(server, "data_directory"))
    assert data.is_relative_to(binaries.ELSEWHERE)
    assert closed.stat().st_mode & 0o777 == 0o700
    (closed / "postgres" / "server.json").unlink()
    assert find_server(closed / "postgres") == server
    remove_server(closed / "postgres")
    assert not data.exists()


@as_root
def test_programs_out_of_reach_are_copied(open_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = open_folder / "site-packages"
    package = binaries.program_folder().parent.parent
    for part in (package, package.with_name(f"{package.name}.libs")):
        if part.exists():
            shutil.copytree(part, closed / part.name, ignore=shutil.ignore_patterns("pginstall", "*.a"))
    closed.chmod(0o700)
    monkeypatch.setattr(binaries, "program_folder", lambda: closed / package.name / "pginstall18" / "bin")
    monkeypatch.setattr(binaries, "ELSEWHERE", open_folder / "elsewhere")
    account = binaries.choose_account(open_folder / "absent")
    programs = binaries.reachable_programs(account)
    assert programs.is_relative_to(open_folder / "elsewhere")
    assert "PostgreSQL) 18" in account.run([programs / "postgres", "--version"]).stdout
    assert account.run([programs / "initdb", "--version"]).returncode == 0


@as_root
def test_data_of_root_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "server").mkdir()
    with pytest.raises(LocalServiceError, match=r"belongs to user id 0.*give it back to that user"):
        start_server(tmp_path)
