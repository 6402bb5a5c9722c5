"""The SQL of docs/how-to/serve-ads.md is run as it stands, by those who would run it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, text

from include.local.postgres import Server
from include.settings import ROOT
from include.warehouse.postgres.connection import Schemas
from tests.warehouse.conftest import MONDAY, SCHEMA, all_rows

pytestmark = pytest.mark.integration

PAGE = (ROOT / "docs" / "how-to" / "serve-ads.md").read_text(encoding="utf-8")
ROLE = "the_mall"
FUNCTION, VIEW, GRANT, WRITE = (
    textwrap.dedent(block).replace("my_mall", SCHEMA)
    for block in re.findall(r"^ *```sql\n(.*?)^ *```", PAGE, re.M | re.S)
)


@pytest.fixture
def admin(postgres: Server, mall: Schemas, publish: Callable[..., Any]) -> Iterator[Connection]:
    """Of a mall with a release, and a role that may do nothing yet."""
    publish(MONDAY, all_rows())
    url = postgres.url(mall.engine.url.database or "", "postgres")
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE ROLE {ROLE}"))
        try:
            yield connection
        finally:
            connection.execute(text("RESET ROLE"))
            connection.execute(text(f"DROP OWNED BY {ROLE}"))
            connection.execute(text(f"DROP ROLE {ROLE}"))
    engine.dispose()


def list_items(connection: Connection, query: str, user: str) -> list[str]:
    return [row.item_id for row in connection.execute(text(query.replace("'U1'", f"'{user}'")))]


def test_the_page_is_what_happens(admin: Connection) -> None:
    for statement in (*GRANT.split(";\n"), f"SET ROLE {ROLE}"):
        if statement.strip():
            admin.execute(text(statement))
    for _ in range(2):  # the second time over what is there
        for statement in filter(str.strip, WRITE.replace("'U1'", "'A'").split(";\n")):
            admin.execute(text(statement))
    admin.execute(text("RESET ROLE"))
    admin.execute(text("SET ROLE analyst"))
    for query in (FUNCTION, VIEW):
        assert list_items(admin, query, "A") == ["P3", "P4"], "P1 is sold out, and A has just bought P2"
        assert list_items(admin, query, "B") == ["P2", "P3", "P4"]
        assert list_items(admin, query, "a stranger") == ["P2", "P3", "P4"]


def test_the_mall_may_write_no_other_table(admin: Connection) -> None:
    for statement in filter(str.strip, GRANT.split(";\n")):
        admin.execute(text(statement))
    privileges = admin.execute(
        text(
            "SELECT DISTINCT table_name::text FROM information_schema.role_table_grants WHERE grantee = :role"
        ),
        {"role": ROLE},
    ).scalars()
    assert set(privileges) == {"blocked_items", "just_bought"}
