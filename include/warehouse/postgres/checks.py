"""The checks of a staged table: SQL files that find rows which break a rule, and limits on its size."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from psycopg import sql

from include.columns import MODEL_TABLES
from include.errors import SettingsError
from include.models.base import ScoreRange
from include.warehouse.postgres import names
from include.warehouse.postgres.statements import FOLDER, compose_file, read_file

if TYPE_CHECKING:
    from include.settings import Gates
    from include.warehouse.postgres.connection import Schemas

ROW_COUNT: Final = "row_count"

# Which ids of the window a table should cover, by table: the column and the helper that holds the ids.
COVERED: Final = {
    "item_similarities": ("item_id", "items"),
    "user_recommendations": ("user_id", "users"),
    "recent_items": ("user_id", "users"),
    "ad_candidates": ("user_id", "users"),
}

_HEADER = re.compile(r"-- (critical|warning): (.+)")


@dataclass(frozen=True)
class Check:
    """One check of one staged table, before it is run.

    Either `query` finds unexpected rows, or a number (the rows, or the distinct values of `column`) has to
    lie between `low` and `high`. `on_lists` says that it reads what the gates know of each list
    (`include/sql/<table>/lists.sql`), which is much less than the rows.
    """

    name: str
    severity: str
    expected: str
    query: str | None = None
    column: str | None = None
    low: int | None = None
    high: int | None = None
    whole: int | None = None
    on_lists: bool = False


def read_checks(
    schemas: Schemas, table: str, release_id: int, model: str, scores: ScoreRange | None = None
) -> Iterator[Check]:
    """The files of `include/sql/<table>/checks/`: severity and sentence in the first line, then the query.

    A query reads the rows as {batch}, what is known of each list as {lists}, or both, and judges scores by
    what the model states of them: {lowest} and {highest}, both allowed, {above}, which is not, their notation
    {range}, and {co_buyers}.
    """
    stated = _bind_scores(scores or ScoreRange(None, None))
    leaf = schemas.identify(names.name_leaf(table, release_id, model))
    lists = schemas.identify(names.name_lists(table, release_id, model))
    batch = sql.SQL("{batch}")  # for Great Expectations to fill
    for path in sorted((FOLDER / table / "checks").glob("*.sql")):
        file = f"{table}/checks/{path.name}"
        on_lists = "{batch}" not in read_file(file)
        query = compose_file(
            file,
            batch=batch,
            lists=batch if on_lists else lists,
            leaf=sql.Literal(leaf.as_string(None)),
            window_items=schemas.identify(names.name_partition("window_items", release_id)),
            window_users=schemas.identify(names.name_partition("window_users", release_id)),
            **stated,
        ).as_string(None)
        header = _HEADER.match(query)
        if header is None:
            raise SettingsError(f"include/sql/{file}: the first line must be -- critical: or -- warning: …")
        yield Check(path.stem, header[1], header[2].rstrip("."), query=query, on_lists=on_lists)


def _bind_scores(scores: ScoreRange) -> dict[str, sql.Composable]:
    """What a check's query is filled with; a bound that the model does not state is infinite."""
    low = "-Infinity" if scores.low is None else scores.low
    high = "Infinity" if scores.high is None else scores.high
    return {
        "lowest": sql.Literal(low),
        "above": sql.Literal(low if scores.above_low else "-Infinity"),
        "highest": sql.Literal(high),
        "range": sql.SQL(str(scores)),
        "co_buyers": sql.Literal(scores.co_buyers),
    }


def list_limits(
    table: str, limits: Gates, window: Mapping[str, int], previous: tuple[int, int] | None
) -> Iterator[Check]:
    """Row count, coverage of the window (`items` and `users`), and the change since the release before.

    `previous` is that release's number and its rows.
    """
    # min_rows is meant for what models make: a mall has few best sellers, and may deliver no catalogue.
    rows = limits.min_rows if table in MODEL_TABLES else min(limits.min_rows, 1)
    severity = "warning" if table == "products" else "critical"
    yield Check(ROW_COUNT, severity, f"at least {rows:,} rows", low=rows)
    if table in COVERED:
        column, kind = COVERED[table]
        share = limits.min_item_coverage if kind == "items" else limits.min_user_coverage
        low = math.ceil(share * window[kind] - 1e-9)
        yield Check(
            f"{kind[:-1]}_coverage",
            "critical",
            f"at least {share:.1%} of the window's {window[kind]:,} {kind}",
            column=column,
            low=low,
            whole=window[kind],
            on_lists=True,
        )
    if previous:
        release_id, before = previous
        yield Check(
            "row_count_change",
            "warning",
            f"within {limits.max_change:.0%} of the {before:,} rows of release {release_id}",
            low=max(0, math.ceil(before * (1 - limits.max_change))),
            high=math.floor(before * (1 + limits.max_change)),
        )
