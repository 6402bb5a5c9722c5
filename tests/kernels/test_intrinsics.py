"""Intrinsics and the plain loops that stand in for them give the same bits."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import numba
import numpy as np
import pytest
from numba import types
from numpy.typing import NDArray

from include.compile_cache import PLAIN
from include.kernels.compiling import compile_kernel
from include.kernels.intrinsics import fetch, with_fallback
from include.settings import ROOT


@compile_kernel
def _sum_with_fetches(numbers: NDArray[np.int64], ahead: int) -> int:
    total = 0
    for index in range(len(numbers)):
        fetch(numbers, index + ahead)
        total += numbers[index]
    return total


@pytest.mark.parametrize("ahead", [0, 3, -1_000_000_000, 1_000_000_000])
def test_a_fetch_changes_nothing_wherever_it_looks(ahead: int) -> None:
    numbers = np.arange(1000)
    assert _sum_with_fetches(numbers, ahead) == 499_500
    assert numbers.tolist() == list(range(1000))


_PROGRAM = """
import hashlib, sys
import numpy as np
from scipy.sparse import csr_matrix
from include.kernels import improve_factors, rank_nearest, rank_neighbours, rank_products
from include.kernels.intrinsics import _compiles
from tests.kernels.test_masks import list_marks

rng = np.random.default_rng(0)
bought = csr_matrix(rng.random((300, 200)) < 0.2 * rng.random(200), dtype=np.float32)
factors, others = (rng.normal(size=(n, 24)).astype(np.float32) for n in bought.shape)
unit = (others / np.linalg.norm(others, axis=1)[:, None]).astype(np.float32)
found = hashlib.sha256()
for blocks in (
    rank_neighbours(bought, 20, threads=2),
    rank_products(factors, others, 20, threads=2, hidden=bought),
    rank_nearest(unit, bought.T.tocsr(), 20, threads=2),
):
    for block in blocks:
        for column in (*block[2], *block[3:]):
            found.update(column.tobytes())
found.update(improve_factors(bought, factors, others, 0.1, threads=2).tobytes())
found.update(repr(list_marks()).encode())
print(found.hexdigest(), sum(_compiles.values()))
"""


def run_all_kernels(**environment: str) -> tuple[str, int]:
    """The digest of what they find, and how many intrinsics were compiled, anew."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=ROOT,
        env={**inherited, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    digest, compiled = done.stdout.split()
    return digest, int(compiled)


def test_without_intrinsics_every_result_has_the_same_bits() -> None:
    quick, plain = run_all_kernels(), run_all_kernels(**{PLAIN: "1"})
    assert (quick[1], plain[1]) == (4, 0)
    assert quick[0] == plain[0]


def _double(number: Any) -> Any:
    return number + number


def test_an_intrinsic_that_cannot_be_compiled_is_replaced(caplog: pytest.LogCaptureFixture) -> None:
    @with_fallback(_double)
    def double(typing: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            return builder.call_what_a_new_release_has_removed(values)

        return types.int64(types.int64), generate

    @numba.njit
    def use(number: int) -> int:
        return double(number) + double(1)

    assert use(20) == 42
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "double cannot be compiled; a slower loop does its work"
    ]


def test_an_intrinsic_whose_code_llvm_refuses_is_replaced() -> None:
    @with_fallback(_double)
    def double(typing: Any, number: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
            builder.ret(values[0])
            return builder.add(values[0], values[0])

        return types.int64(types.int64), generate

    @numba.njit
    def use(number: int) -> int:
        return double(number)

    assert use(21) == 42
