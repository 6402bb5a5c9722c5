"""Which lines of a day the contract accepts, and why it does not accept the others.

A day fails, and the lake keeps what it had, where a required column is not in a file (`headers.py`) or the
share of quarantined lines is beyond the advertiser's limits (`shares.py`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.columns import ORDER_ID
from include.feeds.base import IS_CANCELLATION, FeedType
from include.feeds.registry import load_feed
from include.feeds.rules import USER, inexact
from include.ingest.clean import CleanLines
from include.ingest.examples import pick_examples, show_spoilt_id
from include.ingest.manifest import RuleResult
from include.ingest.odd_ids import warn_of_ids
from include.ingest.shares import check_limit, count_towards_limits, find_guests, percent
from include.ingest.validation import Outcome, run_expectations
from include.settings import Advertiser, Feed


@dataclass(frozen=True)
class Verdict:
    """`accepted`: a mask over the day's lines (bool). `reasons`: why, for each quarantined line.

    `reasons` goes by row, ascending; several reasons of a line are joined by "; ". `guest_rows` lines are
    neither accepted nor quarantined: lines without a user that the advertiser drops.
    """

    accepted: np.ndarray
    reasons: dict[int, str]
    rules: tuple[RuleResult, ...]
    warnings: tuple[str, ...]
    guest_rows: int = 0


def apply_contract(advertiser: Advertiser, feed: str, day: date, lines: CleanLines) -> Verdict:
    """Run the feed's rules over the lines.

    Raises RejectedDayError where more lines than one of the advertiser's shares would be quarantined.
    """
    feed_type = load_feed(feed)
    rules_of_day = feed_type.list_rules(day, advertiser.zone)
    outcomes = run_expectations(lines.table, [rule.build() for rule in rules_of_day])
    rules = [_describe_rule(advertiser, feed, lines, outcome) for outcome in outcomes]
    broken = {o.meta["reason"]: o.rows for o in outcomes if o.meta["severity"] == "row" and len(o.rows)}
    limits = count_towards_limits(advertiser, feed, broken, lines.table.num_rows)
    examples = _find_examples(advertiser.feeds[feed], feed_type, lines, broken)
    for limit in limits:
        check_limit(advertiser, feed, limit, lines, examples)
    guests = find_guests(broken, lines.table.num_rows)
    dropped = guests & (advertiser.guests_of(feed) == "drop")
    reasons = _join_reasons(broken, dropped)
    accepted = ~dropped
    accepted[list(reasons)] = False
    warnings = [f"{o.meta['reason']}." for o in outcomes if o.meta["severity"] == "warning" and not o.passed]
    if len(accepted) and not accepted.any():
        warnings.append("every line is quarantined.")
    if USER in feed_type.names:
        rules.append(_count_guests(advertiser, feed, guests))
    if feed_type.nets:
        warnings += _warn_of_cancellations(lines, broken, accepted, guests)
    return Verdict(
        accepted,
        reasons,
        (*rules, *(limit.as_rule() for limit in limits), *_describe_id_changes(lines)),
        (*warnings, *warn_of_ids(feed, _select_ids(lines.table, feed_type.ids, accepted))),
        int(np.count_nonzero(dropped)),
    )


def _select_ids(table: pa.Table, names: Sequence[str], accepted: np.ndarray) -> pa.Table:
    ids = table.select(names)
    return ids if accepted.all() else ids.filter(pa.array(accepted))


def _join_reasons(broken: Mapping[str, np.ndarray], dropped: np.ndarray) -> dict[int, str]:
    which = np.zeros(len(dropped), dtype=np.int64)
    for bit, rows in enumerate(broken.values()):
        which[rows] |= 1 << bit
    which[dropped] = 0
    texts = {
        kind: "; ".join(reason for bit, reason in enumerate(broken) if kind >> bit & 1)
        for kind in np.unique(which).tolist()
    }
    return {row: texts[which[row]] for row in np.flatnonzero(which).tolist()}


def _describe_rule(advertiser: Advertiser, feed: str, lines: CleanLines, outcome: Outcome) -> RuleResult:
    column, reason = outcome.meta["column"], outcome.meta["reason"]
    settings = advertiser.feeds[feed]
    examples = pick_examples(settings, lines, column, outcome.rows, reason == inexact(column))
    return RuleResult(
        outcome.expectation,
        column,
        reason,
        outcome.meta["severity"],
        outcome.passed,
        len(outcome.rows),
        percent(len(outcome.rows), lines.table.num_rows),
        json.dumps(examples, ensure_ascii=False),
    )


def _find_examples(
    settings: Feed, feed_type: FeedType, lines: CleanLines, broken: Mapping[str, np.ndarray]
) -> dict[str, str]:
    """By reason an id that a number type has spoilt, as it may be shown."""
    spoilt = {inexact(column): column for column in feed_type.ids}
    return {
        reason: show_spoilt_id(settings, lines, spoilt[reason], rows)
        for reason, rows in broken.items()
        if reason in spoilt
    }


def _count_guests(advertiser: Advertiser, feed: str, guests: np.ndarray) -> RuleResult:
    count = int(np.count_nonzero(guests))
    setting = f"{advertiser.find_section(feed, 'guests')}: {advertiser.guests_of(feed)}"
    reason = f"{feed} without a user ({setting})"
    return RuleResult(
        "expect_guests_to_be_counted",
        USER,
        reason,
        "warning",
        True,
        count,
        percent(count, len(guests)),
        "[]",
    )


def _describe_id_changes(lines: CleanLines) -> list[RuleResult]:
    return [
        RuleResult(
            f"expect_ids_to_need_no_{rule}",
            column,
            f"{column} was brought into one form (rule {rule})",
            "warning",
            True,
            count,
            percent(count, lines.read_rows),
            "[]",
        )
        for (column, rule), count in sorted(lines.id_changes.items())
    ]


def _warn_of_cancellations(
    lines: CleanLines, broken: Mapping[str, np.ndarray], accepted: np.ndarray, guests: np.ndarray
) -> list[str]:
    """A guest's cancellation counts only where its order has accepted lines: others cancel a guest's."""
    cancels = lines.table.column(IS_CANCELLATION).to_numpy() & ~accepted
    orders = lines.table.column(ORDER_ID)
    bought = pc.is_in(orders, pc.unique(orders.filter(pa.array(accepted)))).to_numpy()
    cancels &= ~guests | bought
    if not (count := int(np.count_nonzero(cancels))):
        return []
    counts = {reason: int(np.count_nonzero(cancels[rows])) for reason, rows in broken.items()}
    why = ", ".join(f"{number:,} because {reason}" for reason, number in counts.items() if number)
    line, they = ("line is", "it cancels") if count == 1 else ("lines are", "they cancel")
    return [f"{count:,} cancellation {line} quarantined, so what {they} still counts: {why}."]
