"""What every registered model keeps to, whoever wrote it: a new one is tested by its line in the registry."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from include.columns import CO_BUYERS, ITEM_ID, MODEL_TABLES, PURCHASES, RANK, RELEASE_TABLES, SCORE, USER_ID
from include.dataset.dataset import Dataset
from include.dataset.workload import Workload
from include.models import base
from include.models.base import Context, Estimate, Params, RankedTable, ScoreRange
from include.models.registry import (
    DEFAULT,
    MODELS,
    list_default_models,
    list_scores,
    load_model,
    load_params,
)
from include.settings import ROOT
from tests.capacity.test_preflight import LOAD
from tests.dataset.events import make_simple_dataset
from tests.purchases import IDS, draw_purchases, make_purchases

OWNERS = {"item_similarities": ITEM_ID, "user_recommendations": USER_ID}
OTHERS = {"item_similarities": "similar_item_id", "user_recommendations": ITEM_ID}
ROUNDING = 1e-5

HEAVY = ("numpy", "pyarrow", "numba", "implicit", "pandas", "scipy", "gensim", "great_expectations")


def one_line(user: str, item: str) -> pa.Table:
    return make_purchases([("o1", user, item, 1.0, 1.0, 0)])


DATASETS = {
    "random": draw_purchases(1, lines=150),
    "sparse": draw_purchases(2, users=12, items=12, lines=20),
    "empty": PURCHASES.empty_table(),
    "one line": one_line("a", "x"),
    "one user": make_purchases([("o1", "a", item, 1.0, None, n) for n, item in enumerate(IDS)]),
    "one item": make_purchases([(f"o{n}", user, "x", 1.0, None, n) for n, user in enumerate(IDS)]),
    "alike": make_purchases([("o1", user, item, 1.0, None, 0) for user in IDS for item in IDS]),
}


@pytest.fixture(params=DATASETS)
def dataset(request: pytest.FixtureRequest) -> Dataset:
    return make_simple_dataset(DATASETS[request.param])


def make_params(name: str, **settings: Any) -> Params:
    """Defaults; a parameter without one needs a value from whoever registers such a model."""
    return load_params(name)(**settings)


def train(name: str, dataset: Dataset, threads: int = 2, **settings: Any) -> list[RankedTable]:
    return load_model(name).train(dataset, make_params(name, **settings), Context(threads=threads))


def list_owners(table: RankedTable) -> list[tuple[str, list[dict[str, Any]]]]:
    rows = table.rows.to_pylist()
    return [(owner, list(some)) for owner, some in groupby(rows, key=lambda row: row[OWNERS[table.table]])]


@pytest.mark.parametrize("name", MODELS)
def test_a_model_has_what_the_protocol_asks_for(name: str) -> None:
    model = load_model(name)
    assert issubclass(model.Params, base.Params)
    assert callable(model.train)
    assert set(model.SCORES) <= set(MODEL_TABLES)
    for scores in model.SCORES.values():
        assert isinstance(scores, ScoreRange)
        assert scores.low is None or scores.high is None or scores.low < scores.high
    assert (model.__doc__ or "").strip()
    assert list_scores([name]) == {name: model.SCORES}


@pytest.mark.parametrize("name", MODELS)
def test_parameters_are_frozen_known_and_finite(name: str) -> None:
    params = make_params(name)
    with pytest.raises(ValidationError, match="frozen"):
        params.k = 3  # type: ignore[misc]
    with pytest.raises(ValidationError, match="no_such_parameter"):
        make_params(name, no_such_parameter=1)
    for key in type(params).model_fields:
        with pytest.raises(ValidationError):
            make_params(name, **{key: math.nan})
    assert type(params).model_validate_json(params.model_dump_json()) == params


@pytest.mark.parametrize("name", MODELS)
def test_tables_are_ranked_lists_in_the_published_form(name: str, dataset: Dataset) -> None:
    tables = train(name, dataset)
    assert {table.model for table in tables} == {name}
    assert len({table.table for table in tables}) == len(tables) > 0
    items, users = dataset.item_ids.to_pylist(), dataset.user_ids.to_pylist()
    owners = {"item_similarities": items, "user_recommendations": users}
    for table in tables:
        assert table.rows.schema.equals(RELEASE_TABLES[table.table])
        assert table.rows.column(RANK).null_count == table.rows.column(SCORE).null_count == 0
        lists = list_owners(table)
        # By code point, as Python and the warehouse compare; and each owner's rows stand together.
        assert [owner for owner, _ in lists] == sorted({owner for owner, _ in lists})
        assert {owner for owner, _ in lists} <= set(owners[table.table])
        for _, rows in lists:
            assert [row[RANK] for row in rows] == list(range(1, len(rows) + 1))
            found = [row[OTHERS[table.table]] for row in rows]
            assert len(set(found)) == len(found)
            assert set(found) <= set(items)
            scores = [row[SCORE] for row in rows]
            assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("name", MODELS)
def test_scores_are_within_what_the_model_states(name: str, dataset: Dataset) -> None:
    stated = load_model(name).SCORES
    for table in train(name, dataset):
        low, high, above_low, co_buyers = stated.get(table.table, ScoreRange(None, None))
        for row in table.rows.to_pylist():
            assert math.isfinite(row[SCORE])
            assert low is None or row[SCORE] >= low - ROUNDING
            assert high is None or row[SCORE] <= high + ROUNDING
            assert not above_low or low is None or row[SCORE] > low
            assert row.get(CO_BUYERS, co_buyers) >= co_buyers


@pytest.mark.parametrize("name", MODELS)
def test_nothing_is_like_itself_or_recommended_again(name: str, dataset: Dataset) -> None:
    bought = {
        (dataset.user_ids[user].as_py(), dataset.item_ids[item].as_py())
        for user, item in zip(*dataset.purchased().nonzero(), strict=True)
    }
    for table in train(name, dataset):
        for row in table.rows.to_pylist():
            if table.table == "item_similarities":
                assert row[ITEM_ID] != row["similar_item_id"]
            else:
                assert (row[USER_ID], row[ITEM_ID]) not in bought


@pytest.mark.parametrize("name", MODELS)
def test_co_buyers_are_those_who_bought_both(name: str, dataset: Dataset) -> None:
    bought = dataset.matrix().toarray() > 0
    index = {item: n for n, item in enumerate(dataset.item_ids.to_pylist())}
    for table in train(name, dataset):
        if table.table == "item_similarities":
            for row in table.rows.to_pylist():
                both = bought[:, index[row[ITEM_ID]]] & bought[:, index[row["similar_item_id"]]]
                assert row[CO_BUYERS] == both.sum()


@pytest.mark.parametrize("name", MODELS)
def test_k_cuts_every_list_and_changes_nothing_above(name: str) -> None:
    dataset = make_simple_dataset(DATASETS["random"])
    long, short = ({t.table: t for t in train(name, dataset, k=k)} for k in (7, 2))
    for row in short["item_similarities"].rows.to_pylist():
        assert row[RANK] <= 2
    cut = [row for row in long["item_similarities"].rows.to_pylist() if row[RANK] <= 2]
    assert short["item_similarities"].rows.to_pylist() == cut


@pytest.mark.parametrize("name", MODELS)
def test_threads_change_no_bit(name: str, dataset: Dataset) -> None:
    one, two = train(name, dataset, threads=1), train(name, dataset, threads=2)
    for first, second in zip(one, two, strict=True):
        assert (first.table, first.model) == (second.table, second.model)
        assert first.rows.combine_chunks().equals(second.rows.combine_chunks())
        bits = [table.rows[SCORE].to_numpy().view(np.uint32) for table in (first, second)]
        assert np.array_equal(*bits)


@pytest.mark.parametrize("name", MODELS)
def test_training_leaves_the_dataset_as_it_was(name: str) -> None:
    dataset, same = make_simple_dataset(DATASETS["random"]), make_simple_dataset(DATASETS["random"])
    train(name, dataset)
    assert (dataset.matrix() != same.matrix()).nnz == 0
    assert (dataset.purchased() != same.purchased()).nnz == 0


@pytest.mark.parametrize("name", MODELS)
def test_an_estimate_is_no_less_than_what_is_made(name: str) -> None:
    """Of a window of any size, an empty one too; what a run then makes are at most so many rows."""
    from include.dataset.workload import measure_workload

    purchases = DATASETS["random"]
    dataset = make_simple_dataset(purchases)
    load = measure_of(measure_workload, dataset)
    params = make_params(name)
    estimate = load_model(name).estimate(load, params)
    for table in train(name, dataset):
        assert table.rows.num_rows <= estimate.rows[table.table]
    nothing = measure_of(measure_workload, make_simple_dataset(DATASETS["empty"]))
    for work in (load, nothing, LOAD):
        check_estimate(load_model(name).estimate(work, params))


def measure_of(measure: Any, dataset: Dataset) -> Workload:
    workload: Workload = measure(dataset, 0, 0)
    return workload


def check_estimate(estimate: Estimate) -> None:
    assert len({part.text for part in estimate.parts}) == len(estimate.parts)
    assert all(part.work >= 0 and math.isfinite(part.work) for part in estimate.parts)
    assert all(part.lesser >= 0 and math.isfinite(part.lesser) for part in estimate.parts)
    assert set(estimate.rows) <= set(MODEL_TABLES)
    assert all(size >= 0 and math.isfinite(size) for size in estimate.arrays.values())
    assert estimate.lists_in_making >= 0
    known = {
        *estimate.arrays,
        *(f"the rows of {table}" for table in estimate.rows),
        "the lists in the making",
    }
    assert set(estimate.cures) <= known


@pytest.mark.parametrize("name", MODELS)
def test_settings_read_a_model_without_its_numerics(name: str) -> None:
    """Airflow imports every model's file whenever it parses the DAGs."""
    script = (
        f"import sys; import {MODELS[name]}\n"
        f"print(*sorted({{name.split('.')[0] for name in sys.modules}} & {set(HEAVY)!r}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []


def test_the_default_models_are_registered_and_have_defaults() -> None:
    assert set(DEFAULT) <= set(list_default_models()) <= set(MODELS)


def test_a_model_that_needs_a_parameter_has_no_default(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "toy_model.py").write_text(
        "from include.models import base\n\n\nclass Params(base.Params):\n    length: int\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(MODELS, "toy", "toy_model")
    try:
        assert "toy" not in list_default_models()
        assert load_params("toy")(length=3).k == 50  # type: ignore[call-arg]
    finally:
        sys.modules.pop("toy_model")


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(KeyError, match="word2vec"):
        load_model("word2vec")
