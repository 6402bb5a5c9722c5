"""Weeks of the past → the weights of the fusion that would have been worth most, or those of one source.

Coordinate ascent on the measure itself, as D. Metzler, W. B. Croft: Linear feature-based models for
information retrieval, Information Retrieval 10(3), 2007.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.candidates.blends import learned
from include.candidates.blends.fusion import SEGMENTS, Params, Segment, Slots
from include.errors import MissingDataError
from include.evaluation.configured import Configuration
from include.evaluation.fitting import Past, list_training_dates
from include.evaluation.past_ranks import Ranks, choose_fusion, join_ranks, make_ranks, read_ranks
from include.evaluation.splits import Purchases, Split
from include.kernels import resample_sums
from include.models.base import Context

log = logging.getLogger(__name__)

# Weights are told as shares of the highest.
GRID: Final = (0.0, *(2.0**-power for power in range(6, -1, -1)))
CONSTANTS: Final = (0.0, 10.0, 30.0, 60.0, 100.0)
UNTILS: Final = (1, 3)
# How many standard errors a gain must have: of all weights over the best source alone; of those of a segment
# or of some places over none of their own, which are more choices by fewer users.
_CLEAR: Final = 1.0
_CLEAR_OF_SOME: Final = 2.0
_REPLICATES: Final = 500


class Point(NamedTuple):
    """What the ascent goes over: a weight of each source, and the constant."""

    weights: tuple[float, ...]
    constant: float


def fit_fusion(
    splits: Iterable[Split], configuration: Configuration, purchases: Purchases, k: int, context: Context
) -> Params:
    """The fusion of the configuration's sources that is worth most on the splits, read one after the other.

    Measured by NDCG@k, before the re-rank steps. Raises MissingDataError where nobody who is known bought
    anything.
    """
    parts = [make_ranks(split, configuration, purchases, k, context) for split in splits]
    return fit_weights(parts, choose_fusion(configuration))


def fit_fusion_before(
    past: Past, last: date, configuration: Configuration, purchases: Purchases, k: int, context: Context
) -> Params:
    """`fit_fusion` by the weeks up to `last` that a learned blend would learn from, and no day after it.

    Raises MissingDataError where there are fewer than that asks for.
    """
    blend = configuration.ads.blend.chosen[1]
    weeks = blend if isinstance(blend, learned.Params) else learned.Params()
    parts = []
    for split_date in list_training_dates(last, weeks):
        if split_date + timedelta(days=weeks.test_days - 1) > last:
            raise ValueError(f"A split of {split_date} must not teach on {last}.")
        found = read_ranks(past, split_date, weeks.test_days, configuration, purchases, k, context)
        parts += [found] if found else []
    if len(parts) < weeks.fewest:
        raise MissingDataError(
            f"There are {len(parts)} weeks to fit weights by before {last}, and it takes {weeks.fewest}."
        )
    return fit_weights(parts, choose_fusion(configuration))


def fit_weights(parts: Sequence[Ranks], own: Params) -> Params:
    """The weights by ranks that are there; `candidates` and `heavy_from` stay those of `own`."""
    if not sum(len(part.ideals) for part in parts):
        raise MissingDataError(
            "There is no week of the past in which a user who was known bought anything to fit weights by."
        )
    ranks = join_ranks(parts)
    names = ranks.sources.names
    base = Params(candidates=own.candidates, heavy_from=own.heavy_from)

    def place(point: Point) -> Params:
        return _change(base, constant=point.constant, weights=_name(names, point.weights))

    found = _choose_plainest(ranks, place, _list_starts(ranks), own)
    chosen = _add_segments(ranks, place(found), found)
    return _add_slots(ranks, chosen, found)


def climb(value: Callable[[Point], float], start: Point, constants: Sequence[float]) -> Point:
    """The point that no change of one coordinate makes better; of points that are level the first."""
    best, worth = start, value(start)
    while True:
        before = worth
        for place in range(len(start.weights) + 1):
            for tried in _list_steps(best, place, constants):
                if (found := value(tried)) > worth + 1e-12:
                    best, worth = tried, found
        if worth <= before:
            return best


def scale(weights: Iterable[float]) -> tuple[float, ...]:
    """As shares of the highest; without any, none."""
    weights = tuple(weights)
    top = max(weights)
    return tuple(weight / top for weight in weights) if top else weights


def _list_steps(point: Point, place: int, constants: Sequence[float]) -> Iterator[Point]:
    if place == len(point.weights):
        yield from (Point(point.weights, constant) for constant in constants)
        return
    others = point.weights[:place], point.weights[place + 1 :]
    # Above 1, too, so that one source can take the lead in one step.
    for weight in (*GRID, *(1 / each for each in reversed(GRID[1:-1]))):
        changed = scale((*others[0], weight, *others[1]))
        if any(changed):
            yield Point(changed, point.constant)


def _list_starts(ranks: Ranks) -> list[Point]:
    """Each source alone, and all that take turns alike."""
    names, turns = ranks.sources.names, ranks.sources.turns
    alone = [tuple(float(each == own) for each in range(len(names))) for own in range(len(names))]
    equal = tuple(float(each < turns) for each in range(len(names)))
    starts = [*alone, equal] if turns > 1 else alone
    return [Point(weights, Params().constant) for weights in starts]


def _measure_points(ranks: Ranks, place: Callable[[Point], Params]) -> Callable[[Point], float]:
    """The mean of the NDCG of a point, measured once."""
    known: dict[Point, float] = {}

    def value(point: Point) -> float:
        if point not in known:
            known[point] = float(ranks.measure(place(point)).mean())
        return known[point]

    return value


def _choose_plainest(
    ranks: Ranks, place: Callable[[Point], Params], starts: Sequence[Point], own: Params
) -> Point:
    """The best source alone, unless equal weights are clearly better, or what the ascent finds is.

    Only the first of the points that are level in this order counts: what is gained by chance stays away.
    """
    value = _measure_points(ranks, place)
    sources = len(ranks.sources.names)
    held = max(starts[:sources], key=value)
    ends = [climb(value, start, CONSTANTS) for start in _list_beginnings(ranks, starts, own)]
    for rival in (*starts[sources:], max(ends, key=value)):
        gains = ranks.measure(place(rival)) - ranks.measure(place(held))
        if is_clear(gains, ranks.users, _CLEAR):
            held = rival
    log.info("weights %s are worth %.4f", place(held).weights, value(held))
    return held


def _list_beginnings(ranks: Ranks, starts: Sequence[Point], own: Params) -> Iterator[Point]:
    """The starts with each constant, for beside one source alone the constant has no slope, and today's."""
    yield from (start._replace(constant=constant) for start in starts for constant in CONSTANTS)
    names, usual = ranks.sources.names, ranks.sources.usual | own.weights
    if any(usual[name] for name in names):
        yield Point(scale(usual[name] for name in names), own.constant)


