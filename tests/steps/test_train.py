"""What a model is told by the step that trains it: capped baskets, what was bought beyond them, tiles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from include.candidates.blend import blend_candidates
from include.columns import RELEASE_TABLES
from include.dataset.interactions import Interactions
from include.models.ranked import Options, RankedTable
from include.models.registry import load_model
from include.settings import load_advertiser
from include.steps.run_folder import RunFolder
from include.steps.train import train_model
from tests.malls import DAY, open_mall
from tests.purchases import read_real_week

CAP = 3


@pytest.fixture(scope="module")
def week() -> Interactions:
    return Interactions.from_purchases(read_real_week())


def train(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    interactions: Interactions,
    model: str,
    preflight: dict[str, Any] | None = None,
    **settings: Any,
) -> dict[str, pa.Table]:
    open_mall(tmp_path, monkeypatch, **settings)
    advertiser = load_advertiser("mall")
    folder = RunFolder(advertiser, DAY)
    files = {"interactions": folder.write_rows("interactions", interactions.to_table())}
    folder.write_summary("window", {"preflight": preflight} if preflight else {}, files)
    summary = train_model(advertiser, DAY, model)
    _, files = folder.read_summary(f"train.{model}")
    return {table: folder.read_rows(f"{model}.{table}", files) for table in summary["tables"]}


def list_pairs(table: pa.Table) -> set[tuple[str, str]]:
    return set(zip(table["user_id"].to_pylist(), table["item_id"].to_pylist(), strict=True))


def test_models_see_capped_baskets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Interactions
) -> None:
    made = train(tmp_path, monkeypatch, week, "cosine", max_basket=CAP)["item_similarities"]
    options = Options({"item_similarities": 50})
    assert made.equals(load_model("cosine")(week.cap_history(CAP), options)[0].rows)
    assert not made.equals(load_model("cosine")(week, options)[0].rows)


@pytest.mark.parametrize("exclude", [True, False])
def test_nothing_bought_beyond_the_cap_is_recommended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Interactions, exclude: bool
) -> None:
    made = train(tmp_path, monkeypatch, week, "als", max_basket=CAP, exclude_purchased=exclude)
    recommended = list_pairs(made["user_recommendations"])
    beyond = list_pairs(week.to_table()) - list_pairs(week.cap_history(CAP).to_table())
    assert bool(recommended & beyond) is not exclude
    assert len(recommended) == 20 * week.users, "lists stay full"


def test_no_ad_shows_what_was_bought_beyond_the_cap(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Interactions
) -> None:
    """As the step stage blends them: with all interactions."""
    similarities = train(tmp_path, monkeypatch, week, "cosine", max_basket=CAP)["item_similarities"]
    recent = week.to_table().sort_by([("user_id", "ascending"), ("occurred_at", "descending")])
    newest = recent.group_by("user_id", use_threads=False).aggregate([("item_id", "first")])
    rows = RELEASE_TABLES["recent_items"]
    recent_items = pa.table(
        {
            "user_id": newest["user_id"],
            "event_type": pa.repeat("purchase", newest.num_rows),
            "rank": pa.repeat(pa.scalar(1, pa.int32()), newest.num_rows),
            "item_id": newest["item_id_first"],
            "occurred_at": pa.nulls(newest.num_rows, rows.field("occurred_at").type),
        },
        schema=rows,
    )

    def blend(everything: Interactions, exclude: bool) -> RankedTable:
        return blend_candidates(
            everything,
            similarities=similarities,
            recommendations=RELEASE_TABLES["user_recommendations"].empty_table(),
            best_sellers=RELEASE_TABLES["best_sellers"].empty_table(),
            recent_items=recent_items,
            k=20,
            exclude_purchased=exclude,
            available=None,
        )

    bought = list_pairs(week.to_table())
    assert not list_pairs(blend(week, True).rows) & bought
    assert list_pairs(blend(week, False).rows) & bought


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Options]]:
    """The options that a model was given; it makes nothing of them."""
    seen: list[Options] = []

    def make_nothing(interactions: Interactions, options: Options) -> list[RankedTable]:
        seen.append(options)
        return []

    monkeypatch.setattr(
        "include.models.registry.import_module", lambda name: SimpleNamespace(train=make_nothing)
    )
    yield seen


def test_tiles_are_those_of_the_preflight(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Interactions, told: list[Options]
) -> None:
    train(tmp_path, monkeypatch, week, "cosine")
    train(tmp_path, monkeypatch, week, "cosine", preflight={"tile_mb": 32})
    train_model(load_advertiser("mall"), DAY, "cosine", tile_mb=16)
    assert [options.tile_mb for options in told] == [1024, 32, 16]
    assert all(options.purchased is None for options in told)


def test_what_was_bought_has_the_shape_of_what_the_model_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Interactions, told: list[Options]
) -> None:
    train(tmp_path, monkeypatch, week, "cosine", max_basket=CAP)
    capped = week.cap_history(CAP)
    purchased = told[0].purchased
    assert purchased is not None
    assert purchased.shape == capped.user_items.shape
    known = pc.is_in(week.to_table()["item_id"], value_set=capped.item_ids)
    assert purchased.nnz == pc.sum(known).as_py()
    for user, item in [(0, 0), (5, 7), (100, 3)]:
        column = week.item_ids.index(capped.item_ids[item]).as_py()
        assert purchased[user, item] == week.user_items[user, column]
