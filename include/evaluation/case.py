"""What lists are held against: some users of a split, what is relevant to each, and their groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.evaluation.registry import Metric
from include.evaluation.splits import PURCHASES, Purchases, Split
from include.evaluation.values import Values
from include.kernels import RankedLists


@dataclass(frozen=True, eq=False)
class Case:
    """rows (n,): the test users of the split, each of whom may come with several lists of what is relevant.

    relevant: n lists, each in order of code. groups: which (n,) are of a segment, or of a category.
    """

    split: Split
    purchases: Purchases
    rows: NDArray[np.int64]
    relevant: RankedLists
    groups: Mapping[str, NDArray[np.bool_]]

    def add_users(self, values: Values) -> None:
        """Say whose values are to follow."""
        ids = self.split.user_ids.take(pa.array(self.rows))
        values.add_users(str(self.split.split_date), ids, self.groups)

    def add_values(
        self, contender: str, lists: RankedLists, k: int, metrics: Mapping[str, Metric], values: Values
    ) -> None:
        """Measure a contender's lists."""
        judged = self.split.judge(lists, k, self.rows, self.relevant)
        found = {name: metric.measure(judged) for name, metric in metrics.items()}
        alone = {name: value for name, value in found.items() if value.ndim}
        values.metrics = tuple(alone)
        columns = np.column_stack([*alone.values(), np.empty((len(self.rows), 0))])
        values.add_values(contender, columns.astype(np.float32))
        if together := [name for name in found if name not in alone]:
            for group, chosen in self.groups.items():
                some = judged.select(chosen)
                values.together[str(self.split.split_date), group, contender] = {
                    name: float(metrics[name].measure(some)) for name in together
                }


def list_cases(split: Split) -> list[Case]:
    """All, new and repeated purchases, as far as there are any, with the segments of their users."""
    cases = []
    for purchases in PURCHASES:
        rows, relevant = split.choose_relevant(purchases)
        groups = {str(name): chosen[rows] for name, chosen in split.segments.items()}
        cases.append(Case(split, purchases, rows, relevant, groups))
    return [case for case in cases if len(case.rows)]


def list_cases_by_category(split: Split, categories: Sequence[str]) -> list[Case]:
    """The same by category, of the users whom the window knows."""
    cases = []
    for purchases in PURCHASES:
        rows, category, relevant = split.choose_by_category(purchases, categories)
        known = split.users[rows] >= 0
        groups = {name: known & (category == place) for place, name in enumerate(categories)}
        cases.append(Case(split, purchases, rows, relevant, groups))
    return [case for case in cases if len(case.rows)]
