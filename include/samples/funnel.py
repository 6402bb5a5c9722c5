"""What people look at and put into their carts in the synthetic mall, as arrays: no files, no text.

The truth that a reader of the files can recover: a purchase line has a cart event of its user and item
before it with a chance of `cart_share`, and a view with a chance of `view_share`, one not depending on the
other; a cart event that leads to nothing has a view before it with the same `view_share`. A cart event comes
10 seconds to 20 minutes before its purchase, a view 5 seconds to 10 minutes before the step that it leads to.
What would lie before the first day's midnight is left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from include.samples.catalogue import Catalogue, Integers
from include.samples.landing import SampleError
from include.samples.shoppers import DAY_MS, FAVOURITE_SHARE, DrawnLines, draw_weighted, part_equal_lines

CART_DELAY_MS = (10_000, 20 * 60_000)
VIEW_DELAY_MS = (5_000, 10 * 60_000)
SESSION_GAP_MS = 30 * 60_000
_VIEWS_PER_GUEST = 3
_HOUR_MS, _OPEN_MS = 3_600_000, 3_000_000


@dataclass(frozen=True)
class Funnel:
    """The truth. `idle_carts` and `idle_views` lead to nothing: how many there are per purchase line.

    `guest_share` is of the idle views: those of people who have not logged in.
    """

    cart_share: float = 0.8
    view_share: float = 0.9
    idle_carts: float = 0.5
    idle_views: float = 3.0
    guest_share: float = 0.25

    def __post_init__(self) -> None:
        for name, most in (
            ("cart_share", 1),
            ("view_share", 1),
            ("idle_carts", 100),
            ("idle_views", 100),
            ("guest_share", 1),
        ):
            if not 0 <= getattr(self, name) <= most:
                raise SampleError(f"{name} must be from 0 to {most}, not {getattr(self, name)}.")


@dataclass(frozen=True)
class FunnelLog:
    """Views and carts, sorted by time, and what a manifest says about them.

    A user at or above the mall's number of users is a guest. Sessions are numbered from 1: one user's views
    and carts without a pause of 30 minutes.
    """

    views: DrawnLines
    carts: DrawnLines
    view_sessions: npt.NDArray[np.int32]
    cart_sessions: npt.NDArray[np.int32]
    facts: dict[str, dict[str, int]]


def draw_funnel(
    bought: DrawnLines, catalogue: Catalogue, truth: Funnel, users: int, days: int, rng: np.random.Generator
) -> FunnelLog:
    """The steps before the purchase lines `bought`, and those that lead nowhere."""
    count = len(bought.time)
    carted = rng.random(count) < truth.cart_share
    cart_time = bought.time - rng.integers(*CART_DELAY_MS, count)
    in_cart = _take(bought, carted & (cart_time >= 0), cart_time)
    idle_carts = _draw_idle(bought, catalogue, truth.idle_carts, rng)
    # What a view leads to: the cart where there is one, else the purchase.
    next_time = np.where(carted, cart_time, bought.time)
    led_to = _join(_take(bought, slice(None), next_time), idle_carts)
    view_time = led_to.time - rng.integers(*VIEW_DELAY_MS, len(led_to.time))
    viewed = (rng.random(len(view_time)) < truth.view_share) & (view_time >= 0)
    idle_views = _draw_idle(bought, catalogue, truth.idle_views, rng)
    guest = rng.random(len(idle_views.time)) < truth.guest_share
    guests = int(guest.sum())
    idle_views.user[guest] = users + rng.integers(0, guests // _VIEWS_PER_GUEST + 1, guests)
    views = _settle(_join(_take(led_to, viewed, view_time), idle_views), days)
    carts = _settle(_join(in_cart, idle_carts), days)
    facts = {
        "views": {
            "in all": len(views.time),
            "before purchases": int(viewed[:count].sum()),
            "before idle carts": int(viewed[count:].sum()),
            "of guests": guests,
        },
        "carts": {"in all": len(carts.time), "before purchases": len(in_cart.time)},
    }
    return FunnelLog(views, carts, *_number_sessions(views, carts, days), facts)


def _draw_idle(
    bought: DrawnLines, catalogue: Catalogue, per_line: float, rng: np.random.Generator
) -> DrawnLines:
    """Steps that lead nowhere: who buys more does more, and mostly looks at what is like something bought."""
    count = round(per_line * len(bought.time))
    line = rng.integers(0, len(bought.time), count)
    cluster = np.searchsorted(catalogue.cluster_starts, bought.item[line], side="right") - 1
    low = catalogue.popularity[catalogue.cluster_starts[cluster]]
    high = catalogue.popularity[catalogue.cluster_starts[cluster + 1]]
    anywhere = rng.random(count) >= FAVOURITE_SHARE
    low[anywhere], high[anywhere] = 0, catalogue.popularity[-1]
    item = draw_weighted(catalogue.popularity, low, high, rng).astype(np.int32)
    # In the hours in which people buy; the last ten minutes stay free, see part_equal_lines.
    hour = bought.time[rng.integers(0, len(bought.time), count)] // _HOUR_MS
    time = hour * _HOUR_MS + rng.integers(0, _OPEN_MS, count)
    return DrawnLines(bought.user[line], item, time, np.ones(count, np.int8))


def _take(lines: DrawnLines, kept: npt.NDArray[np.bool_] | Integers | slice, time: Integers) -> DrawnLines:
    """Those lines (a mask, positions or a slice), at other times."""
    return DrawnLines(lines.user[kept], lines.item[kept], time[kept], lines.quantity[kept])


def _join(first: DrawnLines, second: DrawnLines) -> DrawnLines:
    return DrawnLines(
        np.concatenate((first.user, second.user)),
        np.concatenate((first.item, second.item)),
        np.concatenate((first.time, second.time)),
        np.concatenate((first.quantity, second.quantity)),
    )


def _settle(lines: DrawnLines, days: int) -> DrawnLines:
    """Sorted by time and then user; no two share user, item and time."""
    if not len(lines.time):
        return lines
    order = np.lexsort((lines.user, lines.time))
    lines = _take(lines, order, lines.time)
    parted = part_equal_lines(lines.user, lines.item, lines.time, days)
    return _take(lines, np.argsort(parted, kind="stable"), parted)


def _number_sessions(
    views: DrawnLines, carts: DrawnLines, days: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """The session of each view and of each cart."""
    user = np.concatenate((views.user, carts.user)).astype(np.int64)
    apart = 2 * days * DAY_MS  # farther than any pause within a log
    key = user * apart + np.concatenate((views.time, carts.time))
    order = np.argsort(key, kind="stable")
    opens = np.diff(key[order], prepend=-apart) >= SESSION_GAP_MS
    session = np.empty(len(key), np.int32)
    session[order] = np.cumsum(opens)
    return session[: len(views.time)], session[len(views.time) :]
