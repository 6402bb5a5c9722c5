"""How many users bought both of two items, with the buyers of the first marked.

An item is compared with tens of others: once its own buyers are marked, each of the others takes one look at
each of its buyers, without a branch.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel
from include.kernels.selection import read_item

# Where the other list is so many times longer, the item's buyers are looked up in it instead.
_LONGER = 64


class Buyers(NamedTuple):
    """The buyers of item i are users[bounds[i]:bounds[i + 1]], ascending."""

    bounds: NDArray[np.int32]
    users: NDArray[np.int32]


@compile_kernel
def count_both(item: int, keys: Any, buyers: Any, marks: Any, counts: Any) -> None:
    """Write to counts (n,) how many users bought both the item and the item of each of the keys (n,).

    marks (users,) of uint8 are 0 before and after.
    """
    bounds, users = buyers.bounds, buyers.users
    first, last = bounds[item], bounds[item + 1]
    for place in range(first, last):
        marks[users[place]] = 1
    for n in range(len(keys)):
        other = read_item(keys[n])
        start, stop = bounds[other], bounds[other + 1]
        both = 0
        if (last - first) * _LONGER < stop - start:
            for place in range(first, last):
                both += _holds(users, start, stop, users[place])
        else:
            # Of signed numbers, the compiled loop would ask each time whether they count from the end.
            for place in range(np.uint64(start), np.uint64(stop)):
                both += marks[np.uint32(users[place])]
        counts[n] = both
    for place in range(first, last):
        marks[users[place]] = 0


@compile_kernel
def _holds(users: Any, start: int, stop: int, user: int) -> int:
    """1 where the ascending users[start:stop], of which there are some, hold the user; else 0."""
    while stop - start > 1:
        middle = (start + stop) >> 1
        if users[middle] <= user:
            start = middle
        else:
            stop = middle
    return users[start] == user
