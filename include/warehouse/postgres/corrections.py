"""What on-call does to what readers see: roll the current release back, and mend a wrong state."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING

from include.errors import PermanentError
from include.warehouse.base import MendedState, RolledBackRelease
from include.warehouse.postgres.statements import read_statement
from include.warehouse.postgres.store import list_stored_tables
from include.warehouse.postgres.visibility import change_what_readers_see, make_durable, wait_for_readers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from include.warehouse.postgres.connection import Schemas

ChooseMoment = Callable[[], datetime]


def roll_back(schemas: Schemas, to: date | None = None) -> RolledBackRelease:
    """Take the current release away; the newest published one before it, or that of `to`, becomes current.

    Returns when readers see it. One that was killed before it knew that they would is finished, and no other
    release is taken away. Raises PermanentError where there is none to go back to, or its rows are gone.
    """

    def change(connection: Connection, choose_moment: ChooseMoment) -> RolledBackRelease:
        current = connection.execute(read_statement("find_current")).one_or_none()
        if current is None:
            raise PermanentError(f"{schemas}: no release is out, so none can be rolled back.")
        unfinished = connection.execute(read_statement("find_unfinished")).one_or_none()
        if unfinished and to in (None, current.as_of_date):
            return RolledBackRelease(*unfinished, *current)
        asked = {"to": to, "before": current.as_of_date}
        target = connection.execute(read_statement("find_published_before"), asked).one_or_none()
        what = f"{schemas}: release {current.release_id} of {current.as_of_date} stays current, because"
        if target is None and to is None:
            raise PermanentError(
                f"{what} no release of an earlier date is published; publish one, or another."
            )
        if target is None:
            raise PermanentError(
                f"{what} no other release of {to} is published; releases_published names the dates there are."
            )
        if not _list_whole(connection, schemas) & {target.release_id}:
            raise PermanentError(
                f"{what} the rows of release {target.release_id} of {target.as_of_date} are gone; name"
                " another date, or stage and publish that one again."
            )
        moment = choose_moment()
        for statement, release in (("roll_back", current), ("make_current", target)):
            connection.execute(
                read_statement(statement), {"release_id": release.release_id, "moment": moment}
            )
        return RolledBackRelease(current.release_id, current.as_of_date, target.release_id, target.as_of_date)

    rolled_back = change_what_readers_see(schemas, change)
    make_durable(schemas)
    wait_for_readers(schemas)
    return rolled_back


def mend_state(schemas: Schemas) -> MendedState:
    """Show readers now what `releases` says, whatever moments a wrong clock has left.

    Published releases whose tables are gone become `expired`; where none is current then, the newest
    published one is. Returns when readers see it.
    """

    def change(connection: Connection, choose_moment: ChooseMoment) -> MendedState:
        moment = choose_moment()
        values = {"moment": moment}
        brought_back = connection.execute(read_statement("bring_moments_back"), values).scalars().all()
        whole = sorted(_list_whole(connection, schemas))
        without = connection.execute(
            read_statement("expire_without_rows"), values | {"whole": whole}
        ).scalars()
        expired = sorted(without)
        connection.execute(read_statement("choose_current"), values)
        current = connection.execute(read_statement("find_current")).one_or_none()
        if current is None:
            return MendedState(None, None, sorted(brought_back), expired)
        return MendedState(current.release_id, current.as_of_date, sorted(brought_back), expired)

    mended = change_what_readers_see(schemas, change)
    wait_for_readers(schemas)
    return mended


def _list_whole(connection: Connection, schemas: Schemas) -> set[int]:
    """Releases with tables that readers can be shown."""
    return {table.release_id for table in list_stored_tables(connection, schemas) if table.is_attached}
