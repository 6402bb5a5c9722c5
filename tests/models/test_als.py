from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from implicit.cpu.als import AlternatingLeastSquares
from pydantic import ValidationError
from threadpoolctl import threadpool_info, threadpool_limits

from include.columns import ITEM_SIMILARITIES, USER_RECOMMENDATIONS
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.errors import RefusedInputError
from include.kernels import least_squares, nearest_items, top_scores
from include.models import als
from include.models.base import Context
from tests.purchases import draw_purchases, make_interactions, read_real_week, shuffle_rows

PARAMETERS = {"factors": 4, "regularization": 0.05, "alpha": 2.0, "iterations": 5, "seed": 3}
# As implicit has it; the defaults are Rendle's.
PLAIN = {"regularization_exp": 0.0, "bias": False}
RENDLE = {"unobserved_weight": 0.2, "regularization_exp": 1.0, "regularization": 0.02}
SIZES = [(9, 12, 60), (12, 5, 15), (1, 9, 20), (7, 1, 9), (1, 1, 1)]


def train_tables(
    interactions: Interactions, k: int = 4, exclude: bool = True, threads: int = 2, **parameters: Any
) -> tuple[pa.Table, pa.Table]:
    params = als.Params(k=k, user_k=k, **{**PLAIN, **PARAMETERS, **parameters})
    tables = als.train(Dataset(interactions), params, Context(threads, exclude_purchased=exclude))
    assert [(table.table, table.model) for table in tables] == [
        ("user_recommendations", "als"),
        ("item_similarities", "als"),
    ]
    assert tables[0].rows.schema.equals(USER_RECOMMENDATIONS)
    assert tables[1].rows.schema.equals(ITEM_SIMILARITIES)
    return tables[0].rows, tables[1].rows


def fit_factors(interactions: Interactions, **parameters: Any) -> tuple[np.ndarray, np.ndarray]:
    """The factors that are compared, in double precision from there on."""
    params = als.Params(**{**PLAIN, **PARAMETERS, **parameters})
    user_factors, item_factors = als.factorise(interactions.user_items, params, 1)
    return user_factors.astype(np.float64), item_factors.astype(np.float64)


def fit_peer(interactions: Interactions, **parameters: Any) -> tuple[np.ndarray, np.ndarray]:
    """implicit on its own."""
    given = {**PARAMETERS, **parameters}
    peer = AlternatingLeastSquares(random_state=given.pop("seed"), num_threads=1, **given)
    with threadpool_limits(1, "blas"):
        peer.fit(interactions.user_items, show_progress=False)
    return peer.user_factors.astype(np.float64), peer.item_factors.astype(np.float64)


def check_lists(rows: pa.Table, owner: str, item: str, truth: dict[str, dict[str, float]], k: int) -> None:
    """Each list is the k best of the truth, up to float32, and in the published order."""
    lists: dict[str, list[dict]] = {}
    for row in rows.to_pylist():
        lists.setdefault(row[owner], []).append(row)
    assert list(lists) == sorted(name for name, scores in truth.items() if scores)
    for name, found in lists.items():
        scores = truth[name]
        assert [row["rank"] for row in found] == list(range(1, min(k, len(scores)) + 1))
        keys = [(-row["score"], -row.get("co_buyers", 0), row[item]) for row in found]
        assert keys == sorted(keys)
        assert all(row["score"] == pytest.approx(scores[row[item]], abs=1e-5) for row in found)
        left_out = scores.keys() - {row[item] for row in found}
        assert len(left_out) == len(scores) - len(found)
        assert all(scores[other] <= found[-1]["score"] + 1e-5 for other in left_out)


