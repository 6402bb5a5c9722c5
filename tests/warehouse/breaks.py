"""One way for each check of each table in which a small release is broken, and what else that breaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from include.tables import load_table
from include.warehouse.postgres.names import name_leaf
from tests.warehouse.conftest import Rows

SIMILAR, ALS = ("item_similarities", "cosine"), ("item_similarities", "als")
USER, BEST, RECENT = ("user_recommendations", "als"), ("best_sellers", ""), ("recent_items", "")
ADS, PRODUCTS = ("ad_candidates", ""), ("products", "")
AUDIENCES = ("item_audiences", "als")
LISTS = (SIMILAR, ALS, USER, BEST, RECENT, ADS, AUDIENCES)


def keep_rows(rows: Rows) -> None:
    """For what staging refuses, so that the staged table is changed instead."""


@dataclass(frozen=True)
class Break:
    """`change_rows` before staging, or `statements` on the staged {leaf}; `also` are broken besides."""

    key: tuple[str, str]
    check: str
    change_rows: Callable[[Rows], None] = keep_rows
    statements: tuple[str, ...] = ()
    also: tuple[str, ...] = field(default=())

    def compose_statements(self, release_id: int) -> Iterator[str]:
        leaf = name_leaf(self.key[0], release_id, self.key[1])
        products = name_leaf("products", release_id, "")
        return (statement.format(leaf=leaf, products=products) for statement in self.statements)


def change(row: int, **values: object) -> Callable[[Rows], None]:
    return lambda rows: rows[row].update(values)


def rename(column: str, new: str) -> Callable[[Rows], None]:
    """Another owner for the first list."""

    def rename_owner(rows: Rows) -> None:
        old = rows[0][column]
        for row in rows:
            row[column] = new if row[column] == old else row[column]

    return rename_owner


def repeat_list(rows: Rows) -> None:
    second = next((n for n, row in enumerate(rows) if n and row.get("rank", 1) == 1), len(rows))
    rows += [dict(row) for row in rows[:second]]


def swap(column: str) -> Callable[[Rows], None]:
    def swap_values(rows: Rows) -> None:
        rows[0][column], rows[1][column] = rows[1][column], rows[0][column]

    return swap_values


def pick_first(key: tuple[str, str], changes: str) -> str:
    """A statement that changes one list of a leaf, which is not that of the user ''."""
    owner = load_table(key[0]).owner[0]
    return f"UPDATE {{leaf}} SET {changes} WHERE {owner} = (SELECT max({owner}) FROM {{leaf}})"


def break_wholeness() -> Iterator[Break]:
    """Lists that are empty, and arrays that are too short, too long, or have a null where there is none."""
    for key in LISTS:
        table = load_table(key[0])
        assert table.list
        empty = ", ".join(f"{name} = '{{{{}}}}'" for name in table.listed)
        yield Break(key, "lists_are_whole", statements=(pick_first(key, empty),))
        falls = (FALLS[key[0]],) if table.list.falls else ()
        for name, column in table.listed.items():
            cut = pick_first(key, f"{name} = {name}[1:2]")
            yield Break(key, "lists_are_whole", statements=(cut,))
            if not column.nullable:
                also = falls if name == table.list.falls else ()
                yield Break(
                    key, "lists_are_whole", statements=(pick_first(key, f"{name}[2] = NULL"),), also=also
                )
    longer = pick_first(BEST, "revenue = revenue || 1::double precision")
    yield Break(BEST, "lists_are_whole", statements=(longer,))
    shifted = pick_first(BEST, "revenue = '[0:2]={{9,9,9}}'::double precision[]")
    yield Break(BEST, "lists_are_whole", statements=(shifted,))


FALLS = {
    "item_similarities": "scores_fall_with_rank",
    "user_recommendations": "scores_fall_with_rank",
    "item_audiences": "scores_fall_with_rank",
    "best_sellers": "buyers_fall_with_rank",
    "recent_items": "newest_first",
}

BREAKS = [
    *(
        Break(key, "unique_key", repeat_list)
        for key in (SIMILAR, USER, BEST, RECENT, ADS, PRODUCTS, AUDIENCES)
    ),
    *break_wholeness(),
    Break(SIMILAR, "scores_fall_with_rank", swap("score")),
    Break(USER, "scores_fall_with_rank", swap("score")),
    Break(AUDIENCES, "scores_fall_with_rank", swap("score")),
    Break(BEST, "buyers_fall_with_rank", swap("buyers")),
    Break(RECENT, "newest_first", swap("occurred_at")),
    Break(SIMILAR, "no_repeated_item", change(0, similar_item_id="P3")),
    *(Break(key, "no_repeated_item", change(0, item_id="P2")) for key in (USER, BEST, RECENT, ADS)),
    Break(AUDIENCES, "no_repeated_item", change(0, user_id="B")),
    Break(SIMILAR, "no_self_recommendation", change(0, similar_item_id="P1")),
    Break(USER, "no_self_recommendation", change(0, because_item_id="P1")),
    Break(ADS, "no_self_recommendation", change(0, because_item_id="P1")),
    *(Break(SIMILAR, "scores_in_range", change(0, score=score)) for score in (math.nan, math.inf, 1.5)),
    *(Break(SIMILAR, "scores_in_range", change(4, score=score)) for score in (0.0, -0.5, -math.inf)),
    *(Break(ALS, "scores_in_range", change(4, score=score)) for score in (-math.inf, -1.5)),
    Break(ALS, "scores_in_range", change(4, score=math.nan), also=("scores_fall_with_rank",)),
    *(Break(USER, "scores_in_range", change(0, score=score)) for score in (math.nan, math.inf)),
    Break(USER, "scores_in_range", change(2, score=-math.inf)),
    Break(AUDIENCES, "scores_in_range", change(0, score=math.inf)),
    Break(AUDIENCES, "scores_in_range", change(2, score=-math.inf)),
    *(Break(ADS, "scores_are_finite", change(3, score=score)) for score in (math.nan, math.inf, -math.inf)),
    Break(
        ADS,
        "items_can_be_bought",
        statements=("UPDATE {products} SET is_available = false WHERE item_id = 'P1'",),
    ),
    Break(
        ADS,
        "items_are_not_blocked",
        statements=(
            "UPDATE releases SET settings = CAST(settings AS jsonb) || jsonb_build_object('ads',"
            " jsonb_build_object('rerank', jsonb_build_array(jsonb_build_object('campaigns',"
            " jsonb_build_object('rules', jsonb_build_array(jsonb_build_object('block', true, 'items',"
            " jsonb_build_array('P1'))))))))"
            " WHERE status = 'staged'",
        ),
    ),
    Break(SIMILAR, "co_buyers_in_range", change(0, co_buyers=0)),
    Break(ALS, "co_buyers_in_range", change(0, co_buyers=-1)),
    *(Break(BEST, "revenues_are_finite", change(0, revenue=n)) for n in (math.nan, math.inf, -math.inf)),
    Break(BEST, "purchases_reach_buyers", change(0, purchases=1)),
    Break(BEST, "buyers_in_range", change(2, buyers=0)),
    *(Break(PRODUCTS, "prices_in_range", change(0, price=price)) for price in (math.nan, math.inf, -1.0)),
    *(Break(key, "ids_in_window", change(0, item_id="X")) for key in (USER, BEST, RECENT, ADS)),
    Break(SIMILAR, "ids_in_window", change(0, similar_item_id="X")),
    Break(AUDIENCES, "ids_in_window", rename("item_id", "X")),
    Break(AUDIENCES, "ids_in_window", change(0, user_id="X")),
    Break(SIMILAR, "ids_in_window", rename("item_id", "X")),
    *(Break(key, "ids_in_window", rename("user_id", "X")) for key in (USER, RECENT, ADS)),
    *(Break(key, "ids_in_window", change(0, because_item_id="X")) for key in (USER, ADS)),
]
