"""Purchases less what was cancelled."""

from __future__ import annotations

from collections.abc import Callable
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
from include.dataset.lines import CodedLines, Part, code_lines
from include.dataset.tables import conform_table, mark_starts, number_rows
from include.feeds.base import LARGEST_QUANTITY
from include.kernels.compiling import compile_kernel
from include.kernels.grouping import HALF, ROW, cut_evenly
from include.kernels.threads import count_cores, run_blocks, run_slices

TIE_COLUMNS: Final = (ORDER_ID, PRICE)
_TIES: Final = pa.schema([PURCHASES.field(name) for name in TIE_COLUMNS])
# Quantities are counted in millionths, so that 0.1 + 0.2 - 0.3 leaves exactly nothing.
_MICRO: Final = 1_000_000
_WRONG: Final = 2
_SHORT: Final = 48  # up to here an insertion sort is the fastest


def net_purchases(purchases: pa.Table) -> pa.Table:
    """The purchase lines that still stand after cancellations, with the quantity that is left of each.

    A line with a negative quantity cancels the latest purchases before it of the same user and item: last
    in, first out. Where it cancels more than there is, the rest is lost: that purchase lies before the
    window. At the same timestamps purchases come before cancellations. Quantities count to the sixth decimal.

    Takes and returns `columns.PURCHASES`. The result is sorted by user, item, time, order id, quantity and
    price, and does not depend on the order of the input. Raises ValueError for a null user, item, quantity or
    time, and for a quantity that is not a number or beyond 1e9.
    """
    table = conform_table(purchases, PURCHASES, "purchases").combine_chunks()
    lines = code_lines([Part(len(table), lambda: table)])
    _find_signs(lines.quantity)
    pair, rows = _list_pairs(lines.starts, lines.keys, np.ones(len(lines.keys), np.bool_))
    rows, left = _net_pairs(pair, rows, lines, lambda some: table.take(pa.array(some)))
    kept = table.take(pa.array(rows[left > 0]))
    place = kept.schema.get_field_index(QUANTITY)
    return kept.set_column(place, PURCHASES.field(QUANTITY), pa.array(left[left > 0]))


def net_lines(lines: CodedLines, read_rows: Callable[[NDArray[np.int64]], pa.Table]) -> CodedLines:
    """The same lines with the quantity that `net_purchases` leaves of each; 0 where a line does not stand.

    `lines.quantity` is written over, for a window holds millions. Only the pairs of which something was
    cancelled are looked at closely. `read_rows` returns the columns TIE_COLUMNS of the lines (n,) whose
    numbers it is given; it is asked for those alone whose order the time does not decide. Raises ValueError
    for a quantity that is not a number or beyond 1e9.
    """
    sign = _find_signs(lines.quantity)
    is_cancel = sign < 0
    if is_cancel.any():
        pair, rows = _list_pairs(lines.starts, lines.keys, is_cancel)
        rows, left = _net_pairs(pair, rows, lines, read_rows)
        lines.quantity[rows] = left
    run_slices(lambda rows: _clear_fallen(sign[rows], lines.quantity[rows]), len(sign))
    return lines


def _find_signs(quantity: NDArray[np.float64]) -> NDArray[np.int8]:
    """-1, 0 or 1 (n,), of the quantity in millionths. Raises ValueError for a quantity that is none."""
    sign = np.empty(len(quantity), np.int8)
    run_slices(lambda rows: _compare_with_zero(quantity[rows], LARGEST_QUANTITY, sign[rows]), len(sign))
    if (wrong := sign == _WRONG).any():
        raise ValueError(f"The purchases hold the quantity {quantity[wrong][0]}; validate them first.")
    return sign


@compile_kernel
def _clear_fallen(sign: NDArray[np.int8], quantity: NDArray[np.float64]) -> None:
    for row in range(len(sign)):
        if sign[row] <= 0:
            quantity[row] = 0.0


@compile_kernel
def _compare_with_zero(quantity: NDArray[np.float64], largest: float, sign: NDArray[np.int8]) -> None:
    for row in range(len(quantity)):
        if not abs(quantity[row]) <= largest:
            sign[row] = _WRONG
        else:
            micro = np.rint(quantity[row] * _MICRO)
            sign[row] = np.int8(micro > 0) - np.int8(micro < 0)


