"""What is like the items that a user bought or looked at last, by what the catalogue says of them.

Their neighbours become one list by the sum of the scores. Items that nobody bought yet are proposed too: no
co-buyers are asked for.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from pydantic import Field

from include.candidates import base
from include.candidates.sources.neighbour_sums import NeighbourSums
from include.candidates.sources.neighbours import read_similarities

if TYPE_CHECKING:
    import pyarrow as pa

    from include.candidates.inputs import Inputs
    from include.kernels import RankedLists


class Params(base.Params):
    """last: it looks at the newest so many items of a user, whatever the user did with them.

    max_buyers: proposes only items that at most so many users bought in the window, 0 for what nobody bought
    yet, where other sources have the rest; all without it.
    """

    last: Annotated[int, Field(ge=1, le=1000)] = 20
    max_buyers: Annotated[int, Field(ge=0)] | None = None


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> NeighbourSums:
    """From `columns.ITEM_SIMILARITIES` of the model `content`."""
    import numpy as np

    shown = inputs.shown
    if params.max_buyers is not None:
        pairs = inputs.purchased
        shown = shown & (np.bincount(pairs.indices, minlength=pairs.shape[1]) <= params.max_buyers)
    similar = read_similarities(rows, replace(inputs, shown=shown, min_co_buyers=0))
    return NeighbourSums(list_last(inputs, params.last), similar)


def list_last(inputs: Inputs, last: int) -> RankedLists:
    """The `last` different items of each user in `inputs.recent_items`, of any event type, newest first.

    Of equal times the first by event type, then by rank there. The scores are all 1.
    """
    import numpy as np

    from include.candidates.lists import group_rows
    from include.columns import ITEM_ID, OCCURRED_AT, RECENT_ITEMS, USER_ID
    from include.dataset.id_codes import find_ids
    from include.dataset.schemas import conform_table

    rows = conform_table(inputs.recent_items, RECENT_ITEMS, "recent items", encoded=(USER_ID, ITEM_ID))
    owners = find_ids(rows[USER_ID], inputs.user_ids, "recent items").astype(np.int64)
    items = find_ids(rows[ITEM_ID], inputs.item_ids, "recent items").astype(np.int64)
    times = rows[OCCURRED_AT].to_numpy().astype("datetime64[us]").astype(np.int64)
    order = np.lexsort((-times, owners))
    _, first = np.unique((owners * len(inputs.item_ids) + items)[order], return_index=True)
    kept = order[np.sort(first)]
    starts = np.searchsorted(owners[kept], np.arange(len(inputs.user_ids) + 1))
    ranks = (np.arange(len(kept)) - np.repeat(starts[:-1], np.diff(starts))).astype(np.int32)
    ones = np.ones(len(kept), np.float32)
    return group_rows(owners[kept], len(inputs.user_ids), items[kept], ones, ranks, ranks < last)


def expects_rows(inputs: Inputs) -> bool:
    """Where the catalogue gives two items that are on sale one title."""
    import pyarrow.compute as pc

    products = inputs.products
    titles = products["title"].filter(pc.fill_null(products["is_available"], True))
    titles = pc.utf8_trim_whitespace(pc.drop_null(titles))
    titles = titles.filter(pc.not_equal(titles, ""))
    return len(titles) > pc.count_distinct(titles).as_py()
