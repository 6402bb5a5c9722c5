"""What the gates ask of each list of a staged table, found in one pass over its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg import sql

from include.warehouse.postgres import names
from include.warehouse.postgres.connection import explain_failures
from include.warehouse.postgres.statements import (
    FOLDER,
    compose_file,
    compose_statement,
    read_statement,
    run_composed,
)
from include.warehouse.postgres.store import StoredTable

if TYPE_CHECKING:
    from include.warehouse.postgres.connection import Schemas

# PostgreSQL walks through an index in one process, so two tables are read at once.
CONNECTIONS: Final = 2


@contextmanager
def make_lists(schemas: Schemas, leaves: Sequence[StoredTable]) -> Iterator[Callable[[StoredTable], None]]:
    """Start to fill the tables of `names.LISTS` and give a function that waits for a leaf's to be there.

    They stay until the release is published or rejected; made again, they are replaced.
    """
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        made = {
            leaf.name: pool.submit(_make_lists, schemas, leaf)
            for leaf in leaves
            if (FOLDER / leaf.table / "lists.sql").exists()
        }

        def wait(leaf: StoredTable) -> None:
            if leaf.name in made:
                made[leaf.name].result()

        try:
            yield wait
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _make_lists(schemas: Schemas, leaf: StoredTable) -> None:
    lists = schemas.identify(names.name_lists(leaf.table, leaf.release_id, leaf.model))
    statement = compose_file(
        f"{leaf.table}/lists.sql",
        lists=lists,
        leaf=schemas.identify(leaf.name),
        model=sql.Literal(leaf.model),
    )
    with explain_failures(schemas.engine), schemas.begin() as connection:
        connection.execute(read_statement("prepare_pass"))
        run_composed(connection, compose_statement("drop_table", table=lists))
        run_composed(connection, statement)