def check_reasons(
    rows: pa.Table, interactions: Interactions, item_factors: np.ndarray, parameters: dict[str, Any]
) -> None:
    """Each reason is the item of the history that gave most by the user's own inverse, or none gave any."""
    users, items = interactions.user_ids.to_pylist(), interactions.item_ids.to_pylist()
    params = als.Params(**{**PLAIN, **PARAMETERS, **parameters})
    confidence = params.alpha * interactions.user_items.toarray().astype(np.float64)
    held = regularize_slowly(confidence, params)
    y = item_factors[:, 1:] if params.bias else item_factors
    for row in rows.to_pylist():
        user, because = users.index(row["user_id"]), row["because_item_id"]
        bought = confidence[user]
        weight = np.where(bought > 0, bought, params.unobserved_weight)
        inverse = np.linalg.inv((y.T * weight) @ y + held[user] * np.eye(y.shape[1]))
        gave = bought * (y @ inverse @ y[items.index(row["item_id"])])
        gave[items.index(row["item_id"])] = 0  # nothing is a reason of itself
        assert (gave <= 1e-4).all() if because is None else bought[items.index(because)] > 0
        assert because is None or gave[items.index(because)] == pytest.approx(gave.max(), abs=1e-4)


@pytest.mark.parametrize("parameters", [{}, RENDLE, {"bias": True}], ids=["plain", "rendle", "bias"])
@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("k", [1, 4, 30])
@pytest.mark.parametrize("size", SIZES)
def test_lists_are_the_best_of_all_scores(
    size: tuple[int, int, int], k: int, exclude: bool, parameters: dict[str, Any]
) -> None:
    interactions = Interactions.from_purchases(draw_purchases(7, *size))
    recommendations, similarities = train_tables(interactions, k, exclude, **parameters)
    users, items = interactions.user_ids.to_pylist(), interactions.item_ids.to_pylist()
    user_factors, item_factors = fit_factors(interactions, **parameters)
    bought = interactions.user_items.toarray() > 0

    scores = user_factors @ item_factors.T
    truth = {
        user: {item: scores[u, i] for i, item in enumerate(items) if not (exclude and bought[u, i])}
        for u, user in enumerate(users)
    }
    check_lists(recommendations, "user_id", "item_id", truth, k)
    check_reasons(recommendations, interactions, item_factors, parameters)

    # The columns of the biases, of which one is constant, say nothing of what an item is like.
    vectors = item_factors[:, 2:] if parameters.get("bias") else item_factors
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    cosines = unit @ unit.T
    truth = {
        item: {other: cosines[i, j] for j, other in enumerate(items) if j != i}
        for i, item in enumerate(items)
    }
    check_lists(similarities, "item_id", "similar_item_id", truth, k)
    for row in similarities.to_pylist():
        both = bought[:, items.index(row["item_id"])] & bought[:, items.index(row["similar_item_id"])]
        assert row["co_buyers"] == both.sum()


@pytest.mark.parametrize(
    "parameters",
    [{"alpha": 1.0, "regularization": 0.01}, {"alpha": 10.0, "regularization": 50.0}, {"alpha": 0.5}],
)
def test_factors_are_as_good_as_those_of_implicit_and_rank_alike(parameters: dict[str, float]) -> None:
    """Float32 summed in another order: the lists differ as implicit's own do from a start one ulp away."""
    interactions = Interactions.from_purchases(read_real_week())
    given = {**PARAMETERS, "factors": 16, "iterations": 15, **parameters}
    losses, tops = [], []
    for users, items in (fit_factors(interactions, **given), fit_peer(interactions, **given)):
        scores, bought = users @ items.T, interactions.user_items.toarray()
        confidence = np.where(bought > 0, given["alpha"] * bought, 1)
        penalty = given["regularization"] * (np.sum(users**2) + np.sum(items**2))
        losses.append(np.sum(confidence * ((bought > 0) - scores) ** 2) + penalty)
        tops.append(np.argsort(-scores, axis=1)[:, :20])
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)
    shared = [len(np.intersect1d(*pair)) / 20 for pair in zip(*tops, strict=True)]
    assert np.mean(shared) > 0.99


