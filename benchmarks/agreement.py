"""Whether two libraries found the same top k, ties aside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.worker import Arrays

# float32 sums in another order differ by this much.
TOLERANCE = 2e-5


def sample_rows(rows: int, size: int, seed: int = 7) -> NDArray[np.int64]:
    """`size` distinct row numbers below `rows`, ascending; the same for the same arguments."""
    if size >= rows:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, size, replace=False))


def pack_lists(ids: NDArray[np.integer], scores: NDArray[np.floating], k: int) -> Arrays:
    """Lists (rows, n) with the best first as what `compare_lists` reads; id -1 and score NaN where short."""
    width = min(k, ids.shape[1])
    packed = {"ids": np.full((len(ids), k), -1, np.int64), "scores": np.full((len(ids), k), np.nan)}
    packed["ids"][:, :width] = ids[:, :width]
    packed["scores"][:, :width] = scores[:, :width]
    packed["scores"][packed["ids"] < 0] = np.nan
    return packed


def pack_groups(
    rows: NDArray[np.integer],
    groups: NDArray[np.integer],
    ids: NDArray[np.integer],
    scores: NDArray[np.floating],
    k: int,
) -> Arrays:
    """The same from triples (n,) of any order: the lists of `rows`, each with at most its k best."""
    wanted = np.flatnonzero(np.isin(groups, rows))
    groups, ids, scores = groups[wanted], ids[wanted], scores[wanted]
    order = np.lexsort((ids, -scores, groups))
    groups, ids, scores = groups[order], ids[order], scores[order]
    place = np.arange(len(groups)) - np.searchsorted(groups, groups)
    kept = place < k
    shape = len(rows), k
    packed = {"ids": np.full(shape, -1, np.int64), "scores": np.full(shape, np.nan)}
    target = np.searchsorted(rows, groups[kept]), place[kept]
    packed["ids"][target], packed["scores"][target] = ids[kept], scores[kept]
    return packed


def compare_lists(ours: Arrays, theirs: Arrays) -> dict[str, Any]:
    """How many of the rows have the same scores, place by place, and the same ids wherever scores decide.

    Ids that differ are a tie when their score is that of the list's last place.
    """
    same_length = (ours["ids"] >= 0).sum(axis=1) == (theirs["ids"] >= 0).sum(axis=1)
    left, right = ours["scores"], theirs["scores"]
    close = np.isclose(left, right, rtol=TOLERANCE, atol=TOLERANCE) | (np.isnan(left) & np.isnan(right))
    same_scores = same_length & close.all(axis=1)
    same_ids = np.array(
        [
            not (_beat_last(*pair, other) or _beat_last(*reversed_pair, mine))
            for mine, other, pair, reversed_pair in zip(
                ours["ids"],
                theirs["ids"],
                zip(ours["ids"], left, strict=True),
                zip(theirs["ids"], right, strict=True),
                strict=True,
            )
        ]
    )
    return {
        "rows": len(left),
        "same_scores": int(same_scores.sum()),
        "same_ids": int((same_scores & same_ids).sum()),
    }


def _beat_last(ids: NDArray[np.int64], scores: NDArray[np.float64], others: NDArray[np.int64]) -> bool:
    """Whether the list holds an id that the other lacks and that a tie at the end does not explain."""
    filled = ids >= 0
    if not filled.any():
        return False
    lacking = filled & ~np.isin(ids, others)
    last = scores[filled][-1]
    return bool((scores[lacking] > last + TOLERANCE * (1 + abs(last))).any())


def measure_recall(exact: Arrays, found: Arrays) -> float:
    """Mean share of each exact list that the other list holds."""
    shares = [
        np.isin(mine[mine >= 0], other).mean()
        for mine, other in zip(exact["ids"], found["ids"], strict=True)
        if (mine >= 0).any()
    ]
    return float(np.mean(shares)) if shares else 1.0
