"""Connections by their ids: the warehouse and S3, with Airflow and without it.

Nothing else in `include/` imports Airflow, so a step runs where it is not installed.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from include.errors import SettingsError

_FIELDS: Final = ("conn_type", "host", "schema", "login", "password", "port", "extra")
_WHOLE_EXTRA: Final = "__extra__"  # the parameter of a URI that holds all extras as JSON


@dataclass(frozen=True)
class Connection:
    """What Airflow knows of a connection. `extra` is JSON, or None."""

    conn_id: str
    conn_type: str | None = None
    host: str | None = None
    schema: str | None = None
    login: str | None = None
    password: str | None = field(default=None, repr=False)
    port: int | None = None
    extra: str | None = field(default=None, repr=False)

    @property
    def extras(self) -> dict[str, Any]:
        """Raises SettingsError where `extra` is no JSON object; Airflow would go on without."""
        try:
            extras = json.loads(self.extra or "{}")
        except ValueError:
            extras = None
        if not isinstance(extras, dict):
            raise SettingsError(
                f"The connection {self.conn_id} has an extra that is no JSON object: correct it."
            )
        return extras


def find_connection(conn_id: str) -> Connection | None:
    """The connection of that id; None where there is none.

    In a task of Airflow its own order holds: secrets backend, environment, Airflow's database. Anywhere else
    the environment comes first, and Airflow is only asked for what is not there. Raises SettingsError where
    the variable AIRFLOW_CONN_<ID> cannot be read.
    """
    places = (_ask_airflow, _read_variable) if is_airflow_task() else (_read_variable, _ask_airflow)
    for look in places:
        if found := look(conn_id):
            return found
    return None


def name_variable(conn_id: str) -> str:
    return f"AIRFLOW_CONN_{conn_id.upper()}"


def is_airflow_task() -> bool:
    """Whether this process runs a task whose supervisor answers for connections."""
    runner = sys.modules.get("airflow.sdk.execution_time.task_runner")
    return getattr(runner, "SUPERVISOR_COMMS", None) is not None


@cache
def _ask_airflow(conn_id: str) -> Connection | None:
    try:
        from airflow.sdk import Connection as AirflowConnection
        from airflow.sdk.exceptions import AirflowNotFoundException
    except ImportError:
        return None
    try:
        found = AirflowConnection.get(conn_id)
    except AirflowNotFoundException:
        return None
    return Connection(conn_id, **{name: getattr(found, name) for name in _FIELDS})


@cache
def open_airflow_store(conn_id: str) -> Any:
    """The S3 file system that Airflow's Amazon provider makes of a connection, whatever it understands of it:
    roles to assume, signers, proxies. Raises ImportError where Airflow is not installed.
    """
    from airflow.providers.amazon.aws.fs.s3 import get_fs

    return get_fs(conn_id)


def _read_variable(conn_id: str) -> Connection | None:
    variable = name_variable(conn_id)
    text = os.environ.get(variable, "").strip()
    if not text:
        return None
    try:
        return _parse_json(conn_id, text) if text.startswith("{") else _parse_uri(conn_id, text)
    except (ValueError, TypeError):
        # What the parser says may quote the password.
        raise SettingsError(
            f"{variable} is set but cannot be read: write it as JSON, or as a URI whose password has"
            " / # ? % and @ percent-encoded."
        ) from None


def _parse_json(conn_id: str, text: str) -> Connection:
    """As Airflow does; a port may be text, extras may be an object or its JSON."""
    values = json.loads(text)
    values.pop("description", None)
    extra, conn_type, port = (values.pop(name, None) for name in ("extra", "conn_type", "port"))
    return Connection(
        conn_id,
        extra=(extra if isinstance(extra, str) else json.dumps(extra)) if extra else None,
        conn_type=_normalize_type(conn_type) if conn_type else None,
        port=int(port) if port else None,
        **values,
    )


def _parse_uri(conn_id: str, text: str) -> Connection:
    """As Airflow does: TYPE://LOGIN:PASSWORD@HOST:PORT/SCHEMA?EXTRA=…, in which the host may have a scheme of
    its own (TYPE://https://HOST), and all parts may be percent-encoded.
    """
    count = text.count("://")
    has_host_scheme = count == 2
    scheme = urlsplit(text).scheme
    rest = text.replace(f"{scheme}://", "" if has_host_scheme else "//")
    if count > 2 or (has_host_scheme and set("@:") & set(rest.split("://", 1)[0])):
        raise ValueError
    parts = urlsplit(rest)
    host = _read_host(parts)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Connection(
        conn_id,
        conn_type=_normalize_type(scheme),
        host=f"{parts.scheme}://{host}" if has_host_scheme and host and parts.scheme else host,
        schema=unquote(parts.path[1:]),
        login=unquote(parts.username) if parts.username else parts.username,
        password=unquote(parts.password) if parts.password else parts.password,
        port=parts.port,
        extra=query.get(_WHOLE_EXTRA, json.dumps(query)) if parts.query else None,
    )


def _read_host(parts: SplitResult) -> str:
    """In lower case, unless it is the path of a socket, percent-encoded."""
    host = unquote(parts.hostname or "")
    if "/" in host:
        return unquote(parts.netloc.rsplit("@", 1)[-1].split(":", 1)[0])
    return host


def _normalize_type(conn_type: str) -> str:
    return "postgres" if conn_type == "postgresql" else conn_type.replace("-", "_")