def _add_segments(ranks: Ranks, chosen: Params, found: Point) -> Params:
    """With weights for the segments of users in which they are clearly better than those of all."""
    names = ranks.sources.names
    for number, segment in enumerate(SEGMENTS):
        of_segment = ranks.segments == number
        if not of_segment.any() or of_segment.all():
            continue
        some = ranks.select(of_segment)

        def place(point: Point, segment: Segment = segment, chosen: Params = chosen) -> Params:
            return _change(chosen, segments={**chosen.segments, segment: _name(names, point.weights)})

        better = _find_better(some, place, chosen, found)
        chosen = place(better) if better else chosen
    return chosen


def _add_slots(ranks: Ranks, chosen: Params, found: Point) -> Params:
    """With weights for the first places, where they are clearly better; of several ranges the best."""
    best, worth = chosen, 0.0
    for until in (until for until in UNTILS if until < ranks.k):

        def place(point: Point, until: int = until) -> Params:
            return _change(
                chosen, slots=(Slots(until=until, weights=_name(ranks.sources.names, point.weights)),)
            )

        if better := _find_better(ranks, place, chosen, found):
            gain = float((ranks.measure(place(better)) - ranks.measure(chosen)).mean())
            if gain > worth:
                best, worth = place(better), gain
    return best


def _find_better(
    ranks: Ranks, place: Callable[[Point], Params], chosen: Params, found: Point
) -> Point | None:
    """The best point by ascent from the weights of all and from each source alone, if it is clear."""
    value = _measure_points(ranks, place)
    starts = [found, *(start._replace(constant=found.constant) for start in _list_starts(ranks))]
    best = max((climb(value, start, ()) for start in starts), key=value)
    gains = ranks.measure(place(best)) - ranks.measure(chosen)
    return best if is_clear(gains, ranks.users, _CLEAR_OF_SOME) else None


def is_clear(gains: NDArray[np.float64], users: NDArray[np.integer], errors: float) -> bool:
    """Whether the mean of the gains (n,) is above so many of its standard errors, and 0.

    The error is the bootstrap's: users (n,) are drawn with all of their rows. Of one user nothing is clear.
    """
    _, own = np.unique(users, return_inverse=True)
    rows = np.stack([np.bincount(own, gains), np.bincount(own)], axis=1).astype(np.float64)
    if len(rows) < 2:
        return False
    sums = resample_sums(rows, _REPLICATES)
    error = float((sums[:, 0] / sums[:, 1]).std(ddof=1))
    return float(gains.mean()) > max(errors * error, 1e-12)


def _name(names: Sequence[str], weights: Sequence[float]) -> dict[str, float]:
    return dict(zip(names, weights, strict=True))


def _change(params: Params, **changes: object) -> Params:
    return params.model_copy(update=changes)
