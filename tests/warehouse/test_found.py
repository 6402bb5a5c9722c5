"""What the gates ask of each list, found in one pass, against rules that look at row after row."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any, get_args

import pytest
from sqlalchemy import text

from include.errors import RejectedReleaseError
from include.settings.sections import Measured
from include.warehouse.postgres.connection import Schemas
from include.warehouse.postgres.found import judge_lists
from include.warehouse.postgres.names import FOUND, HELPERS
from include.warehouse.postgres.releases import publish_release
from include.warehouse.postgres.store import list_stored_tables
from tests.warehouse.breaks import ADS, ALS, BREAKS, RECENT, SIMILAR, USER, Break
from tests.warehouse.conftest import ITEMS, MONDAY, NOBODY, USERS, Rows, all_rows
from tests.warehouse.test_gates import failures, run

pytestmark = pytest.mark.integration

OWNER = {SIMILAR: "item_id", ALS: "item_id", USER: "user_id", RECENT: "user_id", ADS: "user_id"}
MEASURED = get_args(Measured)  # shares, which test_measures.py asks
OTHER = {SIMILAR: "similar_item_id", ALS: "similar_item_id"}


def find_broken(key: tuple[str, str], rows: Rows) -> set[str]:
    """The checks that the rows break, each found in the obvious way."""
    return {check for check, broken in judge_rows(key, rows) if broken}


def judge_rows(key: tuple[str, str], rows: Rows) -> Iterator[tuple[str, bool]]:
    lists: dict[int, Rows] = defaultdict(list)
    for row in rows:  # each rank of 1 begins a list
        lists[len(lists) + (row["rank"] == 1)].append(row)
    other = OTHER.get(key, "item_id")
    keys = Counter((row[OWNER[key]], row.get("event_type"), row["rank"]) for row in rows)
    yield "unique_key", max(keys.values()) > 1
    yield "no_repeated_item", any(len({row[other] for row in ls}) < len(ls) for ls in lists.values())
    users = [NOBODY, *USERS] if key == ADS else USERS
    known = {"user_id": users, "item_id": ITEMS, "similar_item_id": ITEMS, "because_item_id": [*ITEMS, None]}
    yield (
        "ids_in_window",
        any(row[name] not in ids for row in rows for name, ids in known.items() if name in row),
    )
    if key in (SIMILAR, ALS):
        yield "no_self_recommendation", any(row["item_id"] == row[other] for row in rows)
        yield "co_buyers_in_range", any(row["co_buyers"] < (key == SIMILAR) for row in rows)
        lowest = 1e-30 if key == SIMILAR else -1.00001
        yield "scores_in_range", any(not lowest <= row["score"] <= 1.00001 for row in rows)
    if key in (USER, ADS):
        yield "no_self_recommendation", any(row["item_id"] == row["because_item_id"] for row in rows)
        check = "scores_in_range" if key == USER else "scores_are_finite"
        yield check, any(not math.isfinite(row["score"]) for row in rows)
    if key in (SIMILAR, ALS, USER):
        yield "scores_fall_with_rank", rises(lists.values(), "score")
    if key == RECENT:
        yield "newest_first", rises(lists.values(), "occurred_at")


def rises(lists: Any, column: str) -> bool:
    """Whether a row has more than the one before it; NaN is more than any number, as in PostgreSQL."""
    values = [[(row[column] != row[column], row[column]) for row in ls] for ls in lists]
    return any(
        after[0] > before[0] or (after[0] == before[0] and after[1] > before[1])
        for ls in values
        for before, after in pairwise(ls)
    )


def list_breaks(key: tuple[str, str]) -> list[Break]:
    """Those that staging lets pass."""
    return [broken for broken in BREAKS if broken.key == key and not broken.statements]


@pytest.mark.parametrize("seed", range(12))
def test_rows_that_break_several_rules_fail_each_of_them(
    mall: Schemas, stage: Callable[..., int], seed: int
) -> None:
    rows, choice = all_rows(), random.Random(seed)
    for key in OWNER:
        for broken in choice.sample(list_breaks(key), choice.randint(0, 4)):
            broken.change_rows(rows[key])
    release_id = stage(MONDAY, rows)
    expected = {(*key, check) for key in OWNER for check in find_broken(key, rows[key])}
    with pytest.raises(RejectedReleaseError):
        run(mall, release_id)
    rules = {found for found in failures(mall, release_id) if found[:2] in OWNER and found[2] not in MEASURED}
    assert rules == expected


def test_every_rule_is_told_apart() -> None:
    """The oracle finds nothing in sound rows, and in broken ones what they were broken for."""
    assert {key: find_broken(key, all_rows()[key]) for key in OWNER} == {key: set() for key in OWNER}
    for key in OWNER:
        for broken in list_breaks(key):
            rows = all_rows()
            broken.change_rows(rows[key])
            assert find_broken(key, rows[key]) == {broken.check, *broken.also}


def test_scores_may_tie_and_a_list_may_be_one_row(mall: Schemas, stage: Callable[..., int]) -> None:
    rows = all_rows()
    for row in rows[SIMILAR] + rows[USER]:
        row["score"] = 0.25
    rows[USER] = [row for row in rows[USER] if row["user_id"] != "A" or row["rank"] == 1]
    assert [result for result in run(mall, stage(MONDAY, rows)) if not result.passed] == []


def test_what_was_only_looked_at_need_not_be_of_the_window(mall: Schemas, stage: Callable[..., int]) -> None:
    rows = all_rows()
    viewed = [dict(row, event_type="view", item_id=f"X{row['rank']}") for row in rows[RECENT][:3]]
    rows[RECENT] += [*viewed, *(dict(row, user_id="D") for row in viewed)]
    assert [result for result in run(mall, stage(MONDAY, rows)) if not result.passed] == []


def test_empty_tables_break_no_rule_but_their_size(mall: Schemas, stage: Callable[..., int]) -> None:
    release_id = stage(MONDAY, all_rows() | {key: [] for key in OWNER})
    with pytest.raises(RejectedReleaseError):
        run(mall, release_id)
    checks = {check for _, _, check in failures(mall, release_id)}
    assert checks == {"row_count", "item_coverage", "user_coverage", "shown_items"}


def list_helpers(schemas: Schemas) -> set[str]:
    with schemas.begin() as connection:
        return {t.table for t in list_stored_tables(connection, schemas) if t.table in HELPERS}


def test_the_lists_are_made_anew_by_the_next_try_and_go_when_the_release_is_out(
    mall: Schemas, stage: Callable[..., int]
) -> None:
    release_id = stage(MONDAY)
    with mall.begin() as connection:
        leaves = list_stored_tables(connection, mall, release_id)
    with judge_lists(mall, {leaf: [] for leaf in leaves if not leaf.is_partitioned and leaf.table in FOUND}):
        pass  # as when the gates are ended after this
    run(mall, release_id)
    assert list_helpers(mall) == {"window_items", "window_users", *FOUND.values()}
    publish_release(mall, release_id)
    assert list_helpers(mall) == set()


def test_what_is_found_is_one_row_for_each_list(mall: Schemas, stage: Callable[..., int]) -> None:
    rows = all_rows()
    rows[SIMILAR][7]["score"] = math.nan
    release_id = stage(MONDAY, rows)
    with pytest.raises(RejectedReleaseError):
        run(mall, release_id)
    with mall.begin() as connection:
        found = connection.execute(
            text(
                f"SELECT item_id, size, scores_in_range, no_repeated_item"
                f" FROM item_similarities_found_{release_id}_cosine ORDER BY item_id"
            )
        ).all()
    assert [tuple(row) for row in found] == [(item, 5, item != "P2", True) for item in ITEMS]
