"""Is the share of a day's lines that break rules within what the advertiser allows?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from include.errors import RejectedDayError, SettingsError
from include.ingest.clean import Lines
from include.ingest.contracts import GUEST
from include.ingest.expectations import Outcome
from include.ingest.manifest import RuleResult
from include.models.columns import USER_ID
from include.settings import Advertiser

_CURE = "Have the day delivered again, correct the column mapping, or raise the limit."


def check_limits(
    advertiser: Advertiser, lines: Lines, outcomes: Sequence[Outcome], found: Mapping[int, Sequence[Outcome]]
) -> list[RuleResult]:
    """What the limits found. `found` has for each line that breaks rules (its row) those rules.

    A line counts towards the limit of each reason or column that `max_share_of` names, and towards
    `max_share` where another reason is among its own. Guests that are dropped or set aside count only towards
    a limit of their own. Raises RejectedDayError.
    """
    total = lines.table.num_rows
    own = advertiser.quarantine.max_share_of
    names = {row: [name for outcome in why for name in _list_names(outcome)] for row, why in found.items()}
    known = {name for outcome in outcomes for name in _list_names(outcome)} - {""}
    if unknown := sorted(own.keys() - known):
        raise SettingsError(
            f"quarantine.max_share_of names {', '.join(unknown)}, which is neither a column of ours nor a"
            " reason as the quarantine states it."
        )
    results = []
    for name, limit in own.items():
        rows = [row for row in found if name in names[row]]
        results.append(_check(lines, outcomes, rows, limit, f"quarantine.max_share_of: {name}", total))
    apart = {GUEST} if advertiser.guests != "fail" else set()
    counted = [
        row
        for row, why in found.items()
        if any(o.meta["reason"] not in apart and not set(_list_names(o)) & own.keys() for o in why)
    ]
    results.append(
        _check(lines, outcomes, counted, advertiser.quarantine.max_share, "quarantine.max_share", total)
    )
    guests = sum([o.meta["reason"] for o in why] == [GUEST] for why in found.values()) if apart else 0
    if total and guests == total:
        raise RejectedDayError(
            f"none of the {total:,} lines has a user_id; correct columns: {{user_id: …}} or null_values."
        )
    return results


def _list_names(outcome: Outcome) -> tuple[str, str]:
    return outcome.meta["reason"], outcome.meta["column"]


def _check(
    lines: Lines, outcomes: Sequence[Outcome], rows: Sequence[int], limit: float, setting: str, total: int
) -> RuleResult:
    if len(rows) > limit * total:
        raise RejectedDayError(_explain(lines, outcomes, np.array(rows), limit, setting))
    of = "" if setting == "quarantine.max_share" else f" ({setting.partition(': ')[2]})"
    return RuleResult(
        "expect_quarantined_share_to_be_at_most",
        "",
        f"at most {limit:.1%} of the lines are quarantined{of}",
        "table",
        True,
        len(rows),
        find_percent(len(rows), total),
        "[]",
    )


def _explain(lines: Lines, outcomes: Sequence[Outcome], rows: np.ndarray, limit: float, setting: str) -> str:
    total = lines.table.num_rows
    here = [(int(np.isin(o.rows, rows).sum()), o) for o in outcomes if o.meta["severity"] == "row"]
    count, rule = max(here, key=lambda one: one[0])
    files = np.bincount(lines.file_of_row[rows], minlength=len(lines.files))
    whole = np.bincount(lines.file_of_row, minlength=len(lines.files))
    worst = int(files.argmax())
    cure = _CURE
    if rule.meta["column"] == USER_ID and rule.meta["reason"] == GUEST:
        cure = "Where these are guests, set guests: quarantine or guests: drop, which count them apart."
    return (
        f"{len(rows):,} of {total:,} lines ({len(rows) / total:.1%}) break row rules and the limit is"
        f" {limit:.1%} ({setting}): {count:,} because {rule.meta['reason']} (column {rule.meta['column']});"
        f" worst is file {lines.files[worst]} with {files[worst]:,} of its {whole[worst]:,} lines. {cure}"
    )


def find_percent(part: int, whole: int) -> float:
    return round(100 * part / whole, 4) if whole else 0.0
