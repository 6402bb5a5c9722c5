"""What the gates find of each list of a staged table, in one pass over its lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from psycopg import sql

from include.tables import load_table
from include.warehouse.checks import Check, Rule
from include.warehouse.postgres import names
from include.warehouse.postgres.checks import compose_rule, is_of_lists
from include.warehouse.postgres.connection import explain_failures
from include.warehouse.postgres.statements import (
    compose_file,
    compose_statement,
    read_statement,
    run_composed,
)
from include.warehouse.postgres.store import StoredTable

if TYPE_CHECKING:
    from include.warehouse.postgres.connection import Schemas

# Two tables are read at once, while Great Expectations is imported.
CONNECTIONS: Final = 2


@contextmanager
def judge_lists(
    schemas: Schemas, leaves: Mapping[StoredTable, Sequence[Check]]
) -> Iterator[Callable[[StoredTable], None]]:
    """Start to fill the tables of `names.FOUND` for the checks of each leaf, and give a function that waits
    for a leaf's to be there.

    They stay until the release is published or its rows go; made again, they are replaced.
    """
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        made = {
            leaf: pool.submit(_judge_lists, schemas, leaf, checks)
            for leaf, checks in leaves.items()
            if load_table(leaf.table).list
        }

        def wait(leaf: StoredTable) -> None:
            if leaf in made:
                made[leaf].result()

        try:
            yield wait
        finally:
            pool.shutdown(wait=True, cancel_futures=True)


def _judge_lists(schemas: Schemas, leaf: StoredTable, checks: Sequence[Check]) -> None:
    table = load_table(leaf.table)
    assert table.list
    found = schemas.identify(names.name_found(leaf.table, leaf.release_id, leaf.model))
    statement = compose_file(
        "checks/found.sql",
        found=found,
        leaf=schemas.identify(leaf.name),
        owner=sql.SQL(", ").join(map(sql.Identifier, table.owner)),
        item=sql.Identifier(table.list.item),
        rules=sql.SQL(",\n").join(
            sql.SQL("({}) AS {}").format(compose_rule(table, check), sql.Identifier(check.name))
            for check in checks
            if isinstance(check, Rule) and is_of_lists(table, check)
        ),
    )
    with explain_failures(schemas.engine), schemas.begin() as connection:
        connection.execute(read_statement("prepare_pass"))
        run_composed(connection, compose_statement("drop_table", table=found))
        run_composed(connection, statement)
