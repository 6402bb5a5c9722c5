"""Rows into PostgreSQL: ours beside a bare COPY of the same rows, on an embedded server of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from benchmarks.data import FOLDER, load_matrix, prepare
from benchmarks.harness import Case, measure_cases, say
from benchmarks.script import Options, Section, run_script
from benchmarks.worker import Work

_TABLE = Path(__file__).with_name("load.sql")
_COLUMNS = ["item_id", "rank", "similar_item_id", "score", "co_buyers"]
_COPY = f"COPY bench.similar ({', '.join(_COLUMNS)}) FROM STDIN (FORMAT csv, FREEZE true)"
_KEY = "ALTER TABLE bench.similar ADD PRIMARY KEY (item_id, rank)"
_BLOCK = 1 << 20

Config = dict[str, Any]


def run_ours_copy(config: Config) -> Work:
    """Arrow rows → CSV → COPY, by the function that stages every table."""
    from psycopg import sql

    from include.warehouse.postgres.connection import connect_warehouse
    from include.warehouse.postgres.load import copy_rows

    rows = _read_rows(config)
    engine = connect_warehouse()

    def load() -> int:
        with engine.begin() as connection:
            connection.exec_driver_sql(_TABLE.read_text())
            return copy_rows(connection, sql.Identifier("bench", "similar"), rows, freeze=True)

    return Work(load, _describe)


def run_ours_stage(config: Config) -> Work:
    """A release of this one table: created, loaded, its key built, analysed and attached."""
    import pyarrow as pa

    from include.models.base import RankedTable
    from include.warehouse import open_warehouse

    rows = _read_rows(config)
    run = {
        **dict.fromkeys(("purchases", "users", "items"), 0),
        **dict.fromkeys(("window_start", "window_end"), date(2026, 1, 30)),
        "run_id": "bench",
        "code_version": "bench",
        "settings": {},
        "stages": {},
    }
    nothing = pa.array([], pa.string())

    def stage() -> int:
        with open_warehouse("bench_mall") as warehouse:
            warehouse.stage(
                date(2026, 1, 30),
                [RankedTable("item_similarities", "cosine", rows)],
                window_items=nothing,
                window_users=nothing,
                run=run,
            )
        return int(rows.num_rows)

    return Work(stage, _describe)


def run_bare_copy(config: Config) -> Work:
    return Work(lambda: _copy_file(config, key=False), _describe)


def run_bare_copy_and_key(config: Config) -> Work:
    return Work(lambda: _copy_file(config, key=True), _describe)


def run_adbc(config: Config) -> Work:
    import json

    import adbc_driver_postgresql.dbapi
    import psycopg
    from sqlalchemy import URL

    rows = _read_rows(config)
    known = json.loads(os.environ["AIRFLOW_CONN_WAREHOUSE_DEFAULT"])
    url = URL.create(
        "postgresql", known["login"], known["password"], known["host"], known["port"], known["schema"]
    ).render_as_string(hide_password=False)

    def load() -> int:
        with psycopg.connect(url) as connection:
            connection.execute(_TABLE.read_bytes())
        with adbc_driver_postgresql.dbapi.connect(url) as connection, connection.cursor() as cursor:
            count = cursor.adbc_ingest("similar", rows, mode="append", db_schema_name="bench")
            connection.commit()
        return int(count)

    return Work(load, _describe)


def _copy_file(config: Config, key: bool) -> int:
    """COPY a CSV file that was written before, block by block, into a table made in the same transaction."""
    from include.warehouse.postgres.connection import connect_warehouse
    from include.warehouse.postgres.statements import get_driver

    with connect_warehouse().begin() as connection:
        connection.exec_driver_sql(_TABLE.read_text())
        cursor = get_driver(connection).cursor()
        with Path(config["csv"]).open("rb") as file, cursor.copy(_COPY) as copy:
            while block := file.read(_BLOCK):
                copy.write(block)
        count = cursor.rowcount
        if key:
            connection.exec_driver_sql(_KEY)
    return count


def _read_rows(config: Config) -> Any:
    import pyarrow.parquet as pq

    return pq.read_table(config["rows"])


def _describe(count: int) -> tuple[dict[str, Any], dict[str, Any]]:
    return {"rows": count}, {}


def prepare_rows(source: str) -> dict[str, str]:
    """The cosine lists of a mall as Parquet, and as the CSV that a bare COPY reads."""
    import subprocess
    import sys

    folder = prepare(source)
    paths = {"rows": str(folder / "cosine.parquet"), "csv": str(folder / "cosine.csv")}
    if not Path(paths["csv"]).exists():
        say(f"preparing the rows of {source}")
        code = f"from benchmarks.load import write_rows; write_rows({str(folder)!r})"
        subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parent.parent, check=True)
    return paths


def write_rows(folder: str) -> None:
    import pyarrow.parquet as pq
    from pyarrow import csv

    from benchmarks import ours

    rows = ours.rank_cosine(ours.load_interactions(folder, load_matrix(folder)), 50).select(_COLUMNS)
    # pyarrow 26 writes bytes it never set for an empty chunk before others.
    rows = rows.combine_chunks()
    pq.write_table(rows, Path(folder, "cosine.parquet"))
    partial = Path(folder, "cosine.csv.partial")
    csv.write_csv(rows, partial, csv.WriteOptions(include_header=False, quoting_style="needed"))
    partial.rename(Path(folder, "cosine.csv"))


@contextmanager
def open_server() -> Iterator[Any]:
    """An embedded PostgreSQL for one script, which every run of it finds by the environment."""
    from include.local.postgres import remove_server, start_server

    folder = FOLDER / "postgres"
    remove_server(folder)
    server = start_server(folder)
    before = dict(os.environ)
    os.environ["AIRFLOW_CONN_WAREHOUSE_DEFAULT"] = server.connection_json()
    # Airflow, which reads the connection, must not write into the home of the user.
    os.environ["AIRFLOW_HOME"] = str(FOLDER / "airflow")
    try:
        yield server
    finally:
        os.environ.clear()
        os.environ.update(before)
        remove_server(folder)


def measure(options: Options) -> Section:
    """Load of the cosine lists: ours beside a bare COPY of the same rows and ADBC."""
    source = f"mall-{options.share}"
    config = {**prepare_rows(source), "threads": options.threads}
    warm_up = prepare_rows("mall-1/256")
    cases = [
        Case("run_ours_copy", "ours: copy_rows, from Arrow"),
        Case("run_ours_stage", "ours: table, load, key, statistics, attach"),
        Case("run_bare_copy", "bare COPY of a CSV file", "psycopg"),
        Case("run_bare_copy_and_key", "bare COPY of a CSV file, then the key", "psycopg"),
        Case("run_adbc", "ADBC adbc_ingest, from Arrow", "adbc-driver-postgresql"),
    ]
    with open_server():
        rows, _ = measure_cases("benchmarks.load", "load", cases, config, warm_up, options.runs)
    for row in rows:
        if row["seconds"]:
            row["facts"]["rows/s"] = round(row["facts"]["rows"] / min(row["seconds"]))
    return {
        "title": "Load",
        "about": "item_similarities of the model cosine into the embedded PostgreSQL 18, durable, same"
        " columns. The bare COPY sends a CSV file that was written before; ours and ADBC begin with Arrow"
        " rows in memory. Tables are made in the transaction that fills them. Memory is that of the"
        " client. Gates are timed in the section on the whole release.",
        "tables": [{"title": source, "rows": rows}],
    }


if __name__ == "__main__":
    run_script("load", measure)
