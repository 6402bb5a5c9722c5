from __future__ import annotations

import pytest
from sqlalchemy import Engine, text

from include.warehouse.postgres.dictionary import FILE, describe_sql_files

pytestmark = pytest.mark.integration


def test_the_dictionary_is_up_to_date(warehouse: Engine) -> None:
    written = FILE.read_text(encoding="utf-8")
    assert written == describe_sql_files(warehouse), "make docs writes it anew"


def test_it_leaves_nothing_in_the_warehouse(warehouse: Engine) -> None:
    describe_sql_files(warehouse)
    with warehouse.connect() as connection:
        names = connection.execute(text("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'data\\_dict%'"))
        assert names.all() == []
