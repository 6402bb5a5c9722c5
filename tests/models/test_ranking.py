from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from include.models.ranking import mark_contenders, order_scores, rank_scores, split_blocks

SCORES = st.sampled_from([-1.5, -1e-40, -0.0, 0.0, 1e-40, 0.25, 0.5, 1.0, 3e38])
ROWS = st.lists(st.tuples(st.integers(0, 3), SCORES, st.integers(0, 3), st.integers(0, 99)), max_size=40)


@given(st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=30))
def test_order_scores_falls_as_the_score_rises(values: list[float]) -> None:
    scores = np.array(values, np.float32)
    keys = order_scores(scores).astype(np.int64)
    for i in range(len(scores)):
        assert np.array_equal(np.sign(keys - keys[i]), np.sign(scores[i].astype(float) - scores))


@given(ROWS, st.integers(1, 5))
def test_rank_scores_is_a_sort_by_the_published_order(
    rows: list[tuple[int, float, int, int]], k: int
) -> None:
    rows = sorted(rows, key=lambda row: row[0])
    groups, scores, co_buyers, items = (np.array([row[i] for row in rows]) for i in range(4))
    groups, items = groups.astype(np.int64), items.astype(np.int64)
    scores, co_buyers = scores.astype(np.float32), co_buyers.astype(np.int32)
    expected = []
    for group in sorted(set(groups.tolist())):
        members = [row for row in rows if row[0] == group]
        members.sort(key=lambda row: (-row[1], -row[2], row[3]))
        expected += [(*row, place) for place, row in enumerate(members[:k], 1)]

    contenders = np.flatnonzero(mark_contenders(groups, scores, k))
    parts = [column[contenders] for column in (groups, scores, items)]
    kept, rank = rank_scores(*parts, k, co_buyers[contenders])
    chosen = contenders[kept]
    found = [(*rows[row], place) for row, place in zip(chosen, rank.tolist(), strict=True)]
    assert found == expected


@given(st.lists(st.integers(0, 9), max_size=30), st.integers(1, 12))
def test_blocks_cover_all_rows_within_the_limit(costs: list[int], limit: int) -> None:
    blocks = split_blocks(np.array(costs, np.int64), limit)
    assert [row for start, stop in blocks for row in range(start, stop)] == list(range(len(costs)))
    assert all(sum(costs[start:stop]) <= limit or stop == start + 1 for start, stop in blocks)
