"""On a mall whose truth is known, the judge says what is true, and is as sure of it as it may be."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import binom

from include.evaluation.backtest import Backtest, run_backtest
from include.evaluation.baselines.registry import list_baselines
from include.evaluation.bootstrap import bootstrap_means
from include.evaluation.configuration import Configuration, list_source_contenders
from include.evaluation.contender import Contender
from include.evaluation.judged import Judged
from include.evaluation.registry import load_metric
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.als import Params
from include.models.base import Context
from include.samples.catalogue import make_catalogue
from include.samples.shoppers import draw_shoppers, tell_chances
from tests.evaluation.true_mall import TrueMall, count_lines, rank_scores

K = 20
# What is above the singular values of a matrix of that size without structure, and below those of the mall's.
REGULARIZATION = 20.0
MORE = 150

REPLICATIONS = 400
USERS = 200
LINES_PER_USER = 4


def list_contenders(mall: TrueMall) -> list[Contender]:
    [popular] = [contender for contender in list_baselines() if contender.name == "popular"]
    # Biases are learnt from noise, too, if little.
    params = Params(factors=8, regularization=REGULARIZATION, bias=False, user_k=MORE)
    sources = list_source_contenders(Configuration(models={"als": params}))
    [learned] = [contender for contender in sources if contender.name == "als"]

    def rank_shuffled(window: Window, k: int, context: Context) -> RankedLists:
        """The same model, of purchases whose items went to other users; what was bought is left out."""
        pairs = window.dataset.interactions
        items = np.random.default_rng(5).permutation(pairs.user_items.indices)
        numbers = [np.array(ids.to_pylist(), np.int64) for ids in (pairs.user_ids, pairs.item_ids)]
        never = np.zeros(len(items), np.int64)
        bought = count_lines(numbers[0][pairs.user_codes()], numbers[1][items], never)
        assert bought.user_ids.equals(pairs.user_ids)
        assert bought.item_ids.equals(pairs.item_ids)
        other = Window(type(window.dataset)(bought), first=window.first, last=window.last)
        lists = learned.rank(other, MORE, Context(1, exclude_purchased=False))
        scores = np.full(pairs.user_items.shape, -np.inf)
        known = lists.items[: lists.indptr[-2]]  # the last list is of whoever the window does not know
        scores[np.repeat(np.arange(len(scores)), lists.sizes[:-1]), known] = lists.scores[: len(known)]
        hidden = pairs.user_items.toarray() > 0 if context.exclude_purchased else np.zeros(scores.shape)
        return rank_scores(scores, hidden, k)

    return [
        popular,
        Contender("truth", "source", mall.rank_by_truth),
        learned,
        Contender("shuffled", "source", rank_shuffled),
    ]


@pytest.fixture(scope="module")
def backtest() -> Backtest:
    mall = TrueMall.draw(0, users=1500, items=400, lines=60_000, days=42)
    splits = [mall.make_split(day, window_days=28, test_days=7) for day in (28, 35)]
    return run_backtest(
        splits, list_contenders(mall), incumbent="popular", k=K, context=Context(1), categories=0
    )


@pytest.mark.parametrize("metric", ["recall", "ndcg", "hit_rate", "map", "precision"])
@pytest.mark.parametrize("purchases", ["all", "new"])
def test_truth_comes_first_and_noise_is_level_with_popularity(
    backtest: Backtest, purchases: str, metric: str
) -> None:
    place = {"split": "all", "segment": "known", "purchases": purchases, "metric": metric, "category": ""}
    rows = {row["contender"]: row for row in backtest.rows if place.items() <= row.items()}
    values = {name: row["value"] for name, row in rows.items()}
    assert set(values) == {"popular", "truth", "als", "shuffled"}
    assert max(values, key=lambda name: values[name]) == "truth", values
    assert rows["truth"]["low"] > max(rows[name]["high"] for name in ("popular", "als", "shuffled")), rows
    assert rows["truth"]["difference_low"] > 0
    assert rows["shuffled"]["difference_low"] <= 0 <= rows["shuffled"]["difference_high"], rows["shuffled"]


def test_what_the_shuffled_model_lacks_is_what_there_is_to_learn(backtest: Backtest) -> None:
    place = {"split": "all", "segment": "known", "purchases": "all", "metric": "ndcg", "category": ""}
    [row] = [row for row in backtest.rows if {**place, "contender": "als"}.items() <= row.items()]
    assert row["difference_low"] > 0, row


def measure_replications() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Values (lines, 6) of all replications one after the other, the user of each line, and the truth (6,).

    recall and ndcg of lists by truth and by popularity, and how much the former is better. Each line alone is
    a row, and a user has several; so the truth is a sum of chances, averaged over all users.
    """
    catalogue = make_catalogue(300, np.random.default_rng(0))
    users = REPLICATIONS * USERS
    drawn = draw_shoppers(catalogue, users, users * LINES_PER_USER, 28, 0, np.random.default_rng(1))
    order = np.argsort(drawn.lines.user, kind="stable")
    user, item = drawn.lines.user[order], drawn.lines.item[order]
    popular = np.argsort(-np.diff(catalogue.popularity))[:K].astype(np.int32)
    gains = {"recall": np.ones(K), "ndcg": 1 / np.log2(np.arange(2, K + 2))}
    values, truths = np.empty((len(user), 6)), np.empty((users, 6))
    for start in range(0, users, 4000):
        chances = tell_chances(catalogue, drawn.favourites[start : start + 4000])
        best = np.argpartition(-chances, K, axis=1)[:, :K]
        best = np.take_along_axis(best, np.argsort(-np.take_along_axis(chances, best, 1)), 1).astype(np.int32)
        rows = slice(*np.searchsorted(user, (start, start + len(chances))))
        for side, lists in enumerate((best, np.broadcast_to(popular, best.shape))):
            shown, bought = lists[user[rows] - start], item[rows]
            relevant = RankedLists(np.arange(len(bought) + 1), bought, np.ones(len(bought), np.float32))
            judged = Judged(shown, shown == bought[:, None], relevant, np.ones(300, np.int64), users)
            for place, (name, gain) in enumerate(gains.items(), start=2 * side):
                values[rows, place] = load_metric(name).measure(judged)
                truths[start : start + 4000, place] = np.take_along_axis(chances, lists, 1) @ gain
    for table in (values, truths):
        table[:, 4:] = table[:, :2] - table[:, 2:4]
    return values, user, truths.mean(axis=0)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """Of means and of paired differences; intervals a third shorter or half as long again would be seen."""
    values, user, truth = measure_replications()
    edges = np.searchsorted(user, np.arange(0, (REPLICATIONS + 1) * USERS, USERS))
    held = {factor: np.zeros(6, np.int64) for factor in (2 / 3, 1, 3 / 2)}
    for seed, (start, stop) in enumerate(pairwise(edges)):
        mean, low, high = bootstrap_means(values[start:stop], user[start:stop], seed=seed)
        for factor, counts in held.items():
            counts += (mean + factor * (low - mean) <= truth) & (truth <= mean + factor * (high - mean))
    least, most = binom.interval(0.999, REPLICATIONS, 0.95)
    told = f"the truth was held {held[1].tolist()} times of {REPLICATIONS}; {least:.0f} to {most:.0f} are 95%"
    assert ((held[1] >= least) & (held[1] <= most)).all(), told
    assert (held[2 / 3] < least).all(), told
    assert (held[3 / 2] > most).all(), told
