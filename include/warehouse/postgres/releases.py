"""A release's way from staged to published, superseded or rejected."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import psycopg

from include.errors import PermanentError, RejectedReleaseError
from include.warehouse.base import PublishedRelease
from include.warehouse.postgres.connection import wait_out_locks
from include.warehouse.postgres.statements import read_statement
from include.warehouse.postgres.store import attach_release, drop_helpers
from include.warehouse.postgres.visibility import change_what_readers_see, make_durable, wait_for_readers

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

    from include.warehouse.postgres.connection import Schemas

_TRIES = 30
_PAUSE = 1.0


def check_is_kept(schemas: Schemas, as_of: date, keep: int) -> None:
    """Raises PermanentError for a date whose release retention would drop as soon as it was published."""
    with schemas.begin() as connection:
        newer = connection.execute(read_statement("count_newer"), {"as_of_date": as_of}).scalar_one()
    if newer >= keep:
        raise PermanentError(
            f"{schemas} {as_of}: keep.releases is {keep} and so many newer dates are published, so this"
            f" release would be dropped at once; raise keep.releases in {schemas}.yaml to have it."
        )


def find_staged(schemas: Schemas, as_of: date) -> int:
    """The newest release of an as-of date: staged, published already where a killed step got so far, or
    rejected by its gates and still there, to be gated again.

    Raises PermanentError where there is none, or the newest is none of these.
    """
    with schemas.begin() as connection:
        found = connection.execute(read_statement("find_newest"), {"as_of_date": as_of}).one_or_none()
        if found and found.status == "rejected" and is_kept_rejected(connection, found.release_id):
            return int(found.release_id)
    if found is None:
        raise PermanentError(f"{schemas} {as_of}: no release is staged; run the stage step first.")
    if found.status not in ("staged", "published"):
        raise PermanentError(
            f"{schemas} {as_of}: no release is staged, and release {found.release_id} is"
            f" {describe_status(found)}; run the stage step again."
        )
    return int(found.release_id)


def describe_status(release: Row[Any]) -> str:
    """With the reason, and that the rows are gone where they are."""
    because = f" ({release.reason})" if release.reason else ""
    return f"{release.status}{because}{', its rows are gone' if release.dropped_at else ''}"


def is_kept_rejected(connection: Connection, release_id: int) -> bool:
    """Whether a release was rejected by its gates and keeps its tables, so that it can be gated again."""
    values = {"release_id": release_id}
    return connection.execute(read_statement("find_kept_rejected"), values).first() is not None


def record_stage(schemas: Schemas, release_id: int, stage: str, cost: Mapping[str, float]) -> None:
    """Note in the release's row what a stage has cost (seconds, peak memory)."""
    with schemas.begin() as connection:
        connection.execute(
            read_statement("record_stage"),
            {"release_id": release_id, "stage": stage, "cost": json.dumps(dict(cost))},
        )


def reject_release(schemas: Schemas, release_id: int, reason: str) -> None:
    """Give a staged release up, with the reason as a sentence. Its tables stay until retention drops them.

    One that is no longer staged keeps its status: another run may have published it meanwhile.
    """
    with schemas.begin() as connection:
        values = {"release_id": release_id, "reason": reason}
        if not connection.execute(read_statement("reject_release"), values).first():
            connection.execute(read_statement("explain_rejected"), values)


def stage_rejected(connection: Connection, schemas: Schemas, release_id: int) -> None:
    """Take a rejection back. Raises RejectedReleaseError where the release's tables have gone meanwhile."""
    if not connection.execute(read_statement("stage_rejected"), {"release_id": release_id}).first():
        raise RejectedReleaseError(
            f"{schemas}: release {release_id} passes now, but its tables are gone; run the stage step again."
        )


def publish_release(schemas: Schemas, release_id: int) -> PublishedRelease:
    """Make a staged and gated release visible, all tables at once, and return when readers see it.

    The tables become partitions first, in a transaction of their own and still unseen; one change of
    what readers see then shows them. `releases/view.sql` says why these are two. The release of the same date
    that was there before is superseded; `is_current` moves only to the same or a later date. Publishing a
    published release again changes nothing. Raises RejectedReleaseError for a release that is not staged
    or has not passed its gates, and PermanentError where readers do not come to see it.
    """
    published = _publish(schemas, release_id)
    wait_for_readers(schemas)
    return published


def _publish(schemas: Schemas, release_id: int) -> PublishedRelease:
    with schemas.begin() as connection:
        published = _find_published(connection, schemas, release_id)
    if published:
        make_durable(schemas)
        return published
    try:
        # Readers do not hold an attach up, but an ANALYZE of the parent or another publication does.
        wait_out_locks(partial(attach_release, schemas, release_id), tries=_TRIES, pause=_PAUSE)
    except psycopg.errors.UndefinedTable:
        with schemas.begin() as connection:
            _find_published(connection, schemas, release_id)  # says that another run has given it up
        raise

    def change(connection: Connection, choose_moment: Callable[[], datetime]) -> PublishedRelease:
        # The row's lock first: a run that stages the same date may be giving this release up.
        release = connection.execute(read_statement("lock_release"), {"release_id": release_id}).one()
        if published := _find_published(connection, schemas, release_id):
            return published
        moment = {"moment": choose_moment(), "as_of_date": release.as_of_date}
        superseded = connection.execute(read_statement("withdraw_published"), moment).scalar_one_or_none()
        connection.execute(read_statement("leave_current"), moment)
        is_current = connection.execute(
            read_statement("publish_release"), {"release_id": release_id, "moment": moment["moment"]}
        ).scalar_one()
        return PublishedRelease(release_id, release.as_of_date, is_current, superseded)

    published = change_what_readers_see(schemas, change)
    drop_helpers(schemas, release_id)
    return published


def _find_published(connection: Connection, schemas: Schemas, release_id: int) -> PublishedRelease | None:
    """The release if it is out already. Raises RejectedReleaseError unless it may be published."""
    release = connection.execute(read_statement("find_release"), {"release_id": release_id}).one_or_none()
    if release is None:
        raise RejectedReleaseError(f"{schemas}: there is no release {release_id}; run the stage step first.")
    if release.status == "published":
        return PublishedRelease(release_id, release.as_of_date, release.is_current, None)
    what = f"{schemas} {release.as_of_date}: release {release_id}"
    if release.status != "staged":
        again = "run the stage step again"
        if is_kept_rejected(connection, release_id):
            again += ", or change the limit and run the gate step again"
        raise RejectedReleaseError(f"{what} is {describe_status(release)} and cannot be published; {again}.")
    gates = connection.execute(read_statement("count_checks"), {"release_id": release_id}).one()
    if not gates.checks:
        raise RejectedReleaseError(f"{what} has not been gated; run the gate step first.")
    if gates.failed:
        raise RejectedReleaseError(f"{what} failed {gates.failed} critical checks and is not published.")
    return None