def _list_pairs(
    starts: NDArray[np.int64], keys: NDArray[np.uint64], marked: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of which a row is marked: the pair's number (n,) and the row (n,), sorted by both."""

    def list_range(first: int, stop: int) -> NDArray[np.int64]:
        return _list_some_pairs(starts, keys, marked, first, stop)

    threads = count_cores()
    found = [some for _, _, some in run_blocks(list_range, list(cut_evenly(starts, threads)), threads)]
    pair, rows = np.concatenate([np.empty((2, 0), np.int64), *found], axis=1)
    return pair, rows


@compile_kernel
def _list_some_pairs(
    starts: NDArray[np.int64], keys: NDArray[np.uint64], marked: NDArray[np.bool_], first: int, stop: int
) -> NDArray[np.int64]:
    """Those (2, n) of the users from `first` to before `stop`; a pair is numbered as its first key is."""
    listed = np.empty((2, starts[stop] - starts[first]), np.int64)
    count = 0
    for user in range(first, stop):
        begin = starts[user]
        while begin < starts[user + 1]:
            end, found = begin, False
            while end < starts[user + 1] and keys[end] >> HALF == keys[begin] >> HALF:
                found |= marked[keys[end] & ROW]
                end += 1
            if found:
                for place in range(begin, end):
                    listed[0, count], listed[1, count] = begin, keys[place] & ROW
                    count += 1
            begin = end
    return listed[:, :count]


def _net_pairs(
    pair: NDArray[np.int64],
    rows: NDArray[np.int64],
    lines: CodedLines,
    read_rows: Callable[[NDArray[np.int64]], pa.Table],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The rows (n,) in the order of `_sort_lines`, and the quantity (n,) that is left of each."""
    order = _sort_lines(pair, rows, lines, read_rows)
    rows = rows[order]
    quantity = lines.quantity[rows]
    micro = np.rint(quantity * _MICRO).astype(np.int64)
    if not len(rows):
        return rows, quantity
    starts = mark_starts(pair)
    first = np.flatnonzero(starts)
    cancelled = np.repeat(np.logical_or.reduceat(micro < 0, first), np.diff(first, append=len(pair)))
    left = np.maximum(micro, 0)
    left[cancelled] = _cancel_last_first(micro[cancelled], number_rows(starts[cancelled]))
    return rows, np.where(left < micro, left / _MICRO, np.where(left > 0, quantity, 0.0))


def _sort_lines(
    pair: NDArray[np.int64],
    rows: NDArray[np.int64],
    lines: CodedLines,
    read_rows: Callable[[NDArray[np.int64]], pa.Table],
) -> NDArray[np.int64]:
    """The order (n,) by pair, time, purchases first, then order id, quantity and price; `pair` ascends.

    Each step compares only the rows that tie so far: most pairs have one line, and text is slow to compare.
    """
    timestamps, is_cancel = lines.timestamps[rows], np.rint(lines.quantity[rows] * _MICRO) < 0
    order = _sort_times(mark_starts(pair), timestamps, is_cancel)
    starts = mark_starts(pair, timestamps[order], is_cancel[order])
    tied = _find_tied(starts)
    if len(tied):
        numbers = rows[order[tied]]
        rest = conform_table(read_rows(numbers), _TIES, "purchases")
        rest = rest.append_column(QUANTITY, pa.array(lines.quantity[numbers]))
        rest = rest.append_column("tie", pa.array(np.cumsum(starts)[tied]))
        keys = [(name, "ascending") for name in ("tie", ORDER_ID, QUANTITY, PRICE)]
        order[tied] = order[tied][pc.sort_indices(rest, sort_keys=keys).to_numpy()]
    return order


@compile_kernel
def _sort_times(
    starts: NDArray[np.bool_], timestamps: NDArray[np.int64], is_cancel: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """The order (n,) by time and then purchases first within each run; what ties keeps its order."""
    order = np.arange(len(starts))
    begin = 0
    while begin < len(starts):
        end = begin + 1
        while end < len(starts) and not starts[end]:
            end += 1
        if end - begin > _SHORT:
            by_kind = begin + np.argsort(is_cancel[begin:end], kind="mergesort")
            order[begin:end] = by_kind[np.argsort(timestamps[by_kind], kind="mergesort")]
        else:
            for place in range(begin + 1, end):
                before = place - 1
                while before >= begin and (
                    timestamps[order[before]] > timestamps[place]
                    or (
                        timestamps[order[before]] == timestamps[place]
                        and is_cancel[order[before]] > is_cancel[place]
                    )
                ):
                    order[before + 1] = order[before]
                    before -= 1
                order[before + 1] = place
        begin = end
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
