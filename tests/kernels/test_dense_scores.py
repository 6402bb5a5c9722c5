from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy.sparse import csr_matrix

from include.kernels import RankedLists, rank_scores


def list_slowly(scores: np.ndarray, k: int, hidden: np.ndarray) -> list[list[tuple[int, float]]]:
    """Sort each row: by score from the highest, then by item number."""
    lists = []
    for row, gone in zip(scores.tolist(), hidden.tolist(), strict=True):
        pairs = [(item, score) for item, score in enumerate(row) if not gone[item]]
        lists.append(sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:k])
    return lists


def unpack(lists: RankedLists) -> list[list[tuple[int, float]]]:
    assert lists.items.dtype == np.int32
    assert lists.scores.dtype == np.float32
    pairs = list(zip(lists.items.tolist(), lists.scores.tolist(), strict=True))
    return [pairs[start:stop] for start, stop in pairwise(lists.indptr.tolist())]


@pytest.mark.parametrize("k", [1, 3, 12, 50])
@pytest.mark.parametrize("kind", ["all different", "few values", "all equal"])
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (20, 12), (0, 3), (3, 0)])
def test_lists_are_those_of_sorting_each_row(size: tuple[int, int], kind: str, k: int) -> None:
    random = np.random.default_rng(k)
    scores = random.standard_normal(size).astype(np.float32)
    if kind == "few values":
        scores = random.choice([-1.0, -0.0, 0.0, 2.0], size).astype(np.float32)
    elif kind == "all equal":
        scores[:] = 0.5
    hidden = random.random(size) < 0.4
    assert unpack(rank_scores(scores.copy(), k)) == list_slowly(scores, k, np.zeros(size, bool))
    found = rank_scores(scores.copy(), k, csr_matrix(hidden))
    assert unpack(found) == list_slowly(scores, k, hidden)


def test_a_row_whose_items_are_all_hidden_has_none() -> None:
    scores = np.array([[1, 2], [3, 4]], np.float32)
    found = rank_scores(scores, 2, csr_matrix([[1, 1], [0, 1]]))
    assert unpack(found) == [[], [(0, 3.0)]]


def test_a_list_of_no_item_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="at least one item"):
        rank_scores(np.zeros((1, 1), np.float32), 0)
