"""Packed keys that put scored items in their published order, and the selection of the best of them.

A key is 64 bits: the score, so turned that a better one is smaller, above the item's number. Keys of
different items differ, so their order is complete: by score from the highest, then by item number from the
lowest.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from include.kernels.compiling import compile_kernel

_SIGN = np.uint32(1 << 31)
_ALL = np.uint32(0xFFFFFFFF)
_LOW = np.uint64(32)
SHORT = 96


@compile_kernel
def pack_key(score: Any, item: Any) -> Any:
    """The key (uint64) of a finite float32 score and an item number below 2**32; 0.0 and -0.0 are equal."""
    bits = np.float32(score + np.float32(0)).view(np.uint32)
    turned = bits if bits & _SIGN else (bits ^ _ALL) ^ _SIGN
    return np.uint64(turned) << _LOW | np.uint64(item)


@compile_kernel
def read_item(key: Any) -> Any:
    """The item number (int64) of a key."""
    return np.int64(key & np.uint64(_ALL))


@compile_kernel
def read_score(key: Any) -> Any:
    """The score (float32) of a key."""
    turned = np.uint32(key >> _LOW)
    bits = turned if turned & _SIGN else (turned ^ _SIGN) ^ _ALL
    return np.uint32(bits).view(np.float32)


@compile_kernel
def keep_smallest(keys: Any, size: int, k: int) -> None:
    """Move the k smallest of the different keys[:size] to the front, in any order; 1 <= k <= size.

    C. A. R. Hoare: Algorithm 65: Find, CACM 1961, with the median of three as the pivot.
    """
    low, high = 0, size - 1
    while low < high:
        first, middle, last = keys[low], keys[(low + high) >> 1], keys[high]
        pivot = max(min(first, middle), min(max(first, middle), last))
        i, j = low, high
        while i <= j:
            while keys[i] < pivot:
                i += 1
            while keys[j] > pivot:
                j -= 1
            if i <= j:
                keys[i], keys[j] = keys[j], keys[i]
                i += 1
                j -= 1
        if k - 1 <= j:
            high = j
        elif k - 1 >= i:
            low = i
        else:
            return


@compile_kernel
def find_cut(keys: Any, size: int, k: int, most: int) -> Any:
    """A key that at least k of the different keys[:size] do not exceed, and no more than `most`.

    1 <= k <= size, k <= most. By halving the range: the counts need no branch that could not be foreseen, and
    compare several keys at once.
    """
    low = high = keys[0]
    for n in range(1, size):
        low, high = min(low, keys[n]), max(high, keys[n])
    if k == 1:
        return low
    while high - low > np.uint64(1):
        middle = low + ((high - low) >> np.uint64(1))
        count = 0
        for n in range(size):
            count += keys[n] <= middle
        if count < k:
            low = middle
        elif count > most:
            high = middle
        else:
            return middle
    return high


@compile_kernel
def sort_keys(keys: Any, size: int) -> None:
    """Sort keys[:size] in place."""
    keys[:size].sort()


@compile_kernel
def rank_keys(keys: Any, size: int, ranks: Any) -> None:
    """Write to ranks[:size] how many of the different keys[:size] are smaller than each.

    Up to SHORT keys that is quicker than sorting them: it has no branches and compares several at once.
    """
    whole = size // 4 * 4
    for n in range(0, whole, 4):
        first, second, third, fourth = keys[n], keys[n + 1], keys[n + 2], keys[n + 3]
        a = b = c = d = np.int64(0)
        for m in range(size):
            key = keys[m]
            a += np.int64(key < first)
            b += np.int64(key < second)
            c += np.int64(key < third)
            d += np.int64(key < fourth)
        ranks[n], ranks[n + 1], ranks[n + 2], ranks[n + 3] = a, b, c, d
    for n in range(whole, size):
        first, a = keys[n], np.int64(0)
        for m in range(size):
            a += np.int64(keys[m] < first)
        ranks[n] = a
