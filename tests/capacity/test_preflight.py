"""Predictions of a run, tiles that fit the memory, and refusals that say what would help."""

from __future__ import annotations

import json
import logging
import math
import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from include.capacity.calibration import REFERENCE, Calibration, Fit, describe_machine
from include.capacity.costs import count_work
from include.capacity.preflight import (
    TILES,
    StageCost,
    compare_costs,
    fit_in_memory,
    get_tile,
    predict_stages,
    run_preflight,
)
from include.capacity.work import StageWork
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.dataset.workload import Workload, measure_workload
from include.errors import PermanentError
from include.settings import Advertiser
from tests.purchases import draw_purchases

LOAD = Workload(
    users=600_000,
    items=400_000,
    pairs=5_500_000,
    squared_histories=129_000_000,
    largest_history=2_000,
    heaviest_share=0.1,
    top_10_share=0.01,
    beside=[400_000] * 30 + [250_000] * 970,
    recent_rows=4_000_000,
    products=400_000,
    user_id_bytes=14,
    item_id_bytes=14,
)
REFERENCE_CONSTANTS = json.loads(REFERENCE.read_text())
# Every unit of work 1 second, every MB of arrays 1 MB and 100 for the interpreter.
CALIBRATION = Calibration(
    machine="m",
    measured_at="2026-01-31T00:00:00+00:00",
    code_version="v",
    users=[1],
    tile_mb=16,
    seconds=dict.fromkeys(REFERENCE_CONSTANTS["seconds"], Fit(10, 1, 0.5)),
    peak_mb=dict.fromkeys(REFERENCE_CONSTANTS["peak_mb"], Fit(100, 1, 0.25)),
)
DAY = date(2026, 1, 30)
FEW = {"ads": {"k": 1, "sources": ["cosine"]}, "k": {"recent_items": 1}}
CAP = {"popularity_cap": {"share": 0.2}}
STAGES = ["train cosine", "train als", "candidates", "stage", "gate"]


def make_advertiser(**settings: Any) -> Advertiser:
    return Advertiser.model_validate(
        {
            "name": "mall",
            "time_zone": "Asia/Seoul",
            "landing": {"uri": "landing"},
            "feeds": {"purchases": {}},
            "schedule": {"start_date": date(2026, 1, 1)},
            "models": {"cosine": {}, "als": {"bias": False}},
            **settings,
        }
    )


def plan(advertiser: Advertiser) -> dict[str, StageWork]:
    return {work.stage: work for work in count_work(LOAD, advertiser)}


def predict(advertiser: Advertiser, calibration: Calibration = CALIBRATION) -> dict[str, StageCost]:
    return {cost.stage: cost for cost in predict_stages(LOAD, advertiser, calibration, 16)}


def test_seconds_are_overhead_and_constant_times_work() -> None:
    costs = predict(make_advertiser(ads={"sources": ["cosine", "als"], "blend": "turns"}))
    assert list(costs) == STAGES
    cosine, als = costs["train cosine"], costs["train als"]
    similar = 30 * 400e3 + 20 * 250e3
    assert cosine.parts == {"cosine": 10 + 129e6, "rest": 10 + 5.5e6 + similar}
    assert cosine.seconds == 20 + 129e6 + 5.5e6 + similar
    assert cosine.seconds_error == pytest.approx(0.5)
    assert list(als.parts) == ["factorise", "recommend", "explain", "similar items", "rest"]
    entered = 600e3 * 20 * (1 + math.log(400e3 / 20))
    assert als.parts["recommend"] == pytest.approx(10 * entered + 600e3 * 12 * 400e3**0.5 * 64)
    entered = 400e3 * 50 * (1 + math.log(400e3 / 50))
    assert als.parts["similar items"] == pytest.approx(10 * entered + 400e3**2 * 64)
    # The neighbours of what each user bought last, and the recommendations.
    assert costs["candidates"].parts["ad candidates"] == pytest.approx(
        10 + 4e6 * similar / 400e3 + 600e3 * 20
    )
    assert costs["candidates"].parts["rest"] == pytest.approx(
        10 + 5.5e6 + similar + 600e3 * 20 + 4e6 + 600e3 * 20
    )
    rows = similar + 400e3 * 50 + 600e3 * 20 + 4e6 + 600e3 * 20 + 400e3
    assert costs["stage"].parts == costs["gate"].parts == {"rest": pytest.approx(10 + rows)}


