from __future__ import annotations

import json
import socket
from collections.abc import Callable

import pytest
from sqlalchemy import URL, Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from include.errors import SettingsError, WarehouseUnavailableError
from include.local.postgres import Server
from include.warehouse.postgres.connection import Schemas, connect_warehouse, explain_failures
from include.warehouse.postgres.schema import ensure_schema
from tests.warehouse.conftest import MONDAY, SCHEMA

pytestmark = pytest.mark.integration


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_the_airflow_connection_leads_to_the_warehouse(warehouse: Engine) -> None:
    engine = connect_warehouse()
    with engine.connect() as connection:
        assert connection.execute(text("SELECT current_database()")).scalar_one() == warehouse.url.database
    engine.dispose()


def test_a_missing_connection_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match="no connection nowhere_default: set AIRFLOW_CONN_NOWHERE"):
        connect_warehouse("nowhere_default")


@pytest.mark.parametrize(
    "value",
    [
        "postgres://u:hush/word@h:5432/d",
        "postgres://u:hush#word@h/d",
        '{"conn_type": "postgres", "password": "hush',
    ],
)
def test_a_connection_that_cannot_be_read_is_a_sentence(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_TORN", value)
    with pytest.raises(SettingsError, match="AIRFLOW_CONN_TORN is set but cannot be read") as caught:
        connect_warehouse("torn")
    assert "hush" not in str(caught.value)


def test_a_connection_of_another_type_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WRONG", json.dumps({"conn_type": "mysql", "host": "h", "schema": "d"}))
    with pytest.raises(SettingsError, match="must be of type postgres"):
        connect_warehouse("wrong")


@pytest.mark.parametrize(
    "value", ["hush", "host=h password=hush dbname=w", "postgres:/u:hush@h/w", "h:hush@x://w", "//u:hush@h/w"]
)
def test_a_text_that_is_no_uri_is_told_without_the_password(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_WRONG", value)
    with pytest.raises(SettingsError, match=r"must be of type postgres.*write it as JSON, or as") as caught:
        connect_warehouse("wrong")
    assert "ush" not in str(caught.value)


def test_a_password_with_odd_characters_connects(warehouse: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    odd = "p@ss:w/ord%$ {x}?#"
    monkeypatch.setenv(
        "AIRFLOW_CONN_ODD",
        json.dumps({"conn_type": "postgres", "host": "h", "schema": "d", "login": "u", "password": odd}),
    )
    assert make_url(connect_warehouse("odd").url.render_as_string(hide_password=False)).password == odd


def test_a_warehouse_that_is_down_is_named_without_its_password() -> None:
    port = closed_port()
    engine = create_engine(URL.create("postgresql+psycopg", "dangol", "hush", "127.0.0.1", port, "shop"))
    with pytest.raises(WarehouseUnavailableError) as caught, explain_failures(engine):
        ensure_schema(Schemas(engine, SCHEMA))
    message = str(caught.value)
    assert f"127.0.0.1:{port}, database shop" in message
    assert "does not answer" in message
    assert "hush" not in message
    assert "\n" not in message


def test_a_wrong_password_is_a_sentence(warehouse: Engine) -> None:
    engine = create_engine(warehouse.url.set(password="wrong-one"))
    with (
        pytest.raises(WarehouseUnavailableError, match="correct the connection") as caught,
        explain_failures(engine),
    ):
        ensure_schema(Schemas(engine, SCHEMA))
    assert "wrong-one" not in str(caught.value)


def test_a_missing_database_is_a_sentence(warehouse: Engine) -> None:
    engine = create_engine(warehouse.url.set(database="not_there"))
    with (
        pytest.raises(WarehouseUnavailableError, match=r"not_there.*does not exist"),
        explain_failures(engine),
    ):
        ensure_schema(Schemas(engine, SCHEMA))


def test_a_read_only_warehouse_changes_nothing(mall: Schemas, stage: Callable[..., int]) -> None:
    with mall.begin() as connection:
        database = connection.dialect.identifier_preparer.quote(mall.engine.url.database or "")
        connection.exec_driver_sql(f"ALTER DATABASE {database} SET default_transaction_read_only = on")
    mall.engine.dispose()
    with pytest.raises(WarehouseUnavailableError, match="read-only"), explain_failures(mall.engine):
        stage(MONDAY)
    with mall.begin() as connection:
        assert connection.execute(text("SELECT count(*) FROM releases")).scalar_one() == 0


def test_a_role_that_may_not_write_is_told(postgres: Server, mall: Schemas) -> None:
    engine = create_engine(postgres.url(mall.engine.url.database or "", "analyst"))
    with pytest.raises(WarehouseUnavailableError, match="let analyst do this"), explain_failures(engine):
        ensure_schema(Schemas(engine, "another"))
    engine.dispose()


def test_a_mistake_in_our_own_sql_is_not_explained_away(warehouse: Engine) -> None:
    with (
        pytest.raises(ProgrammingError, match="no_such_table"),
        explain_failures(warehouse),
        warehouse.connect() as connection,
    ):
        connection.execute(text("SELECT * FROM no_such_table"))
