"""`dangol remove` takes schemas, partitions and run folders away, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.run import main
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.locks import add_lock, name_staging, try_lock
from tests.malls import DAY, Mall, busy_day, open_mall

pytestmark = pytest.mark.integration


@pytest.fixture
def mall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> Mall:
    """Two malls with a day each in the lake and the warehouse, one with a run folder."""
    other = open_mall(tmp_path, monkeypatch, name="other")
    mall = open_mall(tmp_path, monkeypatch)
    for each in (other, mall):
        each.deliver(DAY, busy_day(DAY))
        assert main(["ingest", "--advertiser", each.name, "--as-of", str(DAY)]) == 0
    assert main(["window", "--advertiser", "mall", "--as-of", str(DAY)]) == 0
    capsys.readouterr()
    return mall


def list_files(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def list_schemas(warehouse: Engine) -> set[str]:
    query = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|public)'"
    with warehouse.connect() as connection:
        return set(connection.execute(text(query)).scalars())


def test_a_dry_run_tells_and_changes_nothing(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list_files(mall.folder), list_schemas(warehouse)
    assert main(["remove", "--advertiser", "mall"]) == 0
    shown = capsys.readouterr().out
    for name in ("schema mall", "schema mall_store", f"{mall.folder}/lake/mall/purchases", "lake/mall/runs"):
        assert any(line.startswith("would go: ") and name in line for line in shown.splitlines())
    assert "landing" not in shown.replace("landing files stay", "")
    assert "mall.yaml stays: delete it" in shown
    assert shown.endswith("with --for-real removes it; landing files stay.\n")
    assert (list_files(mall.folder), list_schemas(warehouse)) == before


def test_for_real_it_goes_and_the_landing_files_and_other_malls_stay(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    files = list_files(mall.folder)
    assert main(["remove", "--advertiser", "mall", "--for-real", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["removed"] is True
    assert [part["name"].rpartition("/")[2] for part in said["parts"]] == [
        "mall",
        "mall_store",
        "purchases",
        "runs",
    ]
    assert all(part["holds"] for part in said["parts"])
    assert [part["bytes"] > 0 for part in said["parts"]] == [True, True, True, True]
    assert list_schemas(warehouse) == {"other", "other_store"}
    assert list_files(mall.folder) == [name for name in files if not name.startswith("lake/mall/")]
    assert main(["remove", "--advertiser", "mall", "--for-real"]) == 0
    assert "There is nothing of mall in the warehouse or the lake." in capsys.readouterr().out
    assert main(["ingest", "--advertiser", "mall", "--as-of", str(DAY)]) == 0, "it can begin again"


def test_without_its_yaml_it_goes_by_the_name(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    (mall.folder / "advertisers" / "mall.yaml").unlink()
    assert main(["remove", "--advertiser", "mall", "--yes"]) == 0
    shown = capsys.readouterr().out
    assert "mall.yaml is not there, so only what goes by the name is looked for." in shown
    assert f"The lake is taken to be file://{mall.folder}/lake" in shown
    assert not (mall.folder / "lake" / "mall" / "purchases").exists()
    assert list_schemas(warehouse) == {"other", "other_store"}


def test_a_yaml_with_mistakes_is_no_hindrance(mall: Mall, capsys: pytest.CaptureFixture[str]) -> None:
    (mall.folder / "advertisers" / "mall.yaml").write_text("name: [")
    assert main(["remove", "--advertiser", "mall"]) == 0
    shown = capsys.readouterr().out
    assert "mall.yaml has mistakes (dangol check names them), so it is not read." in shown
    assert "would go: schema mall_store" in shown


def test_for_real_a_lake_that_is_not_known_is_asked_for(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    (mall.folder / "advertisers" / "mall.yaml").write_text("name: mall\nkeep_releases: 3\n")
    before = list_files(mall.folder), list_schemas(warehouse)
    assert main(["remove", "--advertiser", "mall", "--for-real"]) == 1
    assert "or name the lake with --lake" in capsys.readouterr().err
    assert (list_files(mall.folder), list_schemas(warehouse)) == before
    lake = (mall.folder / "lake").as_uri()
    assert main(["remove", "--advertiser", "mall", "--for-real", "--lake", lake]) == 0
    assert not (mall.folder / "lake" / "mall" / "purchases").exists()


def test_while_a_release_is_being_staged_it_is_for_later(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = list_files(mall.folder), list_schemas(warehouse)
    schemas = Schemas(warehouse, "mall")
    add_lock(schemas, name_staging(DAY))
    with schemas.begin() as connection:
        assert try_lock(connection, schemas, name_staging(DAY))
        assert main(["remove", "--advertiser", "other"]) == 0
        assert main(["remove", "--advertiser", "mall", "--for-real"]) == 75
    assert f"A run is staging {DAY} of mall: nothing is removed" in capsys.readouterr().err
    assert (list_files(mall.folder), list_schemas(warehouse)) == before
    assert main(["remove", "--advertiser", "mall", "--for-real"]) == 0


def test_a_table_in_use_is_for_later(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a stage that has begun just now holds it, or a long report."""
    with warehouse.begin() as connection:
        connection.execute(text("SELECT * FROM mall.partitions"))
        assert main(["remove", "--advertiser", "mall", "--for-real"]) == 75
    assert "kept a table locked for too long" in capsys.readouterr().err
    assert "mall" in list_schemas(warehouse)
    assert (mall.folder / "lake" / "mall" / "purchases").exists()


def test_what_others_have_built_on_it_stops_it(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with warehouse.begin() as connection:
        connection.execute(text("CREATE SCHEMA reports"))
        connection.execute(text("CREATE VIEW reports.days AS SELECT feed, day FROM mall.partitions"))
    assert main(["remove", "--advertiser", "mall", "--for-real"]) == 1
    assert "reports.days stand on the tables of mall" in capsys.readouterr().err
    assert "mall" in list_schemas(warehouse)


def test_schemas_that_are_not_ours_stay(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    with warehouse.begin() as connection:
        connection.execute(text("CREATE SCHEMA shop"))
    for name in ("shop", "public", "pg_catalog", "mall_store", "../mall", "Mall"):
        assert main(["remove", "--advertiser", name, "--for-real"]) == 1
        assert "Traceback" not in capsys.readouterr().err
    assert {"shop", "mall", "mall_store"} <= list_schemas(warehouse)


def test_a_lake_around_the_landing_place_is_not_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    places = {"landing": {"uri": "all/mall/purchases/in"}, "lake": {"uri": "all"}}
    open_mall(tmp_path, monkeypatch, **places)
    (tmp_path / "all" / "mall" / "purchases" / "in").mkdir(parents=True)
    assert main(["remove", "--advertiser", "mall", "--for-real"]) == 1
    assert "lie in one another, so nothing is removed" in capsys.readouterr().err
    assert (tmp_path / "all" / "mall" / "purchases" / "in").exists()