def regularize_slowly(confidence: np.ndarray, params: als.Params) -> np.ndarray:
    """Row by row: the bought confidences, and the weight of each vector of the other side."""
    weights = [sum(row) + params.unobserved_weight * len(row) for row in confidence.tolist()]
    return np.array([params.regularization * weight**params.regularization_exp for weight in weights])


def improve_slowly(
    confidence: np.ndarray, others: np.ndarray, params: als.Params, constant: int
) -> np.ndarray:
    """The best vectors of one side, row by row from the normal equations of their objective."""
    rows = []
    kept = [constant] if params.bias else []
    free = [f for f in range(others.shape[1]) if f not in kept]
    for bought, own in zip(confidence, regularize_slowly(confidence, params), strict=True):
        weight = np.where(bought > 0, bought, params.unobserved_weight)
        left = (bought > 0) - others[:, kept].sum(axis=1)
        left_side = (others[:, free].T * weight) @ others[:, free] + own * np.eye(len(free))
        row = np.ones(others.shape[1])
        row[free] = np.linalg.solve(left_side, others[:, free].T @ (weight * left))
        rows.append(row)
    return np.array(rows)


@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("regularization_exp", [0.0, 0.5, 1.0])
@pytest.mark.parametrize("unobserved_weight", [1.0, 0.1])
def test_iterations_end_where_neither_side_can_be_improved(
    unobserved_weight: float, regularization_exp: float, bias: bool
) -> None:
    interactions = Interactions.from_purchases(draw_purchases(7, 9, 12, 60))
    given: dict[str, Any] = {
        "unobserved_weight": unobserved_weight,
        "regularization_exp": regularization_exp,
        "bias": bias,
        "regularization": 0.3,
        "iterations": 150,
    }
    users, items = fit_factors(interactions, **given)
    params = als.Params(**{**PARAMETERS, **given})
    assert users.shape == (9, params.factors + 2 * bias)
    confidence = params.alpha * interactions.user_items.toarray().astype(np.float64)
    np.testing.assert_allclose(users, improve_slowly(confidence, items, params, 0), atol=2e-3)
    np.testing.assert_allclose(items, improve_slowly(confidence.T, users, params, 1), atol=2e-3)
    assert (np.abs(users @ items.T) > 1e-2).any()
    if bias:
        assert (users[:, 0] == 1).all()
        assert (items[:, 1] == 1).all()


def test_the_bias_of_an_item_that_all_buy_is_the_largest() -> None:
    interactions = make_interactions([[1, 1, 0], [1, 0, 1], [1, 0, 0], [1, 0, 0]], ["a", "b", "c"])
    _, items = fit_factors(interactions, bias=True, regularization=1.0)
    assert items[:, 0].argmax() == 0


@pytest.mark.parametrize("parameters", [{}, {**RENDLE, "bias": True}], ids=["plain", "all settings"])
def test_a_real_week_gives_the_same_bits_whatever_the_threads_the_row_order_and_the_run(
    parameters: dict[str, Any],
) -> None:
    purchases = read_real_week()
    interactions = Interactions.from_purchases(purchases)
    first = train_tables(interactions, k=20, factors=16, threads=1, **parameters)
    assert first[0].num_rows == interactions.users * 20
    for threads in (1, 2, 3):
        with threadpool_limits(threads, "blas"):
            again = train_tables(
                Interactions.from_purchases(shuffle_rows(purchases, threads)),
                k=20,
                factors=16,
                threads=threads,
                **parameters,
            )
        assert again[0].equals(first[0])
        assert again[1].equals(first[1])


def test_another_seed_gives_other_factors() -> None:
    interactions = Interactions.from_purchases(draw_purchases(7))
    assert not train_tables(interactions, seed=1)[0].equals(train_tables(interactions, seed=2)[0])


