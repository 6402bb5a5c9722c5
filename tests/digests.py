"""Digests of what readers see, which tell whether two warehouses, or one before and after, show the same.

    python -m tests.digests postgresql://USER:PASSWORD@HOST:PORT/DATABASE SCHEMA

prints a line for each view of an advertiser's schema, and model: rows, and the SHA-256 of their export.
"""

from __future__ import annotations

import argparse
import hashlib
from typing import NamedTuple

import psycopg
from psycopg import sql


class Digest(NamedTuple):
    rows: int
    sha256: str


def digest_views(connection: psycopg.Connection, schema: str) -> dict[tuple[str, str], Digest]:
    """By view and model ('' where it has none), for all but the views of releases."""
    found = connection.execute(
        "SELECT table_name, bool_or(column_name = 'model') FROM information_schema.columns"
        " JOIN information_schema.views USING (table_schema, table_name)"
        " WHERE table_schema = %s AND table_name NOT LIKE 'releases%%' GROUP BY table_name ORDER BY 1",
        [schema],
    ).fetchall()
    digests = {}
    for name, has_model in found:
        view = sql.Identifier(schema, name)
        models = [""]
        if has_model:
            query = sql.SQL("SELECT DISTINCT model FROM {} ORDER BY model").format(view)
            models = [model for (model,) in connection.execute(query)]
        for model in models:
            digests[name, model] = _digest_view(connection, view, model)
    return digests


def _digest_view(connection: psycopg.Connection, view: sql.Identifier, model: str) -> Digest:
    """Rows sort by their columns from the left: date, model and key come first."""
    condition = sql.SQL("WHERE model = {}").format(sql.Literal(model)) if model else sql.SQL("")
    export = sql.SQL("COPY (SELECT * FROM {} AS shown {} ORDER BY shown) TO STDOUT").format(view, condition)
    digest = hashlib.sha256()
    with connection.cursor() as cursor:
        with cursor.copy(export) as copy:
            for part in copy:
                digest.update(part)
        return Digest(cursor.rowcount, digest.hexdigest())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("url", help="postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
    parser.add_argument("schema", help="that of the advertiser")
    asked = parser.parse_args()
    with psycopg.connect(asked.url) as connection:
        for (view, model), digest in digest_views(connection, asked.schema).items():
            print(f"{view:32}{model:10}{digest.rows:>12,}  {digest.sha256}")


if __name__ == "__main__":
    main()
