"""The page of quality is what the kept figures give, and says what they say, whoever loses."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from benchmarks.quality.figures import BEFORE, SHIPPED, find_record, list_contenders, tell_difference
from benchmarks.quality.keep import RESULTS
from benchmarks.quality.malls import MALLS
from benchmarks.quality.report import IMAGES, PAGE, compose_page


def make_record(contender: str, value: float, **other: Any) -> dict[str, Any]:
    record: dict[str, Any] = {"contender": contender, "kind": "source", "purchases": "new"}
    record |= {"segment": "known", "metric": "ndcg", "value": value, "low": value - 0.01}
    return record | {"high": value + 0.01, "users": 1200, "against": {}} | other


def make_study(*records: dict[str, Any]) -> dict[str, Any]:
    return {"dates": ["2026-02-01"], "records": list(records), "refused": [], "unfitted": []}


def make_results(*records: dict[str, Any], **other: Any) -> dict[str, Any]:
    mall = {
        "name": "shop",
        "title": "A shop",
        "about": "Some lines.",
        "test_days": 7,
    }
    shipped = {"models": {"als": {"factors": 8}}, "ads": {"sources": ["als", "best_sellers"]}}
    mall |= {"contenders": make_study(*records), "settings": shipped} | other
    return {"k": 20, "test_days": 7, "malls": [mall], "choice": {}, "published": [], "machines": {}}


@pytest.fixture(scope="module")
def kept() -> dict[str, Any]:
    results: dict[str, Any] = json.loads(RESULTS.read_text(encoding="utf-8"))
    return results


def test_nobody_edits_the_page_by_hand(kept: dict[str, Any]) -> None:
    assert PAGE.read_text(encoding="utf-8") == compose_page(kept), 'run make quality ARGS="--redraw"'


def test_every_picture_of_the_page_is_there_and_no_other(kept: dict[str, Any]) -> None:
    named = {mall["picture"] for mall in kept["malls"] if mall.get("picture")}
    named |= {kept["variety_picture"]} - {""} if "variety_picture" in kept else set()
    assert {path.name for path in IMAGES.glob("*")} == named


def test_the_shipped_list_beats_the_one_before_on_real_purchases(kept: dict[str, Any]) -> None:
    """The default is what the judge chose: where that stops being so, the default is to be changed."""
    malls = {mall["name"]: mall for mall in kept["malls"]}
    for name in ("completejourney", "online_retail"):
        record = find_record(malls[name]["contenders"]["records"], SHIPPED, "new", "ndcg")
        assert record is not None
        assert record["against"][BEFORE][1] > 0, name


def test_the_page_says_who_is_better_and_who_is_not() -> None:
    shipped = make_record(SHIPPED, 0.05, kind="ads", against={BEFORE: [0.01, 0.002, 0.018]})
    better = make_record("other", 0.06, against={SHIPPED: [0.01, 0.004, 0.016], BEFORE: [0.02, 0.01, 0.03]})
    level = make_record("level", 0.051, against={SHIPPED: [0.001, -0.004, 0.006]})
    former = make_record(BEFORE, 0.04, kind="ads", against={SHIPPED: [-0.01, -0.018, -0.002]})
    page = compose_page(make_results(shipped, better, level, former))
    assert "NDCG .0500 now, .0400 before; better (+0.0100 [+0.0020, +0.0180])" in page
    assert "Better than the shipped list: `other` (.0600)." in page
    assert f"Settings of `{SHIPPED}`: sources als, best_sellers; als: factors 8." in page
    lines = [line for line in page.splitlines() if line.startswith("| ") and "ndcg" not in line.lower()]
    names = [line.split(" | ")[0].strip("| *") for line in lines[1:5]]
    assert names == ["other", "level", SHIPPED, BEFORE], "the best first, and losing rows stay"
    assert "| +.0010 [−.0040, +.0060] |" in page


def test_what_is_not_there_is_said_with_its_reason() -> None:
    page = compose_page(make_results(absent="shop.parquet is not there"))
    assert "* **A shop** was not judged: shop.parquet is not there." in page
    assert "Not judged: shop.parquet is not there." in page


def test_a_difference_is_told_by_its_interval() -> None:
    assert tell_difference([-0.01, -0.02, -0.001]).startswith("worse (-0.0100 [-0.0200, -0.0010])")
    assert tell_difference([0.01, -0.02, 0.04]).startswith("no different")
    assert tell_difference(None) == "there is no difference to tell"


def test_contenders_are_those_of_one_kind_of_purchases_and_of_known_users() -> None:
    rows = [make_record("a", 0.1), make_record("b", 0.2), make_record("a", 0.3, segment="light")]
    rows += [make_record("c", 0.4, purchases="all"), make_record("a", 0.5, metric="recall")]
    assert [row["contender"] for row in list_contenders(rows, "new")] == ["b", "a"]
    assert list_contenders([], "new") == []
    assert find_record(rows, "a", "new", "map") is None


@pytest.mark.parametrize("mall", MALLS, ids=lambda mall: mall.name)
def test_settings_were_chosen_on_earlier_days_and_every_split_has_its_days(mall: Any) -> None:
    window = timedelta(days=mall.open_advertiser().window.days)
    test = timedelta(days=mall.test_days - 1)
    for day in (*mall.chosen_on, *mall.judged_on):
        assert mall.first <= day - window
        assert day + test <= mall.last
    if mall.chosen_on:
        assert max(mall.chosen_on) + test < min(mall.judged_on)


def test_a_mall_whose_file_is_not_there_says_so(tmp_path: Path) -> None:
    for mall in MALLS:
        reason = mall.explain_absence(tmp_path)
        assert bool(reason) == bool(mall.file)
        assert mall.file in reason
