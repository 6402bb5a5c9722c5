"""A PostgreSQL data folder: create it, tell whether its server runs, start and stop that server.

Nothing here, and no sentence of it, gives up data: a server that was killed recovers by itself.
"""

from __future__ import annotations

import os
import random
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from include.errors import LocalServiceError
from include.local.binaries import Account
from include.local.secret_files import write_file

if TYPE_CHECKING:
    import psutil

HOST = "127.0.0.1"
PORTS = range(15432, 25432)  # below the ports that the system hands to outgoing connections
SQL = Path(__file__).resolve().parent.parent / "sql" / "local"

START_PATIENCE = 60  # seconds, after which the wait goes on elsewhere
_PATIENCE_WITH_CHILDREN = 3.0  # seconds


def create_data(account: Account, programs: Path, home: Path, password: str) -> None:
    """Run initdb beside the data folder and rename, so that a killed one leaves nothing half-made."""
    partial, pwfile = home / "data.partial", home / "pwfile"
    shutil.rmtree(partial, ignore_errors=True)
    write_file(pwfile, password)
    if account.uid is not None and account.gid is not None:
        os.chown(pwfile, account.uid, account.gid)
    # The built-in C.UTF-8 orders text by code point on every machine, as Python and Arrow do.
    command = ["--auth=scram-sha-256", "--username=postgres", f"--pwfile={pwfile}", "--encoding=UTF8"]
    command += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "-D", str(partial)]
    try:
        answer = account.run([programs / "initdb", *command])
    finally:
        pwfile.unlink()
    if answer.returncode:
        shutil.rmtree(partial, ignore_errors=True)
        raise LocalServiceError(f"PostgreSQL could not create {home / 'data'}: {_last_line(answer.stderr)}")
    partial.rename(home / "data")


def running_port(data: Path) -> int | None:
    """The port of the server on `data`, None where none runs. It may be one that still recovers."""
    import psutil

    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        process = psutil.Process(int(lines[0]))
        if str(data) in (words := process.cmdline()) or (words and _is_at_work_in(data, process)):
            return int(lines[3])
    except (FileNotFoundError, NotADirectoryError, psutil.NoSuchProcess, ValueError, IndexError):
        pass
    return None


def clear_remains(data: Path) -> None:
    """Make way for a start where no server runs on `data`: what a killed one has left would be in its way.

    Its children hold its memory, and its port for a moment: they are given time to end by themselves, and
    one that is busy with a query, and does not look for its server, is ended. What they had not yet committed
    is lost already. A pid file whose process has died, or whose number another program has since, is removed;
    the server's own check of its shared memory still guards the data.
    """
    import psutil

    left = _list_children(data)
    for end in (None, psutil.Process.terminate, psutil.Process.kill):
        for process in left:
            with suppress(psutil.Error):
                if end is not None:
                    end(process)
        deadline = time.monotonic() + _PATIENCE_WITH_CHILDREN
        while left and time.monotonic() < deadline:
            time.sleep(0.05)
            left = _list_children(data)
    (data / "postmaster.pid").unlink(missing_ok=True)


def _list_children(data: Path) -> list[psutil.Process]:
    """A server's children; a process that ends counts until it has let go of memory and port."""
    import psutil

    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if _is_at_work_in(data, process):
                words = process.cmdline()  # a server itself has its arguments here
                if not words or words[0].startswith("postgres:"):
                    found.append(process)
    return found


def _is_at_work_in(data: Path, process: psutil.Process) -> bool:
    import psutil

    with suppress(psutil.Error):
        return process.name() == "postgres" and process.cwd() == str(data.resolve())
    return False


def start(
    account: Account, programs: Path, home: Path, ports: Sequence[int], settings: Mapping[str, str]
) -> int | None:
    """Start the server of `home` on the first of `ports` that is free; None where none is.

    One that has much to recover may be at it still; `wait_until_ready` waits for it.
    """
    clear_remains(home / "data")
    options = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    log = home / "postgres.log"
    deadline = time.monotonic() + 60
    for port in ports:
        # TCP alone: a socket's path may be too long, and would be a second way in.
        server = shlex.join(["-h", HOST, "-p", str(port), "-k", "", *options])
        command: list[str | Path] = [programs / "pg_ctl", "start", "-w", "-t", str(START_PATIENCE)]
        command += ["-D", home / "data", "-l", log, "-o", server]
        while _is_free(port):
            size = log.stat().st_size if log.exists() else 0
            try:
                if account.run(command).returncode == 0:
                    return port
            except subprocess.TimeoutExpired:
                raise LocalServiceError(f"PostgreSQL did not start within two minutes; see {log}.") from None
            if (running := running_port(home / "data")) is not None:
                return running
            said = log.read_text(errors="replace")[size:] if log.exists() else ""
            if "Address already in use" in said:
                break
            # Children of a server that was killed, which this account may not see, take a moment to go.
            if "shared memory block" not in said or time.monotonic() > deadline:
                raise LocalServiceError(f"PostgreSQL did not start ({_last_line(said)}); see {log}.")
            time.sleep(0.5)
    return None


def stop(account: Account, programs: Path, home: Path) -> None:
    """Stop the server, closing its connections; without a last checkpoint where it will not otherwise."""
    command: list[str | Path] = [programs / "pg_ctl", "stop", "-D", home / "data", "-w", "-t", "60"]
    for mode in ("fast", "immediate"):
        answer = account.run([*command, "-m", mode])
        if answer.returncode == 0 or running_port(home / "data") is None:
            return
    raise LocalServiceError(f"PostgreSQL in {home} does not stop: {_last_line(answer.stderr)}.")


def set_password(account: Account, programs: Path, home: Path, user: str, password: str) -> None:
    """Give a role another password while no server runs. Whoever owns the data may do so without the old one.

    Raises LocalServiceError.
    """
    from psycopg import sql

    clear_remains(home / "data")
    statement = sql.SQL((SQL / "set_password.sql").read_text(encoding="utf-8")).format(
        role=sql.Identifier(user), password=sql.Literal(password)
    )
    # A statement ends with its line here. Were it refused, the log must not hold it.
    command: list[str | Path] = [programs / "postgres", "--single", "-D", home / "data"]
    command += ["-c", "log_min_error_statement=panic", "postgres"]
    answer = account.run(command, text=" ".join(statement.as_string().split()) + "\n", timeout=600)
    if answer.returncode or "ERROR" in answer.stderr:
        raise LocalServiceError(
            f"The password of {user} in {home / 'data'} could not be set anew: {_last_line(answer.stderr)}."
        )


def choose_ports() -> list[int]:
    return random.sample(PORTS, 20)


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _last_line(text: str) -> str:
    """The line that says most: the last FATAL or error, else the last one."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    telling = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (telling or lines or ["no message"])[-1]
