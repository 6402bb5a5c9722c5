"""What the mall blocks and sells at this moment → the small tables that ads heed."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from include.errors import RefusedInputError
from include.settings import Advertiser
from include.steps.run_folder import Summary, measure

if TYPE_CHECKING:
    from include.ingest.landing.live_files import LiveRows

log = logging.getLogger(__name__)

# An ended block stays as long: a file that still has it would put it in anew, over and over.
_KEEP_ENDED = timedelta(days=1)


def take_live_rows(advertiser: Advertiser) -> Summary:
    """Put the rows of the mall's live files into `blocked_items` and `just_bought`, and delete old ones.

    What is right in a file counts at once. Raises RefusedInputError where more of its lines than
    quarantine.max_share are wrong, and RejectedDayError where it cannot be read; the other file counts.
    """
    from include.errors import PermanentError
    from include.ingest.landing.live_files import LIVE_FILES, read_live_files
    from include.warehouse import open_warehouse

    now = datetime.now(UTC)
    summary: Summary = {}
    failed: list[str] = []
    oldest = now - timedelta(days=advertiser.keep.just_bought)
    with measure(summary), open_warehouse(advertiser.name) as warehouse:
        put = {"blocked_items": warehouse.block_items, "just_bought": warehouse.record_just_bought}
        for live in LIVE_FILES:
            try:
                found = read_live_files(advertiser, live, now)
            except PermanentError as error:
                failed.append(str(error))
                continue
            rows = [row for row in found.rows if live.table != "just_bought" or row[live.moment] >= oldest]
            changed = put[live.table](rows)
            summary[live.table] = {"files": found.files, "lines": found.lines, "changed": changed}
            failed += _judge(advertiser, live.table, found)
        summary["deleted"] = warehouse.forget_live_rows(
            bought_before=oldest, unblocked_before=now - _KEEP_ENDED
        )
    if failed:
        raise RefusedInputError(f"{advertiser.name}: {' '.join(failed)}")
    return summary


def _judge(advertiser: Advertiser, table: str, found: LiveRows) -> list[str]:
    if not found.wrong:
        return []
    wrong = (
        f"{found.wrong:,} of {found.lines:,} lines of {table} have no id, or no time that can be read, or one"
        " of more than a day ahead"
    )
    log.warning("%s: %s; they are left out.", advertiser.name, wrong)
    share = advertiser.quarantine.max_share
    if found.wrong <= share * found.lines:
        return []
    return [
        f"{wrong}, more than quarantine.max_share ({share:.1%}); the others count: have it written right."
    ]


def block_item(advertiser: Advertiser, item_id: str, reason: str, until: datetime | None) -> Summary:
    """Take an item out of all ads from now on, until a moment or until it is let in again."""
    from include.warehouse import open_warehouse

    row = {"item_id": item_id, "reason": reason, "blocked_at": datetime.now(UTC), "until": until}
    with open_warehouse(advertiser.name) as warehouse:
        warehouse.block_items([row])
    return row


def unblock_item(advertiser: Advertiser, item_id: str) -> Summary:
    """Let ads show an item again. Raises RefusedInputError where it is not blocked."""
    from include.warehouse import open_warehouse

    with open_warehouse(advertiser.name) as warehouse:
        if not warehouse.unblock_item(item_id):
            raise RefusedInputError(
                f"{advertiser.name}: {item_id} is not blocked; blocked_items names those that are."
            )
    return {"item_id": item_id, "unblocked": True}
