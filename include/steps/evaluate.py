"""Days of the past → how good the ad list and its rivals would have been."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from include.errors import RefusedInputError
from include.memory import MB
from include.settings import Advertiser
from include.steps.evaluation_splits import (
    choose_split_dates,
    find_newest_day,
    read_splits_of,
    take_fingerprint,
)
from include.steps.run_folder import Summary, explain_refusals, measure

if TYPE_CHECKING:
    from include.evaluation.contender import Contender
    from include.evaluation.window import Window
    from include.kernels import RankedLists
    from include.models.base import Context

log = logging.getLogger(__name__)

INCUMBENT: Final = "ad_candidates"
CHALLENGER: Final = "challenger"
# Models that take longer than all others together are judged only for who has them: these, and any that
# holds more than so many MB beside the dataset.
COSTLY: Final = ("item2vec",)
LARGEST_MB: Final = 256


@dataclass(frozen=True)
class Asked:
    """What is asked for in place of the advertiser's section `evaluation`; None is what that says.

    contenders: of those that there are, these alone, beside the incumbent.
    """

    splits: int | None = None
    every: int | None = None
    test_days: tuple[int, ...] | None = None
    k: int | None = None
    contenders: tuple[str, ...] | None = None


def evaluate(
    advertiser: Advertiser, as_of: date | None = None, asked: Asked | None = None, *, record: bool = True
) -> Summary:
    """Judge the ad list, its sources, the baselines and the challenger, and record the figures.

    On the days up to the as-of date, by default the newest day of the lake. The summary's `figures` are those
    of all splits together for the users whom the windows know. Raises MissingDataError where the lake has no
    days to judge by, LeakError where lists would know what came later, and what the daily job raises.
    """
    as_of = as_of or find_newest_day(advertiser)
    summary: Summary = {"as_of": as_of.isoformat()}
    with measure(summary), explain_refusals(advertiser, as_of):
        rows = _judge(advertiser, as_of, asked or Asked(), summary)
        summary["rows"] = len(rows)
        summary["figures"] = list(_choose_figures(rows))
        if record:
            _record(advertiser, as_of, rows)
    return summary


def _judge(advertiser: Advertiser, as_of: date, asked: Asked, summary: Summary) -> list[dict[str, Any]]:
    from include.evaluation.backtest import run_backtest
    from include.evaluation.splits import list_split_dates
    from include.kernels import count_cores
    from include.models.base import Context
    from include.steps.release import code_version

    own = advertiser.evaluation
    splits, every, k = asked.splits or own.splits, asked.every or own.every, asked.k or own.k
    test_days = asked.test_days or own.test_days
    dates = list_split_dates(as_of, splits, every, max(test_days))
    dates, sentence = choose_split_dates(advertiser, dates, max(test_days))
    notes = [sentence] if sentence else []
    for note in notes:
        log.warning("%s %s: %s", advertiser.name, as_of, note)
    contenders = choose_contenders(list_contenders(advertiser), asked.contenders)
    rival = advertiser.challenger
    others = [rival.event_weights] if rival else []
    found = run_backtest(
        (read_splits_of(advertiser, split_date, test_days, others) for split_date in dates),
        contenders,
        incumbent=INCUMBENT,
        k=k,
        context=Context(threads=advertiser.run.threads or count_cores()),
        windows=len(dates),
        optional=[contender.name for contender in contenders if contender.kind == "source"],
    )
    for warning in found.warnings:
        log.warning("%s %s: %s", advertiser.name, as_of, warning)
    fingerprint = take_fingerprint(advertiser, dates, max(test_days))
    summary |= {
        "splits": [split_date.isoformat() for split_date in dates],
        "test_days": list(test_days),
        "k": k,
        "contenders": [contender.name for contender in contenders],
        "data_fingerprint": fingerprint,
        "notes": notes,
        "warnings": list(found.warnings),
    }
    read = {"as_of_date": as_of, "data_fingerprint": fingerprint, "code_version": code_version()}
    return [{**row, **read} for row in found.rows]


def list_contenders(advertiser: Advertiser) -> list[Contender]:
    """The incumbent first, then the challenger where there is one, each source alone, and the baselines.

    A source whose model the advertiser does not have reads it with default parameters, unless the model is
    one of `COSTLY` or holds more than `LARGEST_MB`.
    """
    from include.candidates.registry import SOURCES
    from include.evaluation.baselines.registry import list_baselines
    from include.evaluation.configuration import Configuration, list_source_contenders, make_contender
    from include.models.registry import list_default_models

    own = Configuration.from_advertiser(advertiser)
    cheap = [name for name in list_default_models() if name not in COSTLY]
    found = [make_contender(INCUMBENT, own)]
    if rival := advertiser.challenger:
        found.append(make_contender(CHALLENGER, Configuration.from_advertiser(rival)))
    for source in list_source_contenders(own.add_defaults(cheap)):
        model = SOURCES[source.name].model
        is_own = not model or model in own.models
        found.append(source if is_own else replace(source, rank=partial(_rank_small, source, model)))
    return [*found, *list_baselines()]


def _rank_small(source: Contender, model: str, window: Window, k: int, context: Context) -> RankedLists:
    """Raises RefusedInputError where the model would hold more than `LARGEST_MB` by its defaults."""
    from include.dataset.workload import measure_workload
    from include.models.registry import load_model

    if "workload" not in window.memo:
        window.memo["workload"] = measure_workload(window.dataset, window.recent.num_rows)
    module = load_model(model)
    held = sum(module.estimate(window.memo["workload"], module.Params()).arrays.values()) / MB
    if held > LARGEST_MB:
        raise RefusedInputError(
            f"the model {model} would hold {held:,.0f} MB on the window that ends on {window.last}; put it"
            " into models to have it judged in any case."
        )
    return source.rank(window, k, context)


def choose_contenders(contenders: Iterable[Contender], names: tuple[str, ...] | None) -> list[Contender]:
    """Those of the names, and the incumbent. Raises RefusedInputError for a name that none has."""
    known = {contender.name: contender for contender in contenders}
    if names is None:
        return list(known.values())
    if unknown := [name for name in names if name not in known]:
        raise RefusedInputError(f"There is no contender {unknown[0]}; there are {', '.join(known)}.")
    return [contender for name, contender in known.items() if name in names or name == INCUMBENT]


def _choose_figures(rows: Iterable[Mapping[str, Any]]) -> Iterable[dict[str, Any]]:
    """What a person looks at first: all splits together, known users, all categories."""
    shown = ("contender", "kind", "test_days", "purchases", "metric", "value", "low", "high")
    compared = ("difference", "difference_low", "difference_high", "users")
    for row in rows:
        if (row["split"], row["segment"], row["category"]) == ("all", "known", ""):
            yield {name: row[name] for name in (*shown, *compared)}


def _record(advertiser: Advertiser, as_of: date, rows: list[dict[str, Any]]) -> None:
    from include.warehouse import open_warehouse

    with open_warehouse(advertiser.name) as warehouse:
        warehouse.record_metrics(as_of, rows)
