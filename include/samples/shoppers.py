"""Who buys what and when in the synthetic mall, as arrays: no files, no text.

Users' lines per month are long-tailed (log-normal weights), items too (Zipf–Mandelbrot). A user belongs to
a taste group and has ten favourite clusters, seven of them in the group, so that what is bought together
has a structure that a model can find; a third of the lines is drawn from the whole mall by popularity.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from include.samples.catalogue import Catalogue, Integers

DAY_MS = 86_400_000
# Chosen so that 6 million lines of 600,000 users and 400,000 items hold 5.5 million distinct pairs, and
# the squares of the users' histories (the work of counting co-buyers) sum to 1.3e8.
USER_SIGMA = 1.1
FAVOURITES = 10
FAVOURITES_IN_GROUP = 7
FAVOURITE_SHARE = 0.65
REPEAT_SHARE = 0.04
LINES_PER_ORDER = 2.0
# Monday to Sunday, and the hours from midnight: Koreans shop online around lunch and late in the evening.
_WEEKDAYS = (1.1, 1.05, 1.0, 1.0, 0.9, 0.85, 1.1)
_HOURS = (4, 2, 1, 1, 1, 1, 2, 4, 5, 6, 7, 7, 7, 6, 6, 6, 6, 5, 5, 6, 8, 9, 9, 7)


@dataclass(frozen=True)
class DrawnLines:
    """Purchase lines, each array of length n, sorted by time and then user.

    `time` is in milliseconds of local time since the first day's midnight; lines of one user at one time
    are one order. No two lines share user, item and time. `quantity` is in units, at least 1.
    """

    user: npt.NDArray[np.int32]
    item: npt.NDArray[np.int32]
    time: Integers
    quantity: npt.NDArray[np.int8]


class Shoppers(NamedTuple):
    """What was bought, and why: the each user's favourite clusters (users, FAVOURITES); one may be twice."""

    lines: DrawnLines
    favourites: npt.NDArray[np.int32]


def draw_lines(
    catalogue: Catalogue, users: int, purchases: int, days: int, weekday: int, rng: np.random.Generator
) -> DrawnLines:
    """Draw exactly that many purchase lines; `weekday` is the first day's, Monday 0.

    Every user buys at least once where there are as many lines as users.
    """
    return draw_shoppers(catalogue, users, purchases, days, weekday, rng).lines


def draw_shoppers(
    catalogue: Catalogue, users: int, purchases: int, days: int, weekday: int, rng: np.random.Generator
) -> Shoppers:
    """The lines of `draw_lines`, and the truth that they are drawn from."""
    user = np.repeat(np.arange(users, dtype=np.int32), _draw_counts(users, purchases, rng))
    first_of_user = np.flatnonzero(np.diff(user, prepend=-1))
    opens_order = rng.random(purchases) < 1 / LINES_PER_ORDER
    opens_order[first_of_user] = True
    order = np.cumsum(opens_order) - 1
    times = _draw_order_times(user[opens_order].astype(np.int64), days, weekday, rng)
    favourites = _draw_favourites(catalogue, users, rng)
    item = _draw_items(catalogue, favourites, user, rng)
    item = _repeat_earlier(item, user, first_of_user, np.flatnonzero(opens_order)[order], rng)
    time = part_equal_lines(user, item, times[order], days)
    quantity = 1 + np.searchsorted((0.82, 0.94, 0.975, 0.99), rng.random(purchases), side="right")
    by_time = np.argsort(time, kind="stable")
    lines = DrawnLines(user[by_time], item[by_time], time[by_time], quantity[by_time].astype(np.int8))
    return Shoppers(lines, favourites)


def tell_chances(catalogue: Catalogue, favourites: npt.NDArray[np.int32]) -> npt.NDArray[np.float64]:
    """The chance (users, items) that a line of a user with these favourites is of the item; rows sum to 1.

    FAVOURITE_SHARE is spread over the favourite clusters alike and the rest over the mall; in a cluster and
    in the mall an item has its share of the popularity. So it is of every line before one knows the others:
    one that repeats an earlier line (REPEAT_SHARE of those that could) has the chances of that line.
    """
    weights = np.diff(catalogue.popularity)
    clusters = len(catalogue.cluster_starts) - 1
    cluster = np.repeat(np.arange(clusters), np.diff(catalogue.cluster_starts))
    in_cluster = weights / np.diff(catalogue.popularity[catalogue.cluster_starts])[cluster]
    users = np.arange(len(favourites))
    times = np.zeros((len(favourites), clusters))
    for slot in favourites.T:
        times[users, slot] += 1
    liked = times[:, cluster] / FAVOURITES * in_cluster
    return FAVOURITE_SHARE * liked + (1 - FAVOURITE_SHARE) * weights / weights.sum()


def _draw_counts(users: int, purchases: int, rng: np.random.Generator) -> Integers:
    """Lines of each user; they sum to `purchases`."""
    # Whole numbers, as for the items: the same draws on every processor.
    weights = np.maximum(np.floor(np.exp(rng.normal(0, USER_SIGMA, users)) * 2**30), 1).astype(np.int64)
    cumulative = np.concatenate(([0], np.cumsum(weights)))
    at_least = 1 if purchases >= users else 0
    spare = purchases - at_least * users
    drawn = draw_weighted(cumulative, np.zeros(spare, np.int64), np.full(spare, cumulative[-1]), rng)
    return at_least + np.bincount(drawn, minlength=users)


