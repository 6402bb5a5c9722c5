"""The file system of S3 by what a connection says, with s3fs alone and with Airflow's provider."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from include.connections import Connection
from include.errors import SettingsError
from include.ingest.s3 import compose_options, open_s3
from include.ingest.storage import Folder
from include.settings import Place

CONFIG = {"s3": {"addressing_style": "path"}}


@pytest.mark.parametrize(
    ("connection", "options"),
    [
        ({}, {}),
        (
            {"login": "k", "password": "s", "extra": {"endpoint_url": "http://s3:7070", "region_name": "r"}},
            {
                "key": "k",
                "secret": "s",
                "endpoint_url": "http://s3:7070",
                "client_kwargs": {"region_name": "r"},
            },
        ),
        (
            {"login": "k", "extra": {"aws_access_key_id": "K", "aws_secret_access_key": "S"}},
            {"key": "K", "secret": "S"},
        ),
        (
            {"login": "k", "password": "s", "extra": {"aws_session_token": "t", "verify": False}},
            {"key": "k", "secret": "s", "token": "t", "client_kwargs": {"verify": False}},
        ),
        ({"login": "k"}, {}),
        (
            {"extra": {"profile_name": "shop", "config_kwargs": CONFIG}},
            {"profile": "shop", "config_kwargs": CONFIG},
        ),
        (
            {"extra": {"endpoint_url": "a", "service_config": {"s3": {"endpoint_url": "b"}}}},
            {"endpoint_url": "b"},
        ),
        ({"extra": {"config_kwargs": {"signature_version": "unsigned"}}}, {"anon": True}),
    ],
)
def test_a_connection_is_read_as_the_provider_reads_it(
    connection: dict[str, Any], options: dict[str, Any]
) -> None:
    extra = json.dumps(connection.pop("extra", {}))
    made = compose_options(Connection("c", conn_type="aws", extra=extra, **connection))
    assert made == options
    from airflow.providers.amazon.aws.utils.connection_wrapper import AwsConnectionWrapper

    theirs = AwsConnectionWrapper.from_connection_metadata(
        "c", connection.get("login"), connection.get("password"), json.loads(extra)
    )
    keys = theirs.aws_access_key_id, theirs.aws_secret_access_key, theirs.aws_session_token
    if theirs.aws_access_key_id and theirs.aws_secret_access_key:
        assert keys == (made["key"], made["secret"], made.get("token"))
    assert theirs.profile_name == made.get("profile")
    assert theirs.get_service_endpoint_url("s3") == made.get("endpoint_url")
    client = made.get("client_kwargs", {})
    assert (theirs.region_name, theirs.verify) == (client.get("region_name"), client.get("verify"))


def test_an_extra_of_another_kind_is_a_sentence() -> None:
    """A URI's extras are text."""
    with pytest.raises(
        SettingsError, match=r"connection c has an extra config_kwargs that is no JSON object"
    ):
        compose_options(Connection("c", extra='{"config_kwargs": "{}"}'))


def test_another_kind_of_store_is_a_sentence() -> None:
    with pytest.raises(SettingsError, match=r"^gs://shop/in: write a place as a folder, file://… or s3://…"):
        Folder(Place(uri="gs://shop/in")).list_entries()


@pytest.fixture
def server_url() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://{}:{}".format(*server.get_host_and_port())
    server.stop()


@pytest.mark.integration
def test_a_role_is_assumed_by_airflows_provider(server_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    extra = {
        "endpoint_url": server_url,
        "region_name": "us-east-1",
        "role_arn": "arn:aws:iam::123456789012:role/reader",
        "service_config": {"sts": {"endpoint_url": server_url}},
    }
    connection = {"conn_type": "aws", "login": "a", "password": "b", "extra": extra}
    monkeypatch.setenv("AIRFLOW_CONN_WITH_ROLE", json.dumps(connection))
    client = boto3.client(
        "s3",
        endpoint_url=server_url,
        region_name="us-east-1",
        aws_access_key_id="a",
        aws_secret_access_key="b",
    )
    client.create_bucket(Bucket="mall")
    client.put_object(Bucket="mall", Key="in/a.csv", Body=b"x")
    store = open_s3("with_role")
    assert store.session is not None, "made by the provider"
    entries = Folder(Place(uri="s3://mall/in", conn_id="with_role")).list_entries()
    assert entries and [entry.name for entry in entries] == ["a.csv"]


def test_in_a_task_of_airflow_its_provider_opens_the_store(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = {"conn_type": "aws", "login": "a", "password": "b"}
    monkeypatch.setenv("AIRFLOW_CONN_BY_WHOM", json.dumps(connection))
    assert open_s3("by_whom").session is None, "s3fs makes its session when it connects"
    monkeypatch.setattr("include.ingest.s3.is_airflow_task", lambda: True)
    store = open_s3("by_whom")
    assert store.session is not None, "the provider's"
    assert open_s3("by_whom") is store
