"""Purchases less what was cancelled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.columns import (
    ORDER_ID,
    PRICE,
    PURCHASES,
    QUANTITY,
)
from include.dataset.grouping import mark_starts, select_pairs
from include.dataset.lines import CodedLines, WindowPart, code_lines
from include.dataset.schemas import conform_table
from include.feeds.base import LARGEST_QUANTITY
from include.kernels import cancel_last_first

TIE_COLUMNS: Final = (ORDER_ID, PRICE)
_TIES: Final = pa.schema([PURCHASES.field(name) for name in TIE_COLUMNS])
# Quantities are counted in millionths, so that 0.1 + 0.2 - 0.3 leaves exactly nothing.
_MICRO: Final = 1_000_000


def net_purchases(purchases: pa.Table) -> pa.Table:
    """The purchase lines that still stand after cancellations, with the quantity that is left of each.

    A line with a negative quantity cancels the latest purchases before it of the same user and item: last
    in, first out. Where it cancels more than there is, the rest is lost: that purchase lies before the
    window. At the same timestamp purchases come before cancellations. Quantities count to the sixth decimal.

    Takes and returns `columns.PURCHASES`. The result is sorted by user, item, time, order id, quantity and
    price, and does not depend on the order of the input. Raises ValueError for a null user, item, quantity or
    time, and for a quantity that is not a number or beyond 1e9.
    """
    table = conform_table(purchases, PURCHASES, "purchases").combine_chunks()
    lines = code_lines([WindowPart(len(table), lambda: table)])
    micro = _count_micro(lines.quantity)
    pairs, rows = select_pairs(lines.starts, lines.keys, np.ones(len(table), np.bool_))
    rows, left = _net_pairs(pairs, rows, micro, lines, lambda some: table.take(pa.array(some)))
    kept = table.take(pa.array(rows[left > 0]))
    index = kept.schema.get_field_index(QUANTITY)
    return kept.set_column(index, PURCHASES.field(QUANTITY), pa.array(left[left > 0]))


def net_lines(lines: CodedLines, read_rows: Callable[[NDArray[np.int64]], pa.Table]) -> CodedLines:
    """The same lines with the quantity that `net_purchases` leaves of each; 0 where a line does not stand.

    Only the pairs of which something was cancelled are looked at closely. `read_rows` returns the columns
    TIE_COLUMNS of the lines (n,) whose numbers it is given; it is asked for those alone whose order the time
    does not decide. Raises ValueError for a quantity that is not a number or beyond 1e9.
    """
    micro = _count_micro(lines.quantity)
    quantity = np.where(micro > 0, lines.quantity, 0.0)
    if (is_cancel := micro < 0).any():
        pairs, rows = select_pairs(lines.starts, lines.keys, is_cancel)
        rows, quantity[rows] = _net_pairs(pairs, rows, micro, lines, read_rows)
    return replace(lines, quantity=quantity)


def _count_micro(quantity: NDArray[np.float64]) -> NDArray[np.int64]:
    """The quantity (n,) in millionths. Raises ValueError for one that is none."""
    wrong = ~(np.abs(quantity) <= LARGEST_QUANTITY)
    if wrong.any():
        raise ValueError(f"The purchases hold the quantity {quantity[wrong][0]}; validate them first.")
    return np.rint(quantity * _MICRO).astype(np.int64)


def _net_pairs(
    pairs: NDArray[np.int64],
    rows: NDArray[np.int64],
    micro: NDArray[np.int64],
    lines: CodedLines,
    read_rows: Callable[[NDArray[np.int64]], pa.Table],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The rows (n,) in the order of `_sort_lines`, and the quantity (n,) that is left of each.

    `pairs` (n,) ascend; micro (lines,) is the quantity in millionths.
    """
    rows = rows[_sort_lines(pairs, rows, micro[rows] < 0, lines, read_rows)]
    quantity, change = lines.quantity[rows], micro[rows]
    left = cancel_last_first(pairs, change)
    return rows, np.where(left < change, left / _MICRO, np.where(left > 0, quantity, 0.0))


def _sort_lines(
    pairs: NDArray[np.int64],
    rows: NDArray[np.int64],
    is_cancel: NDArray[np.bool_],
    lines: CodedLines,
    read_rows: Callable[[NDArray[np.int64]], pa.Table],
) -> NDArray[np.int64]:
    """The order (n,) by pair, time, purchases first, then order id, quantity and price.

    The text is compared last, and only of the rows that tie so far: most have no tie.
    """
    timestamps = lines.timestamps[rows]
    order = np.lexsort((is_cancel, timestamps, pairs))
    starts = mark_starts(pairs, timestamps[order], is_cancel[order])
    tied = np.flatnonzero(~(starts & np.append(starts[1:], True)))
    if len(tied):
        numbers = rows[order[tied]]
        rest = conform_table(read_rows(numbers), _TIES, "purchases")
        rest = rest.append_column(QUANTITY, pa.array(lines.quantity[numbers]))
        rest = rest.append_column("tie", pa.array(np.cumsum(starts)[tied]))
        keys = [(name, "ascending") for name in ("tie", ORDER_ID, QUANTITY, PRICE)]
        order[tied] = order[tied][pc.sort_indices(rest, sort_keys=keys).to_numpy()]
    return order
