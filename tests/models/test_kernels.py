"""Blocks of work on several threads."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest

from include.models.kernels import run_blocks

BLOCKS = list(pairwise(range(0, 101, 10)))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order_of_the_blocks(threads: int) -> None:
    def work(start: int, stop: int) -> int:
        time.sleep((100 - start) / 10_000)  # the first takes longest
        return stop * stop

    assert list(run_blocks(work, BLOCKS, threads)) == [(a, b, b * b) for a, b in BLOCKS]


def test_few_results_wait() -> None:
    begun: list[int] = []
    results = run_blocks(lambda start, stop: begun.append(start), BLOCKS, 2)
    next(results)
    time.sleep(0.05)
    assert len(begun) <= 4


def test_an_error_ends_the_rest() -> None:
    begun: list[int] = []

    def work(start: int, stop: int) -> None:
        begun.append(start)
        if start == 10:
            raise ValueError("block 10")

    with pytest.raises(ValueError, match="block 10"):
        list(run_blocks(work, BLOCKS, 1))
    assert 90 not in begun


def test_no_blocks() -> None:
    assert list(run_blocks(lambda start, stop: 1, [], 2)) == []
