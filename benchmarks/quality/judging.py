"""A mall's splits, each with all that is judged on it → the section of its page."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from math import ceil
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any, Final

from benchmarks.data import set_days
from benchmarks.harness import say
from benchmarks.quality import history, variety
from benchmarks.quality.contenders import list_changed, list_contenders, list_tried
from benchmarks.quality.figures import BEFORE, SHIPPED, name_with_days
from benchmarks.quality.malls import Mall
from benchmarks.quality.records import SEGMENTS, join_parts, list_records

if TYPE_CHECKING:
    from include.evaluation.contender import Contender
    from include.evaluation.splits import Split
    from include.evaluation.values import Values
    from include.settings import Advertiser

    ListContenders = Callable[[Advertiser], list[Contender]]

METRICS: Final = ("ndcg", "recall", "coverage", "gini", "top_share", "novelty")
CHANGED: Final = "changed"
HISTORY: Final = "history"
# On the earlier days, all others on the later ones.
CHOICE: Final = "choice"


@dataclass(frozen=True)
class Study:
    """A set of contenders that are compared. list_rivals: None of the history, which makes its own.

    incumbent: one of them. against: those that each is compared with.
    """

    name: str
    list_rivals: ListContenders | None
    incumbent: str
    against: tuple[str, ...]
    metrics: tuple[str, ...] = METRICS
    segments: tuple[str, ...] = SEGMENTS


STUDIES: Final[Mapping[str, Study]] = {
    study.name: study
    for study in (
        Study("contenders", list_contenders, BEFORE, (BEFORE, SHIPPED)),
        Study(CHOICE, list_tried, BEFORE, (BEFORE,)),
        Study(CHANGED, list_changed, SHIPPED, (SHIPPED,)),
        Study(
            HISTORY,
            None,
            "",
            (name_with_days(SHIPPED, history.SHORT),),
            history.METRICS,
            history.SEGMENTS,
        ),
        Study("variety", variety.list_capped, variety.UNCAPPED, (variety.UNCAPPED,), variety.METRICS),
    )
}


@dataclass(eq=False)
class Found:
    """values: of a study, by kind of purchases. refused: why a contender was not judged. unfitted: whether a
    list that learns had too few weeks."""

    values: dict[str, Values]
    refused: list[str] = field(default_factory=list)
    unfitted: bool = False


def choose_dates(mall: Mall, studies: Sequence[str], splits: int | None) -> dict[date, list[str]]:
    """The mall's judged dates, or so many of them, each with the names of what is judged on it.

    Lists that are changed, which learn anew, are judged on fewer.
    """
    dates = spread_dates(mall.judged_on, splits or len(mall.judged_on))
    fewer = spread_dates(dates, min(mall.changed_on, len(dates)))
    asked = [name for name in mall.studies if name in studies]
    return {day: [name for name in asked if name != CHANGED or day in fewer] for day in dates}


def spread_dates(dates: Sequence[date], count: int) -> list[date]:
    """So many of them, the last among them, evenly spread."""
    step = len(dates) / count if count else 0
    return [dates[len(dates) - 1 - int(age * step)] for age in reversed(range(count))]


def judge_mall(
    mall: Mall,
    advertiser: Advertiser,
    asked: Mapping[date, Sequence[str]],
    *,
    k: int,
    processes: int,
) -> dict[str, Any]:
    """The section of a mall: what it is, and of each study its dates, its records, what was left out.

    asked: by date the names of what is judged on it.

    A split is judged in a process of its own, on one thread, so many at once; neighbours in the same process,
    for they have weeks of the past in common.
    """
    parts = judge_dates(mall, advertiser, asked, k, processes)
    section: dict[str, Any] = {"name": mall.name, "title": mall.title, "about": mall.about}
    section |= {"test_days": mall.test_days, "settings": tell_settings(advertiser)}
    for name, study in STUDIES.items():
        if by_day := {day: part[name] for day, part in parts.items() if name in part}:
            section[name] = _describe_study(study, advertiser, by_day)
    return section


def judge_dates(
    mall: Mall, advertiser: Advertiser, asked: Mapping[date, Sequence[str]], k: int, processes: int
) -> dict[date, dict[str, Found]]:
    started = time.time()
    work = partial(judge_date, mall, advertiser, k=k, started=started)
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = list(pool.map(work, asked, asked.values(), chunksize=ceil(len(asked) / processes)))
    return dict(zip(asked, found, strict=True))


def judge_date(
    mall: Mall,
    advertiser: Advertiser,
    split_date: date,
    studies: Sequence[str],
    *,
    k: int,
    started: float | None = None,
) -> dict[str, Found]:
    """What each contender of each study was worth to each user; all of them on one window, read once."""
    from benchmarks.quality.past import remember_past
    from include.steps.evaluation_splits import explain_lack, read_splits_of

    begun = time.time()
    [split] = remember_past(read_splits_of(advertiser, split_date, (mall.test_days,)))
    found = {}
    for name in studies:
        if name == HISTORY:
            longer = set_days(advertiser, history.LONG)
            if lack := explain_lack(longer, split_date, mall.test_days):
                say(f"{mall.name}: {split_date}: {lack}")
                continue
        study_begun = time.time()
        found[name] = judge_study(STUDIES[name], advertiser, split, k)
        say(
            f"{mall.name}: {split_date}: {name} judged in {time.time() - study_begun:,.0f} s;"
            f" {time.time() - (started or begun):,.0f} s since the beginning"
        )
    return found


def judge_study(study: Study, advertiser: Advertiser, split: Split, k: int) -> Found:
    """On one split."""
    from include.evaluation import registry
    from include.evaluation.backtest import run_backtest
    from include.models.base import Context

    registry.METRICS["top_share"] = "benchmarks.quality.top_share"
    context = Context(threads=1)
    if study.list_rivals is None:
        of_all, fitted = history.judge_history(advertiser, split, k, context)
        return Found({"all": of_all}, unfitted=not fitted)
    rivals = study.list_rivals(advertiser)
    done = run_backtest(
        [split],
        rivals,
        incumbent=study.incumbent,
        k=k,
        context=context,
        metrics=study.metrics,
        categories=0,
        replicates=1,
        windows=1,
        optional=[each.name for each in rivals if each.name not in (SHIPPED, BEFORE)],
    )
    values = {str(purchases): some for (_, purchases), some in done.values.items() if purchases != "repeat"}
    refused = [warning for warning in done.warnings if " is not judged: " in warning]
    for warning in refused:
        say(warning)
    unfitted = any(key[0] == "rankers" and not ranker for key, ranker in split.window.memo.items())
    return Found(values, refused, unfitted)


def _describe_study(study: Study, advertiser: Advertiser, found: Mapping[date, Found]) -> dict[str, Any]:
    """Its dates, its records, and what is to be said of it."""
    kinds = {each.name: each.kind for each in study.list_rivals(advertiser)} if study.list_rivals else {}
    parts = join_parts([each.values for each in found.values()])
    kinds |= {name: "ads" for values in parts.values() for name in values.values if name not in kinds}
    refused = dict.fromkeys(reason for each in found.values() for reason in each.refused)
    return {
        "dates": [day.isoformat() for day in found],
        "records": list_records(parts, kinds, study.against, study.segments),
        "refused": list(refused),
        "unfitted": [day.isoformat() for day, each in found.items() if each.unfitted],
    }


def tell_settings(advertiser: Advertiser) -> dict[str, Any]:
    """Of the shipped list, as JSON has it."""
    from include.evaluation.configuration import Configuration

    return {**Configuration.from_advertiser(advertiser).to_json(), "window_days": advertiser.window.days}
