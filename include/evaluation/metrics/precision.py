"""precision@k: of the k places of a list, the share that holds a relevant item.

A. Kent, M. Berry, F. Luehrs, J. Perry: Machine literature searching VIII, American Documentation, 1955.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """hits / k of each user (n,), in [0, 1]; a place that a short list leaves empty is a miss."""
    return judged.hits.sum(axis=1) / judged.k
