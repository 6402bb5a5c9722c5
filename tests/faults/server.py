"""A PostgreSQL of the harness's own, which can be killed whole and whose clock can be moved."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy import Engine, create_engine

from include.local import binaries
from include.local.postgres import Server, remove_server, start_server, stop_server

DATABASE = "warehouse"


def find_faketime() -> Path | None:
    """The library that moves a clock: DANGOL_LIBFAKETIME, or where apt-get install libfaketime puts it."""
    named = os.environ.get("DANGOL_LIBFAKETIME")
    places = [Path(named)] if named else sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    return next((place for place in places if place.exists()), None)


class FaultyServer:
    """Runs without pg_ctl, so that its clock can be moved and its processes are known."""

    def __init__(self, folder: Path, *, faketime: Path | None = None) -> None:
        self.folder = folder
        self.made: Server = start_server(folder)
        stop_server(folder)
        self._account = binaries.choose_account(folder / "server")
        self._home = next(iter(folder.glob("server/data")), None) or _find_data(folder)
        self._clock = self._home.parent / "clock"
        self._faketime = faketime
        self._process: subprocess.Popen[bytes] | None = None
        self.set_clock(0)

    def start(self) -> None:
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        if self._faketime:
            environment |= {
                "LD_PRELOAD": str(self._faketime),
                "FAKETIME_TIMESTAMP_FILE": str(self._clock),
                "FAKETIME_NO_CACHE": "1",
                "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            }
        account: dict[str, Any] = (
            {}
            if self._account.uid is None
            else {"user": self._account.uid, "group": self._account.gid, "extra_groups": []}
        )
        programs = binaries.reachable_programs(self._account)
        options = ["-h", self.made.host, "-p", str(self.made.port), "-k", ""]
        options += [
            "-c",
            "max_locks_per_transaction=256",
            "-c",
            "wal_level=minimal",
            "-c",
            "max_wal_senders=0",
        ]
        with (self._home.parent / "faults.log").open("ab") as log:
            self._process = subprocess.Popen(
                [programs / "postgres", "-D", self._home, *options],
                cwd="/",
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
                **account,
            )
        self._wait()

    def _wait(self) -> None:
        deadline = time.monotonic() + 60
        while True:
            try:
                self.connect().close()
                return
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def kill(self) -> None:
        """As when the power fails, but for what the system keeps of the files."""
        assert self._process
        # Each backend is in a group of its own.
        first = psutil.Process(self._process.pid)
        for process in (first, *first.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self._process.wait()
        (self._home / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait(60)

    def set_clock(self, seconds: float) -> None:
        """Move the server's clock to so many seconds from the true time."""
        self._clock.write_text(f"{seconds:+.0f}\n")
        self._clock.chmod(0o644)

    def connect(self, user: str = "dangol", **options: Any) -> psycopg.Connection[Any]:
        return psycopg.connect(
            host=self.made.host,
            port=self.made.port,
            user=user,
            password=self.made.passwords[user],
            dbname=DATABASE,
            **options,
        )

    def make_engine(self) -> Engine:
        return create_engine(self.made.url(DATABASE), pool_pre_ping=True)


def _find_data(folder: Path) -> Path:
    from include.local.postgres import _home, _read_state

    return _home(folder, _read_state(folder)) / "data"


@contextmanager
def run_server(folder: Path, *, faketime: Path | None = None) -> Iterator[FaultyServer]:
    server = FaultyServer(folder, faketime=faketime)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        remove_server(folder)
