"""A mall's contenders on its later splits → the records of its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from benchmarks.quality.before import make_former
from benchmarks.quality.figures import BEFORE, SHIPPED, Record
from benchmarks.quality.malls import Mall

if TYPE_CHECKING:
    from include.evaluation.backtest import Backtest
    from include.evaluation.contender import Contender
    from include.settings import Advertiser

METRICS: Final = ("ndcg", "recall", "coverage", "gini", "novelty")
# Beside the known users, these are judged by NDCG alone.
_SEGMENTS: Final = ("light", "heavy", "new")
_DIGITS: Final = 5


def list_contenders(advertiser: Advertiser) -> list[Contender]:
    """The shipped list, the one before, every source alone, and the baselines."""
    from include.evaluation.configuration import make_contender
    from include.steps.evaluate import list_contenders as list_judged

    shipped, *others = list_judged(advertiser)
    return [shipped, make_contender(BEFORE, make_former(advertiser.name)), *others]


def judge_mall(
    mall: Mall,
    advertiser: Advertiser,
    contenders: Sequence[Contender],
    dates: Sequence[date],
    *,
    k: int,
    threads: int,
    incumbents: Sequence[str] = (BEFORE, SHIPPED),
) -> dict[str, Any]:
    """The splits' dates, the records, and the settings of each contender."""
    from include.evaluation.backtest import run_backtest
    from include.models.base import Context
    from include.steps.evaluation_splits import read_splits

    found = run_backtest(
        read_splits(advertiser, dates, (mall.test_days,)),
        contenders,
        incumbent=incumbents[0],
        k=k,
        context=Context(threads),
        metrics=METRICS,
        categories=0,
        windows=len(dates),
    )
    return {
        "name": mall.name,
        "title": mall.title,
        "about": mall.about,
        "dates": [day.isoformat() for day in dates],
        "test_days": mall.test_days,
        "records": _list_records(found, mall.test_days, incumbents),
        "settings": {contender.name: contender.settings for contender in contenders},
        "warnings": list(found.warnings),
    }


def _list_records(found: Backtest, test_days: int, incumbents: Sequence[str]) -> list[Record]:
    """A record for each mean over all splits; its differences to each of the incumbents."""
    from include.evaluation.values import list_total_rows

    records: dict[tuple[str, ...], Record] = {}
    for row in found.rows:
        if _is_kept(row, test_days):
            record = {name: row[name] for name in ("contender", "kind", "purchases", "segment", "metric")}
            record |= {name: _round(row[name]) for name in ("value", "low", "high")}
            records[_name(row)] = record | {"users": row["users"], "against": {}}
            _put_difference(records, row, incumbents[0])
    for purchases in ("new", "all"):
        values = found.values.get((test_days, purchases))
        for incumbent in incumbents[1:] if values else ():
            groups = {"known": {"purchases": purchases, "segment": "known"}}
            for row in list_total_rows(values, incumbent, groups, replicates=1000):
                _put_difference(records, row, incumbent)
    return list(records.values())


def _is_kept(row: Mapping[str, Any], test_days: int) -> bool:
    if row["split"] != "all" or row["test_days"] != test_days or row["purchases"] == "repeat":
        return False
    return row["segment"] == "known" or (row["segment"] in _SEGMENTS and row["metric"] == "ndcg")


def _name(row: Mapping[str, Any]) -> tuple[str, ...]:
    return row["contender"], row["purchases"], row["segment"], row["metric"]


def _put_difference(records: dict[tuple[str, ...], Record], row: Mapping[str, Any], incumbent: str) -> None:
    """Only that of the NDCG of known users is shown."""
    difference = [row[name] for name in ("difference", "difference_low", "difference_high")]
    if row["metric"] == "ndcg" and row["segment"] == "known" and None not in difference:
        records[_name(row)]["against"][incumbent] = [_round(value) for value in difference]


def _round(value: float | None) -> float | None:
    return None if value is None else round(float(value), _DIGITS)
