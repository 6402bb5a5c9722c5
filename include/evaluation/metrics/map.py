"""map@k: the precision at the rank of each hit, averaged; over users it is the mean average precision.

C. Buckley, E. Voorhees: Evaluating evaluation measure stability, SIGIR 2000. Cut at k it is divided by what a
list of k could hold at best, as in the Million Song Dataset Challenge (B. McFee et al., WWW 2012).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.evaluation.judged import Judged


def measure(judged: Judged) -> NDArray[np.float64]:
    """Σ over hits of (hits down to its rank) / rank, divided by min(k, relevant items).

    Of each user (n,), in [0, 1]; 1 for a list that begins with min(k, relevant items) hits.
    """
    ranks = np.arange(1, judged.k + 1)
    precisions = np.cumsum(judged.hits, axis=1) / ranks
    return (precisions * judged.hits).sum(axis=1) / np.minimum(judged.k, judged.relevant.sizes)
