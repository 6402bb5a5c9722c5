"""recall@k: of a user's relevant items, the share that is in the list.

A. Kent, M. Berry, F. Luehrs, J. Perry: Machine literature searching VIII, American Documentation, 1955.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """hits / relevant items of each user (n,), in [0, 1].

    Relevant items beyond k count too, so that the best possible list of a user who bought more than k items
    stays below 1.
    """
    return judged.hits.sum(axis=1) / judged.relevant.sizes
