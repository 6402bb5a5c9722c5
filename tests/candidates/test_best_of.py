"""The source best_of against loops over the purchases: the mall's, by category, by cluster of users."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from scipy.sparse import csr_matrix
from threadpoolctl import threadpool_limits

from include.candidates.blend import blend_candidates
from include.candidates.inputs import Inputs
from include.candidates.registry import load_source, load_source_params
from include.candidates.segments import choose_main_category, cluster_users, find_prices
from include.columns import PRODUCTS
from include.dataset.events import PURCHASE, Events
from include.errors import RefusedInputError
from include.kernels import take_block
from tests.candidates.blending import make_inputs, propose_ids
from tests.evaluation.windows import Purchase, make_purchases, make_window

CATEGORIES = {f"i{item}": (None, "", "bread", "milk", "milk", "wine")[item % 6] for item in range(12)}


def weigh(rows: list[Purchase], days: int | None, half_life: float | None) -> dict[tuple[str, str], float]:
    """By user and item: 0.5 ** (age of the newest purchase / half_life)."""
    newest: dict[tuple[str, str], int] = {}
    for user, item, at in rows:
        age = math.floor(-at - 1e-9)
        newest[user, item] = min(age, newest.get((user, item), age))
    return {
        pair: 0.5 ** (age / half_life) if half_life else 1.0
        for pair, age in newest.items()
        if days is None or age < days
    }


def rank_slowly(pairs: dict[tuple[str, str], float], items: list[str]) -> list[str]:
    score: dict[str, float] = defaultdict(float)
    for (_, item), weight in pairs.items():
        score[item] += weight
    return sorted(items, key=lambda item: (-round(score[item], 6), items.index(item)))


def propose_slowly(
    rows: list[Purchase],
    inputs: Inputs,
    k: int,
    *,
    by: str,
    days: int | None = None,
    half_life: float | None = 7.0,
) -> dict[str, list[str]]:
    items = [item for item, shown in zip(inputs.item_ids.to_pylist(), inputs.shown, strict=True) if shown]
    pairs = weigh(rows, days, half_life)
    mall = rank_slowly(pairs, items)
    bought = {user: {item for who, item, _ in rows if who == user} for user, *_ in rows}
    found = {}
    for user in inputs.user_ids.to_pylist():
        own: list[str] = []
        if by == "category":
            sums: dict[str, float] = defaultdict(float)
            for (who, item), weight in pairs.items():
                if who == user and CATEGORIES.get(item):
                    sums[CATEGORIES[item] or ""] += weight
            if sums:
                main = min(sums, key=lambda name: (-round(sums[name], 9), name))
                sold = {item for _, item in pairs}
                own = [item for item in mall if CATEGORIES.get(item) == main and item in sold]
        ranked = own + [item for item in mall if item not in own]
        hidden = bought.get(user, set()) if inputs.exclude_purchased else set()
        found[user] = [item for item in ranked if item not in hidden][:k]
    return found


def propose(inputs: Inputs, k: int, **params: object) -> dict[str, list[str]]:
    """The first k of each, of those that may be shown, also where all users share one longer list."""
    if params.get("by", "mall") != "mall":
        return propose_ids("best_of", inputs, k, **params)
    tables, users = _blend(inputs, k, **params), inputs.user_ids.to_pylist()
    return {user: tables.get(user, []) for user in users}


def _blend(inputs: Inputs, k: int, **params: object) -> dict[str, list[str]]:
    made = load_source("best_of").read_source(None, inputs, load_source_params("best_of")(**params))
    found: dict[str, list[str]] = defaultdict(list)
    for row in blend_candidates(inputs, {"best_of": made}, k, threads=1).rows.to_pylist():
        found[row["user_id"]].append(row["item_id"])
    return found


@pytest.mark.parametrize("exclude", [False, True])
@pytest.mark.parametrize("by", ["mall", "category"])
@pytest.mark.parametrize("weight", [{}, {"half_life": None}, {"days": 9}, {"days": 5, "half_life": None}])
def test_lists_are_those_of_a_loop(weight: dict[str, float | None], by: str, exclude: bool) -> None:
    for seed in range(3):
        rows = make_purchases(seed)
        inputs = make_inputs(make_window(rows, CATEGORIES), exclude=exclude)
        given = {"half_life": 7.0} | weight
        for k in (1, 4, 30):
            expected = propose_slowly(rows, inputs, k, by=by, **given)  # type: ignore[arg-type]
            assert propose(inputs, k, by=by, **given) == expected


@pytest.mark.parametrize("by", ["mall", "category", "cluster"])
def test_every_list_is_full_as_long_as_the_mall_has_items(by: str) -> None:
    window = make_window(
        make_purchases(1), CATEGORIES | {f"unsold{number:02}": "wine" for number in range(30)}
    )
    inputs = make_inputs(window)
    left = int(inputs.shown.sum()) - np.diff(inputs.purchased.indptr)
    for k in (20, 35, 100):
        found = _blend(inputs, k, by=by)
        sizes = [len(found.get(user, [])) for user in inputs.user_ids.to_pylist()]
        assert sizes == np.minimum(left, k).tolist()
        assert all(len(set(items)) == len(items) for items in found.values())


def test_a_cluster_is_shown_what_it_bought_then_what_the_mall_did() -> None:
    rows = [(f"a{user}", item, -1.0) for user in range(4) for item in ("i2", "i8")]
    rows += [(f"b{user}", item, -1.0) for user in range(5) for item in ("i5", "i11")]
    rows += [("a0", "i3", -2.0)]
    inputs = make_inputs(make_window(rows, CATEGORIES), exclude=False)
    found = propose_ids("best_of", inputs, 4, by="cluster", clusters=2)
    assert found["a1"] == ["i2", "i8", "i3", "i11"]
    assert found["b1"] == ["i11", "i5", "i2", "i8"]
    assert found[""] == ["i11", "i5", "i2", "i8"]


def test_scores_do_not_rise_and_are_shares_of_the_buyers() -> None:
    inputs = make_inputs(make_window(make_purchases(3), CATEGORIES), exclude=False)
    for by in ("mall", "category", "cluster"):
        made = load_source_params("best_of")(by=by, clusters=3)
        proposer = load_source("best_of").read_source(None, inputs, made)
        for user in range(len(inputs.user_ids)):
            nothing = take_block(inputs.list_hidden(), user, user + 1)
            scores = proposer.propose(user, user + 1, 9, nothing).lists.scores
            assert ((scores >= 0) & (scores <= 1)).all()
            assert (np.diff(scores) <= 0).all()


def test_one_user_one_item_and_a_window_without_purchases_of_late() -> None:
    inputs = make_inputs(make_window([("u", "a", -20.0)]), exclude=False)
    for by in ("mall", "category", "cluster"):
        assert _blend(inputs, 3, by=by) == {"": ["a"], "u": ["a"]}
        assert _blend(inputs, 3, by=by, days=2) == {"": ["a"], "u": ["a"]}


def test_without_days_all_purchases_count_alike_unless_days_are_asked_for() -> None:
    window = make_window([("u", "a", -29.0), ("v", "a", -29.0), ("u", "b", -1.0)])
    inputs = make_inputs(replace(window, dataset=replace(window.dataset, day_starts=None)), exclude=False)
    assert propose(inputs, 2)["u"] == ["a", "b"]
    with pytest.raises(RefusedInputError, match="have no days"):
        propose(inputs, 2, days=3)


def test_clusters_are_the_same_on_any_number_of_threads_and_part_users_who_differ() -> None:
    rng = np.random.default_rng(0)
    weights = rng.random((400, 30)) * (rng.random((400, 30)) < 0.2)
    weights[:200, 15:] = weights[200:, :15] = 0
    bought = csr_matrix(weights)
    category, price = np.arange(30) // 5, np.full(30, np.nan)
    found = []
    for threads in (1, 2, 4):
        with threadpool_limits(limits=threads):
            found.append(cluster_users(bought, category, price, 5, 0))
    assert (found[0] == found[1]).all() and (found[0] == found[2]).all()
    has = np.diff(bought.indptr) > 0
    assert (found[0][~has] == -1).all() and (found[0][has] >= 0).all()
    halves = cluster_users(bought, np.arange(30) // 15, price, 2, 0)
    assert set(halves[:200][has[:200]]).isdisjoint(halves[200:][has[200:]])


def test_users_who_do_not_differ_are_one_cluster_and_prices_alone_part_them() -> None:
    bought = csr_matrix(np.eye(4))
    nothing = np.full(4, -1)
    assert cluster_users(bought, nothing, np.full(4, np.nan), 3, 0).tolist() == [0, 0, 0, 0]
    cheap = cluster_users(bought, nothing, np.array([1.0, 1.0, 900.0, 900.0]), 3, 0)
    assert cheap[0] == cheap[1] != cheap[2] == cheap[3]


def test_the_main_category_is_the_first_of_those_that_tie() -> None:
    bought = csr_matrix(np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0], [0.5, 0.25, 0.0]]))
    assert choose_main_category(bought, np.array([1, 0, -1])).tolist() == [0, -1, -1, 1]


def test_prices_are_what_was_paid_or_what_the_catalogue_says() -> None:
    rows = [("u", "a", -1.0), ("u", "b", -1.0), ("v", "b", -2.0), ("v", "c", -1.0)]
    inputs = make_inputs(make_window(rows))
    bought = inputs.dataset.events[PURCHASE]
    columns = {name: getattr(bought, name) for name in ("users", "items", "timestamps", "orders", "quantity")}
    paid = np.where(bought.items == 1, [0.0, 4.0, 8.0, 0.0], np.nan)
    events = {PURCHASE: Events.from_columns(1.0, columns | {"price": paid})}
    dataset = replace(inputs.dataset, events=events)
    catalogue = [{"item_id": "a", "price": 3.0}, {"item_id": "b", "price": 9.0}]
    products = pa.Table.from_pylist(catalogue, PRODUCTS)
    inputs = replace(inputs, read_dataset=lambda: dataset, products=products)
    assert find_prices(inputs).tolist()[:2] == [3.0, 6.0]
    assert np.isnan(find_prices(inputs)[2])
