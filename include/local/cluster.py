"""A PostgreSQL data folder: create it, tell whether its server runs, start and stop that server."""

from __future__ import annotations

import os
import random
import shlex
import shutil
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from include.errors import LocalServiceError
from include.local.binaries import Account
from include.local.secret_files import write_file

HOST = "127.0.0.1"
PORTS = range(15432, 25432)  # below the ports that the system hands to outgoing connections


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
    """The port of the server on `data`, None where none runs.

    A pid file whose process has died, or whose number another program has since, would keep the server from
    starting and is removed; the server's own check of its shared memory still guards the data.
    """
    import psutil

    try:
        lines = (data / "postmaster.pid").read_text().splitlines()
        if str(data) in psutil.Process(int(lines[0])).cmdline():
            return int(lines[3])
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (psutil.NoSuchProcess, ValueError, IndexError):
        pass
    (data / "postmaster.pid").unlink(missing_ok=True)
    return None


def start(
    account: Account, programs: Path, home: Path, ports: Sequence[int], settings: Mapping[str, str]
) -> int | None:
    """Start the server of `home` on the first of `ports` that is free; None where none is."""
    options = [argument for name, value in settings.items() for argument in ("-c", f"{name}={value}")]
    log = home / "postgres.log"
    deadline = time.monotonic() + 60
    for port in ports:
        # TCP alone: a socket's path may be too long, and would be a second way in.
        server = shlex.join(["-h", HOST, "-p", str(port), "-k", "", *options])
        command: list[str | Path] = [programs / "pg_ctl", "start", "-w", "-t", "60"]
        command += ["-D", home / "data", "-l", log, "-o", server]
        while _is_free(port):
            size = log.stat().st_size if log.exists() else 0
            try:
                if account.run(command).returncode == 0:
                    return port
            except subprocess.TimeoutExpired:
                raise LocalServiceError(f"PostgreSQL did not start within two minutes; see {log}.") from None
            said = log.read_text(errors="replace")[size:] if log.exists() else ""
            if "Address already in use" in said:
                break
            # The children of a server that was killed take a moment to go.
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
