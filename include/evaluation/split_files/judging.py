"""Contenders on one split of pairs: their lists, held against what is relevant, as the backtest does it."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from include.evaluation.case import Case
from include.evaluation.contender import Contender
from include.evaluation.leaks import check_split
from include.evaluation.registry import load_metric
from include.evaluation.splits import Split
from include.evaluation.values import Row, Values, list_total_rows
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context

log = logging.getLogger(__name__)

METRICS: Final = ("recall", "ndcg", "precision", "hit_rate", "map")
ALL_USERS: Final = "all"


@dataclass(frozen=True, eq=False)
class Judgement:
    """rows: as `values.list_total_rows` has them, with k, of each contender, cutoff and metric, compared with
    the first contender. seconds: of each contender's training and lists."""

    rows: Sequence[Row]
    seconds: dict[str, float]


def make_case(split: Split) -> Case:
    """What of the test is relevant: all that the window does not hold, of users whom it knows or not."""
    users, relevant = split.choose_relevant("new")
    everybody = np.ones(len(users), np.bool_)
    return Case(split, "new", users, relevant, {ALL_USERS: everybody})


def judge_contenders(
    split: Split,
    contenders: Sequence[Contender],
    cutoffs: Sequence[int],
    context: Context,
    *,
    replicates: int = 1000,
    seed: int = 0,
) -> Judgement:
    """Rank all items for each user but those of the window, and measure the first k of each cutoff.

    Means are over the users with a relevant item; one whom the window does not know has an empty list, unless
    the contender has one for strangers. Raises LeakError where the split holds what was known later only.
    """
    check_split(split)
    case = make_case(split)
    metrics = {name: load_metric(name) for name in METRICS}
    values = {k: Values() for k in cutoffs}
    for each in values.values():
        case.add_users(each)
    seconds = {}
    for place, contender in enumerate(contenders):
        begin = time.perf_counter()
        lists = contender.rank(split.window, max(cutoffs), context)
        seconds[contender.name] = time.perf_counter() - begin
        log.info(
            "%s: lists of %s users in %.1f s",
            contender.name,
            f"{len(lists.sizes):,}",
            seconds[contender.name],
        )
        for k, each in values.items():
            case.add_values(contender.name, lists, k, metrics, each)
        _forget_models(split.window, contenders[place + 1 :])
    incumbent = contenders[0].name
    groups = {ALL_USERS: {"segment": ALL_USERS}}
    rows = [
        {**row, "k": k}
        for k, each in values.items()
        for row in list_total_rows(each, incumbent, groups, replicates=replicates, seed=seed)
    ]
    return Judgement(rows, seconds)


def measure_lists(case: Case, lists: RankedLists, metric: str, k: int) -> float:
    """The mean of one metric."""
    judged = case.split.judge(lists, k, case.rows, case.relevant)
    return float(load_metric(metric).measure(judged).mean())


def _forget_models(window: Window, later: Sequence[Contender]) -> None:
    """Let go of the tables that no later contender reads: 1,000 neighbours of an item come to gigabytes."""
    needed = {model for contender in later for model in contender.settings.get("models", {})}
    for key in list(_list_trained(window)):
        if key[1] not in needed:
            del window.memo[key]


def _list_trained(window: Window) -> Iterator[tuple]:
    return (key for key in window.memo if isinstance(key, tuple) and key[0] == "train")
