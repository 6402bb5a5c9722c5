"""Old releases make room: the newest stay, the others are dropped when no reader is in the way."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

from include.warehouse.postgres.names import HELPERS
from include.warehouse.postgres.statements import read_statement
from include.warehouse.postgres.store import drop_helpers, drop_release_tables, list_stored_tables

if TYPE_CHECKING:
    from include.warehouse.postgres.connection import Schemas

log = logging.getLogger(__name__)


def apply_retention(
    schemas: Schemas,
    keep: int,
    *,
    grace: timedelta = timedelta(minutes=15),
    abandoned_after: timedelta = timedelta(days=2),
) -> list[int]:
    """Drop what nobody reads any more and return the releases whose rows are gone.

    Of the published releases the newest `keep` by as-of date stay, and always the current one; the others
    become `expired`. Partitions of expired, superseded, rejected and rolled back releases go once they
    have been withdrawn for `grace`, so that a transaction which still sees them can end. Releases that were
    staged longer than `abandoned_after` ago become `rejected`. A partition that is being read stays until
    the next time.
    """
    with schemas.begin() as connection:
        connection.execute(read_statement("lock_schema"), {"name": f"dangol publish {schemas}"})
        moment = connection.execute(read_statement("find_moment")).scalar_one()
        connection.execute(read_statement("expire_releases"), {"moment": moment, "keep": keep})
        connection.execute(
            read_statement("reject_abandoned"), {"abandoned_after": abandoned_after.total_seconds()}
        )
    with schemas.begin() as connection:
        stored = list_stored_tables(connection, schemas)
        droppable = set(
            connection.execute(read_statement("list_droppable"), {"grace": grace.total_seconds()}).scalars()
        )
        published = set(connection.execute(read_statement("list_published")).scalars())
    for release_id in {t.release_id for t in stored if t.table in HELPERS} & published:
        drop_helpers(schemas, release_id)
    candidates = sorted({table.release_id for table in stored} & droppable)
    dropped = [release for release in candidates if drop_release_tables(schemas, release)]
    if dropped:
        log.info("%s: dropped the rows of %d old releases.", schemas, len(dropped))
    return dropped
