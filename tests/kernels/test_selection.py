from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from include.kernels.selection import (
    find_cut,
    keep_smallest,
    pack_key,
    rank_keys,
    read_item,
    read_score,
    sort_keys,
)

SCORES = st.floats(allow_nan=False, allow_infinity=False, width=32)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.tuples(SCORES, st.integers(0, 2**32 - 1)), unique_by=lambda pair: pair[1], min_size=1))
def test_keys_sort_by_score_from_the_highest_then_by_item(pairs: list[tuple[float, int]]) -> None:
    keys = [np.uint64(pack_key(np.float32(score), item)) for score, item in pairs]
    found = [(float(read_score(key)), int(read_item(key))) for key in sorted(keys)]
    assert found == sorted(pairs, key=lambda pair: (-pair[0], pair[1]))


def test_the_two_zeros_are_equal() -> None:
    assert pack_key(np.float32(0.0), 7) == pack_key(np.float32(-0.0), 7)


def draw_keys(kind: str, size: int) -> np.ndarray:
    rng = np.random.default_rng(size)
    keys = np.unique(rng.integers(0, 2**63, 2 * size + 1).astype(np.uint64))[:size]
    if kind == "shuffled":
        rng.shuffle(keys)
    if kind == "falling":
        keys = keys[::-1].copy()
    if kind == "organ pipe":
        keys = np.concatenate([keys[::2], keys[1::2][::-1]])
    assert len(keys) == size
    return keys


@pytest.mark.parametrize("kind", ["shuffled", "rising", "falling", "organ pipe"])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 17, 1000])
def test_selects_and_sorts(kind: str, size: int) -> None:
    keys = draw_keys(kind, size)
    for k in {1, size // 2, size - 1, size} - {0}:
        kept = keys.copy()
        keep_smallest(kept, size, k)
        assert sorted(kept[:k]) == sorted(keys)[:k]
        assert sorted(kept) == sorted(keys)
    ordered = keys.copy()
    sort_keys(ordered, size)
    assert ordered.tolist() == sorted(keys.tolist())
    ranks = np.full(size + 1, -1)
    rank_keys(keys, size, ranks)
    assert ranks.tolist() == [*np.argsort(np.argsort(keys)), -1]


@pytest.mark.parametrize("kind", ["shuffled", "rising", "neighbours"])
@pytest.mark.parametrize("size", [1, 2, 9, 132])
def test_a_cut_leaves_as_many_as_asked_for(kind: str, size: int) -> None:
    top = np.uint64(2**64 - 1 - size)
    keys = top + np.arange(size, dtype=np.uint64) if kind == "neighbours" else draw_keys(kind, size)
    for k in {1, 2, size // 2, size} - {0, size + 1}:
        for most in (k, k + 1, k + 20):
            assert k <= (keys <= np.uint64(find_cut(keys, size, k, most))).sum() <= most
    assert (keys[: size - 1] <= np.uint64(find_cut(keys, size, size, size))).all()


def test_what_lies_behind_stays_in_place() -> None:
    keys = np.array([5, 3, 4, 0, 1], np.uint64)
    keep_smallest(keys, 3, 1)
    sort_keys(keys, 3)
    assert keys.tolist() == [3, 4, 5, 0, 1]
    sort_keys(keys, 0)
    assert keys.tolist() == [3, 4, 5, 0, 1]
