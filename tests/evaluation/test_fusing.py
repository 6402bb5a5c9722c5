"""Fitted weights of the fusion: worth what the judge says, as good as any of a grid, and no luck."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import yaml

from include.candidates.base import Sources
from include.candidates.blends.fusion import Params, Slots
from include.errors import MissingDataError
from include.evaluation import fusing, past_ranks
from include.evaluation.backtest import run_backtest
from include.evaluation.configuration import (
    Configuration,
    make_contender,
    make_fitted_contender,
    make_lists,
)
from include.evaluation.configuration import set_fusion as put_fusion
from include.evaluation.fusing import Point, climb, fit_fusion, fit_fusion_before, fit_weights, is_clear
from include.evaluation.past_ranks import Ranks, join_ranks, make_ranks
from include.evaluation.splits import Purchases, Split
from include.kernels import find_reachable
from include.models.base import Context
from include.run import main
from include.settings import Advertiser, load_advertiser
from include.settings.ads import Ads
from include.steps.evaluation_splits import LakePast, read_splits_of
from include.steps.tune import Search, choose_days, read_objective
from include.steps.tune_blend import tune_blend
from tests.malls import DAY, Mall, ingest_days, open_mall, purchase

DAYS, K = 9, 4
LAST = DAY + timedelta(days=DAYS - 1)
CONTEXT = Context(threads=1)
SOURCES = ["repurchase", "itemcf", "recent", "best_sellers"]


def list_lines(day: date) -> list[str]:
    """Some of fifty users buy some of thirty items, of which they like few; a few come once."""
    rng = np.random.default_rng(day.toordinal())
    return [
        purchase(f"u{user}", f"i{(user * 7 + int(rng.geometric(0.3))) % 30}", day)
        for user in [*range(50), *(1000 + day.toordinal() * 9 + extra for extra in range(9))]
        for _ in range(int(rng.integers(0, 4)))
    ]


def open_shop(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Advertiser:
    settings: dict[str, Any] = {
        "feeds": {"purchases": {}},
        "window": {"days": 4},
        "models": {"cosine": {"k": 10}},
        "ads": {"sources": SOURCES, "min_co_buyers": 1, "blend": "fusion"},
        "evaluation": {"splits": 2, "every": 1, "test_days": [1], "k": K},
    }
    open_mall(folder, monkeypatch, **(settings | changes))
    return load_advertiser("mall")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Advertiser]:
    folder = tmp_path_factory.mktemp("mall")
    with pytest.MonkeyPatch.context() as monkeypatch:
        advertiser = open_shop(folder, monkeypatch)
        ingest_days(advertiser, Mall(folder), DAYS, list_lines)
        yield advertiser


def read(advertiser: Advertiser, *ages: int) -> list[Split]:
    return [read_splits_of(advertiser, LAST - timedelta(days=age), (1,))[0] for age in ages]


def set_fusion(advertiser: Advertiser, params: Params, **ads: Any) -> Configuration:
    own = Configuration.from_advertiser(advertiser)
    told = own.ads.model_dump(mode="json") | {"blend": {"fusion": params.model_dump(mode="json")}} | ads
    return replace(own, ads=Ads.model_validate(told))


PARAMS = [
    Params(),
    Params(constant=0.0, weights={"repurchase": 0.0, "itemcf": 0.25}),
    Params(constant=10.0, weights={"repurchase": 0.0, "itemcf": 0.0, "recent": 0.0}),
    Params(
        constant=10.0, candidates=2, heavy_from=3, segments={"heavy": {"recent": 5.0}, "light": {"itemcf": 0}}
    ),
    Params(weights={"best_sellers": 1.0}, slots=(Slots(until=1, weights={"repurchase": 9.0}),)),
    Params(
        heavy_from=3,
        segments={"heavy": {"recent": 5.0}},
        slots=(Slots(until=1, weights={"itemcf": 9.0}), Slots(until=3, weights={"recent": 0.0})),
    ),
]


@pytest.mark.parametrize("purchases", ["new", "all"])
@pytest.mark.parametrize("params", PARAMS)
def test_a_weighting_is_worth_what_the_backtest_says(
    shop: Advertiser, params: Params, purchases: Purchases
) -> None:
    configuration, splits = set_fusion(shop, params), read(shop, 0, 1)
    own = join_ranks([make_ranks(split, configuration, purchases, K, CONTEXT) for split in splits])
    found = run_backtest(
        splits, [make_contender("own", configuration)], incumbent="own", k=K, context=CONTEXT
    )
    [row] = [
        row for row in found.rows
        if (row["metric"], row["segment"], row["split"], row["purchases"], row["category"])
        == ("ndcg", "known", "all", purchases, "")
    ]  # fmt: skip
    values = own.measure(params)
    assert len(values) == row["users"] and (values == 0).any() and 0 < values.mean() < 1
    assert values.mean() == pytest.approx(row["value"], abs=1e-6)
    judged = found.values[1, purchases]
    expected = judged.join("own")[judged.select("known"), judged.metrics.index("ndcg")]
    np.testing.assert_allclose(values, expected, atol=1e-6)


def test_a_source_that_proposes_nothing_and_one_source_alone(shop: Advertiser) -> None:
    splits = read(shop, 0, 1)
    none = Configuration.from_advertiser(shop)
    rare = replace(none, ads=none.ads.model_copy(update={"min_co_buyers": 10_000}))
    ranks = make_ranks(splits[0], rare, "all", K, CONTEXT)
    place = ranks.sources.names.index("itemcf")
    assert not ranks.ranks[:, place].any() and ranks.ranks.any()
    assert 0 < ranks.measure(fit_fusion(splits, rare, "all", K, CONTEXT)).mean() < 1
    one = set_fusion(shop, Params(), sources=["repurchase"])
    assert fit_fusion(splits, one, "all", K, CONTEXT).weights == {"repurchase": 1.0}


def measure_slowly(ranks: Ranks, weights: Mapping[str, float], constant: float) -> float:
    """By sorting, of users without segments or places of their own."""
    total, gains = 0.0, 1 / np.log2(np.arange(1, ranks.k + 1) + 1)
    for user, ideal in enumerate(ranks.ideals):
        rows = range(ranks.indptr[user], ranks.indptr[user + 1])
        scored = []
        for row in rows:
            own = zip(ranks.sources.names, ranks.ranks[row].tolist(), strict=True)
            score = np.float32(sum(weights[name] / (constant + rank) for name, rank in own if rank))
            if score > 0:
                scored.append((-score, row))
        chosen = [row for _, row in sorted(scored)]
        for source in range(ranks.sources.turns, len(ranks.sources.names)):
            fills = sorted((ranks.ranks[row, source], row) for row in rows if ranks.ranks[row, source])
            chosen += [row for _, row in fills if row not in chosen]
        total += sum(gains[place] * ranks.hits[row] for place, row in enumerate(chosen[: ranks.k])) / ideal
    return total / len(ranks.ideals)


def draw_ranks(seed: int, users: int = 30, sources: int = 3) -> Ranks:
    """The last source fills; the first knows what is bought, the others say anything; some have no hit."""
    rng = np.random.default_rng(seed)
    parts, hits, sizes = [], [], []
    for _ in range(users):
        items = int(rng.integers(0, 12))
        bought = rng.random(items) < 0.3
        ranks = np.zeros((items, sources), np.int32)
        for source in range(sources):
            order = rng.permutation(items) if source else np.argsort(~bought + rng.random(items))
            ranks[order, source] = np.arange(1, items + 1)
            ranks[ranks[:, source] > rng.integers(3, 12), source] = 0
        kept = np.asarray(ranks.any(axis=1) & bought.any())
        best = np.where(ranks > 0, ranks, 99).min(axis=1, initial=99)
        order = np.argsort(best, kind="stable")[kept[np.argsort(best, kind="stable")]]
        parts.append(ranks[order])
        hits.append(bought[order])
        sizes.append(len(order))
    return Ranks(
        Sources(tuple("abcdef"[:sources]), sources - 1),
        3,
        Params(candidates=12),
        pa.chunked_array([pa.array([f"u{user}" for user in range(users)])]),
        rng.integers(0, 3, users).astype(np.int8),
        np.full(users, 1 + 1 / np.log2(3)),
        np.append(0, np.cumsum(sizes)),
        np.concatenate(parts),
        np.concatenate(hits),
    )


@pytest.mark.parametrize("seed", range(8))
def test_the_ascent_ends_where_no_grid_point_beside_it_is_better(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fusing, "GRID", (0.0, 0.5, 1.0))
    ranks = draw_ranks(seed)

    @cache
    def value(point: Point) -> float:
        told = dict(zip("abc", point.weights, strict=True))
        slow = measure_slowly(ranks, told, point.constant)
        assert ranks.measure(Params(candidates=12, constant=point.constant, weights=told)).mean() == (
            pytest.approx(slow, abs=1e-12)
        )
        return slow

    every = [Point(weights, c) for weights in product((0.0, 0.5, 1.0), repeat=3) for c in (0.0, 60.0)]
    best = max(map(value, (point for point in every if max(point.weights) == 1)))
    ends = [climb(value, start, (0.0, 60.0)) for start in fusing._list_starts(ranks)]
    assert max(map(value, ends)) == pytest.approx(best, abs=0.02)
    for end in ends:
        assert max(end.weights) == 1
        for place, weight in product(range(3), (0.0, 0.5, 1.0)):
            beside = [*end.weights]
            beside[place] = weight
            assert not any(beside) or value(Point(fusing.scale(beside), end.constant)) <= value(end) + 1e-9


@pytest.mark.parametrize("seed", range(20))
def test_what_no_weights_reach_changes_no_value(seed: int) -> None:
    ranks, rng = draw_ranks(seed, 40, 4), np.random.default_rng(seed)
    kept = find_reachable(ranks.indptr, ranks.ranks, ranks.k)
    owners = np.repeat(np.arange(40), np.diff(ranks.indptr))
    left = replace(
        ranks,
        indptr=np.append(0, np.cumsum(np.bincount(owners[kept], minlength=40))),
        ranks=ranks.ranks[kept],
        hits=ranks.hits[kept],
    )
    assert 0 < len(left.hits) < len(ranks.hits)
    for _ in range(50):
        weights, first = (
            dict(zip("abcd", rng.choice([0, 0.1, 1, 3], 4).tolist(), strict=True)) for _ in range(2)
        )
        slots = (Slots(until=2, weights=first),) if rng.random() < 0.5 else ()
        params = Params(candidates=12, constant=rng.choice([0, 60]), weights=weights, slots=slots)
        assert left.measure(params).tolist() == ranks.measure(params).tolist()


def test_what_is_gained_by_chance_stays_away() -> None:
    """Sources that say anything: what wins by less than its error is not taken."""
    for seed in range(6):
        ranks = draw_ranks(seed, 25)
        ranks = replace(ranks, ranks=ranks.ranks[:, 1:], sources=Sources(("a", "b"), 2))
        fitted = fit_weights([ranks], ranks.params)
        alone = max(
            (Params(candidates=12, weights={"a": 1 - a, "b": a}) for a in (0.0, 1.0)),
            key=lambda params: ranks.measure(params).mean(),
        )
        gains = ranks.measure(fitted) - ranks.measure(alone)
        own = {name for name, weight in fitted.weights.items() if weight}
        assert (len(own) == 1 and not gains.any()) or is_clear(gains, ranks.users, 1.0)


def test_segments_and_places_have_weights_of_their_own_where_it_is_clear() -> None:
    ranks = draw_ranks(1, 600, 4)
    heavy = ranks.segments == 2
    swapped = ranks.ranks.copy()
    rows = np.repeat(heavy, np.diff(ranks.indptr))
    swapped[rows, 0], swapped[rows, 2] = ranks.ranks[rows, 2], ranks.ranks[rows, 0]
    ranks = replace(ranks, ranks=swapped)
    fitted = fit_weights([ranks], ranks.params)
    assert max(fitted.segments["heavy"], key=fitted.segments["heavy"].__getitem__) == "c"
    assert ranks.measure(fitted).mean() > ranks.measure(fitted.model_copy(update={"segments": {}})).mean()
    assert Params.model_validate(fitted.model_dump()) == fitted
    plain = fit_weights([replace(ranks, segments=np.ones(600, np.int8))], ranks.params)
    assert not plain.segments


def test_nobody_to_fit_by_is_said_and_one_user_is_no_evidence() -> None:
    ranks = draw_ranks(0)
    nobody = ranks.select(np.zeros(30, np.bool_))
    with pytest.raises(MissingDataError, match="no week of the past"):
        fit_weights([nobody], Params())
    assert not is_clear(np.ones(3), np.zeros(3, np.int32), 1.0)
    assert is_clear(np.array([1.0, 0.9, 1.1]), np.arange(3), 1.0)
    assert not is_clear(np.zeros(3), np.arange(3), 1.0)


def test_a_split_is_fitted_by_the_weeks_before_it(shop: Advertiser, monkeypatch: pytest.MonkeyPatch) -> None:
    weeks = {"splits": 4, "every": 1, "test_days": 1, "fewest": 3}
    configuration = set_fusion(shop, Params())
    learned = replace(
        configuration, ads=Ads.model_validate(configuration.ads.model_dump() | {"blend": {"learned": weeks}})
    )
    asked: list[date] = []
    own = LakePast.read_split

    def spy(self: LakePast, split_date: date, test_days: int) -> Split | None:
        asked.append(split_date)
        return own(self, split_date, test_days)

    monkeypatch.setattr(LakePast, "read_split", spy)
    made: list[date | None] = []

    def make(split: Split, *told: Any) -> Ranks:
        made.append(split.split_date)
        return make_ranks(split, *told)

    monkeypatch.setattr(past_ranks, "make_ranks", make)
    past_ranks._ranks.clear()
    last = LAST - timedelta(days=1)
    first = fit_fusion_before(LakePast(shop), last, learned, "all", K, CONTEXT)
    assert max(asked) == last and len(made) == 4
    assert fit_fusion_before(LakePast(shop), last, learned, "all", K, CONTEXT) == first
    assert len(made) == 4, "ranks are made once"
    splits = [split for day in asked[:4] if (split := own(LakePast(shop), day, 1))]
    before = fit_fusion(splits, learned, "all", K, CONTEXT)
    assert before == first
    [split] = read(shop, 0)
    context = replace(CONTEXT, exclude_purchased=False)
    lists = make_fitted_contender("fitted", learned).rank(split.window, K, context)
    expected = make_lists(split.window, put_fusion(learned, first), K, context)
    assert lists.items.tolist() == expected.items.tolist()


def test_a_young_mall_keeps_the_weights_it_has(shop: Advertiser, caplog: pytest.LogCaptureFixture) -> None:
    configuration = set_fusion(shop, Params(constant=7.0, weights={"recent": 3.0}))
    [split] = read(shop, 0)
    with pytest.raises(MissingDataError, match=r"weeks to fit weights by before .* it takes 8"):
        fit_fusion_before(LakePast(shop), LAST, configuration, "new", K, CONTEXT)
    lists = make_fitted_contender("fitted", configuration).rank(split.window, K, CONTEXT)
    assert "weights are not fitted" in caplog.text
    assert lists.items.tolist() == make_lists(split.window, configuration, K, CONTEXT).items.tolist()


@pytest.mark.parametrize("purchases", ["new", "all"])
def test_the_command_proposes_what_challenges(
    shop: Advertiser, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], purchases: str
) -> None:
    folder = Path(shop.landing.url.removeprefix("file://")).parent.parent
    bad = {"fusion": {"constant": 0, "weights": {"repurchase": 0, "itemcf": 0, "recent": 0}}}
    ads = {"sources": SOURCES, "min_co_buyers": 1, "exclude_purchased": purchases == "new"}
    advertiser = open_shop(folder, monkeypatch, ads=ads | {"blend": bad})
    assert main(["tune", "--advertiser", "mall", "--blend", "--purchases", purchases]) == 0
    printed = capsys.readouterr().out
    assert f"ndcg@4 of {purchases} purchases in 1 days; weights fitted" in printed
    told = yaml.safe_load(printed)["evaluation"]
    evaluation = {"splits": 2, "every": 1, "test_days": [1], "k": K} | told
    challenged = open_shop(folder, monkeypatch, ads=ads | {"blend": bad}, evaluation=evaluation)
    assert challenged.challenger
    found = tune_blend(advertiser, Search(purchases=purchases))  # type: ignore[arg-type]
    days = choose_days(advertiser, Search())
    *_, value = read_objective(advertiser, days.chosen_by, 1, purchases).score(  # type: ignore[arg-type]
        Configuration.from_advertiser(challenged.challenger)
    )
    assert value == pytest.approx(found["gain"]["value"]) and found["gain"]["difference"] > 0
    assert found["later_gain"]["splits"] == len(days.held_out) == 2

    learned = {"learned": {"splits": 3, "fallback": bad["fusion"]}}
    open_shop(folder, monkeypatch, ads=ads | {"blend": learned})
    assert main(["tune", "--advertiser", "mall", "--blend", "--purchases", purchases]) == 0
    section = yaml.safe_load(capsys.readouterr().out)["ads"]["blend"]["learned"]
    assert section.pop("splits") == 3
    assert section == {"fallback": told["challenger"]["ads"]["blend"]["fusion"]}


@pytest.mark.parametrize("wrong", [[], ["--blend", "--minutes", "5"], ["--blend", "--models", "als"]])
def test_trials_and_the_blend_are_one_or_the_other(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["tune", "--advertiser", "mall", *wrong])
    assert "--blend" in capsys.readouterr().err
