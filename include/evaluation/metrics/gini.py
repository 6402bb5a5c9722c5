"""gini@k: how unevenly the lists show the window's items: 0 where all equally often, 1 where only one.

G. Shani, A. Gunawardana: Evaluating recommendation systems, Recommender Systems Handbook, 2011.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """Σ over j of (2 j − m − 1) p(j) / (m − 1), where p(j) is the share of all places that shows item j.

    j = 1 … m are all items of the window, those never shown included, the least shown first. Of all lists
    together (), in [0, 1]; 0 for a window of one item, NaN where nothing is shown.
    """
    shown = np.sort(np.bincount(judged.items[judged.items >= 0], minlength=len(judged.buyers)))
    if not shown.any():
        return np.array(np.nan)
    m = len(shown)
    j = np.arange(1, m + 1)
    return np.array(((2 * j - m - 1) * shown).sum() / shown.sum() / max(m - 1, 1))
