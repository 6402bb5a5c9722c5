"""debiased_recall@k: recall where an item counts the more, the fewer people bought it.

What many see, many buy, so that plain recall flatters whoever recommends what sells anyway. The remedy is to
weigh each relevant item by 1 / propensity, the chance that a purchase of it is observed: L. Yang, Y. Cui,
Y. Xuan, C. Wang, S. Belongie, D. Estrin: Unbiased offline recommender evaluation for missing-not-at-random
implicit feedback, RecSys 2018; divided by the sum of the weights, as their self-normalised estimator is.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged

# Their power is (γ + 1) / 2 with a γ for each recommender in use; 1/2 is the power without one.
POWER: Final = 0.5


def measure(judged: Judged) -> NDArray[np.float64]:
    """Σ over hits of 1 / propensity, divided by Σ over relevant items of 1 / propensity, where
    propensity ∝ (the item's buyers in the window) ** POWER.

    Of each user (n,), in [0, 1]. An item without a buyer in the window, or that the window did not have, has
    the propensity of an item with one buyer.
    """
    # In float32, so that their sums in float64 are exact in any order.
    weights = (1 / np.maximum(judged.buyers, 1) ** POWER).astype(np.float32)
    hit = np.zeros(judged.hits.shape)
    hit[judged.hits] = weights[judged.items[judged.hits]]
    had = judged.relevant.items < len(weights)
    relevant = np.ones(len(had))
    relevant[had] = weights[judged.relevant.items[had]]
    return hit.sum(axis=1) / np.add.reduceat(relevant, judged.relevant.indptr[:-1])
