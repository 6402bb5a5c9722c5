"""Purchases less what was cancelled."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.models.columns import (
    ITEM_ID,
    LARGEST_QUANTITY,
    ORDER_ID,
    PRICE,
    PURCHASED_AT,
    PURCHASES,
    QUANTITY,
    USER_ID,
)
from include.models.tables import conform_table, encode_ids, mark_starts, number_rows, reject_nulls

# Quantities are counted in millionths, so that 0.1 + 0.2 - 0.3 leaves exactly nothing.
_MICRO = 1_000_000


def net_purchases(purchases: pa.Table) -> pa.Table:
    """The purchase lines that still stand after cancellations, with the quantity that is left of each.

    A line with a negative quantity cancels the latest purchases before it of the same user and item: last
    in, first out. Where it cancels more than there is, the rest is lost: that purchase lies before the
    window. At the same moment purchases come before cancellations. Quantities count to the sixth decimal.

    Takes and returns `columns.PURCHASES`. The result is sorted by user, item, time, order id, quantity and
    price, and does not depend on the order of the input. Raises ValueError for a null user, item, quantity or
    time, and for a quantity that is not a number or beyond 1e9.
    """
    lines = conform_table(purchases, PURCHASES, "purchases")
    reject_nulls(lines, [USER_ID, ITEM_ID, QUANTITY, PURCHASED_AT], "purchases")
    if not lines.num_rows:
        return PURCHASES.empty_table()
    quantity = lines[QUANTITY].to_numpy()
    micro = _count_micro(quantity)
    pair = _code_pairs(lines)
    order = _sort_lines(lines, pair, micro < 0)
    quantity, micro, pair = quantity[order], micro[order], pair[order]

    starts = mark_starts(pair)
    cancelled = np.logical_or.reduceat(micro < 0, np.flatnonzero(starts))
    rows = np.repeat(cancelled, np.diff(np.flatnonzero(starts), append=len(pair)))
    left = micro.copy()
    left[rows] = _cancel_last_first(micro[rows], number_rows(starts[rows]))

    standing = left > 0
    kept = lines.combine_chunks().take(pa.array(order[standing]))
    remaining = np.where(left < micro, left / _MICRO, quantity)[standing]
    place = kept.schema.get_field_index(QUANTITY)
    return kept.set_column(place, PURCHASES.field(QUANTITY), pa.array(remaining))


def _count_micro(quantity: NDArray[np.float64]) -> NDArray[np.int64]:
    wrong = ~(np.abs(quantity) <= LARGEST_QUANTITY)
    if wrong.any():
        raise ValueError(f"The purchases hold the quantity {quantity[wrong][0]}; validate them first.")
    return np.rint(quantity * _MICRO).astype(np.int64)


def _code_pairs(lines: pa.Table) -> NDArray[np.int64]:
    """One integer (n,) per user and item, in the order of (user id, item id)."""
    users, _ = encode_ids(lines[USER_ID])
    items, item_ids = encode_ids(lines[ITEM_ID])
    return users * len(item_ids) + items


def _sort_lines(lines: pa.Table, pair: NDArray[np.int64], is_cancel: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The rows' order by pair, time, purchases first, then order id, quantity and price.

    Each step compares only the rows that tie so far: most pairs have one line, and text is slow to compare.
    """
    moment = lines[PURCHASED_AT].cast(pa.int64()).to_numpy()
    order = np.argsort(pair)
    several = _find_tied(mark_starts(pair[order]))
    rows = order[several]
    order[several] = rows[np.lexsort((is_cancel[rows], moment[rows], pair[rows]))]
    starts = mark_starts(pair[order], moment[order], is_cancel[order])
    tied = _find_tied(starts)
    if len(tied):
        rest = lines.select([ORDER_ID, QUANTITY, PRICE]).take(pa.array(order[tied]))
        rest = rest.append_column("tie", pa.array(np.cumsum(starts)[tied]))
        keys = [(name, "ascending") for name in ("tie", ORDER_ID, QUANTITY, PRICE)]
        order[tied] = order[tied][pc.sort_indices(rest, sort_keys=keys).to_numpy()]
    return order


def _find_tied(starts: NDArray[np.bool_]) -> NDArray[np.int64]:
    """The rows that are not alone in their run."""
    return np.flatnonzero(~(starts & np.append(starts[1:], True)))


def _cancel_last_first(change: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is left (n,) of each change (n,), in order of time within pairs; `place` is 0 on a pair's first.

    With S the running sum of a pair, its balance floored at zero is b = S - min(0, running min of S).
    Purchase k fills the balance from b[k-1] to b[k]; since what came last is taken first, what is left of
    it is the part of that which no later balance falls below: min over j >= k of b[j], less b[k-1].
    """
    starts = place == 0
    total = np.cumsum(change)
    base = (total - change)[starts]
    total -= np.repeat(base, np.diff(np.flatnonzero(starts), append=len(change)))
    balance = total - np.minimum(0, _run_minimum(total, place))
    before = np.where(starts, 0, np.roll(balance, 1))
    backwards = number_rows(np.append(starts[1:], True)[::-1])
    lowest_after = _run_minimum(balance[::-1], backwards)[::-1]
    return np.where(change > 0, np.maximum(lowest_after - before, 0), 0)


def _run_minimum(values: NDArray[np.int64], place: NDArray[np.int64]) -> NDArray[np.int64]:
    """The running minimum (n,) within each run; `place` counts 0, 1, 2 … in it.

    Doubles the reach at each pass (Hillis and Steele 1986), so a run of length m takes log2(m) passes.
    """
    lowest = values.copy()
    reach, longest = 1, int(place.max(initial=0))
    while reach <= longest:
        inside = place[reach:] >= reach
        lowest[reach:] = np.where(inside, np.minimum(lowest[reach:], lowest[:-reach]), lowest[reach:])
        reach *= 2
    return lowest
