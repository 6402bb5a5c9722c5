"""The environment of the local Airflow and the files that hold its secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from include.errors import LocalServiceError
from include.local.environment import make_environment, read_admin_password
from include.local.postgres import Server
from include.local.secret_files import read_or_make_secrets, write_file
from include.state import State


@pytest.fixture
def server(tmp_path: Path) -> Server:
    roles = ("postgres", "dangol", "airflow", "analyst")
    return Server(tmp_path, "127.0.0.1", 15432, {role: f"secret-of-{role}" for role in roles})


def test_secrets_stay_the_same_and_are_for_their_owner_alone(tmp_path: Path, server: Server) -> None:
    state = State(tmp_path)
    first, second = make_environment(state, server), make_environment(state, server)
    assert first == second
    assert read_admin_password(state) == read_admin_password(state)
    for file in ("keys.json", "passwords.json"):
        assert (state.airflow / file).stat().st_mode & 0o777 == 0o600
    other = make_environment(State(tmp_path / "other"), server)
    for name in ("AIRFLOW__CORE__FERNET_KEY", "AIRFLOW__API_AUTH__JWT_SECRET", "AIRFLOW__API__SECRET_KEY"):
        assert first[name] != other[name]
    Fernet(first["AIRFLOW__CORE__FERNET_KEY"])


def test_what_the_caller_configured_for_another_airflow_is_left_out(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AIRFLOW__CORE__EXECUTOR", "CeleryExecutor")
    monkeypatch.setenv("AIRFLOW__CORE__HIDE_SENSITIVE_VAR_CONN_FIELDS", "False")
    environment = make_environment(State(tmp_path), server, port=8090)
    assert environment["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"
    assert "AIRFLOW__CORE__HIDE_SENSITIVE_VAR_CONN_FIELDS" not in environment
    assert environment["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8090/execution/"


def test_another_postgresql_is_used_where_its_connection_is_set(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", raising=False)
    own = json.loads(make_environment(State(tmp_path), server)["AIRFLOW_CONN_WAREHOUSE_DEFAULT"])
    assert (own["port"], own["login"], own["password"]) == (15432, "dangol", "secret-of-dangol")
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", "postgresql://somewhere/else")
    environment = make_environment(State(tmp_path), server)
    assert environment["AIRFLOW_CONN_WAREHOUSE_DEFAULT"] == "postgresql://somewhere/else"


def test_a_secret_that_is_missing_is_added_to_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secrets.json"
    one = read_or_make_secrets(path, ["one"])
    both = read_or_make_secrets(path, ["one", "two"])
    assert both["one"] == one["one"]
    assert len(both["two"]) >= 32
    assert path.stat().st_mode & 0o777 == 0o600


def test_damaged_secrets_are_told_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text('{"one": ')
    with pytest.raises(LocalServiceError, match=r"secrets\.json is damaged.*remove this one file"):
        read_or_make_secrets(tmp_path / "secrets.json", ["one"])
    assert (tmp_path / "secrets.json").read_text() == '{"one": '


def test_a_file_is_never_readable_by_others_even_before_it_is_whole(tmp_path: Path) -> None:
    write_file(tmp_path / "secret", "first")
    (tmp_path / "secret").chmod(0o644)
    write_file(tmp_path / "secret", "second")
    assert (tmp_path / "secret").read_text() == "second"
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]
