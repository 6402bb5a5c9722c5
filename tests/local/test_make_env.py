"""`make env`: secrets that are random, private, kept, and completed when a version adds one."""

from __future__ import annotations

import base64
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from include.errors import LocalServiceError
from include.local.make_env import make_secret, parse_variables, write_env
from tests.compose import ROOT, read_compose


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(ROOT / ".env.example", tmp_path)
    return tmp_path


def read_values(folder: Path) -> dict[str, str]:
    return parse_variables((folder / ".env").read_text(encoding="utf-8"))


def test_the_file_is_private_and_all_that_compose_asks_for(folder: Path) -> None:
    target, filled = write_env(folder)
    assert target.stat().st_mode & 0o777 == 0o600
    values = read_values(folder)
    assert set(filled) == set(values) and all(values.values())
    read_compose(values)


def test_secrets_differ_and_stand_in_urls_and_on_command_lines(folder: Path) -> None:
    write_env(folder)
    example = parse_variables((folder / ".env.example").read_text(encoding="utf-8"))
    values = read_values(folder)
    secret = [values[name] for name, default in example.items() if not default]
    assert len(set(secret)) == len(secret) == 15
    assert all(value.isalnum() for value in secret if value != values["AIRFLOW_FERNET_KEY"])
    assert len(base64.urlsafe_b64decode(values["AIRFLOW_FERNET_KEY"])) == 32
    assert len(values["AIRFLOW_JWT_SECRET"]) >= 64, "too short for HMAC-SHA512"
    assert make_secret("POSTGRES_PASSWORD") != make_secret("POSTGRES_PASSWORD")


def test_a_complete_file_is_kept(folder: Path) -> None:
    write_env(folder)
    before = (folder / ".env").read_bytes()
    (folder / ".env").chmod(0o644)
    assert write_env(folder)[1] == []
    assert (folder / ".env").read_bytes() == before
    assert (folder / ".env").stat().st_mode & 0o777 == 0o600


def test_a_new_variable_is_added_to_an_old_file(folder: Path) -> None:
    (folder / ".env").write_text("POSTGRES_PASSWORD=kept\nS3_BUCKET=mine\nREDIS_PASSWORD=\nOF_MY_OWN=1\n")
    filled = write_env(folder)[1]
    values = read_values(folder)
    assert (values["POSTGRES_PASSWORD"], values["S3_BUCKET"], values["OF_MY_OWN"]) == ("kept", "mine", "1")
    assert "REDIS_PASSWORD" in filled and len(values["REDIS_PASSWORD"]) == 40
    assert not {"POSTGRES_PASSWORD", "S3_BUCKET"} & set(filled)


def test_force_makes_every_secret_anew(folder: Path) -> None:
    write_env(folder)
    before = read_values(folder)
    write_env(folder, force=True)
    after = read_values(folder)
    assert set(after) == set(before)
    assert not {name for name in after if "PASSWORD" in name and after[name] == before[name]}


def test_without_its_template_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(LocalServiceError, match=r"\.env\.example"):
        write_env(tmp_path)
    assert not (tmp_path / ".env").exists()


def test_it_needs_the_standard_library_alone() -> None:
    """-S leaves out site-packages, as on a machine with nothing but Docker and Python."""
    command = [sys.executable, "-S", "-m", "include.local.make_env", "--help"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0 and "--force" in done.stdout, done.stderr
