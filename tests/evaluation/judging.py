"""Lists and what is relevant, as plain Python lists and as metrics are given them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from include.evaluation.judged import Judged
from include.evaluation.registry import load_metric
from include.kernels import RankedLists


@dataclass(frozen=True)
class Case:
    """lists: of each user, best first, at most k items. relevant: of each user, codes of any item."""

    k: int
    lists: Sequence[Sequence[int]]
    relevant: Sequence[Sequence[int]]
    buyers: Sequence[int]
    users: int = 10
    categories: Sequence[int] | None = None

    def judge(self) -> Judged:
        items = np.full((len(self.lists), self.k), -1, np.int32)
        for row, ranked in enumerate(self.lists):
            items[row, : len(ranked)] = ranked
        pairs = list(zip(self.lists, self.relevant, strict=True))
        hits = [
            [item in wanted for item in ranked] + [False] * (self.k - len(ranked)) for ranked, wanted in pairs
        ]
        codes = [code for wanted in self.relevant for code in wanted]
        return Judged(
            items=items,
            hits=np.array(hits, np.bool_).reshape(items.shape),
            relevant=RankedLists(
                np.cumsum([0, *map(len, self.relevant)]),
                np.array(codes, np.int32),
                np.ones(len(codes), np.float32),
            ),
            buyers=np.array(self.buyers, np.int64),
            users=self.users,
            categories=None if self.categories is None else np.array(self.categories, np.int32),
        )

    def measure(self, metric: str) -> list[float] | float:
        """What the metric says, a list for a value of each user."""
        measured = load_metric(metric).measure(self.judge())
        assert measured.dtype == np.float64
        assert measured.shape in ((), (len(self.lists),))
        return measured.tolist()


@st.composite
def draw_cases(draw: st.DrawFn) -> Case:
    """Short and empty lists, lists of all items, relevant items that the window did not have, no users."""
    items, users, k = draw(st.integers(1, 7)), draw(st.integers(0, 4)), draw(st.integers(1, 9))
    rankings = st.permutations(range(items))
    lists = [draw(rankings)[: draw(st.integers(0, k))] for _ in range(users)]
    relevant = [draw(st.lists(st.integers(0, items + 2), min_size=1, unique=True)) for _ in range(users)]
    buyers = draw(st.lists(st.integers(0, 9), min_size=items, max_size=items))
    some = st.lists(st.integers(-1, 2), min_size=items, max_size=items)
    return Case(k, lists, relevant, buyers, 9, draw(st.none() | some))


def are_close(found: list[float] | float, expected: list[float] | float) -> bool:
    """Up to rounding; NaN where NaN is expected, and a value of each user where there is one of each."""
    same = np.shape(found) == np.shape(expected)
    return same and np.allclose(found, expected, rtol=1e-12, atol=1e-12, equal_nan=True)
