"""Staging reads the run folder table by table; what it loads is what the steps before have finished."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine, text

from include.columns import RELEASE_TABLES
from include.run import main
from include.settings import load_advertiser
from include.steps import release
from include.steps.release import stage_release
from include.steps.train import train_model
from include.tables import load_table
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.names import name_partition
from include.warehouse.postgres.store import list_stored_tables
from tests.malls import DAY, Mall, busy_day, open_mall

pytestmark = pytest.mark.integration


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine) -> Path:
    """The run folder of a mall whose models are trained."""
    mall: Mall = open_mall(tmp_path, monkeypatch, window={"days": 1})
    mall.deliver(DAY, busy_day(DAY))
    for step in ("ingest", "window", "train", "candidates"):
        assert main([step, "--advertiser", "mall", "--as-of", DAY.isoformat()]) == 0
    return mall.folder / "lake" / "mall" / "runs" / f"as_of={DAY}"


@pytest.mark.parametrize("batch_rows", [1, 7, 1 << 16])
def test_every_row_of_the_run_folder_is_staged(
    folder: Path, warehouse: Engine, monkeypatch: pytest.MonkeyPatch, batch_rows: int
) -> None:
    monkeypatch.setattr(release, "_BATCH_ROWS", batch_rows)
    summary = stage_release(load_advertiser("mall"), DAY, "test")
    written: dict[str, list[dict]] = {}
    for path in folder.glob("*.parquet"):
        model, _, table = path.stem.rpartition(".")
        rows = pq.read_table(path).to_pylist()
        written.setdefault(table, []).extend({**row, "model": model} for row in rows)
    for table, rows in written.items():
        if table in RELEASE_TABLES:
            assert summary["tables"][table] == len(rows)
            assert _sort(table, rows) == _sort(table, _read_staged(warehouse, table, summary["release_id"]))
    assert set(summary["tables"]) == set(RELEASE_TABLES) - {"item_audiences"}  # which nobody asks for
    ads = _read_staged(warehouse, "ad_candidates", summary["release_id"])
    assert len(ads) == summary["tables"]["ad_candidates"] > 0


def _read_staged(warehouse: Engine, table: str, release_id: int) -> list[dict]:
    with warehouse.connect() as connection:
        leaves = connection.execute(
            text("SELECT relname FROM pg_class WHERE relname ~ :name AND relkind = 'r'"),
            {"name": f"^{name_partition(table, release_id)}(_(cosine|als))?$"},
        ).scalars()
        rows: list[dict] = []
        for leaf in leaves:
            found = connection.execute(text(f"SELECT * FROM mall_store.{leaf}")).mappings()
            rows += [{"model": "", **row} for stored in found for row in _unnest(table, dict(stored))]
    known = pa.Table.from_pylist(rows, RELEASE_TABLES[table]).to_pylist()  # real, back from its decimals
    return [{**row, "model": staged["model"]} for row, staged in zip(known, rows, strict=True)]


def _unnest(table: str, stored: dict) -> list[dict]:
    """The entries of a list with their ranks, or the row of a table without lists."""
    declared = load_table(table)
    if not declared.list:
        return [stored]
    entries = zip(*(stored[name] for name in declared.listed), strict=True)
    return [
        stored | dict(zip(declared.listed, entry, strict=True)) | {"rank": rank}
        for rank, entry in enumerate(entries, start=1)
    ]


def _sort(table: str, rows: list[dict]) -> list[dict]:
    return sorted(rows, key=lambda row: (row["model"], *(row[name] for name in load_table(table).key)))


def test_a_table_that_another_run_has_replaced_ends_the_load_with_nothing_staged(
    folder: Path, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    path = folder / "als.item_similarities.parquet"
    pq.write_table(pq.read_table(path).slice(1), path)
    assert main(["stage", "--advertiser", "mall", "--as-of", DAY.isoformat()]) == 75
    assert "als.item_similarities.parquet is not what its step has finished" in capsys.readouterr().err
    with warehouse.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM mall.releases")).scalar_one() == 0
        assert list_stored_tables(connection, Schemas(warehouse, "mall")) == []


def test_a_window_of_an_older_version_is_to_be_built_anew(
    folder: Path, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    summary = json.loads((folder / "window.json").read_text())
    del summary["facts"]
    (folder / "window.json").write_text(json.dumps(summary))
    for step in ("candidates", "stage"):
        assert main([step, "--advertiser", "mall", "--as-of", DAY.isoformat()]) == 1
        assert "was built by an older version; run the steps from window on again" in capsys.readouterr().err


def test_candidates_of_another_training_are_not_staged(
    folder: Path, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    advertiser = load_advertiser("mall")
    train_model(advertiser, DAY, "als")
    stage_release(advertiser, DAY, "the same rows again are the same")
    path = folder.parents[3] / "advertisers" / "mall.yaml"
    path.write_text(path.read_text().replace("iterations: 3", "iterations: 4"))
    assert "iterations: 4" in path.read_text()
    train_model(load_advertiser("mall"), DAY, "als")
    assert main(["stage", "--advertiser", "mall", "--as-of", DAY.isoformat()]) == 1
    sentence = capsys.readouterr().err
    assert "were made from another window or another training than those there" in sentence
    assert "run the candidates step again" in sentence


def test_without_the_candidates_nothing_is_staged(
    folder: Path, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "candidates.json").unlink()
    assert main(["stage", "--advertiser", "mall", "--as-of", DAY.isoformat()]) == 1
    assert "run the steps before this one first (window, then train, then candidates)" in " ".join(
        capsys.readouterr().err.split()
    )
