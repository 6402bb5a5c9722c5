"""top_share: the share of all shown places that the 100 most shown items have."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged

_TOP: Final = 100


def measure(judged: Judged) -> NDArray[np.float64]:
    """Of all lists together (), in [0, 1]; NaN where nothing is shown."""
    shown = np.sort(np.bincount(judged.items[judged.items >= 0], minlength=len(judged.buyers)))
    return np.array(shown[-_TOP:].sum() / shown.sum() if shown.any() else np.nan)