def test_models_that_the_advertiser_has_not_cost_nothing() -> None:
    assert list(predict(make_advertiser(models=["cosine"]))) == [
        "train cosine",
        "candidates",
        "stage",
        "gate",
    ]
    both, one = (plan(make_advertiser(models=models)) for models in (["cosine", "als"], ["cosine"]))
    assert one["stage"].parts[0].work < both["stage"].parts[0].work


def plan_turns(sources: list[str]) -> StageWork:
    return plan(make_advertiser(ads={"sources": sources, "blend": "turns"}))["candidates"]


def test_candidates_cost_what_their_sources_read() -> None:
    """A model that no source reads is trained and published, and no ads are made of it."""
    both = plan_turns(["cosine", "als"])
    one = plan_turns(["cosine"])
    none = plan_turns(["best_sellers"])
    assert both.parts[0].work > one.parts[0].work > none.parts[0].work == 600e3 * 20
    assert set(both.arrays) - set(one.arrays) == {"the rows of user_recommendations"}
    assert set(one.arrays) - set(none.arrays) == {"the rows of item_similarities"}
    assert set(both.arrays) <= set(both.cures)
    assert both.cures["the rows of ad_candidates"] == "lower ads.k"


def test_biases_let_als_meet_every_item_and_similar_items_do_without_them() -> None:
    with_biases, without = (
        {
            part.text: part.work
            for part in plan(make_advertiser(models={"als": {"bias": bias}}))["train als"].parts
        }
        for bias in (True, False)
    )
    assert with_biases["als: recommend"] == 600e3 * 400e3 * 66
    assert without["als: recommend"] < 0.02 * with_biases["als: recommend"]
    assert with_biases["als: similar items"] == without["als: similar items"]


def plan_list(**ads: Any) -> StageWork:
    sources = ["repurchase", "als", "itemcf", "best_sellers", "best_of"]
    return plan(make_advertiser(ads={"sources": sources, "blend": "turns", **ads}))["candidates"]


def test_a_fusion_costs_what_is_proposed_to_it_and_a_ranker_its_trees() -> None:
    turns, fused, alone = plan_list(), plan_list(blend="fusion"), plan_list(blend="fusion", sources=["als"])
    few, deep, many = (
        plan_list(blend={"learned": learned}).parts[0].work
        for learned in (
            {"rounds": 100, "leaves": 4},
            {"rounds": 100, "leaves": 16},
            {"rounds": 400, "leaves": 4},
        )
    )
    looked = turns.parts[0].work
    # als recommends 20 items to each user; the others propose 100 each.
    assert fused.parts[0].work == pytest.approx(looked + 600e3 * (80 * 2 + 9 * (4 * 100 + 20)))
    assert alone.parts[0].work == 600e3 * 20 * (1 + 9)
    assert fused.parts[0].work < few < deep < many
    fusing = fused.parts[0].work
    assert deep - fusing == pytest.approx(2 * (few - fusing))
    assert many - fusing == pytest.approx(4 * (few - fusing))
    assert turns.parts[1] == fused.parts[1], "reading and writing are the same"


def test_a_step_over_all_lists_holds_them() -> None:
    plain, stock, cap, both = (
        plan_list(rerank=steps) for steps in ([], ["in_stock"], [CAP], ["in_stock", CAP])
    )
    longer = set(cap.arrays) - set(plain.arrays)
    assert longer == {"the lists before the re-rank steps"} <= set(cap.cures)
    assert not set(stock.arrays) - set(plain.arrays)
    assert plain.parts[0].work < stock.parts[0].work < both.parts[0].work
    assert plain.parts[1].work == stock.parts[1].work < cap.parts[1].work < both.parts[1].work


def test_every_parameter_of_a_model_counts() -> None:
    few, many = (
        plan(make_advertiser(models={"als": settings}))["train als"]
        for settings in ({"k": 5, "user_k": 2, "factors": 8}, {"k": 50, "user_k": 20, "factors": 64})
    )
    assert all(small.work < large.work for small, large in zip(few.parts, many.parts, strict=True))
    assert few.arrays["the factors"] < many.arrays["the factors"]
    assert few.lists_in_making < many.lists_in_making


