"""What each user bought last."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from include.models.columns import OCCURRED_AT, RECENT_ITEMS
from include.models.interactions import Interactions
from include.models.ranked import RankedTable
from include.models.tables import mark_starts, number_rows, take_ids

PURCHASE = "purchase"


def rank_recent_items(net_purchases: pa.Table, k: int) -> RankedTable:
    """The last k different items that each user bought: newest first, then item id.

    occurred_at is the latest purchase of the item by the user; event_type is 'purchase'. Takes
    `columns.PURCHASES` after netting; raises ValueError for missing columns and nulls.
    """
    interactions = Interactions.from_purchases(net_purchases)
    users, items = interactions.user_codes(), interactions.user_items.indices
    order = np.lexsort((items, -interactions.occurred_at, users))
    rank = number_rows(mark_starts(users[order])) + 1
    kept, rank = order[rank <= k], rank[rank <= k]
    columns = [
        take_ids(interactions.user_ids, users[kept]),
        pa.repeat(PURCHASE, len(kept)),
        pa.array(rank, pa.int32()),
        take_ids(interactions.item_ids, items[kept]),
        pa.array(interactions.occurred_at[kept]).cast(RECENT_ITEMS.field(OCCURRED_AT).type),
    ]
    return RankedTable("recent_items", "", pa.table(columns, schema=RECENT_ITEMS))
