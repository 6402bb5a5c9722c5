"""diversity@k: of the pairs of a list's items, the share whose categories differ.

C.-N. Ziegler, S. McNee, J. Konstan, G. Lausen: Improving recommendation lists through topic diversification,
WWW 2005: 1 − their intra-list similarity, where two items of one category are alike and others are not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """1 − Σ over categories of c (c − 1) / (t (t − 1)), where c of a list's t items are of the category.

    Of each user (n,), in [0, 1]. Items without a category are left out. NaN for a list with fewer than two
    others, and for all without a catalogue.
    """
    if judged.categories is None:
        return np.full(len(judged.items), np.nan)
    categories = np.append(judged.categories, -1)[judged.items]  # the last is for place -1
    categories.sort(axis=1)
    # In a sorted list, an item has as many alike before it as places since its category began.
    places = np.arange(judged.k, dtype=np.int32)
    begins = np.diff(categories, axis=1, prepend=-2) != 0
    alike = places - np.maximum.accumulate(np.where(begins, places, 0), axis=1)
    pairs_alike = np.where(categories >= 0, alike, 0).sum(axis=1)
    t = (categories >= 0).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return 1 - pairs_alike / (t * (t - 1) / 2)
