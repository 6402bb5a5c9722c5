"""ndcg@k: how near a list is to the best one possible, where a hit counts less the further down it stands.

K. Järvelin, J. Kekäläinen: Cumulated gain-based evaluation of IR techniques, ACM TOIS 20(4), 2002.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """Σ over hits of 1 / log2(rank + 1), divided by Σ of the same over ranks 1 … min(k, relevant items).

    Of each user (n,), in [0, 1]; 1 for a list that begins with min(k, relevant items) hits.
    """
    gains = list_gains(judged.k)
    ideal = np.cumsum(gains)[np.minimum(judged.k, judged.relevant.sizes) - 1]
    # Summed in the order of the ranks as the ideal is, so that the best list has exactly 1.
    gained = sum(gain * judged.hits[:, place] for place, gain in enumerate(gains))
    return gained / ideal


def list_gains(k: int) -> NDArray[np.float64]:
    """What a hit counts (k,) at each rank from 1."""
    return 1 / np.log2(np.arange(1, k + 1) + 1)
