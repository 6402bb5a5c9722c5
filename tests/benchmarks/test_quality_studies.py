"""What is judged beside the contenders: which lists, on which dates, and what the page says of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pytest

from benchmarks.quality.__main__ import keep_studies
from benchmarks.quality.best_alone import tell_best_alone
from benchmarks.quality.choice import choose_best, tabulate_sources
from benchmarks.quality.contenders import FURTHER, list_changed, list_contenders, list_sources_alone
from benchmarks.quality.figures import SHIPPED, name_with_days
from benchmarks.quality.formats import tell_together
from benchmarks.quality.history import LONG, SHORT, choose_segments, set_days
from benchmarks.quality.judging import CHANGED, STUDIES, choose_dates, spread_dates
from benchmarks.quality.malls import COMPLETE_JOURNEY, MALLS, ONLINE_RETAIL, SETTINGS, lay_over
from benchmarks.quality.past import RememberedPast
from benchmarks.quality.records import join_parts, list_records
from benchmarks.quality.report import compose_page
from benchmarks.quality.summary import summarise
from benchmarks.quality.variety import UNCAPPED, list_capped, list_curve
from include.candidates.registry import SOURCES
from include.evaluation.memo import RecentMemo
from include.evaluation.values import Values
from tests.benchmarks.test_quality import make_record, make_results, make_study

DATES = tuple(date(2026, 1, day) for day in (1, 8, 15, 22, 29))


def make_values(contenders: dict[str, list[float]], split: str = "2026-01-01", **shown: float) -> Values:
    """One user a value; `shown`: by contender, what all lists together have of coverage."""
    users = len(next(iter(contenders.values())))
    values = Values(("ndcg",))
    values.add_users(split, pa.array([f"u{n}" for n in range(users)]), {"known": np.ones(users, np.bool_)})
    for name, some in contenders.items():
        values.add_values(name, np.array(some, np.float32)[:, None])
    values.together = {(split, "known", name): {"coverage": value} for name, value in shown.items()}
    return values


@dataclass
class CountingPast:
    advertiser: Any
    window_days: int = 30
    read: list[date] = field(default_factory=list)

    def read_split(self, split_date: date, test_days: int) -> Any:
        self.read.append(split_date)
        return SimpleNamespace(split_date=split_date)

    def take_fingerprint(self, split_date: date, test_days: int) -> str:
        return f"{split_date}"


def test_a_past_window_is_read_once_for_all_contenders_and_never_for_other_settings() -> None:
    advertiser = COMPLETE_JOURNEY.open_advertiser()
    splits = RecentMemo(2)
    own = CountingPast(advertiser)
    first, second = (RememberedPast(cast(Any, own), splits) for _ in range(2))
    found = first.read_split(DATES[0], 7)
    assert second.read_split(DATES[0], 7) is found
    assert own.read == [DATES[0]]
    other = CountingPast(set_days(advertiser, 90))
    assert RememberedPast(cast(Any, other), splits).read_split(DATES[0], 7) is not found
    assert other.read == [DATES[0]]
    first.read_split(DATES[1], 7)
    first.read_split(DATES[2], 7)
    assert len(splits) == 2, "the memory is bounded"
    first.read_split(DATES[0], 7)
    assert own.read == [*DATES[:3], DATES[0]]


@pytest.mark.parametrize("mall", [COMPLETE_JOURNEY, ONLINE_RETAIL], ids=lambda mall: mall.name)
def test_the_shipped_list_is_judged_without_each_source_and_with_each_other(mall: Any) -> None:
    advertiser = mall.open_advertiser()
    changed = {each.name: each.settings["ads"]["sources"] for each in list_changed(advertiser)}
    own = list(advertiser.ad_sources)
    assert changed.pop(SHIPPED) == own
    for source in own:
        assert changed.pop(f"without {source}") == [name for name in own if name != source]
    for source in FURTHER:
        if source not in own and (source != "content" or mall is COMPLETE_JOURNEY):
            assert changed.pop(f"with {source}") == [*own, source]
    assert not changed
    blends = {str(each.settings["ads"]["blend"]) for each in list_changed(advertiser)}
    assert len(blends) == 1, "nothing else is changed"


def test_a_source_alone_has_below_it_what_fills_the_shipped_list() -> None:
    advertiser = COMPLETE_JOURNEY.open_advertiser()
    alone = {each.name: each.settings for each in list_sources_alone(advertiser)}
    assert set(alone) == set(SOURCES)
    assert alone["ease"]["ads"]["sources"] == ["ease", "best_of"]
    assert alone["best_of"]["ads"]["sources"] == ["best_of"]
    assert alone["als"]["models"]["als"] == advertiser.chosen_models["als"].model_dump(mode="json")
    without_catalogue = {each.name for each in list_sources_alone(ONLINE_RETAIL.open_advertiser())}
    assert set(SOURCES) - without_catalogue == {"content"}


def test_contenders_have_names_of_their_own_and_caps_change_nothing_else() -> None:
    for mall in MALLS:
        advertiser = mall.open_advertiser()
        names = [each.name for each in list_contenders(advertiser)]
        assert len(names) == len(set(names))
        assert set(mall.studies) <= set(STUDIES)
        capped = {each.name: dict(each.settings) for each in list_capped(advertiser)}
        shipped = capped.pop(UNCAPPED)
        for settings in capped.values():
            ads = {**settings["ads"], "rerank": shipped["ads"]["rerank"]}
            assert {**settings, "ads": ads} == shipped


def test_settings_of_a_mall_are_laid_over_those_of_its_advertiser(tmp_path: Path) -> None:
    path = tmp_path / "shop.yaml"
    path.write_text("models: {ease: {regularization: 500}, als: {factors: 7}}\n", encoding="utf-8")
    own = COMPLETE_JOURNEY.open_advertiser()
    laid = lay_over(own, path)
    assert laid.chosen_models["ease"].regularization == 500  # type: ignore[attr-defined]
    expected = own.chosen_models["als"].model_copy(update={"factors": 7})
    assert laid.chosen_models["als"] == expected
    assert laid.ads == own.ads
    path.write_text("ads: {sources: [nothing]}\n", encoding="utf-8")
    with pytest.raises(ValueError, match="no candidate source"):
        lay_over(own, path)
    assert {path.stem for path in SETTINGS.glob("*.yaml")} <= {mall.name for mall in MALLS}


def test_fewer_dates_are_spread_and_end_with_the_last() -> None:
    assert spread_dates(DATES, 5) == list(DATES)
    assert spread_dates(DATES, 2) == [DATES[2], DATES[4]]
    assert spread_dates(DATES, 1) == [DATES[4]]
    mall = replace(COMPLETE_JOURNEY, judged_on=DATES, changed_on=2)
    asked = choose_dates(mall, ["contenders", CHANGED], None)
    assert [day for day, names in asked.items() if CHANGED in names] == [DATES[2], DATES[4]]
    assert list(choose_dates(mall, ["contenders"], 1)) == [DATES[4]]


def test_records_are_of_contenders_that_every_split_has_and_say_the_spread_of_the_splits() -> None:
    one = make_values({"a": [0.1, 0.3], "b": [0.2, 0.2], "c": [1, 1]}, "2026-01-01", a=0.4, b=0.1)
    two = make_values({"a": [0.5, 0.1], "b": [0.1, 0.1]}, "2026-01-08", a=0.2, b=0.3)
    joined = join_parts([{"all": one}, {"all": two}])
    records = list_records(joined, {"a": "ads", "b": "ads"}, ["a"], ["known"])
    found = {(each["contender"], each["metric"]): each for each in records}
    assert {name for name, _ in found} == {"a", "b"}
    assert found["a", "ndcg"]["value"] == pytest.approx(0.25)
    assert found["b", "ndcg"]["against"]["a"][0] == pytest.approx(-0.1)
    shown = found["a", "coverage"]
    assert [shown[name] for name in ("value", "low", "high")] == pytest.approx([0.3, 0.2, 0.4])
    assert tell_together(shown) == "30.0% (20.0%–40.0%)"


def test_segments_of_two_windows_tell_who_comes_back() -> None:
    ids = pa.array(["a", "b", "c"])
    short, long = (
        SimpleNamespace(user_ids=ids, segments={"known": ~new, "light": ~new, "heavy": ~new, "new": new})
        for new in (np.array([False, True, True]), np.array([False, False, True]))
    )
    segments = choose_segments(cast(Any, short), cast(Any, long))
    assert segments["returning"].tolist() == [False, True, False]
    assert segments["new"].tolist() == [False, False, True]
    assert segments["known"].tolist() == [True, False, False]
    other = SimpleNamespace(user_ids=ids[:2], segments=long.segments)
    with pytest.raises(ValueError, match="same purchases"):
        choose_segments(cast(Any, short), cast(Any, other))


def test_the_best_source_alone_is_of_the_earlier_days_and_held_against_the_list() -> None:
    earlier = [make_record("als", 0.2), make_record("ease", 0.3), make_record("turns", 0.9, kind="ads")]
    earlier += [make_record("als", 0.5, purchases="all"), make_record("ease", 0.4, purchases="all")]
    assert choose_best(earlier) == {"new": "ease", "all": "als"}
    table = tabulate_sources({"A shop": earlier})
    assert table["rows"] == [["ease", "**.3000** / .4000"], ["als", ".2000 / **.5000**"]]

    best = make_record("ease", 0.2, against={SHIPPED: [0.01, -0.001, 0.02]})
    mall = make_results(make_record(SHIPPED, 0.19), best)["malls"][0]
    told = tell_best_alone(mall, {"new": "ease"}, "new")
    assert "−.0100 [−.0200, +.0010], −5.0% [−10.0%, +0.5%] of it" in told
    assert told.endswith("the bound of −3% lies in the interval.")
    best["against"][SHIPPED] = [-0.01, -0.02, -0.001]
    assert tell_best_alone(mall, {"new": "ease"}, "new").endswith("above the bound of −3%.")
    best["against"][SHIPPED] = [0.01, 0.008, 0.02]
    assert tell_best_alone(mall, {"new": "ease"}, "new").endswith("below the bound of −3%.")
    assert "not judged here" in tell_best_alone(mall, {"new": "other"}, "new")
    assert tell_best_alone(mall, {}, "new") == ""


def test_the_page_has_a_table_for_each_study_and_says_what_was_left_out() -> None:
    changed = [
        make_record(SHIPPED, 0.2),
        make_record("without als", 0.15, against={SHIPPED: [-0.05, -0.06, -0.04]}),
        make_record("with ease", 0.21, against={SHIPPED: [0.01, -0.01, 0.03]}),
    ]
    short, long = (name_with_days(SHIPPED, days) for days in (SHORT, LONG))
    history = [
        make_record(name, value, purchases="all", segment=segment, against=against)
        for segment in ("known", "returning")
        for name, value, against in ((short, 0.2, {}), (long, 0.3, {short: [0.1, 0.08, 0.12]}))
    ]
    study = make_study(*changed) | {"refused": ["with content is not judged: no products"]}
    unfitted = make_study(*history) | {"unfitted": ["2026-02-01"]}
    results = make_results(make_record(SHIPPED, 0.2), changed=study, history=unfitted)
    page = compose_page(results)
    assert "| without als | −.0500 [−.0600, −.0400] |  | −25.0% [−30.0%, −20.0%] |  |" in page
    assert "with content is not judged: no products." in page
    assert "On 2026-02-01 at least one list that learns had too few weeks" in page
    assert "|  | known (1,200) | returning (1,200) | recall | top 100 |" in page
    assert "| `ad_candidates`, 90 days less 30 | +.1000 [+.0800, +.1200] | +.1000 [+.0800, +.1200] |" in page
    told = summarise(results["malls"], {})
    assert "the list is worse *without als*; it is better by none." in told
    assert "a window of 90 days** instead of 30: better (+0.1000" in told


def make_capped() -> dict[str, Any]:
    records = [
        make_record(name, value, metric=metric, against=against, low=None, high=None)
        for name, worth, top in ((UNCAPPED, 0.2, 0.9), ("20%", 0.19, 0.6), ("2%", 0.1, 0.3))
        for metric, value, against in (("ndcg", worth, {UNCAPPED: [worth - 0.2] * 3}), ("top_share", top, {}))
    ]
    return make_results(variety=make_study(*records))


def test_the_curve_of_a_cap_is_tabulated_from_its_records() -> None:
    results = make_capped()
    mall = results["malls"][0]
    assert list_curve(mall, "new") == [(UNCAPPED, 0.9, 0.2), ("20%", 0.6, 0.19), ("2%", 0.3, 0.1)]
    assert list_curve(mall, "all") == []
    page = compose_page(results | {"variety_picture": "variety.svg"})
    assert "(../images/quality/variety.svg)" in page
    assert "| 20% | .1900 | −.0100 [−.0100, −.0100] | 60.0% |" in page


def test_the_curve_of_a_cap_is_drawn_from_its_records(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="what draws comes with requirements-bench.txt: make setup-bench")
    from benchmarks.quality.plots import draw_variety

    mall = make_capped()["malls"][0]
    assert draw_variety([mall], 20, tmp_path) == "variety.svg"
    drawn = (tmp_path / "variety.svg").read_bytes()
    draw_variety([mall], 20, tmp_path)
    assert (tmp_path / "variety.svg").read_bytes() == drawn, "the same figures, the same bytes"
    assert draw_variety([{"name": "other"}], 20, tmp_path) == ""


def test_a_study_that_is_not_judged_anew_keeps_its_figures() -> None:
    before = {"name": "shop", "contenders": 1, "variety": 2, "picture": "shop.svg"}
    assert keep_studies([before], {"name": "shop", "variety": 3}) == {
        "name": "shop",
        "contenders": 1,
        "variety": 3,
    }
    assert keep_studies([], {"name": "shop", "variety": 3}) == {"name": "shop", "variety": 3}
