"""A key of a former version is a mistake that says where it is now; nothing is moved for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.errors import SettingsError
from include.settings import read_advertiser

BASE = """\
name: mall
time_zone: Asia/Seoul
landing: {uri: landing/mall}
feeds: {purchases: {}}
schedule: {start_date: 2026-01-10}
"""
FORMER = """\
k: {item_similarities: 30, user_recommendations: 7, ad_candidates: 9, recent_items: 5}
models: [cosine, als]
als:
  factors: 16
exclude_purchased: false
min_co_buyers: 5
max_basket: 500
window_days: 14
max_history: 600
keep_releases: 7
memory_limit_mb: 6000
"""


def refuse(folder: Path, text: str) -> list[str]:
    path = folder / "mall.yaml"
    path.write_text(BASE + text, encoding="utf-8")
    with pytest.raises(SettingsError) as refusal:
        read_advertiser(path)
    return str(refusal.value).splitlines()


def test_all_of_a_file_are_told_at_once_each_with_its_line_and_its_place(tmp_path: Path) -> None:
    assert refuse(tmp_path, FORMER) == [
        f"mall.yaml: {told}; move its value there."
        for told in (
            "line 6: k.item_similarities: is now k of each model, such as models.cosine.k",
            "line 6: k.user_recommendations: is now models.als.user_k",
            "line 6: k.ad_candidates: is now ads.k",
            "line 8: als: is now models.als",
            "line 10: exclude_purchased: is now ads.exclude_purchased",
            "line 11: min_co_buyers: is now ads.min_co_buyers",
            "line 12: max_basket: is now window.max_items",
            "line 13: window_days: is now window.days",
            "line 14: max_history: is now window.max_items",
            "line 15: keep_releases: is now keep.releases",
            "line 16: memory_limit_mb: is now run.memory_mb",
        )
    ]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("window: {days: 7}\nwindow_days: 14\n", "line 7: window_days: is now window.days; move"),
        ("window_days: yes\n", "line 6: window_days: is now window.days; move"),
        ("keep-releases: many\n", "line 6: keep-releases: is now keep.releases; move"),
        ("als: 3\n", "line 6: als: is now models.als; move"),
        ("k:\n  ad_candidates:\n", "line 7: k.ad_candidates: is now ads.k; move"),
        ("window: {window_days: 14}\n", "line 6: window.window_days: is now window.days; move"),
        ("run: {memory_limit: 14}\n", "line 6: run.memory_limit: unknown key, memory_mb was probably meant"),
    ],
)
def test_whatever_it_holds_and_whatever_else_there_is(tmp_path: Path, text: str, sentence: str) -> None:
    told = refuse(tmp_path, text)
    assert len(told) == 1
    assert told[0].startswith(f"mall.yaml: {sentence}")


def test_other_mistakes_are_told_beside_them(tmp_path: Path) -> None:
    told = refuse(tmp_path, "window_days: 14\nkeep: {partitions: 0}\nwindow: {day: 3}\n")
    assert [line.split(": ")[2] for line in told] == ["window_days", "keep.partitions", "window.day"]
