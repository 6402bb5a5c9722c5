"""A mall's contenders on its later splits → the records of its page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from functools import partial
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from benchmarks.harness import say
from benchmarks.quality.before import make_former
from benchmarks.quality.choice import make_chosen_sums
from benchmarks.quality.figures import BEFORE, SHIPPED, Record
from benchmarks.quality.malls import Mall

if TYPE_CHECKING:
    from include.evaluation.contender import Contender
    from include.evaluation.values import Values
    from include.settings import Advertiser

    ListContenders = Callable[[Advertiser], list[Contender]]

METRICS: Final = ("ndcg", "recall", "coverage", "gini", "novelty")
# Beside the known users, the others are judged by NDCG alone.
_SEGMENTS: Final = ("known", "light", "heavy", "new")
_DIGITS: Final = 5
_REPLICATES: Final = 1000


def list_contenders(advertiser: Advertiser) -> list[Contender]:
    """The shipped list, the one before, every source alone, and the baselines."""
    from include.evaluation.baselines.registry import list_baselines
    from include.evaluation.configuration import Configuration, list_source_contenders, make_contender

    own = Configuration.from_advertiser(advertiser)
    lists = [
        make_contender(SHIPPED, own),
        make_contender(BEFORE, make_former(advertiser.name)),
        make_chosen_sums(),
    ]
    return [*lists, *list_source_contenders(own.add_defaults()), *list_baselines()]


def judge_mall(
    mall: Mall,
    advertiser: Advertiser,
    list_rivals: ListContenders,
    dates: Sequence[date],
    *,
    k: int,
    processes: int,
    incumbents: Sequence[str] = (BEFORE, SHIPPED),
) -> dict[str, Any]:
    """The splits' dates, the records, and the settings of each contender.

    A split is judged in a process of its own, on one thread, so many at once.
    """
    work = partial(judge_split_date, mall, advertiser, list_rivals, k=k)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(work, dates))
    contenders = list_rivals(advertiser)
    kinds = {contender.name: contender.kind for contender in contenders}
    return {
        "name": mall.name,
        "title": mall.title,
        "about": mall.about,
        "dates": [day.isoformat() for day in dates],
        "test_days": mall.test_days,
        "records": list_records(join_parts(parts), kinds, incumbents),
        "settings": {contender.name: contender.settings for contender in contenders},
    }


def judge_split_date(
    mall: Mall,
    advertiser: Advertiser,
    list_rivals: ListContenders,
    split_date: date,
    *,
    k: int,
    incumbent: str = BEFORE,
    metrics: Sequence[str] = METRICS,
) -> dict[str, Values]:
    """What each contender was worth to each user, by kind of purchases."""
    from include.evaluation.backtest import run_backtest
    from include.models.base import Context
    from include.steps.evaluation_splits import read_splits

    found = run_backtest(
        read_splits(advertiser, [split_date], (mall.test_days,)),
        list_rivals(advertiser),
        incumbent=incumbent,
        k=k,
        context=Context(threads=1),
        metrics=metrics,
        categories=0,
        replicates=1,
        windows=1,
    )
    say(f"{mall.name}: {split_date} is judged")
    return {purchases: values for (_, purchases), values in found.values.items() if purchases != "repeat"}


def join_parts(parts: Sequence[Mapping[str, Values]]) -> dict[str, Values]:
    """The values of several splits as one, in their order."""
    from include.evaluation.values import Values

    joined: dict[str, Values] = {}
    for part in parts:
        for purchases, values in part.items():
            into = joined.setdefault(purchases, Values(values.metrics))
            into.names += values.names
            into.ids += values.ids
            into.groups += values.groups
            into.together |= values.together
            for contender, some in values.values.items():
                into.values.setdefault(contender, []).extend(some)
    return joined


def list_records(
    found: Mapping[str, Values], kinds: Mapping[str, str], incumbents: Sequence[str]
) -> list[Record]:
    """A record for each mean over all splits; its differences to each of the incumbents."""
    from include.evaluation.values import list_total_rows

    records: dict[tuple[str, ...], Record] = {}
    for incumbent in incumbents:
        for purchases, values in found.items():
            groups = {name: {"purchases": purchases, "segment": name} for name in _SEGMENTS}
            for row in list_total_rows(values, incumbent, groups, replicates=_REPLICATES):
                if _is_kept(row):
                    record = {name: row[name] for name in ("contender", "purchases", "segment", "metric")}
                    record |= {name: _round(row[name]) for name in ("value", "low", "high")}
                    record |= {"kind": kinds[row["contender"]], "users": row["users"], "against": {}}
                    _put_difference(records.setdefault(_name(row), record), row, incumbent)
    return list(records.values())


def _is_kept(row: Mapping[str, Any]) -> bool:
    return row["segment"] == "known" or row["metric"] == "ndcg"


def _name(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["contender"], row["purchases"], row["segment"], row["metric"]


def _put_difference(record: Record, row: Mapping[str, Any], incumbent: str) -> None:
    """Only that of the NDCG of known users is shown."""
    difference = [row[name] for name in ("difference", "difference_low", "difference_high")]
    if row["metric"] == "ndcg" and row["segment"] == "known" and None not in difference:
        record["against"][incumbent] = [_round(value) for value in difference]


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
