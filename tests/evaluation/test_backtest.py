"""Contenders that are known: one that foresees, one that shows nothing, one that is the incumbent."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from include.errors import LeakError, RefusedInputError
from include.evaluation.backtest import Backtest, run_backtest
from include.evaluation.baselines.registry import list_baselines
from include.evaluation.contender import Contender
from include.evaluation.splits import Split
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context
from tests.evaluation.windows import make_purchases, make_split, make_window

CONTEXT = Context(threads=1)
CATEGORIES = {"i1": "tea", "i2": "milk", "i3": "tea"}
[POPULAR] = [contender for contender in list_baselines() if contender.name == "popular"]


def show_nothing(window: Window, k: int, context: Context) -> RankedLists:
    users = len(window.dataset.user_ids)
    return RankedLists(np.zeros(users + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32))


NOTHING = Contender("nothing", "source", show_nothing, {"shows": 0})


def make_splits(seeds: Iterable[int] = (0, 1)) -> list[Split]:
    splits = []
    for seed in seeds:
        window = make_window(make_purchases(seed), CATEGORIES)
        after = [(user, item, -day / 10) for user, item, day in make_purchases(seed + 50, users=16, items=11)]
        splits.append(make_split(window, [row for row in after if row[2] < 7]))
    return splits


def foresee(splits: Iterable[Split]) -> Contender:
    """It shows what is bought, as far as the window has it."""
    known = {id(split.window): split for split in splits}

    def rank(window: Window, k: int, context: Context) -> RankedLists:
        split = known[id(window)]
        rows, relevant = split.choose_relevant("new" if context.exclude_purchased else "all")
        users = len(window.dataset.user_ids)
        lists: list[list[int]] = [[] for _ in range(users)]
        for row, start, stop in zip(rows, relevant.indptr, relevant.indptr[1:], strict=False):
            if split.users[row] >= 0:
                lists[split.users[row]] = [
                    c for c in relevant.items[start:stop] if c < len(split.window.buyers)
                ][:k]
        items = np.array([item for part in lists for item in part], np.int32)
        return RankedLists(np.cumsum([0, *map(len, lists)]), items, np.ones(len(items), np.float32))

    return Contender("foresees", "source", rank)


def run(splits: Iterable[Any], contenders: list[Contender], **more: Any) -> Backtest:
    asked = {"incumbent": "popular", "k": 10, "context": CONTEXT, "replicates": 50} | more
    return run_backtest(splits, contenders, **asked)


def find(backtest: Backtest, **asked: Any) -> list[dict[str, Any]]:
    wanted = {"split": "all", "segment": "known", "category": "", "purchases": "new"} | asked
    return [dict(row) for row in backtest.rows if all(row[name] == value for name, value in wanted.items())]


def test_who_shows_nothing_has_nothing_and_who_foresees_has_all_there_is() -> None:
    splits = make_splits()
    backtest = run(splits, [POPULAR, NOTHING, foresee(splits)])
    for metric in ("recall", "ndcg", "hit_rate", "precision", "map"):
        for purchases in ("all", "new", "repeat"):
            asked = {"metric": metric, "purchases": purchases}
            [nothing] = find(backtest, contender="nothing", **asked)
            [popular] = find(backtest, contender="popular", **asked)
            [best] = find(backtest, contender="foresees", **asked)
            assert (nothing["value"], nothing["low"], nothing["high"]) == (0, 0, 0)
            assert nothing["difference"] == pytest.approx(-popular["value"])
            assert best["value"] >= popular["value"] > 0
            assert popular["difference"] is popular["difference_low"] is None
            assert popular["users"] == best["users"]
    assert find(backtest, contender="nothing", metric="recall")[0]["settings"] == {"shows": 0}
    assert {row["kind"] for row in find(backtest, contender="popular")} == {"baseline"}


def test_the_same_contender_twice_differs_by_nothing() -> None:
    twin = Contender("twin", "source", POPULAR.rank)
    backtest = run(make_splits(), [POPULAR, twin])
    for row in [row for row in backtest.rows if row["contender"] == "twin" and row["value"] is not None]:
        assert row["difference"] == 0
        assert (
            row["split"] != "all"
            or row["metric"] in ("coverage", "gini")
            or row["difference_low"] in (0, None)
        )


def test_values_are_kept_by_user_over_the_splits() -> None:
    splits = make_splits()
    values = run(splits, [POPULAR]).values[7, "all"]
    names = pa.chunked_array(values.ids).to_pylist()
    codes = values.users
    assert len(names) == len(codes) == len(values.join("popular"))
    assert len(set(zip(names, codes, strict=True))) == len(set(names)) == len(set(codes)) < len(names)
    for segment in ("known", "new"):
        told = values.select(segment)
        known = [
            user in set(split.window.dataset.user_ids.to_pylist())
            for split, ids in zip(splits, values.ids, strict=True)
            for user in ids.to_pylist()
        ]
        assert told.tolist() == [is_known == (segment == "known") for is_known in known]


def test_splits_of_one_window_share_its_lists() -> None:
    [split] = make_splits([0])
    short = make_split(split.window, [("u01", "i1", 0.5), ("u02", "i4", 0.1)], test_days=1)
    asked: list[bool] = []

    def rank(window: Window, k: int, context: Context) -> RankedLists:
        asked.append(context.exclude_purchased)
        return POPULAR.rank(window, k, context)

    together = run([[split, short]], [Contender("popular", "baseline", rank)])
    assert asked == [False, True]
    assert list(together.rows) == list(run([split, short], [POPULAR]).rows)
    assert {row["test_days"] for row in together.rows} == {7, 1}


def test_one_user_no_catalogue_and_no_new_purchase() -> None:
    split = make_split(make_window([("u", "a", -1.0)]), [("u", "a", 1.0)])
    backtest = run([split], [POPULAR])
    [row] = find(backtest, metric="recall", purchases="all")
    assert (row["value"], row["low"], row["high"], row["users"]) == (1.0, None, None, 1)
    assert find(backtest, metric="recall") == [], "nobody bought anything new"
    [row] = find(backtest, metric="diversity", purchases="all")
    assert row["value"] is None


def test_without_any_purchase_there_are_no_rows() -> None:
    backtest = run([make_split(make_window(make_purchases(0)), [])], [POPULAR])
    assert (list(backtest.rows), backtest.warnings) == ([], [])
    assert list(run([], [POPULAR]).rows) == []


def test_the_incumbent_is_one_of_the_contenders_each_of_which_is_there_once() -> None:
    for contenders in ([NOTHING], [POPULAR, POPULAR]):
        with pytest.raises(ValueError, match="popular must be one of the contenders, each once"):
            run([], contenders)


def test_a_leak_stops_it_before_anything_is_ranked() -> None:
    window = make_window([*make_purchases(0), ("u01", "i1", 0.5)])

    def rank(*_: Any) -> RankedLists:
        raise AssertionError("nothing is to be made of a window that leaks")

    with pytest.raises(LeakError, match="leak: 1 of the purchases"):
        run([make_split(window, [("u", "i", 1.0)])], [Contender("popular", "baseline", rank)])


def test_what_is_too_good_is_a_leak_until_proved_otherwise() -> None:
    """Two crowds buy what is new to each of them: best sellers of the other crowd find little of it."""
    rng = np.random.default_rng(0)
    before = [
        (f"u{user}", f"i{item}", -1.0) for user in range(40) for item in rng.choice(60, 5, replace=False)
    ]
    after = [(f"u{user}", f"i{item}", 1.0) for user in range(40) for item in rng.choice(60, 2, replace=False)]
    split = make_split(make_window(before), after)
    backtest = run([split], [POPULAR, NOTHING, foresee([split])], k=5)
    [sentence] = backtest.warnings
    assert sentence.startswith("foresees finds ")
    assert sentence.endswith("this is a leak until proved otherwise; look at what it knew.")
    assert "of the new purchases of 7 days where popular 0." in sentence
    strong = Contender("cosine", "source", foresee([split]).rank)
    assert run([split], [POPULAR, strong, foresee([split])], k=5).warnings[1:] == [], (
        "as good as a linear model"
    )


def test_an_optional_contender_that_is_refused_is_not_judged_at_all() -> None:
    def refuse_later(window: Window, k: int, context: Context) -> RankedLists:
        if window is splits[1].window:
            raise RefusedInputError("too large.")
        return show_nothing(window, k, context)

    splits = make_splits()
    contenders = [POPULAR, Contender("large", "source", refuse_later)]
    backtest = run(splits, contenders, optional=["large"])
    assert list(backtest.rows) == list(run(splits, [POPULAR]).rows)
    assert list(backtest.warnings) == ["large is not judged: too large."]
    with pytest.raises(RefusedInputError, match="too large"):
        run(splits, contenders)
