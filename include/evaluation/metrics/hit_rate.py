"""hit_rate@k: the share of users whose list holds a relevant item.

M. Deshpande, G. Karypis: Item-based top-N recommendation algorithms, ACM TOIS 22(1), 2004.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """1 for a user (n,) with hits ≥ 1, else 0."""
    return (judged.hits.sum(axis=1) >= 1).astype(np.float64)
