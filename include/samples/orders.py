"""The synthetic mall's order log as arrays: purchases with prices and order numbers, and cancellations."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from include.samples.catalogue import Integers
from include.samples.shoppers import DAY_MS, DrawnLines

CANCEL_DELAY_MS = 1.5 * DAY_MS
_DISCOUNTS = (0.7, 0.8, 0.9)


@dataclass(frozen=True)
class OrderLog:
    """One row per line, each array of length n, sorted by time.

    `quantity` is negative on a line that cancels; such a line has the user, the item, the price and the
    order number of the purchase that it cancels. `price` is of one unit, in won. `time` is in milliseconds
    of local time since the first day's midnight. An order number is its day (0 is the first) and a
    sequence number within that day, from 1.
    """

    user: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    quantity: npt.NDArray[np.int8]
    price: npt.NDArray[np.int32]
    time: Integers
    order_day: npt.NDArray[np.int16]
    order_sequence: npt.NDArray[np.int32]

    def take(self, index: npt.NDArray[np.integer] | slice) -> OrderLog:
        return OrderLog(*(getattr(self, field.name)[index] for field in fields(self)))


def make_order_log(
    lines: DrawnLines, price: Integers, days: int, share: float, rng: np.random.Generator
) -> OrderLog:
    """Number the orders, discount a tenth of the lines and cancel a share of them.

    `price` is the list price in won at the time of each line. Nine of ten cancellations are of the whole
    line; each comes after its purchase, by 1.5 days on average, and before the last day ends.
    """
    day, sequence = _number_orders(lines)
    discount = np.where(rng.random(len(price)) < 0.1, rng.choice(_DISCOUNTS, len(price)), 1.0)
    paid = np.maximum(np.round(price * discount / 10) * 10, 10).astype(np.int32)
    bought = OrderLog(lines.user, lines.item, lines.quantity, paid, lines.time, day, sequence)
    cancelled = rng.choice(len(price), round(share * len(price)), replace=False)
    return _append_cancellations(bought, np.sort(cancelled), days, rng)


def _number_orders(lines: DrawnLines) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int32]]:
    day = lines.time // DAY_MS
    opens = (np.diff(lines.time, prepend=-1) != 0) | (np.diff(lines.user, prepend=-1) != 0)
    number = np.cumsum(opens)
    first_of_day = np.flatnonzero(np.diff(day, prepend=-1))
    before = np.repeat(number[first_of_day] - 1, np.diff(first_of_day, append=len(day)))
    return day.astype(np.int16), (number - before).astype(np.int32)


def _append_cancellations(
    bought: OrderLog, cancelled: Integers, days: int, rng: np.random.Generator
) -> OrderLog:
    purchase = bought.take(cancelled)
    # Exponential, cut at the end of the last day: the inverse of its cumulative distribution.
    left = days * DAY_MS - 1 - purchase.time
    reached = -np.expm1(-left / CANCEL_DELAY_MS)
    delay = -CANCEL_DELAY_MS * np.log1p(-rng.random(len(cancelled)) * reached)
    time = purchase.time + np.clip(delay.astype(np.int64), 1, left)
    part = rng.integers(1, purchase.quantity + 1)
    quantity = np.where(rng.random(len(cancelled)) < 0.9, purchase.quantity, part)
    cancellations = replace(purchase, quantity=-quantity.astype(np.int8), time=time)
    names = [field.name for field in fields(OrderLog)]
    both = ((getattr(bought, name), getattr(cancellations, name)) for name in names)
    log = OrderLog(*(np.concatenate(pair) for pair in both))
    return log.take(np.argsort(log.time, kind="stable"))
