"""What each user bought last, and looked at or put into the cart."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.columns import OCCURRED_AT, RECENT_ITEMS, USER_ID
from include.dataset.events import PURCHASE
from include.dataset.id_codes import take_ids
from include.dataset.interactions import Interactions
from include.kernels import choose_newest, number_ranks
from include.models.base import RankedTable


def rank_recent_items(net_purchases: pa.Table, k: int) -> RankedTable:
    """The last k different items that each user bought: newest first, then item id.

    occurred_at is the latest purchase of the item by the user; event_type is 'purchase'. Takes
    `columns.PURCHASES` after netting; raises ValueError for missing columns and nulls.
    """
    return rank_recent_events({PURCHASE: Interactions.from_purchases(net_purchases)}, k)


def rank_recent_events(pairs: Mapping[str, Interactions], k: int) -> RankedTable:
    """The last k different items of each user and event type, from the interactions of each type.

    The rows are in order of user, event type and rank. A user of any type has rows, also one that no other
    type knows.
    """
    tables = [_rank_items(pairs[name], name, k) for name in sorted(pairs)]
    rows = pa.concat_tables([RECENT_ITEMS.empty_table(), *tables])
    if len(tables) > 1:
        # Each table is in order of user and rank, and they are in order of event type.
        users = rows[USER_ID].combine_chunks().dictionary_encode()
        places = np.argsort(pc.sort_indices(users.dictionary).to_numpy())
        order = np.argsort(places[users.indices.to_numpy()], kind="stable")
        rows = rows.take(pa.array(order))
    return RankedTable("recent_items", "", rows)


def count_recent_rows(pairs: Mapping[str, Interactions], k: int) -> int:
    """How many rows `rank_recent_events` gives."""
    return sum(int(np.minimum(np.diff(some.user_items.indptr), k).sum()) for some in pairs.values())


def _rank_items(interactions: Interactions, event_type: str, k: int) -> pa.Table:
    starts, entries = choose_newest(interactions.user_items.indptr, interactions.occurred_at, k)
    kept = np.diff(starts)
    users = np.repeat(np.arange(interactions.users, dtype=np.int32), kept)
    columns = [
        take_ids(interactions.user_ids, users),
        pa.repeat(event_type, len(entries)),
        pa.array(number_ranks(kept)),
        take_ids(interactions.item_ids, interactions.user_items.indices[entries]),
        pa.array(interactions.occurred_at[entries]).cast(RECENT_ITEMS.field(OCCURRED_AT).type),
    ]
    return pa.table(columns, schema=RECENT_ITEMS)
