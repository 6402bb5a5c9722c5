from __future__ import annotations

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.columns import PURCHASES
from include.dataset.lines import WindowPart, code_lines
from include.dataset.netting import TIE_COLUMNS, net_lines, net_purchases
from tests.purchases import IDS, Line, make_purchases, shuffle_rows

QUANTITIES = st.sampled_from([1.0, 2.0, 3.0, 0.1, 0.2, 0.3, 0.7, -1.0, -2.0, -5.0, -0.1, -0.3, -0.7, 0.0])
LINES = st.lists(
    st.tuples(
        st.sampled_from(["o1", "o2"]),
        st.sampled_from(IDS[:3]),
        st.sampled_from(IDS[3:5]),
        QUANTITIES,
        st.sampled_from([1.0, 2.5, None]),
        st.integers(0, 5),
    ),
    max_size=40,
)
ORDER = [(name, "ascending") for name in PURCHASES.names]


def net_slowly(lines: list[Line]) -> list[Line]:
    """A stack for each user and item; quantities in whole millionths."""

    def key(line: Line) -> tuple:
        order, user, item, quantity, price, minute = line
        return user, item, minute, quantity < 0, order, quantity, math.inf if price is None else price

    stacks: dict[tuple[str, str], list[tuple[int, Line]]] = {}
    for line in sorted(lines, key=key):
        stack = stacks.setdefault((line[1], line[2]), [])
        micro = round(line[3] * 1e6)
        if micro > 0:
            stack.append((micro, line))
        while micro < 0 and stack:
            last, bought = stack.pop()
            if last + micro > 0:
                stack.append((last + micro, bought))
            micro = min(0, last + micro)
    return [(*line[:3], left / 1e6, *line[4:]) for pair in sorted(stacks) for left, line in stacks[pair]]


@settings(max_examples=300, deadline=None)
@given(LINES, st.integers(0, 3))
def test_nets_as_a_stack_does_whatever_the_order_of_rows(lines: list[Line], seed: int) -> None:
    table = make_purchases(lines)
    expected = make_purchases(net_slowly(lines))
    assert net_purchases(table).equals(expected)
    assert net_purchases(shuffle_rows(table, seed)).equals(expected)


@settings(max_examples=100, deadline=None)
@given(LINES)
def test_nets_coded_lines_alike_and_leaves_the_given_ones(lines: list[Line]) -> None:
    table = make_purchases(lines)
    coded = code_lines([WindowPart(len(table), lambda: table)])
    netted = net_lines(coded, lambda rows: table.select(TIE_COLUMNS).take(pa.array(rows)))
    assert coded.quantity.tolist() == table["quantity"].to_pylist()
    left = table.set_column(3, "quantity", pa.array(netted.quantity))
    assert (
        left.filter(pa.array(netted.quantity > 0)).sort_by(ORDER).equals(net_purchases(table).sort_by(ORDER))
    )


def test_long_histories_of_one_pair() -> None:
    rng = np.random.default_rng(0)
    lines = [("o", "u", "i", float(rng.integers(-4, 6)), 1.0, minute) for minute in range(700)]
    assert net_purchases(make_purchases(lines)).equals(make_purchases(net_slowly(lines)))


def test_the_last_purchase_is_cancelled_first_and_partly() -> None:
    lines = [("a", "u", "i", 3, 10.0, 0), ("b", "u", "i", 2, 9.0, 1), ("c", "u", "i", -4, 9.0, 2)]
    assert net_purchases(make_purchases(lines)).equals(make_purchases([("a", "u", "i", 1, 10.0, 0)]))


def test_a_cancellation_of_what_lies_before_the_window_takes_nothing_later() -> None:
    lines = [("a", "u", "i", -4, 10.0, 0), ("b", "u", "i", 2, 10.0, 1), ("c", "v", "i", 1, 10.0, 0)]
    kept = [lines[1], lines[2]]
    assert net_purchases(make_purchases(lines)).equals(make_purchases(kept))


def test_decimal_fractions_leave_nothing() -> None:
    lines = [("a", "u", "i", 0.1, 1.0, 0), ("b", "u", "i", 0.2, 1.0, 1), ("c", "u", "i", -0.3, 1.0, 2)]
    assert net_purchases(make_purchases(lines)).num_rows == 0


def test_a_purchase_and_its_cancellation_at_the_same_time() -> None:
    lines = [("b", "u", "i", -1, 1.0, 0), ("c", "u", "i", 1, 1.0, 0)]
    assert net_purchases(make_purchases(lines)).num_rows == 0


def test_no_purchases() -> None:
    assert net_purchases(PURCHASES.empty_table()).equals(PURCHASES.empty_table())


@pytest.mark.parametrize("quantity", [math.nan, math.inf, 2e9, -2e9])
def test_an_absurd_quantity_is_refused(quantity: float) -> None:
    with pytest.raises(ValueError, match="hold the quantity"):
        net_purchases(make_purchases([("a", "u", "i", quantity, 1.0, 0)]))


@pytest.mark.parametrize("column", ["user_id", "item_id", "quantity", "purchased_at"])
def test_a_null_is_refused(column: str) -> None:
    table = make_purchases([("a", "u", "i", 1, 1.0, 0)])
    index = table.column_names.index(column)
    table = table.set_column(index, PURCHASES.field(column), pa.nulls(1, PURCHASES.field(column).type))
    with pytest.raises(ValueError, match=f"1 rows without {column}"):
        net_purchases(table)
