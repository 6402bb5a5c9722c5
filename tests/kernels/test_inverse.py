from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from include.kernels import inverse, invert_positive


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inverse, "_PIVOTS", 5)
    monkeypatch.setattr(inverse, "_TILE", 8)


def draw_matrix(size: int, seed: int = 3) -> NDArray[np.float64]:
    """Symmetric and positive definite, of full and of less than full rank below a ridge."""
    random = np.random.default_rng(seed)
    half = random.standard_normal((size, size // 2 + 1))
    return half @ half.T + 2 * np.eye(size)


@pytest.mark.parametrize("size", [0, 1, 2, 5, 8, 13, 40, 41])
@pytest.mark.parametrize(("dtype", "error"), [(np.float64, 1e-13), (np.float32, 1e-5)])
def test_it_is_the_inverse_and_symmetric(size: int, dtype: type, error: float) -> None:
    truth = np.linalg.inv(draw_matrix(size))
    found: NDArray[np.floating] = draw_matrix(size).astype(dtype)
    found[np.triu_indices(size, 1)] = np.nan  # what is above the diagonal is not read
    ticks: list[int] = []
    invert_positive(found, threads=1, tick=ticks.append)
    assert found.dtype == dtype
    assert sum(ticks) == size
    np.testing.assert_allclose(found, truth, atol=error)
    np.testing.assert_array_equal(found, found.T)


@pytest.mark.parametrize("threads", [2, 3, 7])
def test_threads_change_no_bit(threads: int) -> None:
    one, many = draw_matrix(67).astype(np.float32), draw_matrix(67).astype(np.float32)
    invert_positive(one, threads=1)
    invert_positive(many, threads=threads)
    np.testing.assert_array_equal(one, many)


@pytest.mark.parametrize("size", [2, 30])
def test_what_is_not_positive_definite_is_refused(size: int) -> None:
    matrix = draw_matrix(size)
    matrix[-1, -1] = -1
    with pytest.raises(np.linalg.LinAlgError):
        invert_positive(matrix, threads=1)


def test_what_is_not_finite_is_refused() -> None:
    matrix = draw_matrix(20)
    matrix[17, 3] = np.nan
    with pytest.raises(ValueError, match="infs or NaNs"):
        invert_positive(matrix, threads=1)
