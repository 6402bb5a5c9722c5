from __future__ import annotations

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from include.kernels.buyer_marks import Buyers, count_both
from include.kernels.selection import pack_key


def count_all(bought: np.ndarray, kind: type = np.int32) -> np.ndarray:
    """Items × items, from items × users."""
    matrix = csr_matrix(bought)
    buyers = Buyers(matrix.indptr.astype(kind), matrix.indices.astype(kind))
    items, users = bought.shape
    keys = np.array([pack_key(np.float32(0.5), item) for item in range(items)], np.uint64)
    marks, counts = np.zeros(users, np.uint8), np.full((items, items), -1, np.int32)
    for item in range(items):
        count_both(item, keys, buyers, marks, counts[item])
        assert not marks.any()
    return counts


@pytest.mark.parametrize("kind", [np.int32, np.int64])
@pytest.mark.parametrize(
    ("users", "shares"),
    [
        (1, [0.5, 1, 0]),
        (20, [1, 1, 1, 1]),
        (300, [0, 0.1, 0.5, 0.9, 1]),
        (5000, [0.0006, 0.001, 0, 0.01, 0.7, 1, 0.002]),
    ],
    ids=["one user", "dense", "mixed", "a few among very many"],
)
def test_counts_of_every_pair(users: int, shares: list[float], kind: type) -> None:
    rng = np.random.default_rng(users)
    bought = rng.random((len(shares), users)) < np.array(shares)[:, None]
    assert (count_all(bought, kind) == bought.astype(int) @ bought.astype(int).T).all()


def test_first_and_last_of_a_long_list_are_found() -> None:
    bought = np.zeros((4, 1001), bool)
    bought[0, 1:1000] = True
    bought[1, [1, 999]] = True
    bought[2, [0, 1000]] = True
    bought[3, 500] = True
    assert count_all(bought)[:, 0].tolist() == [999, 2, 0, 1]


def test_no_others() -> None:
    buyers, marks = Buyers(np.array([0, 1], np.int32), np.array([2], np.int32)), np.zeros(3, np.uint8)
    count_both(0, np.empty(0, np.uint64), buyers, marks, np.empty(0, np.int32))
    assert not marks.any()
