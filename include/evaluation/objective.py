"""What settings are worth on some splits: the value of each user, the same users for all settings."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.evaluation.bootstrap import bootstrap_means
from include.evaluation.configuration import Configuration, make_lists
from include.evaluation.memo import RecentMemo
from include.evaluation.registry import load_metric
from include.evaluation.splits import Purchases, Split
from include.evaluation.values import code_users
from include.models.base import Context

# The results that a window keeps: a trained model, or what the ad list reads of the window.
_KEPT: Final = 8

ReadSplits = Callable[[Mapping[str, float]], Sequence[Split]]


@dataclass(frozen=True)
class Gain:
    """What a choice is worth, and what it is worth more than another, with the 95% interval of that: the mean
    over so many `users`, each counted once for every one of the `splits`."""

    value: float
    own_value: float
    difference: float
    low: float
    high: float
    users: int
    splits: int


class Objective:
    """The mean of a metric over the users whom the windows know, with something to be found.

    read_splits: the splits with what events weigh in their windows, of the same days and test users whatever
    the weights. Those of `weights` are kept, and of the others the last. Windows keep the last few models
    that were trained on them. For new purchases lists are without what a user bought in the window.
    """

    def __init__(
        self,
        read_splits: ReadSplits,
        weights: Mapping[str, float],
        *,
        metric: str,
        purchases: Purchases,
        k: int,
        context: Context,
    ) -> None:
        self._read, self._weights = read_splits, dict(weights)
        self._metric, self._purchases, self._k = load_metric(metric), purchases, k
        self._context = replace(context, exclude_purchased=purchases == "new")
        self._splits = self._read_splits(self._weights)
        self._others: tuple[Mapping[str, float], list[Split]] = self._weights, self._splits
        # Whoever is known by what events weigh today is known by any weights: purchases always count.
        self._known = [split.segments["known"] for split in self._splits]

    @property
    def splits(self) -> Sequence[Split]:
        """Those of today's weights, whose windows keep what is trained on them."""
        return self._splits

    def score(self, choice: Configuration) -> Iterator[float]:
        """The mean over the first splits, of one split more each time; the last is over all of them."""
        total, users = 0.0, 0
        for values in self.measure(choice):
            total, users = total + float(values.sum()), users + len(values)
            yield total / users if users else float("nan")

    def measure(self, choice: Configuration) -> Iterator[NDArray[np.float64]]:
        """The values of a split's users (n,), for each split."""
        for split, known in zip(self._find_splits(choice.weights or self._weights), self._known, strict=True):
            rows, relevant = split.choose_relevant(self._purchases)
            lists = make_lists(split.window, choice, self._k, self._context)
            values = self._metric.measure(split.judge(lists, self._k, rows, relevant))
            yield values[known[rows]]

    def compare(self, choice: Configuration, own: Configuration) -> Gain:
        """What a choice is worth beside another, a user drawn with all of its splits."""
        values, owns = (np.concatenate([np.empty(0), *self.measure(each)]) for each in (choice, own))
        columns = np.stack([values, owns, values - owns], axis=1)
        found = bootstrap_means(columns, self._code_users())
        value, own_value, difference = found.mean.tolist()
        low, high = float(found.low[2]), float(found.high[2])
        return Gain(value, own_value, difference, low, high, len(values), len(self._splits))

    def _code_users(self) -> NDArray[np.int32]:
        """The code of the user of each value, over all splits: the same user, the same code."""
        ids = []
        for split, known in zip(self._splits, self._known, strict=True):
            rows, _ = split.choose_relevant(self._purchases)
            ids.append(split.user_ids.take(pa.array(rows[known[rows]])))
        return code_users(ids)

    def _find_splits(self, weights: Mapping[str, float]) -> list[Split]:
        if dict(weights) == self._weights:
            return self._splits
        if self._others[0] != weights:
            self._others = self._weights, self._splits  # so that the ones before are let go of
            self._others = dict(weights), self._read_splits(weights)
        return self._others[1]

    def _read_splits(self, weights: Mapping[str, float]) -> list[Split]:
        return [
            replace(split, window=replace(split.window, memo=RecentMemo(_KEPT)))
            for split in self._read(weights)
        ]
