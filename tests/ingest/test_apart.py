"""The lake may lie near what the mall delivers, and never in it, nor around it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from include.errors import SettingsError
from include.ingest.apart import check_apart
from include.steps.ingest import ingest_days
from tests.ingest.conftest import Mall

S3 = {"uri": "s3://data"}


@pytest.mark.parametrize(
    ("landing", "path"),
    [
        ("s3://data/mall", "{feed}/dt={day}"),  # the folders of both are the same
        ("s3://data", "mall/{feed}/{day}"),
        ("s3://data/mall/runs", "{feed}/dt={day}"),
        ("s3://data/mall/purchases/in", "{day}"),
    ],
)
def test_a_lake_in_the_landing_place_is_refused(
    make_mall: Callable[..., Mall], landing: str, path: str
) -> None:
    mall = make_mall(landing={"uri": landing}, lake=S3, feeds={"purchases": {"path": path}})
    with pytest.raises(SettingsError, match=r"s3://data/mall/\w+ lie in one another.*lake.uri in mall.yaml"):
        check_apart(mall.advertiser)
    with pytest.raises(SettingsError, match="lie in one another"):
        ingest_days(mall.advertiser, date(2026, 1, 1), date(2026, 1, 1))


@pytest.mark.parametrize(
    ("landing", "lake"),
    [
        ("s3://data/mall/in", "s3://data"),
        ("s3://data", "s3://data"),
        ("s3://data/landing/mall", "s3://data/lake"),
        ("s3://data/mall", "s3://data-lake"),
    ],
)
def test_places_side_by_side_are_not(make_mall: Callable[..., Mall], landing: str, lake: str) -> None:
    check_apart(make_mall(landing={"uri": landing}, lake={"uri": lake}).advertiser)


def test_links_are_followed(make_mall: Callable[..., Mall], tmp_path: Path) -> None:
    (tmp_path / "data" / "mall").mkdir(parents=True)
    (tmp_path / "in").symlink_to(tmp_path / "data" / "mall")
    places = {"landing": {"uri": str(tmp_path / "in")}, "lake": {"uri": str(tmp_path / "data")}}
    with pytest.raises(SettingsError, match="lie in one another"):
        check_apart(make_mall(**places).advertiser)
