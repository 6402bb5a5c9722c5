"""Deliveries that failed somewhere: as they are, and with the setting that cures them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from include.errors import MissingDataError, PermanentError, RejectedDayError, SettingsError
from include.ingest.days import ingest_day
from include.ingest.lake import read_partition
from include.ingest.landing.completeness import explain_incomplete
from include.ingest.manifest import Manifest
from include.settings import Advertiser, read_advertiser
from tests.conftest import SHARED_DATA

CASES = SHARED_DATA.parent / "cases"
DAY = date(2026, 3, 10)

pytestmark = pytest.mark.skipif(not CASES.is_dir(), reason=f"the deliveries are not there: {CASES}")


@pytest.fixture
def open_case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Advertiser]:
    """Copies a case and reads its YAML, with changes to the advertiser's or the purchases' settings."""
    monkeypatch.setenv("DANGOL_DATA", str(tmp_path))

    def open_one(name: str, purchases: dict[str, Any] | None = None, **changes: Any) -> Advertiser:
        shutil.copytree(CASES / name, tmp_path / "case", dirs_exist_ok=True)
        shutil.copytree(CASES / name / "landing", tmp_path / "landing", dirs_exist_ok=True)
        for path in (tmp_path / "landing").rglob("*"):
            os.utime(path, (0, 0))
        settings = yaml.safe_load((CASES / name / f"{name}.yaml").read_text(encoding="utf-8"))
        settings = deepcopy(settings | changes)
        settings["feeds"]["purchases"] |= purchases or {}
        path = tmp_path / f"{name}.yaml"
        path.write_text(yaml.safe_dump(settings), encoding="utf-8")
        return read_advertiser(path)

    return open_one


def read_lines(advertiser: Advertiser, feed: str = "purchases") -> tuple[Manifest, pa.Table]:
    manifest = ingest_day(advertiser, feed, DAY)
    return manifest, read_partition(advertiser, feed, DAY)


@pytest.mark.parametrize(
    ("case", "purchases", "ids"),
    [
        ("quote_backslash", {"csv": {"escape": "\\"}}, ["i0", "i1", "i2"]),
        ("quote_bare", {"csv": {"quoting": "none"}}, ["i0", "i1", "i2"]),
        ("category_columns", {}, ["i0", "i0"]),
        ("uuid_column", {}, ["i0"]),
        ("nested_views", {}, ["i0"]),
        ("cp949_file_name", {}, ["i0"]),
        ("excel_formula_id", {}, ["0012"]),
        ("sep_line", {}, ["i0"]),
        ("zero_byte_part", {}, ["i0"]),
        ("part_named", {}, ["i0"]),
        ("utf16_without_bom", {"csv": {"encoding": "utf-16-le"}}, ["i0"]),
        ("decimal_comma", {"csv": {"delimiter": ";"}, "decimal": ","}, ["i0"]),
        ("index_column", {"duplicates": {"by": ["order_id", "item_id"]}}, ["i0"]),
        ("literal_utc", {"timestamp_format": "%Y-%m-%d %H:%M:%S %Z"}, ["i0"]),
        ("hour_with_pm", {"timestamp_format": "%m/%d/%Y %I:%M %p"}, ["i0"]),
        (
            "headerless",
            {
                "csv": {"header": False},
                "columns": {
                    "order_id": 1,
                    "user_id": 2,
                    "item_id": 3,
                    "quantity": 4,
                    "price": 5,
                    "purchased_at": 6,
                },
            },
            ["i0"],
        ),
    ],
)
def test_a_delivery_is_read(
    open_case: Callable[..., Advertiser], case: str, purchases: dict[str, Any], ids: list[str]
) -> None:
    manifest, lines = read_lines(open_case(case, purchases))
    assert sorted(lines["item_id"].to_pylist()) == ids
    assert manifest.quarantined_rows == 0


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("quote_backslash", ("part-0.csv", "line", "csv.escape")),
        ("quote_bare", ("a.csv", "line", "csv.quoting")),
        ("big_float_ids", ("user_id",)),
        ("scientific_ids", ("item_id",)),
        ("decimal_comma", ("price",)),
        ("utf16_without_bom", ("a.csv", "utf-16-le")),
        ("headerless", ("a.csv", "csv.header: false")),
    ],
)
def test_a_delivery_is_refused_with_what_to_do(
    open_case: Callable[..., Advertiser], case: str, words: tuple[str, ...]
) -> None:
    advertiser = open_case(case)
    with pytest.raises(RejectedDayError) as refusal:
        ingest_day(advertiser, "purchases", DAY)
    sentence = str(refusal.value)
    assert all(word in sentence for word in words), sentence
    assert "buyer@example.com" not in sentence
    assert "\0" not in sentence
    with pytest.raises(MissingDataError):
        read_partition(advertiser, "purchases", DAY)


@pytest.mark.parametrize(("case", "cure"), [("literal_utc", "%z"), ("hour_with_pm", "%I")])
def test_a_time_format_that_contradicts_itself_is_refused(
    open_case: Callable[..., Advertiser], case: str, cure: str
) -> None:
    with pytest.raises(SettingsError, match="timestamp_format") as refusal:
        open_case(case)
    assert cure in str(refusal.value)


@pytest.mark.parametrize(
    ("case", "changes", "moment"),
    [
        ("int96", {}, datetime(2026, 3, 10, 5, tzinfo=UTC)),
        (
            "literal_utc",
            {"timestamp_format": "%Y-%m-%d %H:%M:%S %Z"},
            datetime(2026, 3, 10, 5, tzinfo=UTC),
        ),
        ("hour_with_pm", {"timestamp_format": "%m/%d/%Y %I:%M %p"}, datetime(2026, 3, 10, 7, 16, tzinfo=UTC)),
    ],
)
def test_the_instant_is_the_mall_s(
    open_case: Callable[..., Advertiser], case: str, changes: dict[str, Any], moment: datetime
) -> None:
    _, lines = read_lines(open_case(case, changes))
    assert lines["purchased_at"].to_pylist() == [moment]


@pytest.mark.parametrize(
    ("case", "purchases", "users"),
    [
        ("na_user", {}, ["u2"]),
        ("guest_zero", {"null_values": {"user_id": ["0"]}}, ["u1"]),
    ],
)
def test_a_placeholder_is_nobody(
    open_case: Callable[..., Advertiser], case: str, purchases: dict[str, Any], users: list[str]
) -> None:
    manifest, lines = read_lines(open_case(case, purchases, guests="drop"))
    assert lines["user_id"].to_pylist() == users
    assert manifest.guest_rows == manifest.lines - len(users)


def test_folders_may_be_by_year_month_and_day(open_case: Callable[..., Advertiser], tmp_path: Path) -> None:
    advertiser = open_case("path_format")
    folder = tmp_path / "landing" / "path_format" / "purchases"
    (folder / "2026" / "03").mkdir(parents=True)
    (folder / "dt=2026-03-10").rename(folder / "2026" / "03" / "10")
    assert read_lines(advertiser)[1]["item_id"].to_pylist() == ["i0"]


def test_too_many_guests_are_refused_with_the_policies(open_case: Callable[..., Advertiser]) -> None:
    with pytest.raises(RejectedDayError, match="guests: "):
        ingest_day(open_case("na_user"), "purchases", DAY)


def test_a_day_is_complete_by_what_the_advertiser_says(
    open_case: Callable[..., Advertiser], tmp_path: Path
) -> None:
    fresh = open_case("half_a_file", {"complete": {"quiet_minutes": 60}})
    for path in (tmp_path / "landing").rglob("*.csv"):
        path.touch()
    assert explain_incomplete(fresh, "purchases", DAY) is not None
    for complete in ({"marker": "_SUCCESS"}, {"manifest": "manifest.json"}):
        advertiser = open_case("half_a_file", {"complete": complete})
        assert explain_incomplete(advertiser, "purchases", DAY) is not None
        with pytest.raises(PermanentError, match=next(iter(complete.values()))):
            ingest_day(advertiser, "purchases", DAY)


def test_an_upload_in_progress_is_said(open_case: Callable[..., Advertiser]) -> None:
    advertiser = open_case("part_named", {"complete": {"quiet_minutes": 0}})
    assert "b.txt.filepart" in str(explain_incomplete(advertiser, "purchases", DAY))
    manifest = ingest_day(advertiser, "purchases", DAY)
    assert any("b.txt.filepart" in warning for warning in manifest.warnings)


def test_an_empty_part_is_said(open_case: Callable[..., Advertiser]) -> None:
    manifest = ingest_day(open_case("zero_byte_part"), "purchases", DAY)
    assert any("part-1.csv" in warning for warning in manifest.warnings)
