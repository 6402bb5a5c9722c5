"""A partition appears whole or not at all, whatever happens to the ingest or to the disk."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from include.columns import LINE_COLUMNS, PURCHASES
from include.errors import MissingDataError, StorageError
from include.ingest import lake
from include.ingest.days import ingest_day
from include.ingest.manifest import Manifest
from include.ingest.storage import Folder
from include.settings import ROOT
from tests.ingest.conftest import DAY, Mall, make_purchases


def ingest_price(mall: Mall, price: float, count: int = 3) -> Manifest:
    mall.deliver(make_purchases(count, price=[price + i / 1000 for i in range(count)]))
    return ingest_day(mall.advertiser, "purchases", DAY)


def read_first_price(mall: Mall) -> float:
    price: float = lake.read_partition(mall.advertiser, "purchases", DAY).column("price")[0].as_py()
    return price


def test_reading_what_was_never_ingested(mall: Mall) -> None:
    assert lake.read_manifest(mall.advertiser, "purchases", DAY) is None
    assert lake.list_days(mall.advertiser, "purchases") == []
    with pytest.raises(
        MissingDataError, match="mall, purchases of 2026-03-10: the lake has no such partition"
    ):
        lake.read_partition(mall.advertiser, "purchases", DAY)


def test_days_and_columns(mall: Mall) -> None:
    days = [date(2026, 3, 9), date(2026, 3, 10)]
    for day in reversed(days):
        mall.landing(day)
        ingest_day(mall.advertiser, "purchases", day)
    mall.partition(date(2026, 3, 8)).mkdir()  # an ingest that was killed before its manifest
    assert lake.list_days(mall.advertiser, "purchases") == days
    assert lake.list_days(mall.advertiser, "products") == []
    rows = lake.read_partition(mall.advertiser, "purchases", DAY, columns=["item_id", "price"])
    assert rows.column_names == ["item_id", "price"]


def test_rows_of_several_files_by_number(mall: Mall) -> None:
    days = [DAY - timedelta(days=age) for age in (2, 1, 0)]
    for place, day in enumerate(days):
        prices = [place * 10 + i for i in range(3)]
        stamps = [f"{day}T09:30:00"] * 3
        mall.deliver(make_purchases(price=prices, purchased_at=stamps), day)
        ingest_day(mall.advertiser, "purchases", day)
    files = [lake.open_rows(mall.advertiser, "purchases", day) for day in days]
    files[1] = lake.RowsFile("damaged", pa.BufferReader(b"not read, but for its number of rows"))
    files[1].__dict__["rows"] = 3
    mall.deliver(make_purchases(1, price=[99]))
    ingest_day(mall.advertiser, "purchases", DAY)  # an open file stays what it was
    rows = lake.take_rows(files, np.array([8, 0, 6, 0, 2]), ["price", "order_id"])
    assert rows.column_names == ["price", "order_id"]
    assert rows["price"].to_pylist() == [22, 0, 20, 0, 2]
    with pytest.raises(StorageError, match="damaged is damaged; ingest the day again"):
        lake.take_rows(files, np.array([3]), ["price"])


def test_ingesting_again_replaces(mall: Mall) -> None:
    ingest_price(mall, 1)
    ingest_price(mall, 2, count=2)
    assert lake.read_partition(mall.advertiser, "purchases", DAY).num_rows == 2
    assert read_first_price(mall) == 2


def test_a_window_reads_the_same_rows_in_order_of_user(mall: Mall) -> None:
    rows = make_purchases(5, user_id=["b", "a", "b", "é", "a"], price=[1, 2, 3, 4, 5])
    mall.deliver(rows)
    ingest_day(mall.advertiser, "purchases", DAY)
    lines = lake.open_lines(mall.advertiser, "purchases", DAY)
    assert lines.url.endswith(".arrow")
    assert lines.rows == 5
    found = lines.read()
    assert [pa.types.is_dictionary(field.type) for field in found.schema] == [False, True, True, *[False] * 3]
    assert found["user_id"].chunk(0).dictionary.to_pylist() == ["a", "b", "é"]
    accepted = lake.read_partition(mall.advertiser, "purchases", DAY)
    assert found.cast(PURCHASES).equals(accepted.take([1, 4, 0, 2, 3]))
    assert lines.read(["price", "user_id"]).column_names == ["price", "user_id"]


def test_a_partition_from_before_there_were_lines_files(mall: Mall) -> None:
    manifest = ingest_price(mall, 7, count=1)
    (mall.partition() / manifest.lines_file).unlink()
    former = json.loads(manifest.to_json())
    del former["lines_file"]
    (mall.partition() / "manifest.json").write_text(json.dumps(former))
    lines = lake.open_lines(mall.advertiser, "purchases", DAY)
    assert lines.url.endswith(manifest.rows_file)
    assert (lines.rows, lines.read(["price"])["price"].to_pylist()) == (1, [7])


def test_a_day_without_purchases_has_an_empty_lines_file(mall: Mall) -> None:
    mall.landing(DAY)
    ingest_day(mall.advertiser, "purchases", DAY)
    lines = lake.open_lines(mall.advertiser, "purchases", DAY)
    assert (lines.rows, lines.read(LINE_COLUMNS).num_rows) == (0, 0)


@pytest.mark.parametrize("damage", ["cut", "zeros", "code"])
def test_a_damaged_lines_file_is_named(mall: Mall, damage: str) -> None:
    mall.deliver(make_purchases(500))
    path = mall.partition() / ingest_day(mall.advertiser, "purchases", DAY).lines_file
    content = path.read_bytes()
    if damage == "cut":
        path.write_bytes(content[: len(content) // 2])
    elif damage == "zeros":
        path.write_bytes(content[:300] + bytes(len(content) - 400) + content[-100:])
    else:
        table = lake.open_lines(mall.advertiser, "purchases", DAY).read()
        codes = pa.DictionaryArray.from_arrays(pa.array([9] * 500, pa.int32()), pa.array(["a"]), safe=False)
        with pa.ipc.new_file(path, table.schema) as file:
            file.write_table(table.set_column(1, "user_id", codes))
    lines = lake.open_lines(mall.advertiser, "purchases", DAY)
    with pytest.raises(StorageError, match=r"lines-.*\.arrow is damaged; ingest the day again"):
        lines.read(LINE_COLUMNS)


def test_only_the_new_and_the_previous_files_stay(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    young = ingest_price(mall, 1)
    ingest_price(mall, 2)
    ingest_price(mall, 3)
    assert (mall.partition() / young.rows_file).exists(), "young unnamed files may be another ingest's"
    monkeypatch.setattr(lake, "UNNAMED_FILE_LIFE", timedelta(0))
    (mall.partition() / "notes.txt").touch()
    kept = [ingest_price(mall, 4), ingest_price(mall, 5)]
    names = {n for m in kept for n in (m.rows_file, m.quarantine_file, m.lines_file)}
    assert {path.name for path in mall.partition().iterdir()} == {*names, "manifest.json", "notes.txt"}


def test_a_reader_in_the_middle_of_a_replacement(mall: Mall) -> None:
    """It has read the manifest, and the file that this names is gone: the next try finds the new one."""
    ingest_price(mall, 1)
    read_file = Folder.read_file
    calls = []

    def read_and_replace(folder: Folder, name: str) -> bytes:
        content = read_file(folder, name)
        calls.append(name)
        if name == "manifest.json" and calls.count(name) == 1:
            for path in mall.partition().glob("*.parquet"):
                path.unlink()
            ingest_price(mall, 2)
        return content

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Folder, "read_file", read_and_replace)
        assert read_first_price(mall) == 2


def test_damage_is_named_and_mended_by_another_ingest(mall: Mall) -> None:
    manifest = ingest_price(mall, 1)
    (mall.partition() / manifest.rows_file).write_bytes(b"PAR1 junk")
    with pytest.raises(StorageError, match=r"accepted-.*\.parquet is damaged; ingest the day again"):
        read_first_price(mall)
    (mall.partition() / manifest.rows_file).unlink()
    with pytest.raises(StorageError, match="is not there; ingest the day again"):
        read_first_price(mall)
    (mall.partition() / "manifest.json").write_text('{"feed": "purchases"')
    with pytest.raises(StorageError, match=r"manifest\.json is damaged"):
        lake.read_manifest(mall.advertiser, "purchases", DAY)
    ingest_price(mall, 2)
    assert read_first_price(mall) == 2


def test_a_manifest_survives_json(mall: Mall) -> None:
    manifest = ingest_price(mall, 1)
    assert Manifest.from_json(manifest.to_json()) == manifest
    with pytest.raises(ValueError, match="do not add up to 3 lines"):
        Manifest.from_json(manifest.to_json().replace('"accepted_rows": 3', '"accepted_rows": 2'))


def test_a_lake_that_cannot_be_written(mall: Mall) -> None:
    (mall.folder / "lake").write_text("a file, where the lake's folder should be")
    with pytest.raises(
        StorageError, match=r"mall, purchases of 2026-03-10: Cannot .* partition is unchanged"
    ):
        ingest_price(mall, 1)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_lake_without_permission(mall: Mall) -> None:
    ingest_price(mall, 1)
    mall.partition().chmod(0o555)
    try:
        with pytest.raises(StorageError, match=r"Permission denied.*partition is unchanged"):
            ingest_price(mall, 2)
    finally:
        mall.partition().chmod(0o755)
    assert read_first_price(mall) == 1


def expect_unchanged(mall: Mall, why: str) -> None:
    files = sorted(path.name for path in mall.partition().iterdir())
    with pytest.raises(StorageError, match=f"{why}.*partition is unchanged"):
        ingest_price(mall, 2, count=20_000)
    assert read_first_price(mall) == 1
    assert sorted(path.name for path in mall.partition().iterdir()) == files


def test_a_file_size_limit(mall: Mall) -> None:
    """EFBIG, from the kernel: the write fails half-way, as it does on a full disk."""
    ingest_price(mall, 1)
    mall.deliver(make_purchases(20_000))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    big = (mall.landing() / "0.parquet").read_bytes()
    (mall.landing() / "0.parquet").unlink()
    files = sorted(path.name for path in mall.partition().iterdir())
    (mall.landing() / "1.parquet").write_bytes(big)
    resource.setrlimit(resource.RLIMIT_FSIZE, (30_000, hard))
    try:
        with pytest.raises(StorageError, match=r"File too large.*partition is unchanged"):
            ingest_day(mall.advertiser, "purchases", DAY)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert read_first_price(mall) == 1
    assert sorted(path.name for path in mall.partition().iterdir()) == files


@pytest.fixture
def small_disk(mall: Mall) -> Iterator[None]:
    disk = mall.folder / "lake"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no permission to mount a small disk: {error}")
    yield
    subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.usefixtures("small_disk")
def test_a_full_disk(mall: Mall) -> None:
    ingest_price(mall, 1)
    expect_unchanged(mall, "No space left on device")


def test_a_killed_ingest_leaves_the_old_partition_or_the_new(tmp_path: Path) -> None:
    script = [sys.executable, "-m", "tests.ingest.kill_ingest", str(tmp_path)]
    run = subprocess.run(script, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    states = [json.loads(line) for line in run.stdout.splitlines() if line.startswith("{")]
    assert all(state["rows"] == 50 for state in states)
    prices = [state["prices"] for state in states]
    replaced = prices.index([2.0])
    assert prices == [[1.0]] * replaced + [[2.0]] * (len(prices) - replaced)
    # Two data files and the manifest are each opened and renamed; removing what is left over comes after.
    assert replaced >= 6
    assert len(prices) > replaced
    # The last ingest was not killed; it removes the temporary files that those before it have left.
    assert [path.name for path in (tmp_path / "lake").rglob(".*")] == []
