"""The synthetic mall with its truth: windows and splits of what was drawn, and who ranks by the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.columns import PURCHASES
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.evaluation.splits import Split
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context
from include.samples.catalogue import Catalogue, make_catalogue
from include.samples.shoppers import DAY_MS, REPEAT_SHARE, DrawnLines, draw_shoppers, tell_chances

FIRST = date(2026, 1, 1)


@dataclass(frozen=True, eq=False)
class TrueMall:
    """chances (users, items): of a line of the user, whatever the user has bought so far."""

    catalogue: Catalogue
    lines: DrawnLines
    chances: NDArray[np.float64]

    @classmethod
    def draw(cls, seed: int, users: int, items: int, lines: int, days: int) -> TrueMall:
        catalogue = make_catalogue(items, np.random.default_rng(seed))
        drawn = draw_shoppers(catalogue, users, lines, days, 0, np.random.default_rng(seed + 1))
        return cls(catalogue, drawn.lines, tell_chances(catalogue, drawn.favourites))

    def make_split(self, day: int, window_days: int, test_days: int) -> Split:
        """The window ends before the day, which is the first of the test days."""
        first, last = FIRST + timedelta(day - window_days), FIRST + timedelta(day - 1)
        window = Window(Dataset(self.count_bought(day - window_days, day)), first=first, last=last)
        bought = self.count_bought(day, day + test_days)
        return Split.from_bought(window, FIRST + timedelta(day), test_days, bought)

    def count_bought(self, start: int, stop: int) -> Interactions:
        """Of the days start to stop − 1."""
        found = slice(*np.searchsorted(self.lines.time, (start * DAY_MS, stop * DAY_MS)))
        return count_lines(self.lines.user[found], self.lines.item[found], self.lines.time[found])

    def rank_by_truth(self, window: Window, k: int, context: Context) -> RankedLists:
        """Best is the chance of the next line, which repeats one of the window or is drawn anew."""
        users, items = (
            np.array(ids.to_pylist(), np.int64) for ids in (window.dataset.user_ids, window.dataset.item_ids)
        )
        bought = window.dataset.purchased().toarray()
        scores = (1 - REPEAT_SHARE) * self.chances[users[:, None], items]
        scores += REPEAT_SHARE * bought / bought.sum(axis=1, keepdims=True)
        return rank_scores(scores, bought > 0 if context.exclude_purchased else np.zeros(scores.shape), k)


def count_lines(users: NDArray, items: NDArray, times: NDArray) -> Interactions:
    """Lines by user and item; ids are numbers, times are milliseconds since FIRST."""
    texts = [pa.array([f"{number:06}" for number in column.tolist()]) for column in (users, items)]
    moments = (np.datetime64(FIRST, "us") + times.astype("timedelta64[ms]")).astype("datetime64[us]")
    ones = np.ones(len(users))
    columns = [texts[0], *texts, ones, ones, pa.array(moments).cast(pa.timestamp("us", "UTC"))]
    arrays = [pa.array(column).cast(kind.type) for column, kind in zip(columns, PURCHASES, strict=True)]
    return Interactions.from_purchases(pa.table(arrays, schema=PURCHASES))


def rank_scores(scores: NDArray[np.float64], hidden: NDArray, k: int) -> RankedLists:
    """The k best items of each row, those left out that are hidden (users, items)."""
    shown = np.where(hidden, -np.inf, scores)
    order = np.argsort(-shown, axis=1, kind="stable")[:, :k].astype(np.int32)
    found = np.take_along_axis(shown, order, axis=1)
    kept = np.isfinite(found)
    indptr = np.append(0, np.cumsum(kept.sum(axis=1)))
    return RankedLists(indptr, order[kept], found[kept].astype(np.float32))
