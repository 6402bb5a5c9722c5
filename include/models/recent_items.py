"""What each user bought last."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from include.columns import OCCURRED_AT, RECENT_ITEMS
from include.dataset.interactions import Interactions
from include.dataset.tables import take_ids
from include.kernels import choose_newest
from include.models.base import RankedTable

PURCHASE = "purchase"


def rank_recent_items(net_purchases: pa.Table, k: int) -> RankedTable:
    """The last k different items that each user bought: newest first, then item id.

    occurred_at is the latest purchase of the item by the user; event_type is 'purchase'. Takes
    `columns.PURCHASES` after netting; raises ValueError for missing columns and nulls.
    """
    return rank_recent_interactions(Interactions.from_purchases(net_purchases), k)


def rank_recent_interactions(interactions: Interactions, k: int) -> RankedTable:
    """`rank_recent_items` of what is in interactions already."""
    starts, entries = choose_newest(interactions.user_items.indptr, interactions.occurred_at, k)
    kept = np.diff(starts)
    users = np.repeat(np.arange(interactions.users, dtype=np.int32), kept)
    rank = np.arange(1, len(entries) + 1) - np.repeat(starts[:-1], kept)
    columns = [
        take_ids(interactions.user_ids, users),
        pa.repeat(PURCHASE, len(entries)),
        pa.array(rank, pa.int32()),
        take_ids(interactions.item_ids, interactions.user_items.indices[entries]),
        pa.array(interactions.occurred_at[entries]).cast(RECENT_ITEMS.field(OCCURRED_AT).type),
    ]
    return RankedTable("recent_items", "", pa.table(columns, schema=RECENT_ITEMS))
