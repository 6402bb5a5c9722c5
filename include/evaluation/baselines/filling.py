"""What baselines share: who bought what how often, and lists that are filled up to k."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from include.dataset.events import PURCHASE
from include.evaluation.window import Window
from include.kernels import RankedLists, interleave_lists


def fill_lists(
    window: Window,
    k: int,
    exclude_purchased: bool,
    *,
    own: RankedLists | None = None,
    shared: Sequence[RankedLists] = (),
) -> RankedLists:
    """The items of each user's own list, then those of each list that is everybody's, up to k different ones.

    `exclude_purchased`: none that the user bought in the window. Where there is a shared list, there is one
    list more than users: that of whoever the window does not know.
    """
    purchased = window.purchased
    indptr = purchased.indptr.astype(np.int64)
    hidden = RankedLists(
        indptr if exclude_purchased else np.zeros_like(indptr), purchased.indices, purchased.data
    )
    # A list more in any case, so that the own one of a single user is not taken for a shared one.
    several = [*([_add_empty(own)] if own else []), *shared]
    filled = interleave_lists(several, 0, k, _add_empty(hidden), purchased.shape[1]).lists
    return filled if shared else filled._replace(indptr=filled.indptr[:-1])


def _add_empty(lists: RankedLists) -> RankedLists:
    return lists._replace(indptr=np.append(lists.indptr, lists.indptr[-1]))


def list_purchases(window: Window) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
    """The user, the item and the time (n,) of each purchase, in microseconds since 1970 in UTC."""
    if PURCHASE in window.dataset.events:
        events = window.dataset.events[PURCHASE]
        return window.user_codes[events.users], events.items, events.timestamps
    pairs = window.dataset.interactions
    return window.user_codes[pairs.user_codes()], pairs.user_items.indices, pairs.occurred_at


def rank_items(scores: NDArray[np.number]) -> RankedLists:
    """One list of all items of a positive score (items,), from the highest, then by item."""
    order = np.argsort(-scores, kind="stable")
    order = order[scores[order] > 0]
    return RankedLists(np.array([0, len(order)]), order.astype(np.int32), scores[order].astype(np.float32))


def rank_pairs(
    owners: NDArray[np.integer], items: NDArray[np.integer], scores: NDArray[np.number], users: int
) -> RankedLists:
    """A list for each user of the pairs (n,) with an item, from the highest score, then by item."""
    order = np.lexsort((items, -scores, owners))
    indptr = np.append(0, np.cumsum(np.bincount(owners, minlength=users)))
    return RankedLists(indptr, items[order].astype(np.int32), scores[order].astype(np.float32))


def list_pairs(window: Window) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """The user, the item and the purchases (n,) of each pair that was bought in the window."""
    purchased = window.purchased
    owners = np.repeat(np.arange(purchased.shape[0]), np.diff(purchased.indptr))
    return owners, purchased.indices, purchased.data
