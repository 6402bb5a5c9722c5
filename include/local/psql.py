"""psql on the local warehouse."""

from __future__ import annotations

import os
import subprocess

from include.local.binaries import program_folder
from include.local.demo import NAME
from include.local.postgres import Server, start_server
from include.settings import advertiser_files
from include.state import State


def open_psql(state: State, query: str = "") -> int:
    """Open psql as `dangol`, or print the result of `query` as CSV. Returns psql's exit status.

    Tables are found without their schema, those of the demo's advertiser first.
    """
    server = start_server(state.postgres)
    command = [str(program_folder() / "psql"), "--no-psqlrc", "-v", "ON_ERROR_STOP=1"]
    if query.strip():
        command += ["--csv", "--command", query]
    return subprocess.run(command, env=make_psql_environment(server)).returncode


def make_psql_environment(server: Server) -> dict[str, str]:
    others = [path.stem for path in advertiser_files() if path.stem != NAME]
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("PG")},
        "PGHOST": server.host,
        "PGPORT": str(server.port),
        "PGUSER": "dangol",
        "PGPASSWORD": server.passwords["dangol"],
        "PGDATABASE": "warehouse",
        "PGOPTIONS": f"-c search_path={','.join([NAME, *others, 'public'])}",
        "PGTZ": os.environ.get("PGTZ", "UTC"),
        "PGCLIENTENCODING": "UTF8",
    }
