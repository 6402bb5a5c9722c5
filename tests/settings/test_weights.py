"""What an event of each type weighs, as an advertiser sets it."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.errors import SettingsError
from include.settings import Advertiser, read_advertiser

BASE = """\
name: mall
time_zone: UTC
landing: {uri: landing}
feeds: {purchases: {}}
schedule: {start_date: 2026-01-10}
"""


def read(folder: Path, text: str = "") -> Advertiser:
    path = folder / "mall.yaml"
    path.write_text(BASE + text, encoding="utf-8")
    return read_advertiser(path)


def test_purchases_alone_count_by_default(tmp_path: Path) -> None:
    assert read(tmp_path).event_weights == {"purchase": 1.0, "view": 0.0, "cart": 0.0}


def test_types_that_are_not_named_weigh_nothing(tmp_path: Path) -> None:
    weights = read(tmp_path, "weights: {view: 0.1}\n").event_weights
    assert weights == {"purchase": 1.0, "view": 0.1, "cart": 0.0}


@pytest.mark.parametrize(
    "text, sentence",
    [
        (
            "{views: 1}",
            "line 6: weights.views: unknown key, view was probably meant; allowed here: purchase,",
        ),
        ("{view: -1}", "line 6: weights.view: must be 0 or from 0.000001 to 1,000, not -1"),
        ("{view: 1e-9}", "must be 0 or from 0.000001 to 1,000"),
        ("{cart: .nan}", "line 6: weights.cart"),
        ("{cart: much}", "line 6: weights.cart"),
        ("{purchase: 0}", "weights.purchase: must be from 0.000001 to 1,000, for purchases always count"),
    ],
)
def test_a_mistake_is_told_with_line_and_cure(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as error:
        read(tmp_path, f"weights: {text}\n")
    assert sentence in str(error.value)
