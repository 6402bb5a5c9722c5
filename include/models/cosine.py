"""Item-item cosine over who bought what.

B. Sarwar, G. Karypis, J. Konstan, J. Riedl: Item-based collaborative filtering recommendation algorithms,
WWW 2001, with purchases as 0 and 1.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from scipy.sparse import csr_matrix

from include.models.columns import ITEM_SIMILARITIES
from include.models.interactions import Interactions
from include.models.progress import track_blocks
from include.models.ranked import Options, RankedTable
from include.models.ranking import mark_contenders, rank_scores, split_blocks
from include.models.tables import take_ids

# The most nonzeros of the items × items product that are held at once; about 60 bytes each at the peak.
_TILE = 8_000_000


def train(interactions: Interactions, options: Options) -> list[RankedTable]:
    """The k most similar items of each item.

    score = |buyers(i) ∩ buyers(j)| / sqrt(|buyers(i)| · |buyers(j)|), in (0, 1], as float32;
    co_buyers = |buyers(i) ∩ buyers(j)|. Quantities and repeats do not count. Order: score, then co_buyers,
    both from the highest, then the similar item's id. Never the item itself; an item that shares no buyer
    with another has no rows. k is options.k["item_similarities"]; there are no parameters.
    """
    k = options.k["item_similarities"]
    user_items = interactions.binary()
    item_users = user_items.T.tocsr()
    baskets = np.diff(user_items.indptr)
    neighbours = np.minimum(item_users.astype(np.int64) @ baskets, interactions.items)
    blocks = split_blocks(neighbours, _TILE)
    tables = [
        _rank_neighbours(interactions.item_ids, item_users, user_items, start, stop, k)
        for start, stop in track_blocks(blocks, "cosine", "items")
    ]
    rows = pa.concat_tables([ITEM_SIMILARITIES.empty_table(), *tables])
    return [RankedTable("item_similarities", "cosine", rows)]


def _rank_neighbours(
    item_ids: pa.StringArray,
    item_users: csr_matrix,
    user_items: csr_matrix,
    start: int,
    stop: int,
    k: int,
) -> pa.Table:
    """The rows of the items [start, stop)."""
    buyers = np.diff(item_users.indptr).astype(np.int64)
    product = item_users[start:stop] @ user_items
    items = np.repeat(np.arange(start, stop), np.diff(product.indptr))
    others = items != product.indices
    items, similar, co_buyers = items[others], product.indices[others], product.data[others]
    score = (co_buyers / np.sqrt(buyers[items] * buyers[similar])).astype(np.float32)
    contenders = np.flatnonzero(mark_contenders(items, score, k))
    items, similar = items[contenders], similar[contenders]
    score, co_buyers = score[contenders], co_buyers[contenders]
    kept, rank = rank_scores(items, score, similar, k, co_buyers)
    return pa.table(
        [
            take_ids(item_ids, items[kept]),
            pa.array(rank),
            take_ids(item_ids, similar[kept]),
            pa.array(score[kept]),
            pa.array(co_buyers[kept]),
        ],
        schema=ITEM_SIMILARITIES,
    )
