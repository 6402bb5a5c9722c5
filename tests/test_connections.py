"""Connections of the environment, read as Airflow reads them; and who is asked, in which order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include import connections
from include.connections import Connection, find_connection
from include.errors import SettingsError

ROOT = Path(__file__).resolve().parent.parent
FIELDS = ("conn_type", "host", "schema", "login", "password", "port", "extra")
VARIABLE = "AIRFLOW_CONN_COMPARED"


def read_with_airflow(text: str) -> dict[str, Any] | None:
    """None where Airflow cannot read it, after which it says that there is no such connection."""
    from airflow.sdk import Connection as AirflowConnection
    from airflow.sdk.exceptions import AirflowNotFoundException
    from airflow.sdk.execution_time.cache import SecretCache

    SecretCache.reset()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, text)
        # Thousands of words would be masked in the output of all tests after these.
        patch.setattr("airflow.sdk.execution_time.context._mask_connection_secrets", lambda found: None)
        try:
            found = AirflowConnection.get("compared")
        except AirflowNotFoundException:
            return None
    return {name: getattr(found, name) for name in FIELDS}


def read_alone(text: str) -> dict[str, Any] | None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, text)
        patch.setattr(connections, "_ask_airflow", lambda conn_id: None)
        try:
            found = find_connection("compared")
        except SettingsError:
            return None
    return found and {name: getattr(found, name) for name in FIELDS}


def make_uri(
    kind: str, login: str, password: str, host: str, port: int | None, schema: str, extra: dict[str, str]
) -> str:
    user = f"{quote(login, safe='')}:{quote(password, safe='')}@" if login or password else ""
    tail = f":{port}" if port is not None else ""
    query = f"?{urlencode(extra)}" if extra else ""
    return f"{kind}://{user}{host}{tail}/{quote(schema, safe='')}{query}"


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=12)
hosts = st.sampled_from(
    ["db", "Db.Example.COM", "10.0.0.1", "[::1]", "%2Ftmp%2FSockets", "", "https://api.Example.com", "a-b_c"]
)


@settings(deadline=None)
@given(
    st.sampled_from(["postgres", "postgresql", "aws", "google-cloud-platform", "HTTP", "a.b+c"]),
    words,
    words,
    hosts,
    st.none() | st.integers(0, 70_000),
    words,
    st.dictionaries(words, words, max_size=3) | st.just({"__extra__": '{"a": {"b": [1]}}'}),
)
def test_a_uri_is_read_as_airflow_reads_it(
    kind: str, login: str, password: str, host: str, port: int | None, schema: str, extra: dict[str, str]
) -> None:
    text = make_uri(kind, login, password, host, port, schema, extra)
    assert read_alone(text) == read_with_airflow(text)


@settings(deadline=None)
@given(st.text(st.sampled_from('abP1:/@?#%=&{}"[] é-_.'), max_size=30))
@example("postgres://u:p%23%2F%40@h:5432/db?sslmode=require&x=")
@example("postgres://u:p#w@h/db")
@example("postgres://h:port/db")
@example("  postgres://u@h/db  ")
@example("aws://")
@example("aws://?region_name=eu-west-1")
@example("x://https://u:p@h/s")
@example("x://a@https://h")
@example("a://b://c://d")
@example("{}")
@example("{nonsense")
@example('{"port": "http"}')
@example('{"conn_typ": "postgres"}')
@example("nonsense")
def test_whatever_is_in_the_variable_is_read_as_airflow_reads_it(text: str) -> None:
    assert read_alone(text) == read_with_airflow(text)


@settings(deadline=None)
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "conn_type": st.sampled_from(["postgresql", "postgres", "google-cloud", "", None]),
            "host": words | st.none(),
            "schema": words | st.none(),
            "login": words | st.none(),
            "password": words | st.none(),
            "description": words,
            "port": st.none() | st.integers(0, 70_000) | st.sampled_from(["", "5432", " 7 ", "x"]),
            "extra": st.dictionaries(words, words | st.integers() | st.dictionaries(words, words))
            | st.sampled_from(["", "{}", '{"a": 1}', "no JSON"])
            | st.none(),
            "nonsense": words,
        },
    )
)
def test_json_is_read_as_airflow_reads_it(values: dict[str, Any]) -> None:
    text = json.dumps(values)
    assert read_alone(text) == read_with_airflow(text)


def test_what_cannot_be_read_is_told_without_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_HIDDEN", "postgres://u:hush-1@h:hush-2/db")
    with pytest.raises(SettingsError, match=r"^AIRFLOW_CONN_HIDDEN is set but cannot be read") as caught:
        find_connection("hidden")
    assert "hush" not in str(caught.value)
    assert "hush" not in repr(Connection("hidden", password="hush-1", extra='{"token": "hush-2"}'))
    with pytest.raises(SettingsError, match=r"^The connection c has an extra that is no JSON object"):
        _ = Connection("c", extra="[1]").extras


def test_airflow_is_asked_first_only_in_its_tasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a secrets backend would answer there; the variable is the last resort of both."""
    managed = Connection("both", host="of-airflow")
    monkeypatch.setattr(connections, "_ask_airflow", lambda conn_id: managed if conn_id == "both" else None)
    for name in ("BOTH", "OURS"):
        monkeypatch.setenv(f"AIRFLOW_CONN_{name}", '{"host": "of-the-environment"}')

    def find_host(conn_id: str) -> str | None:
        found = find_connection(conn_id)
        return found and found.host

    assert [find_host(name) for name in ("both", "ours", "none")] == ["of-the-environment"] * 2 + [None]
    runner = SimpleNamespace(SUPERVISOR_COMMS=object())
    monkeypatch.setitem(sys.modules, "airflow.sdk.execution_time.task_runner", runner)  # type: ignore[arg-type]
    assert [find_host(name) for name in ("both", "ours")] == ["of-airflow", "of-the-environment"]
    monkeypatch.delenv("AIRFLOW_CONN_BOTH")
    assert find_host("both") == "of-airflow"


def test_a_connection_of_the_environment_needs_no_airflow() -> None:
    """Not even where it is installed: its import takes seconds."""
    program = (
        "import sys; from include.connections import find_connection; find_connection('x');"
        "print(sorted(name for name in sys.modules if name.startswith('airflow')))"
    )
    environment = os.environ | {"AIRFLOW_CONN_X": "postgres://u:p@h/db", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"
