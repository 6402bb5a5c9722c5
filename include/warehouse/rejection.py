"""What on-call is told of a release that its gates reject."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from include.tables import RELEASE_TABLES
from include.warehouse.base import CheckResult

_TOLD: Final = 3
PRESENCE: Final = "table_is_staged"


def explain_rejection(failed: Sequence[CheckResult], schema: str, release_id: int) -> str:
    """Which critical checks failed, the first few in full, and where the others and the rows are."""
    told = "; ".join(describe_failure(result) for result in failed[:_TOLD])
    more = len(failed) - _TOLD
    checks = f"{schema}.release_checks of release_id {release_id}"
    others = f"; and {more} more {'checks' if more > 1 else 'check'} in {checks}" if more > 0 else ""
    rows = next((result for result in failed if _has_rows(result)), None)
    look = f"; look at its rows: {_query_rows(rows, schema, release_id)}" if rows else ""
    return f"{told}{others}{look}"


def describe_rejection(schema: str, as_of: date, release_id: int, reason: str) -> str:
    """The whole sentence, of what `explain_rejection` gives."""
    return (
        f"{schema} {as_of}: release {release_id} was rejected, because {reason}; readers go on seeing the"
        " release before it."
    )


def describe_failure(result: CheckResult) -> str:
    table = f"{result.table or 'the model'} ({result.model})" if result.model else result.table
    expected = result.expected[0].lower() + result.expected[1:]
    return f"{table} failed {result.check}: observed {result.observed}, expected: {expected}"


def _has_rows(result: CheckResult) -> bool:
    """Whether there is a table to look at: the window is none, and one that was not staged has no rows."""
    return result.table in RELEASE_TABLES and result.check != PRESENCE


def _query_rows(result: CheckResult, schema: str, release_id: int) -> str:
    """For a person to paste."""
    model = f" AND model = '{result.model}'" if result.model else ""
    rows = f"{schema}.{result.table}_rejected"
    return f"SELECT * FROM {rows} WHERE release_id = {release_id}{model}"  # noqa: S608
