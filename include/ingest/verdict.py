"""Which lines of a day the contract accepts, and why it does not accept the others."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.clean import Lines
from include.ingest.contracts import GUEST, RULES
from include.ingest.expectations import Outcome, run_expectations
from include.ingest.id_doubts import list_id_doubts
from include.ingest.manifest import RuleResult
from include.ingest.quarantine_limits import check_limits, find_percent
from include.ingest.samples import PERSONAL, pick_sample
from include.models.columns import ITEM_ID, USER_ID
from include.settings import Advertiser


@dataclass(frozen=True)
class Verdict:
    """`accepted`: a mask over the day's lines (bool). `reasons`: why, for each line that is quarantined.

    `reasons` goes by row, ascending; several reasons of a line are joined by "; ". Lines that are neither are
    the `guest_rows` purchases without a user that are dropped.
    """

    accepted: np.ndarray
    reasons: dict[int, str]
    guest_rows: int
    rules: tuple[RuleResult, ...]
    warnings: tuple[str, ...]


def apply_contract(advertiser: Advertiser, feed: str, day: date, lines: Lines) -> Verdict:
    """Run the feed's rules over the lines.

    Raises RejectedDayError where more lines would be quarantined than the advertiser allows.
    """
    frame = lines.table.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    outcomes = run_expectations(frame, RULES[feed](day, advertiser.zone))
    found: dict[int, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.meta["severity"] == "row":
            for row in outcome.rows.tolist():
                found[row].append(outcome)
    accepted = np.ones(lines.table.num_rows, dtype=bool)
    accepted[list(found)] = False
    limit_rules = check_limits(advertiser, lines, outcomes, found)
    guests = [row for row, why in found.items() if [o.meta["reason"] for o in why] == [GUEST]]
    dropped = set(guests) if advertiser.guests == "drop" else set()
    reasons = {
        row: "; ".join(outcome.meta["reason"] for outcome in found[row])
        for row in sorted(found)
        if row not in dropped
    }
    described = (_describe_rule(advertiser, feed, lines, outcome) for outcome in outcomes)
    return Verdict(
        accepted,
        reasons,
        len(dropped),
        (*described, *limit_rules, *_describe_id_changes(lines)),
        tuple(_list_warnings(lines, outcomes, accepted, reasons)),
    )


def _list_warnings(
    lines: Lines, outcomes: list[Outcome], accepted: np.ndarray, reasons: dict[int, str]
) -> list[str]:
    warnings = [f"{o.meta['reason']}." for o in outcomes if o.meta["severity"] == "warning" and not o.passed]
    if len(accepted) and not accepted.any():
        warnings.append("every line is quarantined." if reasons else "every line is a guest's.")
    warnings += _list_lost_cancellations(lines, reasons)
    warnings += list_id_doubts(lines.table.filter(pa.array(accepted)))
    return warnings


def _list_lost_cancellations(lines: Lines, reasons: dict[int, str]) -> list[str]:
    """Quarantined cancellations of somebody's item; without a user there is no purchase that would stand."""
    if "cancels" not in lines.table.column_names:
        return []
    cancels = np.asarray(lines.table["cancels"])
    of_somebody = np.asarray(pc.and_(pc.is_valid(lines.table[USER_ID]), pc.is_valid(lines.table[ITEM_ID])))
    lost = [reason for row, reason in reasons.items() if cancels[row] and of_somebody[row]]
    if not lost:
        return []
    counts = ", ".join(f"{count:,} because {reason}" for reason, count in Counter(lost).most_common(3))
    return [
        f"{len(lost):,} cancellations are quarantined ({counts}), so the purchases that they cancel stand."
    ]


def _describe_rule(advertiser: Advertiser, feed: str, lines: Lines, outcome: Outcome) -> RuleResult:
    column = outcome.meta["column"]
    sample = [] if column in PERSONAL else pick_sample(advertiser, feed, lines, column, outcome.rows)
    return RuleResult(
        outcome.expectation,
        column,
        outcome.meta["reason"],
        outcome.meta["severity"],
        outcome.passed,
        len(outcome.rows),
        find_percent(len(outcome.rows), lines.table.num_rows),
        json.dumps(sample, ensure_ascii=False),
    )


def _describe_id_changes(lines: Lines) -> list[RuleResult]:
    """How many ids each rule of `include.ingest.ids` has changed, for people to see; that is no fault."""
    return [
        RuleResult(
            "expect_ids_to_be_in_one_form",
            column,
            f"{column} was put in one form ({rule.replace('_', ' ')})",
            "warning",
            True,
            count,
            find_percent(count, lines.table.num_rows),
            "[]",
        )
        for (column, rule), count in sorted(lines.id_changes.items())
    ]