@pytest.mark.parametrize("before", [1, 2])
def test_blas_has_one_thread_during_the_work_and_its_own_number_after(
    before: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count_threads() -> set[int]:
        return {pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"}

    seen: list[set[int]] = []
    for owner, name in (
        (least_squares, "_solve_block"),
        (top_scores, "_push_scores"),
        (nearest_items, "_push_pairs"),
    ):
        inner = getattr(owner, name)

        def watch(*args: Any, _inner: Any = inner, **kwargs: Any) -> Any:
            seen.append(count_threads())
            return _inner(*args, **kwargs)

        monkeypatch.setattr(owner, name, watch)
    interactions = Interactions.from_purchases(draw_purchases(7))
    with threadpool_limits(before, "blas"):
        train_tables(interactions)
        assert count_threads() == {before}
    assert len(seen) == 2 * PARAMETERS["iterations"] + 2
    assert all(threads == {1} for threads in seen)


@pytest.mark.parametrize("regularization", [0, 0.01, 100])
def test_more_factors_than_users_and_items(regularization: float) -> None:
    interactions = Interactions.from_purchases(draw_purchases(7))
    recommendations, similarities = train_tables(interactions, factors=200, regularization=regularization)
    for table in (recommendations, similarities):
        assert table.num_rows
        assert np.isfinite(table["score"].to_numpy()).all()


def test_a_user_who_bought_everything_gets_nothing_new() -> None:
    interactions = make_interactions([[1, 1, 1], [1, 0, 0]], ["a", "b", "c"])
    recommendations, _ = train_tables(interactions)
    assert sorted(recommendations["user_id"].to_pylist()) == ["u1", "u1"]
    assert sorted(recommendations["item_id"].to_pylist()) == ["b", "c"]


@pytest.mark.parametrize("bias", [False, True])
def test_no_interactions(bias: bool) -> None:
    assert [table.num_rows for table in train_tables(make_interactions([], []), bias=bias)] == [0, 0]


def test_prints_nothing_without_a_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    train_tables(Interactions.from_purchases(draw_purchases(7)))
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    "parameters",
    [
        {"factor": 3},
        {"factors": 0},
        {"factors": 2.5},
        {"alpha": 0},
        {"regularization": float("nan")},
        {"seed": -1},
        {"iterations": 0},
        {"user_k": 0},
        {"unobserved_weight": 0},
        {"regularization_exp": 1.5},
        {"bias": "perhaps"},
    ],
)
def test_a_wrong_parameter_is_named(parameters: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(parameters))):
        als.Params(**parameters)


@pytest.mark.filterwarnings("ignore:overflow encountered:RuntimeWarning")
def test_factors_that_explode_are_refused() -> None:
    interactions = make_interactions([[1, 1e30], [1e38, 1]], ["a", "b"])
    explained = "did not stay finite on 2 users and 2 items; use fewer factors"
    with pytest.raises(RefusedInputError, match=explained):
        train_tables(interactions, alpha=1e9)


def test_factors_whose_products_explode_are_refused() -> None:
    dataset = Dataset(make_interactions([[1, 1], [1, 1]], ["a", "b"]))
    huge = np.full((2, 2), 1e30, np.float32)
    cure = r"too large for their products; raise models\.als\.regularization\."
    with pytest.raises(RefusedInputError, match=cure):
        als.recommend_items(dataset, huge, huge, als.Params(), Context(threads=1, exclude_purchased=False))


def test_where_nobody_reads_reasons_the_lists_are_the_same() -> None:
    dataset = Dataset(Interactions.from_purchases(draw_purchases(7, *SIZES[0])))
    params = als.Params(**{**PLAIN, **PARAMETERS})
    whole, without = (
        als.train(dataset, params, Context(threads=1, reasons=reasons))[0].rows for reasons in (True, False)
    )
    assert without["because_item_id"].null_count == len(without) > whole["because_item_id"].null_count
    kept = [name for name in whole.column_names if name != "because_item_id"]
    assert without.select(kept).equals(whole.select(kept))
