from __future__ import annotations

import os

import pytest

from include.ingest.landing.names import find_lookalikes, is_aside, is_unfinished, show_name


@pytest.mark.parametrize(
    "name",
    [
        "a.csv.part",
        "a.csv.filepart",
        "a.parquet.PARTIAL",
        "a.tmp",
        "a.csv.temp",
        "a.csv.crdownload",
        "a.csv.inprogress",
        "a.csv.writing",
        ".a.csv.swp",
        "a.csv~",
        "a.csv._COPYING_",
        ".a.csv.X3dF9a",
        "_temporary",
    ],
)
def test_names_of_uploads_in_progress(name: str) -> None:
    assert is_unfinished(name)


@pytest.mark.parametrize(
    "name",
    [
        "a.csv",
        "part-0.csv",
        "tmp.csv",
        "copying.csv",
        "a.csv.gz",
        "part",
        "X.parts",
        ".a.backup",
        ".a.csv",
        "_SUCCESS",
    ],
)
def test_names_of_what_is_whole(name: str) -> None:
    assert not is_unfinished(name)


def test_markers_hidden_files_and_checksums_stand_aside() -> None:
    assert all(map(is_aside, ("_SUCCESS", ".part-0.parquet.crc", "0.parquet.crc", "_delta_log", ".a.csv")))
    assert not any(map(is_aside, ("0.parquet", "a_b.csv", "crc.csv")))


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        (os.fsdecode("주문.csv".encode("cp949")), r"\xc1\xd6\xb9\xae.csv"),
        ("주문 1.csv", "주문 1.csv"),
        ("a\u200bb.csv", r"a\u200bb.csv"),
        ("a\nb\x00.csv", r"a\nb\x00.csv"),
        ("a\u202eb.csv", r"a\u202eb.csv"),
        ("\U000e0041.csv", r"\U000e0041.csv"),
        ("\ud800.csv", r"\ud800.csv"),
        (r"a\nb.csv", r"a\\nb.csv"),
    ],
)
def test_a_name_is_shown_as_text_that_can_be_seen(name: str, shown: str) -> None:
    assert show_name(name) == shown
    assert shown.isprintable()
    assert shown.encode().decode() == shown


def test_names_that_differ_in_case_or_form_only() -> None:
    names = ["a.csv", "A.csv", "caf\u00e9.csv", "cafe\u0301.csv", "b.csv", "①.csv", "1.csv"]
    groups = sorted(find_lookalikes(names))
    assert groups == [["1.csv", "①.csv"], ["A.csv", "a.csv"], ["cafe\u0301.csv", "caf\u00e9.csv"]]
