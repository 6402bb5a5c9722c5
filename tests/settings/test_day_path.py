"""Where a day's folder is: what a path may say, and what is refused when the YAML is read."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from include.settings import Advertiser, Feed
from include.settings.day_path import fill_path

DAY = date(2026, 3, 9)


def make_advertiser(**paths: str) -> Advertiser:
    feeds: dict[str, Any] = {feed: {"path": path} for feed, path in paths.items()}
    return Advertiser.model_validate(
        {
            "name": "mall",
            "time_zone": "Asia/Seoul",
            "landing": {"uri": "/in"},
            "feeds": {"purchases": {}} | feeds,
            "schedule": {"start_date": "2026-01-01"},
        }
    )


@pytest.mark.parametrize(
    ("path", "folder"),
    [
        ("{feed}/dt={day}", "purchases/dt=2026-03-09"),
        ("{feed}/{day:%Y/%m/%d}", "purchases/2026/03/09"),
        ("year={day:%Y}/month={day:%m}/day={day:%d}", "year=2026/month=03/day=09"),
        ("{day:%Y%m%d}", "20260309"),
        ("{day:%Y}/{day:%-m}/{day:%-d}", "2026/3/9"),
        ("{day:%G-W%V-%u}/{feed}", "2026-W11-1/purchases"),
        ("{day:%y%j}", "26068"),
    ],
)
def test_a_path_with_the_date(path: str, folder: str) -> None:
    assert fill_path(path, "purchases", DAY) == folder
    advertiser = make_advertiser(purchases=path)
    assert advertiser.landing_folder("purchases", DAY).url == f"file:///in/{folder}"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("{feed}", "must contain {day}"),
        ("", "must contain {day}"),
        ("{day}/{hour}", "not {hour}"),
        ("{day.year}/{day}", "not {day.year}"),
        ("{day}/{}", "not {}"),
        ("{day!r}", "without !"),
        ("{feed:>9}/{day}", "without a format"),
        ("{day:{feed}}", "as strftime has it"),
        ("{day:YYYY-MM-DD}", "as strftime has it"),
        ("{day:>12}", "as strftime has it"),
        ("{day:%Y-%m-%d %H}", "%H in the format of {day}"),
        ("{day:%Y%m%d%}", "in the format of {day}"),
        ("{day:%Q}", "%Q in the format"),
        ("{day:%Y/%m}", "the same folder for"),
        ("{day:%m/%d}", "the same folder for"),
        ("{day:%Y-%V-%u}", "the same folder for"),
        ("{day:%d}/{day:%Y}", "the same folder for"),
        ("/data/{day}", "must be relative"),
        ("s3://other/{day}", "must be relative"),
        ("../{day}", "must not contain . or .."),
        ("a/./{day}", "must not contain . or .."),
        ("{feed}//{day}", "a folder without a name"),
        ("{day}/", "a folder without a name"),
        ("{feed} /{day}", "a blank at its end"),
        ("{feed}\n/{day}", "cannot be seen|blank"),
        ("{day", "no pattern with {day}"),
        ("day}", "no pattern with {day}"),
    ],
)
def test_a_path_that_cannot_work_is_refused(path: str, reason: str) -> None:
    with pytest.raises(ValidationError) as caught:
        Feed(path=path)
    message = str(caught.value)
    assert any(part in message for part in reason.split("|"))


def test_one_feed_s_folder_is_not_inside_another_s() -> None:
    with pytest.raises(
        ValidationError, match=r"feeds\.products\.path leads into the day's folder of purchases"
    ):
        make_advertiser(purchases="{day}", products="{day}/catalogue")
    both = make_advertiser(purchases="all/{day}", products="all/{day}")
    assert both.landing_folder("purchases", DAY) == both.landing_folder("products", DAY)


@pytest.mark.parametrize("name", ["a/b", "", " ", "a\nb"])
def test_a_marker_is_a_name(name: str) -> None:
    with pytest.raises(ValidationError, match="must be the name of a file"):
        Feed.model_validate({"complete": {"marker": name}})
