"""What a learned blend looks at of each candidate: each feature by its name, and what it says.

Only the window and the sources' lists, so that nothing is known here that the daily job does not know. A
feature is float32; NaN where nothing is known, which LightGBM sends down a branch of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from include.candidates.blends.window_facts import WindowFacts

Column = NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Candidates:
    """users (n,): ascending, and items (n,), by code in the window. ranks (n, sources): from 1, 0 where a
    source does not propose the item; scores (n, sources): its score there, NaN where it does not."""

    users: NDArray[np.int64]
    items: NDArray[np.int32]
    ranks: NDArray[np.int32]
    scores: NDArray[np.float32]
    facts: WindowFacts

    @cached_property
    def pair(self) -> NDArray[np.int64]:
        return self.facts.pairs.find(self.users, self.items)

    @cached_property
    def category_pair(self) -> NDArray[np.int64]:
        category = self.facts.category[self.items]
        found = self.facts.of_category.find(self.users, np.maximum(category, 0))
        return np.where(category >= 0, found, -1)


def _take(values: NDArray[np.float32], at: NDArray[np.int64], missing: float) -> Column:
    """values[at], `missing` where `at` is -1."""
    return np.append(values, np.float32(missing))[at]


def _sources(c: Candidates) -> Column:
    return (c.ranks > 0).sum(axis=1)


def _best_rank(c: Candidates) -> Column:
    return np.where(c.ranks > 0, c.ranks, np.inf).min(axis=1, initial=np.inf)


def _fused(c: Candidates) -> Column:
    return np.where(c.ranks > 0, 1 / (60.0 + c.ranks), 0).sum(axis=1)


def _due(interval: str) -> Callable[[Candidates], Column]:
    def divide(c: Candidates) -> Column:
        usual = getattr(c.facts, interval)[c.items if interval.startswith("item") else c.users]
        return _take(c.facts.pairs.last, c.pair, np.nan) / np.maximum(usual, 0.5)

    return divide


def _own_interval(c: Candidates) -> Column:
    pairs = c.facts.pairs
    days = _take(pairs.days, c.pair, np.nan)
    span = _take(pairs.first, c.pair, np.nan) - _take(pairs.last, c.pair, np.nan)
    return np.where(days > 1, span / np.maximum(days - 1, 1), np.nan)


def _of_pair(name: str, missing: float) -> Callable[[Candidates], Column]:
    return lambda c: _take(getattr(c.facts.pairs, name), c.pair, missing)


def _of_category(name: str, missing: float) -> Callable[[Candidates], Column]:
    return lambda c: _take(getattr(c.facts.of_category, name), c.category_pair, missing)


def _of_user(name: str) -> Callable[[Candidates], Column]:
    return lambda c: getattr(c.facts, name)[c.users]


def _of_item(name: str) -> Callable[[Candidates], Column]:
    return lambda c: getattr(c.facts, name)[c.items]


# Name → what it says, and how it is made.
FEATURES: Final[dict[str, tuple[str, Callable[[Candidates], Column]]]] = {
    "sources": ("How many sources propose the item.", _sources),
    "best_rank": ("Its best rank in any source.", _best_rank),
    "fused": ("Its reciprocal ranks, summed over the sources with equal weights.", _fused),
    "count": ("How many purchase lines the user has of it.", _of_pair("count", 0)),
    "days": ("On how many days the user bought it.", _of_pair("days", 0)),
    "decayed": ("The user's lines of it, those of 14 days ago by half.", _of_pair("decayed", 0)),
    "since": ("Days since the user last bought it.", _of_pair("last", np.nan)),
    "own_interval": ("Usual days between two purchases of it by the user.", _own_interval),
    "due": (
        "Days since the user last bought it / the user's usual interval of it.",
        lambda c: _take(c.facts.pairs.last, c.pair, np.nan) / np.maximum(_own_interval(c), 0.5),
    ),
    "due_by_item": ("The same by the usual interval of the item.", _due("item_interval")),
    "due_by_user": ("The same by the usual interval of the user.", _due("user_interval")),
    "buyers": ("Users who bought the item.", _of_item("buyers")),
    "recent_buyers": ("Users who bought it in the last 7 days.", _of_item("recent_buyers")),
    "trend": (
        "The share of the last 7 days in its buyers.",
        lambda c: (c.facts.recent_buyers[c.items] + 1) / (c.facts.buyers[c.items] + 4),
    ),
    "item_repeats": ("The share of its buyers who bought it on several days.", _of_item("item_repeats")),
    "item_interval": ("Usual days between two purchases of it by one user.", _of_item("item_interval")),
    "first_sold": ("Days since it was first sold in the window.", _of_item("first_sold")),
    "price": ("The logarithm of 1 + its price.", _of_item("price")),
    "price_difference": (
        "That less the mean of the user's purchases.",
        lambda c: c.facts.price[c.items] - c.facts.user_price[c.users],
    ),
    "category_count": ("The user's purchase lines of its category.", _of_category("count", 0)),
    "category_share": (
        "Their share of all the user's lines.",
        lambda c: (
            _take(c.facts.of_category.count, c.category_pair, 0) / np.maximum(c.facts.lines[c.users], 1)
        ),
    ),
    "category_since": ("Days since the user last bought of its category.", _of_category("last", np.nan)),
    "history": ("Different items that the user bought.", _of_user("history")),
    "last_bought": ("Days since the user last bought anything.", _of_user("last_bought")),
    "active_days": ("Days on which the user bought.", _of_user("active_days")),
    "lines_a_day": (
        "The user's purchase lines on such a day.",
        lambda c: c.facts.lines[c.users] / np.maximum(c.facts.active_days[c.users], 1),
    ),
    "user_repeats": ("The share of the user's items bought on several days.", _of_user("user_repeats")),
}


def name_features(sources: Sequence[str]) -> list[str]:
    """The columns of `make_features` in their order: those of each source, and all others."""
    return [*(f"rank_{name}" for name in sources), *(f"score_{name}" for name in sources), *FEATURES]


def make_features(candidates: Candidates) -> NDArray[np.float32]:
    """(n, features): of each source the rank, NaN where it does not propose the item; of each the score,
    from 0 for the lowest to 1 for the highest of the user's candidates there; then FEATURES."""
    ranks = candidates.ranks
    sources = ranks.shape[1]
    made = np.empty((len(ranks), 2 * sources + len(FEATURES)), np.float32)
    made[:, :sources] = np.where(ranks > 0, ranks, np.nan)
    made[:, sources : 2 * sources] = normalise_scores(candidates.users, candidates.scores)
    for place, (_, make) in enumerate(FEATURES.values(), 2 * sources):
        made[:, place] = make(candidates)
    return made


def normalise_scores(users: NDArray[np.int64], scores: NDArray[np.float32]) -> NDArray[np.float32]:
    """(score − lowest) / (highest − lowest) of each column within a user; 1 where they are equal."""
    if not len(users):
        return scores
    heads = np.append(True, users[1:] != users[:-1])
    starts, run = np.flatnonzero(heads), np.cumsum(heads) - 1
    highest = np.fmax.reduceat(scores, starts, axis=0)[run]
    lowest = np.fmin.reduceat(scores, starts, axis=0)[run]
    width = highest - lowest
    with np.errstate(invalid="ignore"):
        return np.where(width > 0, (scores - lowest) / width, np.where(np.isnan(scores), np.nan, 1))
