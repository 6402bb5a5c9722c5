"""A release's way from staged to published, superseded or rejected."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import psycopg

from include.errors import DangolError, RejectedReleaseError
from include.warehouse.engine import open_schema
from include.warehouse.staging import stage_release
from include.warehouse.statements import read_statement
from include.warehouse.store import attach_release, drop_helpers, drop_release_tables

if TYPE_CHECKING:
    from sqlalchemy import Connection, Engine

__all__ = [
    "PublishedRelease",
    "check_is_kept",
    "find_staged",
    "publish_release",
    "record_stage",
    "reject_release",
    "stage_release",
]

_TRIES = 30
_PAUSE = 1.0


@dataclass(frozen=True)
class PublishedRelease:
    """A release that readers see; `superseded` is the release of the same date that it replaced, if any."""

    release_id: int
    as_of_date: date
    is_current: bool
    superseded: int | None


def check_is_kept(engine: Engine, schema: str, as_of: date, keep: int) -> None:
    """Raises DangolError for a date whose release retention would drop as soon as it was published."""
    with open_schema(engine, schema) as connection:
        newer = connection.execute(read_statement("count_newer"), {"as_of_date": as_of}).scalar_one()
    if newer >= keep:
        raise DangolError(
            f"{schema} {as_of}: keep.releases is {keep} and so many newer dates are published, so this"
            f" release would be dropped at once; raise keep.releases in {schema}.yaml to have it."
        )


def find_staged(engine: Engine, schema: str, as_of: date) -> int:
    """The newest release of an as-of date, staged or, where a killed step got so far, published already.

    Raises DangolError where there is none, or the newest is neither.
    """
    with open_schema(engine, schema) as connection:
        found = connection.execute(read_statement("find_newest"), {"as_of_date": as_of}).one_or_none()
    if found is None:
        raise DangolError(f"{schema} {as_of}: no release is staged; run the stage step first.")
    if found.status not in ("staged", "published"):
        because = f" ({found.reason})" if found.reason else ""
        raise DangolError(
            f"{schema} {as_of}: no release is staged, and release {found.release_id} is"
            f" {found.status}{because}; run the stage step again."
        )
    return int(found.release_id)


def record_stage(engine: Engine, schema: str, release_id: int, stage: str, cost: Mapping[str, float]) -> None:
    """Note in the release's row what a stage has cost (seconds, peak memory)."""
    with open_schema(engine, schema) as connection:
        connection.execute(
            read_statement("record_stage"),
            {"release_id": release_id, "stage": stage, "cost": json.dumps(dict(cost))},
        )


def reject_release(engine: Engine, schema: str, release_id: int, reason: str) -> None:
    """Give a staged release up, with the reason as a sentence, and drop what it loaded.

    One that is no longer staged is left as it is: another run may have published it meanwhile.
    """
    with open_schema(engine, schema) as connection:
        values = {"release_id": release_id, "reason": reason}
        was_staged = connection.execute(read_statement("reject_release"), values).first()
    if was_staged:
        drop_release_tables(engine, schema, release_id)


def publish_release(engine: Engine, schema: str, release_id: int) -> PublishedRelease:
    """Make a staged and gated release visible, all tables at once.

    The tables become partitions first, in a transaction of their own and still unseen; one update of
    `releases` then shows them. `releases/view.sql` says why these are two. The release of the same date
    that was there before is superseded; `is_current` moves only to the same or a later date. Publishing a
    published release again changes nothing. Raises RejectedReleaseError for a release that is not staged
    or has not passed its gates.
    """
    with open_schema(engine, schema) as connection:
        if published := _find_published(connection, schema, release_id):
            return published
    try:
        _attach_patiently(engine, schema, release_id)
    except psycopg.errors.UndefinedTable:
        with open_schema(engine, schema) as connection:
            _find_published(connection, schema, release_id)  # says that another run has given it up
        raise
    with open_schema(engine, schema) as connection:
        lock = {"name": f"dangol publish {schema}"}
        connection.execute(read_statement("lock_schema"), lock)
        # The row's lock first: a run that stages the same date may be giving this release up.
        release = connection.execute(read_statement("lock_release"), {"release_id": release_id}).one()
        if published := _find_published(connection, schema, release_id):
            return published
        moment = {
            "moment": connection.execute(read_statement("find_moment")).scalar_one(),
            "as_of_date": release.as_of_date,
        }
        superseded = connection.execute(read_statement("withdraw_published"), moment).scalar_one_or_none()
        connection.execute(read_statement("leave_current"), moment)
        is_current = connection.execute(
            read_statement("publish_release"), {"release_id": release_id, "moment": moment["moment"]}
        ).scalar_one()
    drop_helpers(engine, schema, release_id)
    return PublishedRelease(release_id, release.as_of_date, is_current, superseded)


def _find_published(connection: Connection, schema: str, release_id: int) -> PublishedRelease | None:
    """The release if it is out already. Raises RejectedReleaseError unless it may be published."""
    release = connection.execute(read_statement("find_release"), {"release_id": release_id}).one_or_none()
    if release is None:
        raise RejectedReleaseError(f"{schema}: there is no release {release_id}; run the stage step first.")
    if release.status == "published":
        return PublishedRelease(release_id, release.as_of_date, release.is_current, None)
    what = f"{schema} {release.as_of_date}: release {release_id}"
    if release.status != "staged":
        because = f" ({release.reason})" if release.reason else ""
        raise RejectedReleaseError(
            f"{what} is {release.status}{because} and cannot be published; run the stage step again."
        )
    gates = connection.execute(read_statement("count_checks"), {"release_id": release_id}).one()
    if not gates.checks:
        raise RejectedReleaseError(f"{what} has not been gated; run the gate step first.")
    if gates.failed:
        raise RejectedReleaseError(f"{what} failed {gates.failed} critical checks and is not published.")
    return None


def _attach_patiently(engine: Engine, schema: str, release_id: int) -> None:
    """Attach, which readers do not hold up, but an ANALYZE of the parent or another publication does."""
    for attempt in range(_TRIES):
        try:
            attach_release(engine, schema, release_id)
        except psycopg.errors.LockNotAvailable:
            if attempt == _TRIES - 1:
                raise
            time.sleep(_PAUSE)
        else:
            return
