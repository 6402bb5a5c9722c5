"""coverage@k: of the window's items, the share that is in anybody's list.

M. Ge, C. Delgado-Battenfeld, D. Jannach: Beyond accuracy: evaluating recommender systems by coverage and
serendipity, RecSys 2010 (catalogue coverage).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """different items of all lists / items of the window, of all lists together (), in [0, 1].

    It grows with the number of lists: compare it between contenders for the same users. NaN without items.
    """
    shown = np.bincount(judged.items[judged.items >= 0], minlength=len(judged.buyers))
    return np.array(np.count_nonzero(shown) / len(shown) if len(shown) else np.nan)
