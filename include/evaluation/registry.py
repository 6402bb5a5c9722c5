"""The metrics by name. A new metric is one file in `metrics/` and one line below."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final, Protocol, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.evaluation.judged import Judged

# A name is what stands in the column `metric`.
METRICS: Final[dict[str, str]] = {
    "recall": "include.evaluation.metrics.recall",
    "ndcg": "include.evaluation.metrics.ndcg",
    "hit_rate": "include.evaluation.metrics.hit_rate",
    "precision": "include.evaluation.metrics.precision",
    "map": "include.evaluation.metrics.map",
    "debiased_recall": "include.evaluation.metrics.debiased_recall",
    "coverage": "include.evaluation.metrics.coverage",
    "gini": "include.evaluation.metrics.gini",
    "novelty": "include.evaluation.metrics.novelty",
    "diversity": "include.evaluation.metrics.diversity",
}


class Metric(Protocol):
    """A metric's module, which is what `load_metric` returns."""

    def measure(self, judged: Judged) -> NDArray[np.float64]:
        """A value of each user (n,), or one of all lists together (); NaN where it cannot be told."""


def load_metric(name: str) -> Metric:
    """The metric's module. Raises KeyError for a name that is not registered."""
    return cast("Metric", import_module(METRICS[name]))
