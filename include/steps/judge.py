"""What was bought on a day → how well the lists that were out on it met that."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final, cast

from include.feeds.purchases import PURCHASE
from include.settings import Advertiser, days_between
from include.steps.events import open_event_files
from include.steps.run_folder import Summary, measure

if TYPE_CHECKING:
    from include.warehouse.base import Warehouse

log = logging.getLogger(__name__)

METRICS: Final = ("hit_rate", "recall", "ndcg")
Bought = Mapping[str, Collection[str]]  # the different items by user


def judge_day(advertiser: Advertiser, as_of: date) -> Summary:
    """Judge the lists made before a day by its purchases, beside the best sellers and the lists before them.

    The figures are rows of `release_metrics`. Where there is nothing to judge, none are recorded and the
    summary's `note` says why.
    """
    from include.warehouse import open_warehouse

    summary: Summary = {"as_of": as_of.isoformat(), "figures": [], "note": ""}
    with measure(summary), open_warehouse(advertiser.name) as warehouse:
        rows, note = _judge(advertiser, as_of, warehouse)
        warehouse.record_judgement(as_of, rows)
    log.info("%s %s: %s", advertiser.name, as_of, note or f"{len(rows)} figures of the day's lists.")
    summary["figures"] = [{name: row[name] for name in ("contender", "metric", "k", "value")} for row in rows]
    return summary | {"note": note}


def _judge(advertiser: Advertiser, as_of: date, warehouse: Warehouse) -> tuple[list[dict[str, Any]], str]:
    releases = warehouse.find_lists_before(as_of)
    if not releases:
        return [], "no release of an earlier date is out, so that there are no lists to judge."
    bought = _read_bought(advertiser, [as_of])
    purchases, known = "all", cast("Bought", {})
    if advertiser.ads.exclude_purchased:
        purchases = "new"
        window = days_between(*advertiser.find_window(releases[0][1]))
        known = _read_bought(advertiser, window, bought)
        bought = {user: set(items) - set(known.get(user, ())) for user, items in bought.items()}
    bought = {user: items for user, items in bought.items() if items}
    if not bought:
        return [], f"the lake has no purchases of the day that lists could have met ({purchases})."
    k = advertiser.ads.k
    popular = warehouse.read_popular(releases[0][0])
    lists = {"popular": [_leave_out(popular, known.get(user, ()), k) for user in bought]}
    for contender, (release_id, _) in zip(("ads", "before"), releases, strict=False):
        shown = warehouse.read_ad_lists(release_id, [*bought, ""])
        lists[contender] = [shown.get(user, shown.get("", [])) for user in bought]
    of = {"popular": releases[0], "ads": releases[0], "before": releases[-1]}
    rows = [
        {
            "as_of_date": as_of,
            "contender": contender,
            "metric": metric,
            "k": k,
            "release_id": of[contender][0],
            "lists_as_of": of[contender][1],
            "purchases": purchases,
            "users": len(bought),
            "value": value,
        }
        for contender in lists
        for metric, value in measure_lists(lists[contender], list(bought.values()), k).items()
    ]
    return rows, ""


def _read_bought(advertiser: Advertiser, days: Sequence[date], users: Collection[str] = ()) -> Bought:
    """What was bought on the days and not cancelled, by user; only of the users, where there are any."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    from include.dataset.interactions import Interactions

    bought = Interactions.from_lines(open_event_files(advertiser, days)[PURCHASE].read_lines())
    pairs, items = bought.user_items, bought.item_ids
    asked = pc.is_in(bought.user_ids, value_set=pa.array(list(users), pa.string())).to_numpy(False)
    rows = np.flatnonzero(asked) if len(users) else np.arange(len(bought.user_ids))
    found: dict[str, set[str]] = {}
    for row in rows:
        codes = pairs.indices[pairs.indptr[row] : pairs.indptr[row + 1]]
        found[bought.user_ids[row].as_py()] = set(items.take(pa.array(codes)).to_pylist())
    return found


def _leave_out(items: Sequence[str], hidden: Collection[str], k: int) -> list[str]:
    return [item for item in items if item not in hidden][:k]


def measure_lists(
    lists: Sequence[Sequence[str]], bought: Sequence[Collection[str]], k: int
) -> dict[str, float]:
    """The mean of each of METRICS over n users: their lists, best first, beside what each bought.

    Each user has bought something; a list may be empty.
    """
    import numpy as np

    from include.evaluation.judged import Judged
    from include.evaluation.registry import load_metric
    from include.evaluation.splits import mark_hits
    from include.kernels import RankedLists

    codes: dict[str, int] = {}
    shown = np.full((len(lists), k), -1, np.int32)
    for row, items in enumerate(lists):
        for place, item in enumerate(items[:k]):
            shown[row, place] = codes.setdefault(item, len(codes))
    relevant = [sorted(codes.setdefault(item, len(codes)) for item in items) for items in bought]
    flat = np.array([code for own in relevant for code in own], np.int32)
    indptr = np.append(0, np.cumsum([len(own) for own in relevant]))
    right = RankedLists(indptr, flat, np.ones(len(flat), np.float32))
    buyers = np.ones(len(codes), np.int64)
    judged = Judged(shown, mark_hits(shown, right, len(codes)), right, buyers, len(lists))
    return {name: float(load_metric(name).measure(judged).mean()) for name in METRICS}
