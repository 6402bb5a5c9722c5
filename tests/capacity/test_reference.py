"""The reference machine's predictions beside what the whole synthetic mall took there, on 2 cores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from benchmarks.candidates import MODELS, STEPS, list_lists
from include.capacity.calibration import Calibration, complete_calibration
from include.capacity.preflight import StageCost, predict_stages
from include.dataset.workload import Workload
from include.models.registry import list_default_models
from tests.capacity.test_preflight import make_advertiser

# So many others, and how many items have these or more beside them.
BESIDE = {
    1: 387_898,
    5: 382_689,
    10: 373_003,
    20: 352_369,
    30: 330_915,
    50: 288_914,
    100: 203_293,
    200: 110_380,
    500: 37_201,
    1000: 16_138,
}
WHOLE_MALL = Workload(
    users=598_918,
    items=388_196,
    pairs=5_413_351,
    squared_histories=128_790_567,
    largest_history=521,
    heaviest_share=0.125,
    top_10_share=0.011,
    beside=np.interp(np.arange(1, 1001), list(BESIDE), list(BESIDE.values())).astype(int).tolist(),
    recent_rows=4_532_110,
    products=400_000,
    user_id_bytes=14.0,
    item_id_bytes=17.0,
)


def predict(models: dict[str, dict[str, Any]], ads: dict[str, Any]) -> dict[str, StageCost]:
    reference = complete_calibration(Calibration("none", "", "", [], 1024, {}, {}))
    costs = predict_stages(WHOLE_MALL, make_advertiser(models=models, ads=ads), reference, 1024)
    return {cost.stage: cost for cost in costs}


def check(cost: StageCost, seconds: float, peak_mb: float) -> None:
    assert cost.seconds is not None
    assert cost.peak_mb is not None
    assert 1 / 1.5 < cost.seconds / seconds < 1.5, (cost.stage, cost.seconds, seconds)
    assert 1 / 1.5 < cost.peak_mb / peak_mb < 1.5, (cost.stage, cost.peak_mb, peak_mb)


@pytest.mark.parametrize(
    ("name", "seconds", "peak_mb"),
    [
        ("five, turns", 27, 3697),
        ("five, fusion", 40, 3807),
        ("five, learned", 150, 3800),
        *((f"five, fusion, {step}", 47, 3780) for step in STEPS),
        ("five, fusion, all steps", 59, 5150),
        ("als alone", 14.7, 2935),
        ("itemcf alone", 8.3, 1430),
        ("repurchase alone", 14.7, 1745),
        ("best_of alone", 5.4, 1633),
        ("complements alone", 10.0, 1467),
        ("linear alone", 7.2, 1384),
        ("content alone", 14.4, 2215),
    ],
)
def test_the_list_is_predicted_within_a_half(name: str, seconds: float, peak_mb: float) -> None:
    check(predict(MODELS, list_lists()[name])["candidates"], seconds, peak_mb)


@pytest.mark.parametrize(
    ("model", "seconds", "peak_mb"),
    [("als", 256, 5925), ("complements", 12.8, 1298), ("linear", 17.8, 1677), ("content", 88.8, 3325)],
)
def test_a_training_is_predicted_within_a_half(model: str, seconds: float, peak_mb: float) -> None:
    check(predict(MODELS, {"sources": ["als"]})[f"train {model}"], seconds, peak_mb)


def test_the_parts_of_als_are_predicted_within_a_half() -> None:
    parts = predict(MODELS, {"sources": ["als"]})["train als"].parts
    for name, seconds in {
        "factorise": 17.8,
        "recommend": 148.0,
        "explain": 15.3,
        "similar items": 56.4,
    }.items():
        assert 1 / 1.5 < (parts[name] or 0.0) / seconds < 1.5, name


def test_every_default_model_has_constants() -> None:
    models: dict[str, dict[str, Any]] = {name: {} for name in list_default_models()}
    costs = predict(models, {"sources": ["als"]})
    assert len(costs) == len(models) + 3
    assert not [stage for stage, cost in costs.items() if cost.is_unknown]
