"""Files of a day as a mall, or somebody else, puts them there."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from include.errors import MissingDataError, RejectedDayError, StorageError
from include.ingest.days import ingest_day
from include.ingest.lake import read_manifest, read_quarantine
from include.ingest.landing import read_delivery
from include.ingest.landing.day_folder import open_day
from include.settings import load_advertiser
from tests.conftest import SHARED_DATA
from tests.ingest.conftest import DAY, Mall

CASES = SHARED_DATA.parent / "cases"
HEADER = "order_id,user_id,item_id,quantity,price,purchased_at\n"
LINE = "o1,u1,i1,1,2.5,2026-03-10T10:00:00\n"

MakeMall = Callable[..., Mall]


def refuse(mall: Mall) -> str:
    with pytest.raises(RejectedDayError) as caught:
        read_delivery(mall.advertiser, "purchases", DAY)
    return str(caught.value)


def put(mall: Mall, name: str, text: str = HEADER + LINE) -> Path:
    path = mall.landing() / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def name_files(mall: Mall) -> list[str]:
    return [file.name for file in read_delivery(mall.advertiser, "purchases", DAY).files]


# Names


def test_a_name_that_is_not_utf8_and_one_that_cannot_be_seen(mall: Mall) -> None:
    bad = LINE.replace("u1", "")
    (mall.landing() / os.fsdecode("주문.csv".encode("cp949"))).write_text(HEADER + bad)
    put(mall, "a\u200b\n.csv", HEADER + LINE)
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert [file.name for file in manifest.source_files] == [r"a\u200b\n.csv", r"\xc1\xd6\xb9\xae.csv"]
    assert read_manifest(mall.advertiser, "purchases", DAY) == manifest
    quarantine = read_quarantine(mall.advertiser, "purchases", DAY)
    assert quarantine["source_file"].to_pylist() == [r"\xc1\xd6\xb9\xae.csv"]


def test_a_name_that_is_not_utf8_in_a_refusal(mall: Mall) -> None:
    (mall.landing() / os.fsdecode("주문.xlsx".encode("cp949"))).write_text("x")
    assert r"file \xc1\xd6\xb9\xae.xlsx has none of the suffixes" in refuse(mall)


def test_names_that_differ_in_case_only(mall: Mall) -> None:
    put(mall, "a.csv")
    put(mall, "A.CSV", HEADER + LINE.replace("o1", "o2"))
    delivery = read_delivery(mall.advertiser, "purchases", DAY)
    assert (len(delivery.files), delivery.warnings) == (
        2,
        ("the names of files A.CSV, a.csv differ only in case or form: is one of them a copy?",),
    )


# Folders


def test_folders_inside_the_day(mall: Mall) -> None:
    for name in ("hour=00/part-0.csv", "hour=01/part-0.csv", "x/y/z.csv", "_temporary/a.csv", ".h/b.csv"):
        put(mall, name, HEADER + LINE.replace("o1", name))
    assert name_files(mall) == ["hour=00/part-0.csv", "hour=01/part-0.csv", "x/y/z.csv"]
    assert ingest_day(mall.advertiser, "purchases", DAY).accepted_rows == 3


def test_folders_too_deep_are_refused(mall: Mall) -> None:
    put(mall, "/".join("abcdefgh") + "/1.csv")
    assert len(name_files(mall)) == 1
    put(mall, "/".join("abcdefghi") + "/1.csv")
    assert "is a folder too deep" in refuse(mall)


@pytest.mark.parametrize(
    ("mark", "kind"),
    [
        ("_delta_log/00000000000000000000.json", "a Delta Lake table"),
        ("metadata/v1.metadata.json", "an Iceberg table"),
        (".hoodie/hoodie.properties", "a Hudi table"),
    ],
)
@pytest.mark.parametrize("above", [0, 1, 2])
def test_a_table_of_a_lakehouse_is_refused(mall: Mall, mark: str, kind: str, above: int) -> None:
    put(mall, "part-0.csv")
    folder = [mall.landing(), *mall.landing().parents][above]
    (folder / mark).parent.mkdir()
    (folder / mark).write_text("{}")
    message = refuse(mall)
    assert f"file://{folder} is {kind}" in message
    assert "exported as plain Parquet or CSV files" in message


def test_a_folder_called_metadata_is_a_folder(mall: Mall) -> None:
    put(mall, "metadata/part-0.csv")
    assert name_files(mall) == ["metadata/part-0.csv"]


# What is no regular file


def test_links_out_of_the_landing_folder_are_refused(mall: Mall, tmp_path: Path) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text(HEADER + LINE)
    link = mall.landing() / "link.csv"
    for target in (secret, Path("../../../secret.csv")):
        link.symlink_to(target)
        assert "file link.csv is a link that leads out of the landing folder" in refuse(mall)
        link.unlink()
    inner = mall.landing().parent / "chained.csv"
    inner.symlink_to(secret)
    link.symlink_to(inner)
    assert "leads out of the landing folder" in refuse(mall)
    link.unlink()
    (mall.landing() / "folder").symlink_to(tmp_path, target_is_directory=True)
    assert "file folder is a link that leads out" in refuse(mall)


def test_a_day_that_is_a_link_out_of_the_landing_folder(mall: Mall, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    mall.landing().rmdir()
    (tmp_path / "landing" / "purchases" / f"dt={DAY}").symlink_to(tmp_path / "elsewhere")
    assert f"dt={DAY} is a link that leads out of the landing folder" in refuse(mall)


def test_links_within_the_landing_folder_are_followed(mall: Mall, tmp_path: Path) -> None:
    shared = tmp_path / "landing" / "shared"
    shared.mkdir(parents=True)
    (shared / "a.csv").write_text(HEADER + LINE)
    (mall.landing() / "link.csv").symlink_to("../../shared/a.csv")
    (mall.landing() / "folder").symlink_to(shared)
    assert name_files(mall) == ["folder/a.csv", "link.csv"]


def test_the_landing_place_may_itself_be_a_link(mall: Mall, tmp_path: Path) -> None:
    put(mall, "a.csv")
    (tmp_path / "landing").rename(tmp_path / "disk")
    (tmp_path / "landing").symlink_to(tmp_path / "disk")
    assert name_files(mall) == ["a.csv"]


def test_links_that_lead_nowhere_or_in_circles(mall: Mall) -> None:
    link = mall.landing() / "gone.csv"
    link.symlink_to("nothing.csv")
    assert "file gone.csv is a broken link" in refuse(mall)
    link.unlink()
    link.symlink_to("gone.csv")
    assert "file gone.csv is a broken link" in refuse(mall)
    link.unlink()
    (mall.landing() / "circle").symlink_to(".")
    assert "file circle is a link to a folder that is read already" in refuse(mall)


def test_a_pipe_and_a_socket_are_refused_unopened(mall: Mall) -> None:
    pipe = mall.landing() / "pipe.csv"
    os.mkfifo(pipe)
    assert "file pipe.csv is a pipe and no regular file" in refuse(mall)
    pipe.unlink()
    os.mkfifo(mall.landing() / "_aside")
    put(mall, "a.csv")
    assert name_files(mall) == ["a.csv"]
    with socket.socket(socket.AF_UNIX) as server:
        # The path of a socket must be short.
        before = Path.cwd()
        os.chdir(mall.landing())
        try:
            server.bind("s.csv")
        finally:
            os.chdir(before)
        assert "file s.csv is a socket" in refuse(mall)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes devices")
def test_a_device_is_refused_unopened(mall: Mall) -> None:
    try:
        os.mknod(mall.landing() / "zero.csv", 0o20666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this container makes no devices")
    assert "file zero.csv is a device" in refuse(mall)


@pytest.mark.parametrize("kind", ["link", "pipe", "folder link"])
def test_what_changes_after_it_was_listed_is_not_opened(mall: Mall, tmp_path: Path, kind: str) -> None:
    """As somebody would who swaps a file between the look at it and the reading of it."""
    path = put(mall, "hour=01/a.csv")
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "a.csv").write_text(HEADER + LINE)
    folder = open_day(mall.advertiser, "purchases", DAY)
    entries = folder.list_files(10)
    assert entries is not None
    path.unlink()
    if kind == "link":
        path.symlink_to(secret / "a.csv")
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.parent.rmdir()
        path.parent.symlink_to(secret)
    with pytest.raises(RejectedDayError, match=r"file hour=01/a\.csv has become a link or no regular file"):
        list(folder.read_files(entries))


# Sizes


def test_a_file_that_grows_or_vanishes_while_it_is_read(mall: Mall) -> None:
    path = put(mall, "a.csv")
    folder = open_day(mall.advertiser, "purchases", DAY)
    entries = folder.list_files(10)
    assert entries is not None
    with path.open("a") as file:
        file.write(LINE * 1000)
    with pytest.raises(StorageError, match=r"file a\.csv changed while the day was read"):
        list(folder.read_files(entries))
    path.unlink()
    with pytest.raises(StorageError, match=r"a\.csv vanished while the day was read"):
        list(folder.read_files(entries))


def test_a_file_beyond_the_limit_is_not_read(make_mall: MakeMall) -> None:
    mall = make_mall(limits={"file_mb": 1})
    path = put(mall, "a.csv")
    os.truncate(path, 2**40)  # a terabyte of nothing
    message = refuse(mall)
    assert "file a.csv has 1,048,576.0 MB, and at most 1.0 MB are read (limits.file_mb" in message


def test_too_many_files(make_mall: MakeMall) -> None:
    mall = make_mall(limits={"day_files": 3})
    for number in range(3):
        put(mall, f"{number}.csv", HEADER + LINE.replace("o1", f"o{number}"))
    assert len(name_files(mall)) == 3
    for number in range(3, 10):
        put(mall, f"{number}.csv")
    assert "holds more than 3 files (limits.day_files)" in refuse(mall)


def test_too_many_lines_in_all_files_together(make_mall: MakeMall) -> None:
    mall = make_mall(limits={"day_rows": 3})
    put(mall, "a.csv", HEADER + LINE * 2)
    assert len(name_files(mall)) == 1
    put(mall, "b.csv", HEADER + LINE * 2)
    assert "the day has 4 lines up to file b.csv, and at most 3 are read (limits.day_rows" in refuse(mall)


def test_more_of_everything_than_is_listed_is_refused_too(make_mall: MakeMall) -> None:
    mall = make_mall(limits={"day_files": 2})
    put(mall, "a.csv")
    for number in range(4):
        put(mall, f".{number}.crc")
    assert "holds more than 2 files (limits.day_files)" in refuse(mall)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everywhere")
def test_a_folder_that_may_not_be_read_is_tried_again(mall: Mall) -> None:
    put(mall, "a.csv")
    mall.landing().chmod(0)
    try:
        with pytest.raises(StorageError, match="Permission denied"):
            read_delivery(mall.advertiser, "purchases", DAY)
    finally:
        mall.landing().chmod(0o700)


# Empty parts


def test_empty_parts_beside_others(mall: Mall) -> None:
    put(mall, "part-0.csv")
    put(mall, "part-1.csv", "")
    put(mall, "part-2.parquet", "")
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert manifest.accepted_rows == 1
    assert manifest.warnings == ("files part-1.csv, part-2.parquet are empty, beside files that are not.",)


def test_an_empty_part_alone_is_refused(mall: Mall) -> None:
    put(mall, "part-0.csv", "\n")
    assert "file part-0.csv is empty" in refuse(mall)


# Cases


def ingest_case(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    if not (CASES / name).is_dir():
        pytest.skip(f"{CASES / name} is not there")
    monkeypatch.setattr("include.settings.ADVERTISERS", CASES / name)
    monkeypatch.setenv("DANGOL_DATA", str(tmp_path))
    shutil.copytree(CASES / name / "landing", tmp_path / "landing")
    for path in (tmp_path / "landing").rglob("*"):
        os.utime(path, (0, 0))
    return ingest_day(load_advertiser(name), "purchases", DAY)


@pytest.mark.parametrize(
    ("name", "files"),
    [
        ("cp949_file_name", [r"\xc1\xd6\xb9\xae.csv"]),
        ("zero_byte_part", ["part-0.csv", "part-1.csv"]),
        ("part_named", ["a.txt"]),
        ("half_a_file", ["a.csv"]),
    ],
)
def test_deliveries_that_failed_elsewhere(
    name: str, files: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manifest = ingest_case(name, tmp_path, monkeypatch)
    assert (manifest.accepted_rows, [file.name for file in manifest.source_files]) == (1, files)
    assert bool(manifest.warnings) == (name in ("zero_byte_part", "part_named"))


def test_the_case_of_a_path_with_a_format(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingDataError, match=r"path_format/purchases/2026/03/10 is not there"):
        ingest_case("path_format", tmp_path, monkeypatch)
