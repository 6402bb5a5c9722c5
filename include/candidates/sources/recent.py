"""What a user carted, looked at and bought last: first what is still open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from pydantic import AfterValidator, Field

from include.candidates import base
from include.candidates.base import Proposals

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.candidates.inputs import Inputs
    from include.kernels import RankedLists


def _check_events(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names or len(set(names)) < len(names):
        raise ValueError("must name at least one event type, and each once, such as [cart, view, purchase]")
    return names


class Params(base.Params):
    """events: the event types whose items are proposed, in their order. days: the newest so many days of the
    window; all of them without it."""

    events: Annotated[tuple[str, ...], AfterValidator(_check_events)] = ("cart", "view", "purchase")
    days: Annotated[int, Field(ge=1, le=3660)] | None = None


@dataclass(frozen=True, eq=False)
class Recent:
    """The items of each user in their order; the score is 1 / place."""

    lists: RankedLists

    @property
    def costs(self) -> NDArray[np.int64]:
        return self.lists.sizes

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        from include.kernels import take_block

        return Proposals(take_block(self.lists, start, stop))


def read_source(rows: pa.Table, inputs: Inputs, params: Params) -> Recent:
    """From `columns.RECENT_ITEMS`: by event type, then the newest first, without what may not be shown.

    What the user bought at the same moment or later is left to the type `purchase`. An item stands where it
    comes first. A type that the mall does not deliver has no rows. Raises RefusedInputError for `days` where
    the data have none.
    """
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from include.candidates.lists import group_rows
    from include.columns import ITEM_ID, OCCURRED_AT, RANK, RECENT_ITEMS, USER_ID
    from include.dataset.events import PURCHASE
    from include.dataset.id_codes import find_ids
    from include.dataset.recency import age_timestamps
    from include.dataset.schemas import conform_table
    from include.kernels import number_ranks

    rows = conform_table(rows, RECENT_ITEMS, "recent items", encoded=(USER_ID, ITEM_ID))
    names = pa.array(params.events, pa.string())
    rows = rows.filter(pc.is_in(rows["event_type"], value_set=names))
    users = find_ids(rows[USER_ID], inputs.user_ids, "recent items").astype(np.int64)
    items = find_ids(rows[ITEM_ID], inputs.item_ids, "recent items").astype(np.int64)
    turns = pc.index_in(rows["event_type"], value_set=names).to_numpy().astype(np.int64)
    times = rows[OCCURRED_AT].cast(pa.int64()).to_numpy()
    ranks = rows[RANK].to_numpy()

    kept = inputs.shown[items]
    if params.days is not None:
        kept &= age_timestamps(inputs.dataset, times) < params.days
    for turn, name in enumerate(params.events):
        if name != PURCHASE:
            some = np.flatnonzero(kept & (turns == turn))
            kept[some] = times[some] > find_last_bought(inputs, users[some], items[some])
    users, items, turns, ranks = users[kept], items[kept], turns[kept], ranks[kept]

    order = np.lexsort((ranks, turns, users))
    users, items = users[order], items[order]
    first = np.sort(np.unique(users * len(inputs.item_ids) + items, return_index=True)[1])
    users, items = users[first], items[first]
    places = number_ranks(np.bincount(users, minlength=len(inputs.user_ids)))
    scores = (1 / places).astype(np.float32)
    return Recent(group_rows(users, len(inputs.user_ids), items, scores, places))


def find_last_bought(inputs: Inputs, users: NDArray[np.int64], items: NDArray[np.int64]) -> NDArray[np.int64]:
    """When (n,) each pair's item was last bought by its user in the window, in microseconds since 1970 in
    UTC; the least number where it was not. The pairs are codes of `inputs`."""
    import numpy as np

    from include.dataset.events import PURCHASE

    last = np.full(len(users), np.iinfo(np.int64).min)
    if not len(users) or PURCHASE not in inputs.dataset.events:
        return last
    size = len(inputs.item_ids)
    keys, places = np.unique(users * size + items, return_inverse=True)
    bought = inputs.dataset.events[PURCHASE]
    wanted = inputs.dataset_users[bought.users].astype(np.int64) * size + bought.items
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    rows = np.flatnonzero(keys[at] == wanted)
    found = np.full(len(keys), np.iinfo(np.int64).min)
    np.maximum.at(found, at[rows], bought.timestamps[rows])
    return found[places]


def expects_rows(inputs: Inputs) -> bool:
    return inputs.purchased.nnz > 0
