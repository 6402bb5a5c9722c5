"""Old releases make room: the newest stay, the others are dropped when no reader is in the way."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING

from include.warehouse.postgres.names import HELPERS
from include.warehouse.postgres.statements import read_statement
from include.warehouse.postgres.store import drop_helpers, drop_release_tables, list_stored_tables
from include.warehouse.postgres.visibility import change_what_readers_see

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)


def apply_retention(
    schemas: Schemas,
    keep: int,
    *,
    grace: timedelta = timedelta(minutes=15),
    abandoned_after: timedelta = timedelta(days=2),
    keep_rejected: int = 7,
) -> list[int]:
    """Drop what nobody reads any more and return the releases whose rows are gone.

    Of the published releases the newest `keep` by as-of date stay, and always the current one; the others
    become `expired`. Partitions of expired, superseded and rolled back releases go once they have been
    withdrawn for `grace`, so that a transaction which still sees them can end. Releases that were staged
    longer than `abandoned_after` ago become `rejected`. Tables of a release that its gates have rejected go
    when it was staged `keep_rejected` days ago, those of other rejected ones at once. A partition that is
    being read stays until the next time.
    """
    change_what_readers_see(schemas, partial(_expire, keep=keep))
    with schemas.begin() as connection:
        connection.execute(
            read_statement("reject_abandoned"), {"abandoned_after": abandoned_after.total_seconds()}
        )
    with schemas.begin() as connection:
        stored = list_stored_tables(connection, schemas)
        limits = {"grace": grace.total_seconds(), "keep_rejected": keep_rejected}
        droppable = set(connection.execute(read_statement("list_droppable"), limits).scalars())
        published = set(connection.execute(read_statement("list_published")).scalars())
    for release_id in {t.release_id for t in stored if t.table in HELPERS} & published:
        drop_helpers(schemas, release_id)
    candidates = sorted({table.release_id for table in stored} & droppable)
    dropped = [release for release in candidates if drop_release_tables(schemas, release)]
    if dropped:
        log.info("%s: dropped the rows of %d old releases.", schemas, len(dropped))
    return dropped


def _expire(connection: Connection, choose_moment: Callable[[], datetime], *, keep: int) -> None:
    expired = connection.execute(read_statement("list_expired"), {"keep": keep}).scalars().all()
    if expired:
        values = {"moment": choose_moment(), "expired": list(expired)}
        connection.execute(read_statement("expire_releases"), values)
