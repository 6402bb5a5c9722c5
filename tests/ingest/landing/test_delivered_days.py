"""The newest days of a landing place are found, however its folders write a date."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from include.ingest.landing.delivered_days import list_delivered_days
from include.settings import read_advertiser
from tests.malls import open_mall

DAYS = [date(2025, 12, 31), date(2026, 1, 2), date(2026, 11, 10)]


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("{feed}/dt={day}", "purchases/dt=%Y-%m-%d"),
        ("{day}/{feed}", "%Y-%m-%d/purchases"),
        ("{feed}/{day:%Y/%m/%d}", "purchases/%Y/%m/%d"),
        ("{feed}/year={day:%Y}/month={day:%m}/day={day:%d}", "purchases/year=%Y/month=%m/day=%d"),
        ("{feed}_{day:%Y%m%d}", "purchases_%Y%m%d"),
        ("100%/{day:%Y-%j}", "100%%/%Y-%j"),
    ],
)
def test_days_are_found_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, form: str
) -> None:
    mall = open_mall(tmp_path, monkeypatch, feeds={"purchases": {"path": path}})
    advertiser = read_advertiser(mall.write_settings())
    landing = tmp_path / "landing" / "mall"
    assert list_delivered_days(advertiser, "purchases", 9) == []
    for day in DAYS:
        (landing / day.strftime(form)).mkdir(parents=True)
    (landing / "purchases" / "dt=2026-13-45").mkdir(parents=True)
    (landing / "purchases" / "2027").mkdir(parents=True)
    (landing / "readme.txt").write_text("")
    assert list_delivered_days(advertiser, "purchases", 9) == DAYS[::-1]
    assert list_delivered_days(advertiser, "purchases", 1) == DAYS[-1:]
