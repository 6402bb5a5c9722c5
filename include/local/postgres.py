"""The embedded PostgreSQL 18: start it, reuse it, stop it.

One folder is one server, reached over TCP on 127.0.0.1 with a password per role:

    folder/passwords.json   mode 600
    folder/server.json      the port, and where the data is if not in folder/server
    folder/server/          data and log, owned by the account that runs the server

Databases: `warehouse` (owner `dangol`) and `airflow` (owner `airflow`). The role `analyst` may connect to
`warehouse`; what it may read there is granted with each schema.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.errors import LocalServiceError
from include.local import binaries, cluster
from include.local.binaries import Account
from include.local.roles import ROLES, WrongPasswordError, create_databases, wait_until_ready
from include.local.secret_files import read_or_make_secrets, write_file

# A release has a partition per table and model, and one transaction attaches them all. Nothing replicates
# this server, so the rows of new tables need not be written to the log as well: they load a third faster.
_SETTINGS = {
    "max_locks_per_transaction": "256",
    "max_wal_size": "4GB",
    "shared_buffers": "256MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}

_USERS = ("postgres", *ROLES)
_TRIES = 4

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Server:
    """A running server. Roles: dangol, airflow, analyst and the superuser postgres."""

    folder: Path
    host: str
    port: int
    passwords: Mapping[str, str] = field(repr=False)

    def url(self, database: str, user: str = "dangol", driver: str = "psycopg") -> str:
        from sqlalchemy import URL

        url = URL.create(f"postgresql+{driver}", user, self.passwords[user], self.host, self.port, database)
        return url.render_as_string(hide_password=False)

    def connection_json(self, database: str = "warehouse", user: str = "dangol") -> str:
        """An Airflow connection, as AIRFLOW_CONN_WAREHOUSE_DEFAULT takes it."""
        return json.dumps(
            {
                "conn_type": "postgres",
                "host": self.host,
                "port": self.port,
                "schema": database,
                "login": user,
                "password": self.passwords[user],
            }
        )


def start_server(
    folder: Path, *, port: int | None = None, options: Mapping[str, str] | None = None
) -> Server:
    """Start the server of `folder`, or reuse it where it runs; the first time, create it.

    `options` are server settings such as {"fsync": "off"} for tests; without them the server is durable.
    A server that was killed recovers, which this waits for. Where passwords.json is gone or is of another
    server, the roles get the passwords that it has now. Raises LocalServiceError with a sentence.
    """
    folder = folder.absolute()
    with _hold_lock(folder):
        state = _read_state(folder)
        account, home = _settle_home(folder, state)
        programs = binaries.reachable_programs(account)
        passwords = read_or_make_secrets(folder / "passwords.json", _USERS)
        if not (home / "data").exists():
            cluster.create_data(account, programs, home, passwords["postgres"])
        elif port not in (None, running := cluster.running_port(home / "data") or port):
            raise LocalServiceError(
                f"The PostgreSQL of {folder} already runs at port {running}, not {port}: run make down first."
            )
        remembered = [int(state["port"])] if state.get("port") else []
        ports = [port] if port else [*remembered, *cluster.choose_ports()]
        elsewhere = None if home == folder / "server" else str(home)
        for _ in range(_TRIES):
            running = cluster.running_port(home / "data") or cluster.start(
                account, programs, home, ports, {**_SETTINGS, **(options or {})}
            )
            if running is None:
                raise LocalServiceError(
                    f"No free port for PostgreSQL among {', '.join(map(str, ports))}: choose another."
                )
            write_file(folder / "server.json", json.dumps({"port": running, "home": elsewhere}))
            server = Server(folder, cluster.HOST, running, passwords)
            try:
                if _open(server, home / "data"):
                    return server
            except WrongPasswordError:
                log.warning(
                    "%s is new to the local PostgreSQL, which takes its passwords and keeps its data;"
                    " what runs with the former ones needs make down and make up.",
                    folder / "passwords.json",
                )
                cluster.stop(account, programs, home)
                cluster.set_password(account, programs, home, "postgres", passwords["postgres"])
        raise LocalServiceError(
            f"The PostgreSQL of {folder} did not stay up in {_TRIES} tries; its data is kept, and"
            f" {home / 'postgres.log'} says why."
        )


def _open(server: Server, data: Path) -> bool:
    """Wait until the server lets us in, and make what is not there yet; False where it ended meanwhile.

    Raises LocalServiceError, of which WrongPasswordError where passwords.json is new or of another server.
    """
    import psycopg

    url = server.url("postgres", "postgres")
    if not wait_until_ready(url, lambda: cluster.running_port(data) == server.port):
        return False
    try:
        create_databases(url, server.passwords)
    except psycopg.OperationalError as error:
        log.warning("The local PostgreSQL ended a connection: %s", " ".join(str(error).split()))
        return False
    return True


def find_server(folder: Path) -> Server | None:
    """The server of `folder` if it runs."""
    folder = folder.absolute()
    state = _read_state(folder)
    port = cluster.running_port(_home(folder, state) / "data")
    if port is None:
        return None
    passwords = read_or_make_secrets(folder / "passwords.json", _USERS)
    return Server(folder, cluster.HOST, port, passwords)


def stop_server(folder: Path) -> bool:
    """Stop the server of `folder`; False where none runs. Open connections are closed."""
    folder = folder.absolute()
    if not folder.exists():
        return False
    with _hold_lock(folder):
        home = _home(folder, _read_state(folder))
        if cluster.running_port(home / "data") is None:
            return False
        account = binaries.choose_account(home)
        cluster.stop(account, binaries.reachable_programs(account), home)
        return True


def remove_server(folder: Path) -> None:
    """Stop the server and delete its data, wherever it is."""
    stop_server(folder)
    if folder.exists():
        shutil.rmtree(_home(folder.absolute(), _read_state(folder)), ignore_errors=True)
        shutil.rmtree(folder)


@contextmanager
def _hold_lock(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
    except PermissionError as error:
        raise LocalServiceError(
            f"{error.filename} is not writable: run as the user who made {folder},"
            " or set DANGOL_STATE to a folder of your own."
        ) from None


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        state: dict[str, Any] = json.loads((folder / "server.json").read_text())
    except (FileNotFoundError, json.JSONDecodeError):
        return {}
    return state


def _home(folder: Path, state: Mapping[str, Any]) -> Path:
    elsewhere = state.get("home")
    if elsewhere:
        return Path(str(elsewhere))
    # Where the state file is lost, the data may still be at the one other place it could have gone to.
    other = binaries.ELSEWHERE / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
    return other if not (folder / "server").exists() and other.exists() else folder / "server"


def _settle_home(folder: Path, state: Mapping[str, Any]) -> tuple[Account, Path]:
    """The account of the server and the folder of its data, made where it is not there."""
    home = _home(folder, state)
    account = binaries.choose_account(home)
    if account.uid is not None and not account.can_enter(folder) and home.parent == folder:
        home = binaries.ELSEWHERE / hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        if (folder / "server" / "data").exists():
            raise LocalServiceError(
                f"{folder / 'server'} holds the database, and its account can no longer reach it:"
                f" make every folder above it passable (chmod o+x), or move it to {home}, where it is found."
            )
        binaries.ELSEWHERE.mkdir(parents=True, exist_ok=True)
        binaries.ELSEWHERE.chmod(0o755)
    account.own_folder(home)
    return account, home
