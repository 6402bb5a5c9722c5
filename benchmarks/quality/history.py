"""What a longer window is worth: the shipped list of 30 days and of 90, judged by the same purchases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np

from benchmarks.data import set_days
from benchmarks.quality.contenders import list_sources_alone, read_own
from benchmarks.quality.figures import SHIPPED, name_with_days
from benchmarks.quality.malls import DAYS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.evaluation.case import Case
    from include.evaluation.contender import Contender
    from include.evaluation.splits import Split
    from include.evaluation.values import Values
    from include.models.base import Context
    from include.settings import Advertiser

SHORT: Final = DAYS
LONG: Final = 90
SEGMENTS: Final = ("known", "light", "heavy", "returning", "new")
METRICS: Final = ("ndcg", "recall", "top_share")
# Beside the shipped list, for its history is all that it looks at.
_ALONE: Final = "repurchase"


def judge_history(advertiser: Advertiser, own: Split, k: int, context: Context) -> tuple[Values, bool]:
    """The values of the users of all purchases, and whether every list that learns had weeks to learn from.

    own: the split of the advertiser's window.

    Each list is made of its own window and judged by the codes of that, so that the longer one may show what
    the shorter one does not know, and hit with it. Which users are judged, and in which segment, is what the
    shorter window says: `returning` are those whom only the longer one knows.
    """
    from include.evaluation.registry import load_metric
    from include.evaluation.values import Values

    splits = {days: _read_split(advertiser, days, own) for days in (SHORT, LONG)}
    segments = choose_segments(splits[SHORT], splits[LONG])
    metrics = {name: load_metric(name) for name in METRICS}
    values = Values()
    fitted = True
    for days, split in splits.items():
        case = _take_all(split, segments)
        if days == SHORT:
            case.add_users(values)
        for contender in _list_contenders(advertiser, days):
            lists = contender.rank(split.window, k, replace(context, exclude_purchased=False))
            case.add_values(contender.name, lists, k, metrics, values)
        fitted &= all(found for key, found in split.window.memo.items() if key[0] == "rankers")
    return values, fitted


def choose_segments(short: Split, long: Split) -> dict[str, NDArray[np.bool_]]:
    """Which test users (users,), who are the same of both splits, are of each segment.

    Raises ValueError where they are not the same.
    """
    if not short.user_ids.equals(long.user_ids):
        raise ValueError("Windows that are compared must be judged by the same purchases.")
    of_short, of_long = short.segments, long.segments
    segments: dict[str, NDArray[np.bool_]] = {name: of_short[name] for name in ("known", "light", "heavy")}
    returning = of_short["new"] & ~of_long["new"]
    return {**segments, "returning": returning, "new": of_short["new"] & of_long["new"]}


def _read_split(advertiser: Advertiser, days: int, own: Split) -> Split:
    from include.evaluation.leaks import check_split
    from include.steps.evaluation_splits import read_splits_of

    if days == advertiser.window.days:
        return own
    assert own.split_date and own.test_days
    [split] = read_splits_of(set_days(advertiser, days), own.split_date, (own.test_days,))
    check_split(split)
    return split


def _take_all(split: Split, segments: Mapping[str, NDArray[np.bool_]]) -> Case:
    """All purchases, whichever window they are held against."""
    from include.evaluation.case import list_cases

    case = next(case for case in list_cases(split) if case.purchases == "all")
    return replace(case, groups={name: chosen[case.rows] for name, chosen in segments.items()})


def _list_contenders(advertiser: Advertiser, days: int) -> list[Contender]:
    from include.evaluation.configuration import make_contender

    alone = next(each for each in list_sources_alone(advertiser) if each.name == _ALONE)
    return [
        make_contender(name_with_days(SHIPPED, days), read_own(advertiser)),
        replace(alone, name=name_with_days(_ALONE, days)),
    ]
