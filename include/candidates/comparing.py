"""What a re-rank step has done to lists, and whether it may do so."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from include.candidates.features import Features
from include.candidates.lists import list_owners, rank_rows
from include.errors import RefusedInputError
from include.kernels import RankedLists, find_rows, split_blocks, take_block

# So many rows are compared at once, to bound memory where a step is over all users.
_BLOCK = 2_000_000


def compare_lists(
    after: RankedLists, before: RankedLists, step: str, features: Features, *, adds: bool
) -> tuple[NDArray[np.integer], Mapping[str, int]]:
    """The row (n,) before the step of each item after it, -1 where the step added it, and what changed.

    `reranking.rerank_lists` says what is counted. Raises RefusedInputError where there are more or fewer
    lists, an item twice, a score that is not a number, or an item more that may not be there.
    """
    _check_shape(after, before, step)
    counts: Counter[str] = Counter(dropped=0, moved=0, added=0, short_lists=0)
    rows: NDArray[np.integer] = np.empty(
        len(after.items), np.int32 if len(before.items) < 2**31 else np.int64
    )
    for start, stop in split_blocks(after.sizes + before.sizes, _BLOCK):
        new, old = take_block(after, start, stop), take_block(before, start, stop)
        found = _find_rows(new, old, step, features.select_users(start, stop), adds)
        counts.update(_count_changes(new, old, found, features.k))
        own = rows[after.indptr[start] : after.indptr[stop]]
        own[:] = np.where(found >= 0, found + before.indptr[start], -1)
    return rows, dict(counts)


def _check_shape(after: RankedLists, before: RankedLists, step: str) -> None:
    if len(after.indptr) != len(before.indptr) or len(after.items) != len(after.scores):
        raise RefusedInputError(
            f"the re-rank step {step} returned {len(after.indptr) - 1:,} lists where it was given"
            f" {len(before.indptr) - 1:,}, or scores that are not those of its items; correct its apply."
        )
    if not np.isfinite(after.scores).all():
        raise RefusedInputError(
            f"the re-rank step {step} returned a score that is not a number; correct its apply."
        )


def _find_rows(
    after: RankedLists, before: RankedLists, step: str, features: Features, adds: bool
) -> NDArray[np.int64]:
    """The row (n,) before of each item of the same list, -1 where it was not in it."""
    if np.array_equal(before.indptr, after.indptr) and np.array_equal(before.items, after.items):
        return np.arange(len(after.items))
    rows, has_twice = find_rows(after, before, len(features.item_ids))
    added = rows < 0
    if has_twice or (added.any() and not adds):
        raise RefusedInputError(
            f"the re-rank step {step} returned an item twice, or one that was not in the list before; correct"
            " its apply, or say ADDS = True in its file where it may add."
        )
    if added.any() and not features.find_allowed(list_owners(after)[added], after.items[added]).all():
        raise RefusedInputError(
            f"the re-rank step {step} added an item that is sold out or blocked, or that the user has bought;"
            " correct its apply."
        )
    return rows


def _count_changes(
    after: RankedLists, before: RankedLists, rows: NDArray[np.int64], k: int
) -> dict[str, int]:
    shown = rank_rows(after) < k
    was_shown = int(np.minimum(before.sizes, k).sum())
    stays = rows[shown & (rows >= 0)]  # of each list in its order after the step
    stayed = int((rank_rows(before)[stays] < k).sum())
    fewer = (before.sizes >= k) & (after.sizes < k)
    return {
        "dropped": was_shown - stayed,
        "moved": _count_raised(stays),
        "added": int((shown & (rows < 0)).sum()),
        "short_lists": int(fewer.sum()),
    }


def _count_raised(rows: NDArray[np.int64]) -> int:
    """How many rows (n,) come before one that is smaller: one that they came after.

    Those of a list are all smaller than those of the next, so one pass looks at each list apart.
    """
    if not len(rows):
        return 0
    least_after = np.minimum.accumulate(rows[::-1])[::-1]
    return int((rows[:-1] > least_after[1:]).sum())
