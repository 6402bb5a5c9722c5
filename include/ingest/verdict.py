"""Which lines of a day the contract accepts, and why it does not accept the others."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from include.errors import RejectedDayError
from include.ingest.clean import Lines
from include.ingest.contracts import RULES
from include.ingest.expectations import Outcome, run_expectations
from include.ingest.manifest import RuleResult
from include.models.columns import ORDER_ID, USER_ID
from include.settings import Advertiser

_PERSONAL: Final = (ORDER_ID, USER_ID)
_SAMPLE_SIZE: Final = 5
_SAMPLE_LENGTH: Final = 60


@dataclass(frozen=True)
class Verdict:
    """`accepted`: a mask over the day's lines (bool). `reasons`: why, for each line that is not accepted.

    `reasons` goes by row, ascending; several reasons of a line are joined by "; ".
    """

    accepted: np.ndarray
    reasons: dict[int, str]
    rules: tuple[RuleResult, ...]
    warnings: tuple[str, ...]


def apply_contract(advertiser: Advertiser, feed: str, day: date, lines: Lines) -> Verdict:
    """Run the feed's rules over the lines.

    Raises RejectedDayError where more than the advertiser's share of lines would be quarantined.
    """
    frame = lines.table.to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    outcomes = run_expectations(frame, RULES[feed](day, advertiser.zone))
    reasons: dict[int, list[str]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.meta["severity"] == "row":
            for row in outcome.rows.tolist():
                reasons[row].append(outcome.meta["reason"])
    accepted = np.ones(lines.table.num_rows, dtype=bool)
    accepted[list(reasons)] = False
    share_rule = _check_share(advertiser, lines, outcomes, accepted)
    warnings = [f"{o.meta['reason']}." for o in outcomes if o.meta["severity"] == "warning" and not o.passed]
    if len(accepted) and not accepted.any():
        warnings.append("every line is quarantined.")
    return Verdict(
        accepted,
        {row: "; ".join(reasons[row]) for row in sorted(reasons)},
        (*(_describe_rule(advertiser, feed, lines, outcome) for outcome in outcomes), share_rule),
        tuple(warnings),
    )


def _check_share(
    advertiser: Advertiser, lines: Lines, outcomes: list[Outcome], accepted: np.ndarray
) -> RuleResult:
    total, quarantined = len(accepted), int(np.count_nonzero(~accepted))
    limit = advertiser.quarantine.max_share
    if quarantined > limit * total:
        files = np.bincount(lines.file_of_row[~accepted], minlength=len(lines.files))
        worst = int(files.argmax())
        rule = max((o for o in outcomes if o.meta["severity"] == "row"), key=lambda o: len(o.rows))
        raise RejectedDayError(
            f"{quarantined:,} of {total:,} lines ({quarantined / total:.1%}) break row rules and the limit is"
            f" {limit:.1%} (quarantine.max_share): {len(rule.rows):,} because {rule.meta['reason']} (column"
            f" {rule.meta['column']}); worst is file {lines.files[worst].name} with {files[worst]:,} of its"
            f" {lines.files[worst].table.num_rows:,} lines. Have the day delivered again, correct the column"
            " mapping, or raise the limit."
        )
    return RuleResult(
        "expect_quarantined_share_to_be_at_most",
        "",
        f"at most {limit:.1%} of the lines are quarantined",
        "table",
        True,
        quarantined,
        _percent(quarantined, total),
        "[]",
    )


def _describe_rule(advertiser: Advertiser, feed: str, lines: Lines, outcome: Outcome) -> RuleResult:
    column = outcome.meta["column"]
    sample = [] if column in _PERSONAL else _pick_sample(advertiser, feed, lines, column, outcome.rows)
    return RuleResult(
        outcome.expectation,
        column,
        outcome.meta["reason"],
        outcome.meta["severity"],
        outcome.passed,
        len(outcome.rows),
        _percent(len(outcome.rows), lines.table.num_rows),
        json.dumps(sample, ensure_ascii=False),
    )


def _pick_sample(advertiser: Advertiser, feed: str, lines: Lines, column: str, rows: np.ndarray) -> list[str]:
    """A few different delivered values of a column, shortened."""
    theirs = advertiser.feeds[feed].source(column).label  # type: ignore[index]
    starts = np.cumsum([0, *(file.table.num_rows for file in lines.files)])
    sample: list[str] = []
    for row in rows[:100].tolist():
        number = int(np.searchsorted(starts, row, side="right")) - 1
        file = lines.files[number]
        value = file.show_rows(np.array([row - starts[number]]), [theirs]).column(0)[0].as_py()
        # Where a mall's columns are shifted, a person's id may stand in another column.
        own_ids = {
            lines.table.column(name)[row].as_py() for name in _PERSONAL if name in lines.table.column_names
        }
        if value is None or value.strip() in own_ids:
            continue
        shown = value.replace("\0", "")[:_SAMPLE_LENGTH]  # PostgreSQL's json refuses U+0000
        if shown not in sample:
            sample.append(shown)
        if len(sample) == _SAMPLE_SIZE:
            break
    return sample


def _percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 4) if whole else 0.0
