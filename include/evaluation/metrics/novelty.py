"""novelty@k: how little known the items of a list are, in bits.

T. Zhou, Z. Kuscsik, J.-G. Liu, M. Medo, J. Wakeling, Y.-C. Zhang: Solving the apparent diversity-accuracy
dilemma of recommender systems, PNAS 107(10), 2010 (mean self-information).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """Mean over the list of −log2(buyers / users) = log2(users / buyers) of each user (n,), at least 0.

    An item that nobody bought in the window counts as if one user had. NaN for an empty list.
    """
    bits = np.append(np.log2(judged.users / np.maximum(judged.buyers, 1)), 0)  # the last is for place -1
    with np.errstate(invalid="ignore"):
        return bits[judged.items].sum(axis=1) / (judged.items >= 0).sum(axis=1)
