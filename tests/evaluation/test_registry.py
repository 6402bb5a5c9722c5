"""What holds of every metric, those included that are added later."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given

from include.evaluation.registry import METRICS, load_metric
from include.settings import ROOT
from tests.evaluation.judging import Case, draw_cases

PER_USER = {"recall", "ndcg", "hit_rate", "precision", "map", "debiased_recall", "novelty", "diversity"}

each_metric = pytest.mark.parametrize("name", METRICS)


def test_every_file_has_a_line() -> None:
    files = {path.stem for path in (ROOT / "include/evaluation/metrics").glob("*.py")} - {"__init__"}
    assert {module.rpartition(".")[2] for module in METRICS.values()} == files


@each_metric
def test_every_docstring_says_what_it_measures_and_who_says_so(name: str) -> None:
    module = load_metric(name)
    assert (module.__doc__ or "").startswith(f"{name}@k: ")
    assert any(f"{year}" in (module.__doc__ or "") for year in range(1950, 2027)), "a paper and its year"
    assert module.measure.__doc__


@each_metric
@given(case=draw_cases())
def test_users_are_measured_apart_or_all_together(name: str, case: Case) -> None:
    """What a user has does not depend on the others, nor anything on the order of the users."""
    whole = np.array(case.measure(name))
    assert whole.shape == ((len(case.lists),) if name in PER_USER else ())
    turned = Case(case.k, case.lists[::-1], case.relevant[::-1], case.buyers, case.users, case.categories)
    np.testing.assert_array_equal(np.array(turned.measure(name)), whole[::-1] if whole.shape else whole)
    if name in PER_USER:
        for row, value in enumerate(whole):
            alone = Case(
                case.k, case.lists[row : row + 1], case.relevant[row : row + 1], case.buyers, case.users,
                case.categories,
            )  # fmt: skip
            np.testing.assert_array_equal(np.array(alone.measure(name)), [value])


@each_metric
def test_nothing_that_is_given_is_changed(name: str) -> None:
    judged = Case(3, [[0, 2], [1]], [[2, 9], [0]], [3, 1, 0], categories=[0, 1, -1]).judge()
    arrays = [judged.items, judged.hits, *judged.relevant, judged.buyers, judged.categories]
    before = [array.copy() for array in arrays]
    load_metric(name).measure(judged)
    for array, former in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, former)


def test_an_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="auc"):
        load_metric("auc")


def test_the_registry_imports_no_numerics() -> None:
    code = (
        "import sys, include.evaluation.registry;"
        "print([name for name in ('numpy', 'pyarrow', 'numba') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