def _draw_order_times(order_user: Integers, days: int, weekday: int, rng: np.random.Generator) -> Integers:
    """A time for each order, ascending within each user."""
    busy = np.array([_WEEKDAYS[(weekday + day) % 7] for day in range(days)]) * rng.uniform(0.9, 1.1, days)
    day = np.searchsorted(np.cumsum(busy / busy.sum())[:-1], rng.random(len(order_user)), side="right")
    hours = np.cumsum(np.array(_HOURS) / sum(_HOURS))[:-1]
    hour = np.searchsorted(hours, rng.random(len(order_user)), side="right")
    # The last ten minutes of an hour stay free: see part_equal_lines.
    time = (day * 24 + hour) * 3_600_000 + rng.integers(0, 3_000_000, len(order_user))
    span = days * DAY_MS
    return np.sort(order_user * span + time) % span


def _draw_items(
    catalogue: Catalogue,
    favourites: npt.NDArray[np.int32],
    user: npt.NDArray[np.int32],
    rng: np.random.Generator,
) -> npt.NDArray[np.int32]:
    """An item for each line: from one of the user's favourite clusters, or from the whole mall."""
    slot = rng.integers(0, FAVOURITES, len(user), dtype=np.int8)
    cluster = favourites[user, slot]
    low = catalogue.popularity[catalogue.cluster_starts[cluster]]
    high = catalogue.popularity[catalogue.cluster_starts[cluster + 1]]
    anywhere = rng.random(len(user)) >= FAVOURITE_SHARE
    low[anywhere], high[anywhere] = 0, catalogue.popularity[-1]
    return draw_weighted(catalogue.popularity, low, high, rng).astype(np.int32)


def _draw_favourites(catalogue: Catalogue, users: int, rng: np.random.Generator) -> npt.NDArray[np.int32]:
    """Shape (users, FAVOURITES): clusters, drawn by their popularity."""
    starts, order = catalogue.cluster_starts, catalogue.group_order
    weights = np.diff(catalogue.popularity[starts])[order]
    cumulative = np.concatenate(([0], np.cumsum(weights)))
    edges = cumulative[catalogue.group_starts]
    group = draw_weighted(edges, np.zeros(users, np.int64), np.full(users, edges[-1]), rng)
    low = np.zeros((users, FAVOURITES), np.int64)
    high = np.full((users, FAVOURITES), cumulative[-1])
    low[:, :FAVOURITES_IN_GROUP] = edges[group][:, None]
    high[:, :FAVOURITES_IN_GROUP] = edges[group + 1][:, None]
    return order[draw_weighted(cumulative, low, high, rng)].astype(np.int32)


def draw_weighted(cumulative: Integers, low: Integers, high: Integers, rng: np.random.Generator) -> Integers:
    """Index i with a chance of cumulative[i + 1] − cumulative[i], among those between low and high."""
    return np.searchsorted(cumulative, rng.integers(low, high), side="right") - 1


def _repeat_earlier(
    item: npt.NDArray[np.int32],
    user: npt.NDArray[np.int32],
    first_of_user: Integers,
    first_of_order: Integers,
    rng: np.random.Generator,
) -> npt.NDArray[np.int32]:
    """Some lines buy again what the same user bought in an earlier order."""
    lines = np.arange(len(item))
    start = np.repeat(first_of_user, np.diff(first_of_user, append=len(user)))
    earlier = first_of_order - start
    again = (rng.random(len(item)) < REPEAT_SHARE) & (earlier > 0)
    source = np.where(again, start + np.floor(rng.random(len(item)) * earlier).astype(np.int64), lines)
    while not np.array_equal(further := source[source], source):
        source = further
    return item[source]


def part_equal_lines(
    user: npt.NDArray[np.int32], item: npt.NDArray[np.int32], time: Integers, days: int
) -> Integers:
    """Move lines of equal user, item and time apart by a millisecond each.

    A mall merges such lines into one with a larger quantity; left as they are, they would be exact
    duplicates, which an ingest has to drop. Orders leave ten minutes of each hour free for this.
    """
    pair = user.astype(np.int64) * (int(item.max()) + 1) + item
    by_pair = np.argsort(pair, kind="stable")
    group = np.cumsum(np.diff(pair[by_pair], prepend=-1) > 0)
    # Strictly ascending within a pair: a running maximum of time − position, pairs kept apart by `far`.
    far, position = days * DAY_MS + len(pair), np.arange(len(pair))
    moved = np.maximum.accumulate(time[by_pair] + group * far - position) + position - group * far
    parted = np.empty_like(time)
    parted[by_pair] = moved
    return parted


def count_pairs(lines: DrawnLines) -> tuple[int, int]:
    """Distinct (user, item) pairs, and the sum over users of the square of their distinct items."""
    pair = np.unique(lines.user.astype(np.int64) * (int(lines.item.max()) + 1) + lines.item)
    histories = np.bincount(pair // (int(lines.item.max()) + 1))
    return len(pair), int((histories.astype(np.int64) ** 2).sum())
