"""The environment of the local Airflow: everything by variables, nothing to edit, no call to the network."""

from __future__ import annotations

import base64
import hashlib
import os
import sys
from pathlib import Path
from typing import Final

from include.local.postgres import Server
from include.local.secret_files import read_or_make_secrets
from include.settings import ROOT
from include.state import State

USER: Final = "admin"

_FIXED: Final = {
    "AIRFLOW__API__HOST": "127.0.0.1",
    "AIRFLOW__API__WORKERS": "1",
    "AIRFLOW__API__DEFAULT_WRAP": "True",
    "AIRFLOW__API__EXPOSE_CONFIG": "False",
    "AIRFLOW__CORE__AUTH_MANAGER": (
        "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager"
    ),
    "AIRFLOW__CORE__DAGS_FOLDER": str(ROOT / "dags"),
    "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
    "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    "AIRFLOW__CORE__PLUGINS_FOLDER": str(ROOT / "plugins"),
    "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS": f"{USER}:admin",
    "AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "20",
    "AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL": "20",
    "AIRFLOW__LOGGING__COLORED_CONSOLE_LOG": "False",
    "AIRFLOW__SCHEDULER__CREATE_CRON_DATA_INTERVALS": "True",
    "AIRFLOW__USAGE_DATA_COLLECTION__ENABLED": "False",
    "DO_NOT_TRACK": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "PYTHONUNBUFFERED": "1",
    "SCARF_NO_ANALYTICS": "true",
}


def make_environment(state: State, server: Server, *, port: int = 8080) -> dict[str, str]:
    """The variables of every local Airflow process, on top of the caller's own.

    Connections that the caller has set are kept: AIRFLOW_CONN_WAREHOUSE_DEFAULT may name another PostgreSQL.
    """
    from include.kernels import count_cores

    keys = read_or_make_secrets(state.airflow / "keys.json", ("fernet", "jwt", "session"))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("AIRFLOW__")}
    environment = {
        "AIRFLOW_CONN_WAREHOUSE_DEFAULT": server.connection_json(),
        "DANGOL_DATA": str(state.folder),
        **inherited,
        **_FIXED,
        "AIRFLOW_HOME": str(state.airflow),
        "AIRFLOW__API__BASE_URL": f"http://127.0.0.1:{port}",
        "AIRFLOW__API__PORT": str(port),
        "AIRFLOW__API__SECRET_KEY": keys["session"],
        "AIRFLOW__API_AUTH__JWT_SECRET": keys["jwt"],
        "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "AIRFLOW__CORE__FERNET_KEY": _fernet_key(keys["fernet"]),
        "AIRFLOW__CORE__PARALLELISM": str(max(2, count_cores())),
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE": str(passwords_file(state)),
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": server.url("airflow", "airflow", driver="psycopg2"),
        "AIRFLOW__LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": str(state.logs / "dag-files"),
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(state.logs / "tasks"),
        "DANGOL_STATE": str(state.folder),
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONPATH": os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")])),
    }
    # A proxy must not stand between Airflow's own processes.
    environment["NO_PROXY"] = ",".join(filter(None, [environment.get("NO_PROXY"), "127.0.0.1,localhost"]))
    environment["no_proxy"] = environment["NO_PROXY"]
    return environment


def passwords_file(state: State) -> Path:
    return state.airflow / "passwords.json"


def read_admin_password(state: State) -> str:
    """The password of the UI's user `admin`, generated the first time."""
    return read_or_make_secrets(passwords_file(state), (USER,))[USER]


def _fernet_key(secret: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(secret.encode()).digest()).decode()
