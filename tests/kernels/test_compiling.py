"""Blocks of work on several threads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from include.kernels import compiling as kernels
from include.kernels.threads import run_blocks, run_slices

BLOCKS = list(pairwise(range(0, 101, 10)))


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_order_of_the_blocks(threads: int) -> None:
    def work(start: int, stop: int) -> int:
        time.sleep((100 - start) / 10_000)  # the first takes longest
        return stop * stop

    assert list(run_blocks(work, BLOCKS, threads)) == [(a, b, b * b) for a, b in BLOCKS]


@pytest.mark.parametrize("rows", [0, 1, 7, 200_001])
def test_slices_cover_every_row_once(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "count_cores", lambda: 3)
    seen: list[range] = []
    run_slices(lambda part: seen.append(range(rows)[part]), rows)
    assert sorted(row for part in seen for row in part) == list(range(rows))
    assert len(seen) == (3 if rows > 100_000 else 1)


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


_PROGRAM = """
import numpy as np
from include.kernels.selection import keep_smallest
keep_smallest(np.array([3, 1, 2], np.uint64), 3, 2)
stats = keep_smallest.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def count_cache_hits(root: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=root,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the models, to edit."""
    models = tmp_path / "include" / "models"
    shutil.copytree(Path(kernels.__file__).parent, models, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_compiled_code_is_kept_until_any_source_changes(sources: Path) -> None:
    assert count_cache_hits(sources) == "0 1"
    assert count_cache_hits(sources) == "1 0"
    with (sources / "include" / "models" / "tables.py").open("a") as file:
        file.write("# another line\n")
    assert count_cache_hits(sources) == "0 1"
    folders = list((sources / "include" / "models" / "__pycache__").glob("kernels-*"))
    assert len(folders) == 2


def test_compiled_code_of_former_sources_is_removed_after_a_day(sources: Path) -> None:
    base = sources / "include" / "models" / "__pycache__"
    for name, age in (("kernels-old", 2 * 86_400), ("kernels-recent", 3600)):
        (base / name).mkdir(parents=True)
        os.utime(base / name, (time.time() - age, time.time() - age))
    count_cache_hits(sources)
    kept = {folder.name for folder in base.glob("kernels-*")}
    assert "kernels-recent" in kept
    assert "kernels-old" not in kept


def test_the_cache_may_be_elsewhere_or_nowhere(sources: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert count_cache_hits(sources, NUMBA_CACHE_DIR=str(elsewhere)) == "0 1"
    assert list(elsewhere.glob("kernels-*/**/*.nbi"))
    blocked = tmp_path / "a file"
    blocked.touch()
    for _ in range(2):
        assert count_cache_hits(sources, NUMBA_CACHE_DIR=str(blocked), HOME=str(blocked)) == "0 1"


@kernels.compile_kernel
def _sum_with_fetches(numbers: NDArray[np.int64], ahead: int) -> int:
    total = 0
    for place in range(len(numbers)):
        kernels.fetch(numbers, place + ahead)
        total += numbers[place]
    return total


@pytest.mark.parametrize("ahead", [0, 3, -1_000_000_000, 1_000_000_000])
def test_a_fetch_changes_nothing_wherever_it_looks(ahead: int) -> None:
    numbers = np.arange(1000)
    assert _sum_with_fetches(numbers, ahead) == 499_500
    assert numbers.tolist() == list(range(1000))
