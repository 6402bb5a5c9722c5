from __future__ import annotations

import numpy as np
import pytest

from include.kernels import resample_sums

WORD = 2**64


def mix(state: int) -> int:
    state = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9 % WORD
    state = (state ^ (state >> 27)) * 0x94D049BB133111EB % WORD
    return state ^ (state >> 31)


def split_mix(seed: int, number: int) -> int:
    """The number-th output, from 0, of SplitMix64."""
    return mix((seed + (number + 1) * 0x9E3779B97F4A7C15) % WORD)


def sum_slowly(rows: list[list[int]], replicates: int, seed: int) -> list[list[int]]:
    size, sums = len(rows), []
    for replicate in range(replicates):
        numbers = [split_mix(mix(seed % WORD), replicate * size + draw) for draw in range(size)]
        drawn = [rows[(number >> 32) * size >> 32] for number in numbers]
        sums.append([sum(column) for column in zip(*drawn, strict=True)])
    return sums


def test_the_oracle_draws_what_its_authors_publish() -> None:
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431]
    assert [split_mix(1234567, number) for number in range(4)] == published


@pytest.mark.parametrize("seed", [0, 7, -1, 2**63])
@pytest.mark.parametrize(("size", "replicates"), [(1, 3), (2, 17), (300, 33), (513, 16)])
def test_agrees_with_drawing_one_by_one(size: int, replicates: int, seed: int) -> None:
    rows = np.random.default_rng(size).integers(-99, 99, (size, 3))
    sums = resample_sums(rows.astype(np.float64), replicates, seed=seed)
    assert sums.tolist() == sum_slowly(rows.tolist(), replicates, seed)


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_threads_and_layout_change_no_bit(threads: int) -> None:
    rows = np.random.default_rng(0).integers(-(2**40), 2**40, (400, 5)).astype(np.float64)
    expected = resample_sums(rows, 70, seed=3, threads=1)
    assert resample_sums(np.asfortranarray(rows), 70, seed=3, threads=threads).tobytes() == expected.tobytes()
    assert resample_sums(rows[:, ::2], 70, seed=3, threads=threads).tolist() == expected[:, ::2].tolist()


def test_every_row_has_the_same_chance() -> None:
    """20,000 draws of each of 10 rows: the counts are Poisson-like, with a standard deviation of 134."""
    counts = resample_sums(np.eye(10), 20_000).sum(axis=0)
    assert counts.sum() == 200_000
    assert np.abs(counts - 20_000).max() < 4.5 * 134


def test_no_rows_no_columns_no_replicates() -> None:
    assert resample_sums(np.empty((0, 2)), 3).tolist() == [[0, 0]] * 3
    assert resample_sums(np.empty((4, 0)), 3).shape == (3, 0)
    assert resample_sums(np.ones((4, 2)), 0).shape == (0, 2)
