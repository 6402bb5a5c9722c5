"""What the gates ask of every staged table, by its declaration and an advertiser's limits.

How a destination finds out is its own matter; `include/sql/<table>/checks` has what is special to one table.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from include.models.base import ScoreRange

if TYPE_CHECKING:
    from include.settings import Gates
    from include.tables import Column, Table

ROW_COUNT: Final = "row_count"
FLOATS: Final = ("real", "double")

# What a rule asks of the keys, of the ids, or of each list; a row of a table without lists is a list of one.
Asks = Literal[
    "unique_key",
    "ids_in_window",
    "whole_list",
    "repeated_item",
    "falling",
    "other_than_owner",
    "other_than_beside",
    "in_range",
    "finite",
    "at_least",
]


@dataclass(frozen=True)
class Check:
    """A check of a table: its name in `release_checks`, and the sentence that says what is expected."""

    name: str
    expected: str
    severity: str = "critical"


@dataclass(frozen=True)
class Rule(Check):
    """A check that nothing in a table may break.

    columns: those that are asked, each by itself. bounds: low and high, both allowed; above, which is not.
    """

    asks: Asks = "unique_key"
    columns: tuple[str, ...] = ()
    bounds: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Limit(Check):
    """A check that a number lies between `low` and `high`.

    It is the table's rows, or the distinct values of the column `covers`, whose share of `whole` is told.
    """

    low: int | None = None
    high: int | None = None
    covers: str | None = None
    whole: int | None = None


def list_rules(table: Table, scores: ScoreRange | None = None) -> Iterator[Rule]:
    """The rules of a table; its model's scores are judged by what the model states of them."""
    yield Rule("unique_key", f"No two {'lists' if table.list else 'rows'} have the same {_join(table.owner)}")
    if table.list:
        yield from _list_rules_of_lists(table)
    if referring := tuple(name for name, column in table.columns.items() if column.references):
        expected = f"Every {_join(referring)} is of the window"
        yield Rule("ids_in_window", expected, asks="ids_in_window", columns=referring)
    for name, column in table.columns.items():
        if other := column.differs_from:
            asks: Asks = "other_than_owner" if other in table.owner else "other_than_beside"
            yield Rule("no_self_recommendation", f"No {name} is its own {other}", asks=asks, columns=(name,))
        yield from _list_ranges(name, column, scores or ScoreRange(None, None))


def _list_rules_of_lists(table: Table) -> Iterator[Rule]:
    assert table.list
    needed = [name for name, column in table.listed.items() if not column.nullable]
    expected = f"No list is empty, and no entry of one lacks its {_join(needed, 'or')}"
    yield Rule("lists_are_whole", expected, asks="whole_list", columns=tuple(table.listed))
    item, falls = table.list.item, table.list.falls
    yield Rule("no_repeated_item", f"A list has each {item} once", asks="repeated_item", columns=(item,))
    if falls:
        is_time = table.columns[falls].type in ("timestamp", "date")
        name = "newest_first" if is_time else f"{_name_all(falls)}_fall_with_rank"
        yield Rule(name, f"A worse rank never has a higher {falls}", asks="falling", columns=(falls,))


def _list_ranges(name: str, column: Column, scores: ScoreRange) -> Iterator[Rule]:
    every = f"Every {name} is {'null or ' if column.nullable else ''}"
    if column.range == "model":
        stated = {"low": scores.low, "high": scores.high, "above": scores.low if scores.above_low else None}
        bounds = {end: bound for end, bound in stated.items() if bound is not None}
        expected = f"{every}a finite number in {scores}"
        yield Rule(f"{_name_all(name)}_in_range", expected, asks="in_range", columns=(name,), bounds=bounds)
    elif column.range == "finite":
        yield Rule(f"{_name_all(name)}_are_finite", f"{every}a finite number", asks="finite", columns=(name,))
    if column.at_least is not None:
        is_stated = column.at_least == "model"
        is_float = column.type in FLOATS
        low = float(scores.co_buyers if column.at_least == "model" else column.at_least)
        yield Rule(
            f"{_name_all(name)}_in_range",
            f"{every}{'a finite number of ' if is_float else ''}{low:,g} or more"
            f"{', as the model states' if is_stated else ''}",
            asks="finite" if is_float else "at_least",
            columns=(name,),
            bounds={"low": low if is_float else int(low)},
        )


def list_limits(
    table: Table, limits: Gates, window: Mapping[str, int], previous: tuple[int, int] | None
) -> Iterator[Limit]:
    """Row count, coverage of the window (`items` and `users`), and the change since the release before.

    `previous` is that release's number and its rows.
    """
    # min_rows is meant for what models make: a mall has few best sellers, and may deliver no catalogue.
    rows = limits.min_rows if table.by_model and not table.optional else min(limits.min_rows, 1)
    severity = "warning" if table.optional else "critical"
    yield Limit(ROW_COUNT, f"at least {rows:,} rows", severity, low=rows)
    if table.covers:
        kind = table.covers.window
        share = limits.min_item_coverage if kind == "items" else limits.min_user_coverage
        yield Limit(
            f"{kind[:-1]}_coverage",
            f"at least {share:.1%} of the window's {window[kind]:,} {kind}",
            low=math.ceil(share * window[kind] - 1e-9),
            covers=table.covers.column,
            whole=window[kind],
        )
    if previous:
        release_id, before = previous
        yield Limit(
            "row_count_change",
            f"within {limits.max_change:.0%} of the {before:,} rows of release {release_id}",
            "warning",
            low=max(0, math.ceil(before * (1 - limits.max_change))),
            high=math.floor(before * (1 + limits.max_change)),
        )


def _name_all(column: str) -> str:
    """The plural that names of checks have: scores, prices, buyers."""
    return f"{column.removesuffix('s')}s"


def _join(names: Any, conjunction: str = "and") -> str:
    *first, last = names
    return f"{', '.join(first)} {conjunction} {last}" if first else last
