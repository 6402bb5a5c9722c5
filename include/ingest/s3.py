"""The file system of S3, by a connection's id or by the environment alone."""

from __future__ import annotations

from typing import Any, Final

from include.connections import Connection, find_connection, is_airflow_task, open_airflow_store
from include.errors import SettingsError

# What is understood here of a connection's extras; the Amazon provider of Airflow knows them all.
_PLAIN_EXTRAS: Final = {
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "profile_name",
    "region_name", "endpoint_url", "verify", "config_kwargs", "service_config",
}  # fmt: skip


def open_s3(conn_id: str) -> Any:
    """An fsspec file system, as it was made before where that can be.

    In a task of Airflow its Amazon provider makes it. Elsewhere s3fs does, from the connection where there is
    one, else from what botocore reads: AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_ENDPOINT_URL, a role of the
    machine, … Raises SettingsError for a connection that only Airflow understands where it is not installed.
    """
    if is_airflow_task():
        return open_airflow_store(conn_id)
    from s3fs import S3FileSystem

    connection = find_connection(conn_id)
    if connection is None:
        return S3FileSystem()
    if strange := _list_strange_extras(connection):
        try:
            return open_airflow_store(conn_id)
        except ImportError:
            raise SettingsError(
                f"The connection {conn_id} has {', '.join(strange)}, which only Airflow's Amazon provider"
                " understands: install it, or leave the connection away and set AWS's own variables, such as"
                " AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE, or AWS_PROFILE."
            ) from None
    return S3FileSystem(**compose_options(connection))


def _list_strange_extras(connection: Connection) -> list[str]:
    of_s3 = _read_section(connection, "service_config").get("s3", {})
    return sorted([*(connection.extras.keys() - _PLAIN_EXTRAS), *(of_s3.keys() - {"endpoint_url"})])


def _read_section(connection: Connection, name: str) -> dict[str, Any]:
    section = connection.extras.get(name) or {}
    if not isinstance(section, dict):
        raise SettingsError(
            f"The connection {connection.conn_id} has an extra {name} that is no JSON object: correct it, and"
            " write the connection as JSON."
        )
    return dict(section)


def compose_options(connection: Connection) -> dict[str, Any]:
    """What s3fs takes for a connection of type aws, as Airflow's Amazon provider reads it."""
    extras = connection.extras
    keys = connection.login, connection.password
    if not all(keys):
        keys = extras.get("aws_access_key_id"), extras.get("aws_secret_access_key")
    config = _read_section(connection, "config_kwargs")
    of_s3 = _read_section(connection, "service_config").get("s3", {})
    is_unsigned = config.get("signature_version") == "unsigned"
    if is_unsigned:
        del config["signature_version"]
    options = {
        "key": keys[0] if all(keys) else None,
        "secret": keys[1] if all(keys) else None,
        "token": extras.get("aws_session_token"),
        "profile": extras.get("profile_name"),
        "endpoint_url": of_s3.get("endpoint_url", extras.get("endpoint_url")),
        "client_kwargs": {name: extras[name] for name in ("region_name", "verify") if name in extras},
        "config_kwargs": config,
        "anon": is_unsigned,
    }
    return {name: value for name, value in options.items() if value}