def test_memory_is_that_of_the_arrays_and_the_tiles() -> None:
    advertiser = make_advertiser(ads={"sources": ["cosine", "als"]})
    works = plan(advertiser)
    arrays = works["train als"].list_arrays(16)
    assert arrays["the interactions"] == pytest.approx(5.5e6 * (28 + 52) / 2**20)
    assert arrays["the factors"] == pytest.approx((600e3 + 800e3) * 64 * 4 / 2**20)
    assert arrays["the rows of user_recommendations"] == pytest.approx(600e3 * 20 * (28 + 12) / 2**20)
    small, large = (
        {cost.stage: cost.peak_mb for cost in predict_stages(LOAD, advertiser, CALIBRATION, tile)}
        for tile in (16, 256)
    )
    assert small["train als"] == pytest.approx(100 + sum(arrays.values()))
    assert arrays["the lists in the making"] == 16
    most, least = large.pop("train als"), small.pop("train als")
    assert most is not None
    assert least is not None
    assert most - least == pytest.approx(240)
    assert large == small, "no other stage has lists in the making"
    assert works["gate"].list_arrays(16) == {}, "its rows are in the warehouse"
    assert "the rows of item_similarities" in works["candidates"].arrays
    # Of the tables that are loaded one by one, the largest: that of als, each item having k neighbours.
    assert works["stage"].list_arrays(16) == {
        "the rows of item_similarities": pytest.approx(400e3 * 50 * (28 + 12) / 2**20)
    }
    assert works["stage"].cures["the rows of item_similarities"] == "lower models.als.k"


def test_tiles_shrink_until_every_stage_fits() -> None:
    advertiser = make_advertiser()
    small = dict.fromkeys(CALIBRATION.peak_mb, Fit(0, 0, 0.25))
    calibration = replace(CALIBRATION, peak_mb=small | {"train als": CALIBRATION.peak_mb["train als"]})
    need = max(cost.peak_mb or 0 for cost in predict(advertiser, calibration).values())
    tiles = [
        fit_in_memory(LOAD, advertiser, calibration, int(need) + 1 + spare)[0] for spare in (240, 112, 0)
    ]
    assert tiles == [256, 128, 16]
    tile, costs = fit_in_memory(LOAD, advertiser, calibration, int(need) - 1)
    assert tile == TILES[-1]
    assert max(cost.peak_mb or 0 for cost in costs) == need


