"""What the Docker deployment promises, read from its files."""

from __future__ import annotations

import ipaddress
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from include.local.make_env import fill_template, parse_variables
from include.version import VERSION
from tests.compose import ROOT, TEXT, VARIABLE, MissingVariableError, read_compose

TEMPLATE = (ROOT / ".env.example").read_text(encoding="utf-8")
EXAMPLE = parse_variables(TEMPLATE)
SERVICES: dict[str, Any] = read_compose()["services"]
ONE_SHOT = sorted(name for name in SERVICES if name.endswith("-init"))
LASTING = sorted(set(SERVICES) - set(ONE_SHOT))
SECRET = re.compile(r"PASSWORD|SECRET|_KEY$")


@pytest.fixture(scope="module")
def values() -> dict[str, str]:
    return parse_variables(fill_template(TEMPLATE, {}))


@pytest.fixture(scope="module")
def filled(values: dict[str, str]) -> dict[str, Any]:
    return read_compose(values)["services"]


def test_the_file_has_the_schema_of_the_compose_specification() -> None:
    command = ["-m", "check_jsonschema", "--builtin-schema", "vendor.compose-spec", "docker-compose.yaml"]
    done = subprocess.run([sys.executable, *command], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_services_are_those_of_the_system() -> None:
    assert set(SERVICES) == {
        *("postgres", "postgres-init", "s3"),
        *("airflow-init", "airflow-api-server", "airflow-scheduler", "airflow-dag-processor"),
        *("airflow-triggerer", "redis"),
        *("redash-init", "redash-server", "redash-scheduler", "redash-worker"),
    }


def test_every_secret_is_required_and_says_what_it_is() -> None:
    uses = [match for match in VARIABLE.finditer(TEXT) if SECRET.search(match["name"])]
    assert len({match["name"] for match in uses}) >= 15
    for match in uses:
        assert match["rule"] == ":?", f"{match[0]} has a default"
        assert len(match["text"].split()) > 4, f"{match[0]} does not say what it is"


def test_no_value_of_a_secret_is_written_down() -> None:
    """Whatever is called a password, a secret or a key comes from a variable."""
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if SECRET.search(key):
                assert VARIABLE.fullmatch(value), f"{name}: {key} is written down"
    assert not re.search(r'"password": "(?!\$\{)', TEXT)
    assert not re.search(r"://\w*:(?!\$\{)[^/@\s]+@", TEXT)


@pytest.mark.parametrize("name", [name for name, value in EXAMPLE.items() if not value])
def test_nothing_starts_without_a_secret(name: str, values: dict[str, str]) -> None:
    with pytest.raises(MissingVariableError, match=name):
        read_compose(values | {name: ""})


def test_the_example_names_the_variables_that_are_used_and_no_secret_has_a_value() -> None:
    required = {match["name"] for match in VARIABLE.finditer(TEXT) if match["rule"] == ":?"}
    assert set(EXAMPLE) == {match["name"] for match in VARIABLE.finditer(TEXT)}
    assert {name for name, value in EXAMPLE.items() if not value} == required
    assert {name for name in EXAMPLE if SECRET.search(name)} == required


def test_a_default_is_the_same_in_the_example_and_in_the_compose_file() -> None:
    for match in VARIABLE.finditer(TEXT):
        if match["rule"] == ":-":
            assert match["text"] == EXAMPLE[match["name"]], match["name"]


def test_images_are_pinned() -> None:
    for name, service in SERVICES.items():
        image, _, tag = service["image"].rpartition(":")
        assert image and re.fullmatch(r"v?\d+\.\d+\.\d+(-.+)?|18\.\d+-.+", tag), f"{name}: {service['image']}"
    assert SERVICES["airflow-init"]["image"] == f"dangol:{VERSION}"
    base = re.search(r"^ARG PYTHON_IMAGE=python:(.+)$", dockerfile(), re.MULTILINE)
    assert base and re.match(r"3\.1[123]\.\d+-slim-", base[1])


@pytest.mark.parametrize("name", LASTING)
def test_a_lasting_service_is_checked_restarted_and_limited(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    assert {"test", "interval", "timeout", "retries", "start_period"} <= set(service["healthcheck"])
    assert service["mem_limit"]


@pytest.mark.parametrize("name", ONE_SHOT)
def test_a_one_shot_service_ends_and_somebody_waits_for_it(name: str) -> None:
    assert SERVICES[name]["restart"] == "no"
    assert "healthcheck" not in SERVICES[name]
    waiting = [other for other in SERVICES if name in SERVICES[other].get("depends_on", {})]
    assert waiting


def test_every_dependency_has_the_condition_of_its_kind() -> None:
    for name, service in SERVICES.items():
        for other, rule in service.get("depends_on", {}).items():
            wanted = "service_completed_successfully" if other in ONE_SHOT else "service_healthy"
            assert rule == {"condition": wanted}, f"{name} → {other}"


def test_nothing_uses_a_database_before_its_role_is_made() -> None:
    def comes_after(name: str) -> set[str]:
        before = SERVICES[name].get("depends_on", {})
        return set(before).union(*(comes_after(other) for other in before))

    for name, service in SERVICES.items():
        if "postgres:5432" in json.dumps(service.get("environment", {})):
            assert "postgres-init" in comes_after(name), name


def test_ports_are_bound_to_this_machine(filled: dict[str, Any]) -> None:
    published = {name: service["ports"] for name, service in filled.items() if "ports" in service}
    assert set(published) == {"postgres", "s3", "airflow-api-server", "redash-server"}
    for ports in published.values():
        for port in ports:
            address, outside, inside = port.split(":")
            assert ipaddress.ip_address(address).is_loopback and outside.isdigit() and inside.isdigit()


def test_redash_does_not_see_the_object_store_or_airflow() -> None:
    for name, service in SERVICES.items():
        if name.startswith(("redash", "redis")):
            assert service["networks"] == ["reports"]
        elif name != "postgres":
            assert service["networks"] == ["pipeline"]


def test_volumes_are_named_and_mounted_where_data_is() -> None:
    document = read_compose()
    mounts = [mount for service in SERVICES.values() for mount in service.get("volumes", [])]
    named = {mount.partition(":")[0] for mount in mounts if not mount.startswith("./")}
    assert named == set(document["volumes"])
    for mount in mounts:
        if mount.startswith("./"):
            assert mount.endswith(":ro") and (ROOT / mount.split(":")[0]).exists(), mount
    # The image of PostgreSQL 18 refuses to start on .../data, where earlier ones kept theirs.
    assert "postgres-data:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]


def test_connections_are_what_airflow_reads(filled: dict[str, Any], values: dict[str, str]) -> None:
    from airflow.sdk import Connection

    environment = filled["airflow-scheduler"]["environment"]
    warehouse = Connection.from_json(
        environment["AIRFLOW_CONN_WAREHOUSE_DEFAULT"], conn_id="warehouse_default"
    )
    assert (warehouse.host, warehouse.port, warehouse.schema) == ("postgres", 5432, "warehouse")
    assert (warehouse.login, warehouse.password) == ("dangol", values["WAREHOUSE_PASSWORD"])
    aws = Connection.from_json(environment["AIRFLOW_CONN_AWS_DEFAULT"], conn_id="aws_default")
    assert (aws.login, aws.password) == (values["S3_ACCESS_KEY"], values["S3_SECRET_KEY"])
    assert aws.extra_dejson["endpoint_url"] == "http://s3:7070"
    store = filled["s3"]["environment"]
    assert (aws.login, aws.password) == (store["ROOT_ACCESS_KEY"], store["ROOT_SECRET_KEY"])
    assert aws.extra_dejson["region_name"] == store["VGW_REGION"]


def test_airflow_services_share_one_environment() -> None:
    airflow = {name: SERVICES[name]["environment"] for name in LASTING if name.startswith("airflow")}
    assert all(environment == airflow["airflow-scheduler"] for environment in airflow.values())
    assert airflow["airflow-scheduler"].items() < SERVICES["airflow-init"]["environment"].items()


def test_the_auth_manager_is_installed_and_asks_for_a_password() -> None:
    path = SERVICES["airflow-api-server"]["environment"]["AIRFLOW__CORE__AUTH_MANAGER"]
    assert path.endswith(".FabAuthManager")
    assert "apache-airflow-providers-fab==" in (ROOT / "requirements.txt").read_text(encoding="utf-8")


def dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_image_and_the_virtual_environment_have_the_same_packages() -> None:
    installed = re.findall(r"pip install .*?-r (\S+)", dockerfile())
    assert installed == ["/tmp/requirements.txt"]
    assert "COPY requirements.txt /tmp/requirements.txt" in dockerfile()
    makers = [ROOT / "Makefile", *(ROOT / "include" / "local").glob("*.sh")]
    assert any("requirements.txt" in maker.read_text(encoding="utf-8") for maker in makers)


def test_the_image_runs_as_an_ordinary_user_and_takes_only_code() -> None:
    users = re.findall(r"^USER (\S+)$", dockerfile(), re.MULTILINE)
    assert users == ["airflow"]
    copied = {source for source, _ in re.findall(r"^COPY (?!--)(\S+) (\S+)$", dockerfile(), re.MULTILINE)}
    assert copied == {"requirements.txt", "docker/dangol", "docker/*.py", "plugins", "include", "dags"}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    let_in = {line[1:] for line in ignored if line.startswith("!")}
    assert let_in == {source.partition("/")[0] for source in copied}


def test_the_image_has_the_command_of_the_steps(tmp_path: Path) -> None:
    """No entrypoint is before it; run here with this interpreter and checkout in the image's places."""
    assert "COPY docker/dangol /usr/local/bin/dangol" in dockerfile()
    assert "ENTRYPOINT" not in dockerfile()
    assert "PYTHONPATH=/opt/dangol" in dockerfile()
    script = ROOT / "docker" / "dangol"
    assert os.access(script, os.X_OK)
    here = tmp_path / "dangol"
    here.write_text(script.read_text(encoding="utf-8").replace("/opt/venv/bin/python", sys.executable))
    here.chmod(0o755)
    done = subprocess.run(
        [here, "--help"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "wait_for_days" in done.stdout


def test_the_how_to_names_what_is_there() -> None:
    text = (ROOT / "docs" / "how-to" / "deploy.md").read_text(encoding="utf-8")
    settings = {key for service in SERVICES.values() for key in service.get("environment", {})}
    named = set(re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", text)) - {"REDASH_API_KEY"}
    assert named <= settings | set(EXAMPLE), named - settings - set(EXAMPLE)
    assert set(re.findall(r"\b(?:airflow|redash|postgres)-[a-z-]+\b", text)) <= set(SERVICES)
    for script in re.findall(r"python (docker/\S+\.py)", text):
        assert (ROOT / script).exists()
    for port in re.findall(r"(?:127\.0\.0\.1:|-p )(\d+)", text):
        assert port in EXAMPLE.values()
