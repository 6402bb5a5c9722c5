"""A part of each user's pairs held out, to judge on what the rest was learnt."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.dataset.grouping import number_rows
from include.errors import RefusedInputError
from include.evaluation.split_files.forms import Way
from include.evaluation.split_files.pairs import Pairs


def hold_out(
    pairs: Pairs, share: float, seed: int | tuple[int, ...], way: Way = "random"
) -> tuple[Pairs, Pairs]:
    """The rest, and a share of each user's pairs: of n pairs round(share × n), at most n - 1.

    A half rounds up. At `random` they are drawn by `seed`, whatever the order of the file was; the `last` are
    the user's newest, where times tie the last by item id. Raises RefusedInputError where nobody has enough
    pairs, and for the last ones of pairs without times.
    """
    if way == "last" and not pairs.has_times:
        raise RefusedInputError("The last pairs are asked for, and the file has no timestamps; say random.")
    if way == "last":
        order = np.lexsort((pairs.items, pairs.timestamps, pairs.users))[::-1]
    else:
        draws = np.random.default_rng(seed).random(len(pairs))
        order = np.lexsort((draws, pairs.users))
    held = np.zeros(len(pairs), np.bool_)
    held[order] = _number_within(pairs.users[order]) < _count_held(pairs, share)[pairs.users[order]]
    if not held.any():
        raise RefusedInputError(
            f"No user has pairs enough that {share:g} of them are one, and one stays; take a larger share."
        )
    return pairs.select(~held), pairs.select(held)


def _count_held(pairs: Pairs, share: float) -> NDArray[np.int64]:
    sizes = pairs.sizes
    return np.minimum(np.floor(share * sizes + 0.5).astype(np.int64), sizes - 1)


def _number_within(owners: NDArray[np.int32]) -> NDArray[np.int64]:
    """0, 1, 2 … (n,) within each run of equal owners."""
    return number_rows(np.append(True, owners[1:] != owners[:-1]))