def test_a_model_that_was_never_measured_is_unknown_and_no_obstacle(
    dataset: Dataset, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its seconds and memory are left out of the totals, which say so, and of the limit."""
    without = replace(
        CALIBRATION,
        seconds={key: fit for key, fit in CALIBRATION.seconds.items() if not key.startswith("train als")},
        peak_mb={stage: fit for stage, fit in CALIBRATION.peak_mb.items() if stage != "train als"},
    )
    monkeypatch.setattr("include.capacity.preflight.read_calibration", lambda: without)
    with caplog.at_level(logging.INFO):
        kept = run_preflight(make_advertiser(run={"memory_mb": 300}), DAY, dataset, 0, 0)
    table = {line.split("  ")[1]: line for line in caplog.messages if line.startswith("  ")}
    assert table["train als"].split()[2:4] == ["unknown", "unknown"]
    assert table["together"].endswith("   (without train als)")
    sentence = (
        "The cost of train als is unknown, so it counts neither in the totals of the preflight nor"
        " against its limit: run dangol calibrate, which measures it on this machine."
    )
    assert [r.getMessage() for r in caplog.records if r.levelno == logging.WARNING] == [sentence]
    assert kept["warnings"] == [sentence]
    assert (kept["stages"]["train als"]["seconds"], kept["stages"]["train als"]["peak_mb"]) == (None, None)
    assert json.loads(json.dumps(kept)) == kept
    caplog.clear()
    with caplog.at_level(logging.INFO):
        compare_costs({"preflight": kept}, "train als", {"seconds": 31.26, "peak_rss_mb": 1623})
    assert caplog.messages == ["train als took 31 s and 1,623 MB at the peak; the preflight did not know."]


def test_one_part_that_was_never_measured_makes_the_stage_unknown() -> None:
    known = {key: fit for key, fit in CALIBRATION.seconds.items() if key != "train als: recommend"}
    cost = predict(make_advertiser(), replace(CALIBRATION, seconds=known))["train als"]
    assert (cost.seconds, cost.parts["recommend"]) == (None, None)
    assert cost.is_unknown
    assert cost.peak_mb is not None


@pytest.fixture
def dataset() -> Dataset:
    return Dataset(Interactions.from_purchases(draw_purchases(3)))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Calibration:
    """Constants that take 1 GB for each MB of arrays."""
    calibration = replace(CALIBRATION, peak_mb=dict.fromkeys(CALIBRATION.peak_mb, Fit(100, 1_000_000, 0.25)))
    monkeypatch.setattr("include.capacity.preflight.read_calibration", lambda: calibration)
    return calibration


def test_what_does_not_fit_is_refused_with_what_would_help(machine: Calibration, dataset: Dataset) -> None:
    advertiser = make_advertiser(run={"memory_mb": 1000})
    load = measure_workload(dataset, 0)
    need = max(predict_stages(load, advertiser, machine, 16), key=lambda cost: cost.peak_mb or 0)
    with pytest.raises(PermanentError) as error:
        run_preflight(advertiser, DAY, dataset, 0, 0)
    sentence = str(error.value)
    assert sentence.startswith(f"mall 2026-01-30: the preflight expects {need.stage} to need ")
    assert f"{need.peak_mb:,.0f} MB (± 25%) even with the smallest tiles" in sentence
    assert "the limit is 1,000 MB (run.memory_mb)" in sentence
    raised = re.search(r"raise run.memory_mb to ([\d,]+)", sentence)
    assert raised
    enough = make_advertiser(run={"memory_mb": int(raised[1].replace(",", ""))})
    assert run_preflight(enough, DAY, dataset, 0, 0)["tile_mb"] in TILES


@pytest.mark.parametrize(
    ("settings", "help_"),
    [
        ({"models": {"als": {"factors": 1024}}}, "lower models.als.factors"),
        ({"models": ["cosine"], "ads": {"sources": ["best_of"], "k": 1}}, "shorten window.days"),
        ({"models": {"cosine": {"k": 1}}, **FEW}, "set window.max_items or shorten window.days"),
    ],
)
def test_the_sentence_names_what_dominates(
    machine: Calibration, dataset: Dataset, settings: dict[str, Any], help_: str
) -> None:
    with pytest.raises(PermanentError, match=re.escape(f", or {help_}.")):
        run_preflight(make_advertiser(run={"memory_mb": 1000}, **settings), DAY, dataset, 0, 0)


def test_a_limit_below_the_interpreter_itself_has_one_remedy(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.capacity.preflight.read_calibration", lambda: CALIBRATION)
    with pytest.raises(PermanentError, match=r"and raise run.memory_mb to 200\.$"):
        run_preflight(make_advertiser(run={"memory_mb": 50}), DAY, dataset, 0, 0)


def test_the_log_is_a_table_that_names_nobody(
    dataset: Dataset, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine = replace(CALIBRATION, machine=describe_machine(), elsewhere=["stage", "gate"])
    monkeypatch.setattr("include.capacity.preflight.read_calibration", lambda: mine)
    with caplog.at_level(logging.INFO):
        kept = run_preflight(make_advertiser(run={"memory_mb": 4000}), DAY, dataset, 5, 0)
    lines = [record.getMessage() for record in caplog.records]
    assert lines[0].startswith("Preflight: 9 users × 8 items, ")
    assert [line.split("  ")[1] for line in lines[2:-1]] == [*STAGES, "together"]
    assert "without" not in lines[-2]
    assert kept["warnings"] == []
    assert "Limit 4,000 MB (run.memory_mb); tiles of 1024 MB. This machine's constants measured" in lines[-1]
    assert lines[-1].endswith("; stage, gate on another.")
    text = "\n".join(lines) + json.dumps(kept, ensure_ascii=False)
    strange = [name for name in dataset.user_ids.to_pylist() if not name.isascii()]
    assert strange
    assert not [name for name in strange if name in text]
    assert kept["workload"]["products"] == 5
    assert kept["calibration"]["is_of_this_machine"]
    assert json.loads(json.dumps(kept)) == kept


def test_another_machine_s_constants_are_called_so(
    dataset: Dataset, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("include.capacity.preflight.read_calibration", lambda: CALIBRATION)
    with caplog.at_level(logging.INFO):
        kept = run_preflight(make_advertiser(), DAY, dataset, 0, 0)
    assert "Not this machine's constants measured 2026-01-31 on m" in caplog.messages[-1]
    assert not kept["calibration"]["is_of_this_machine"]


def test_what_a_stage_took_is_compared_where_something_was_predicted(
    caplog: pytest.LogCaptureFixture,
) -> None:
    predicted = {"seconds": 30.0, "seconds_error": 0.1, "peak_mb": 1600.0, "peak_error": 0.05}
    window = {"preflight": {"tile_mb": 32, "stages": {"train cosine": predicted}}}
    spent = {"seconds": 31.26, "peak_rss_mb": 1623}
    with caplog.at_level(logging.INFO):
        compare_costs(window, "train cosine", spent)
        compare_costs(window, "train other", spent)
        compare_costs({}, "train cosine", spent)
    assert caplog.messages == [
        "train cosine took 31 s and 1,623 MB at the peak; the preflight said 30 ± 10% s and 1,600 ± 5% MB."
    ]
    assert (get_tile(window, 256), get_tile({}, 256)) == (32, 256)
