"""Real services for the tests: an embedded PostgreSQL per worker, a fresh database per test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest

from include.compile_cache import choose_cache

ROOT = Path(__file__).resolve().parent.parent
SHARED_DATA = Path(os.environ.get("DANGOL_SHARED_DATA", ROOT.parent / "shared" / "data"))

# Before anything imports Airflow: its home must not be the developer's own.
os.environ["AIRFLOW_HOME"] = str(ROOT / ".local" / "test-airflow")
os.environ["AIRFLOW__CORE__LOAD_EXAMPLES"] = "False"
os.environ["AIRFLOW__CORE__UNIT_TEST_MODE"] = "False"
os.environ["AIRFLOW__CORE__PLUGINS_FOLDER"] = str(ROOT / "plugins")
choose_cache()

# How long an example takes says something of the other workers, and nothing of the example.
hypothesis.settings.register_profile("dangol", deadline=None)
hypothesis.settings.load_profile("dangol")

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from include.local.postgres import Server


# The files that take longest, longest first: one that begins last keeps the other workers waiting.
# Those that mostly wait stand between those that compute.
LONG_FILES = (
    "tests/integration/test_airflow.py",
    "tests/test_tune_and_promote.py",
    "tests/evaluation/test_known_answers.py",
    "tests/commands/test_evaluate_split.py",
    "tests/steps/test_tune.py",
    "tests/benchmarks/test_scripts.py",
    "tests/integration/test_compose_services.py",
    "tests/local/test_demo.py",
    "tests/test_add_an_advertiser.py",
    "tests/local/test_postgres.py",
    "tests/local/test_make_venv.py",
    "tests/ingest/test_online_retail.py",
    "tests/local/test_up.py",
    "tests/kernels/test_intrinsics.py",
    "tests/steps/test_same_day.py",
    "tests/commands/test_main.py",
    "tests/ingest/test_lake.py",
    "tests/local/test_airflow.py",
    "tests/warehouse/test_gates.py",
    "tests/ingest/test_trial.py",
    "tests/warehouse/test_lost_server.py",
    "tests/local/test_commands.py",
    "tests/test_add_a_model.py",
    "tests/integration/test_daily_job.py",
    "tests/ingest/test_s3.py",
    "tests/samples/test_funnel.py",
    "tests/integration/test_event_feeds.py",
    "tests/warehouse/test_window_checks.py",
    "tests/test_shape_the_list.py",
    "tests/test_add_a_rerank_step.py",
    "tests/test_add_a_feed.py",
    "tests/candidates/test_add_a_source.py",
)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first, where workers share them out; the order within a file stays."""
    if missing := [name for name in LONG_FILES if not (ROOT / name).exists()]:
        raise pytest.UsageError(f"LONG_FILES of tests/conftest.py names {missing[0]}, which is not there.")
    if hasattr(config, "workerinput"):
        places = {ROOT / name: place for place, name in enumerate(LONG_FILES)}
        items.sort(key=lambda item: places.get(item.path, len(places)))


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The embedded PostgreSQL, started once for each test worker."""
    from include.local.postgres import remove_server, start_server

    folder = tmp_path_factory.mktemp("postgres")
    yield start_server(folder, options={"fsync": "off", "full_page_writes": "off"})
    remove_server(folder)


@contextmanager
def lend_database(server: Server) -> Iterator[str]:
    """The name of an empty database that the analyst may connect to; it is dropped afterwards."""
    from sqlalchemy import create_engine, text

    database = f"test_{uuid.uuid4().hex[:12]}"
    admin = create_engine(
        server.url("postgres", "postgres"), isolation_level="AUTOCOMMIT", pool_pre_ping=True
    )
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {database} OWNER dangol"))
        connection.execute(text(f"GRANT CONNECT ON DATABASE {database} TO analyst"))
    yield database
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE {database} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def warehouse(postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """An empty database of its own; the connection `warehouse_default` leads to it."""
    from sqlalchemy import create_engine

    with lend_database(postgres) as database:
        monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", postgres.connection_json(database))
        engine = create_engine(postgres.url(database))
        yield engine
        engine.dispose()


def write_files(root: Path, files: dict[str, str]) -> Path:
    """A root folder with files, such as those that the kernel shows of a process's control groups."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text + "\n")
    return root
