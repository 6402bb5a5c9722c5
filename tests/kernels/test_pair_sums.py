from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from include.kernels import sum_pairs


@pytest.mark.parametrize("size", [(1, 1, 1), (4, 9, 6), (6, 1, 9), (0, 3, 2), (3, 0, 2)])
def test_sums_are_those_of_the_whole_product(size: tuple[int, int, int]) -> None:
    rows, items, users = size
    random = np.random.default_rng(2)
    dense = random.standard_normal((rows, users)).astype(np.float32)
    has, asked = random.random((items, users)) < 0.5, random.random((rows, items)) < 0.4
    whole = dense.astype(np.float64) @ has.T
    found = sum_pairs(csr_matrix(asked), dense, csr_matrix(has))
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, whole[asked], rtol=1e-6, atol=1e-6)
