"""Where compiled code is kept, tried in processes of their own on a copy of the kernels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from include.compile_cache import KERNELS
from include.settings import ROOT

_PROGRAM = """
import numpy as np
from include.compile_cache import choose_cache
if {choose}:
    choose_cache()
from include.kernels.ranking import number_ranks
from include.kernels.selection import keep_smallest
keep_smallest(np.array([3, 1, 2], np.uint64), 3, 2)
stats = keep_smallest.stats
print(sum(stats.cache_hits.values()), sum(stats.cache_misses.values()))
"""


def count_cache_hits(root: Path, choose: bool = True, **environment: str) -> str:
    """Hits and misses of a kernel's cache."""
    inherited = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM.format(choose=choose)],
        cwd=root,
        env={**inherited, "PYTHONDONTWRITEBYTECODE": "1", **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """A copy of the kernels, to edit."""
    include = tmp_path / "include"
    shutil.copytree(KERNELS, include / "kernels", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "include" / "compile_cache.py", include)
    return tmp_path


def list_files(root: Path) -> set[Path]:
    return set(root.rglob("*"))


def test_compiled_code_is_kept_until_any_source_changes(sources: Path) -> None:
    assert count_cache_hits(sources) == "0 1"
    assert count_cache_hits(sources) == "1 0"
    with (sources / "include" / "kernels" / "ranking.py").open("a") as file:
        file.write("# another line\n")
    assert count_cache_hits(sources) == "0 1"
    assert len(list((sources / "include" / "kernels" / "__pycache__").glob("kernels-*"))) == 2


def test_plain_kernels_have_a_folder_of_their_own(sources: Path) -> None:
    assert count_cache_hits(sources) == "0 1"
    assert count_cache_hits(sources, DANGOL_PLAIN_KERNELS="1") == "0 1"
    assert count_cache_hits(sources, DANGOL_PLAIN_KERNELS="1") == "1 0"


def test_compiled_code_of_former_sources_is_removed_after_a_day(sources: Path) -> None:
    base = sources / "include" / "kernels" / "__pycache__"
    for name, age in (("kernels-old", 2 * 86_400), ("kernels-recent", 3600)):
        (base / name).mkdir(parents=True)
        os.utime(base / name, (time.time() - age, time.time() - age))
    count_cache_hits(sources)
    kept = {folder.name for folder in base.glob("kernels-*")}
    assert "kernels-recent" in kept
    assert "kernels-old" not in kept


def test_an_import_makes_and_removes_nothing(sources: Path) -> None:
    """Not even where the environment names a folder, which would not be one for just these sources."""
    (sources / "include" / "kernels" / "__pycache__" / "kernels-old").mkdir(parents=True)
    os.utime(sources / "include" / "kernels" / "__pycache__" / "kernels-old", (0, 0))
    before = list_files(sources)
    for environment in ({}, {"NUMBA_CACHE_DIR": str(sources / "elsewhere")}):
        assert count_cache_hits(sources, choose=False, **environment) == "0 1"
        assert list_files(sources) == before


def test_the_cache_may_be_elsewhere(sources: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    assert count_cache_hits(sources, NUMBA_CACHE_DIR=str(elsewhere)) == "0 1"
    [folder] = elsewhere.glob("kernels-*")
    assert list(folder.glob("**/*.nbi"))
    # As a process that another one has started inherits it.
    assert count_cache_hits(sources, NUMBA_CACHE_DIR=str(folder)) == "1 0"
    assert [*elsewhere.glob("*")] == [folder]


def test_without_a_place_each_process_compiles_anew(sources: Path, tmp_path: Path) -> None:
    blocked = tmp_path / "a file"
    blocked.touch()
    for _ in range(2):
        assert count_cache_hits(sources, NUMBA_CACHE_DIR=str(blocked), HOME=str(blocked)) == "0 1"
