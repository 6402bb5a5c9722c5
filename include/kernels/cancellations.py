"""What cancellations leave of purchases."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from include.kernels.compiling import compile_kernel


@compile_kernel
def cancel_last_first(pairs: NDArray[np.int64], changes: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is left (n,) of each change (n,) in whole units: last in, first out; 0 of a cancellation.

    A change above 0 is a purchase, one below 0 cancels the latest purchases before it of the same pair.
    Where it cancels more than there is, the rest is lost. `pairs` (n,) ascend; the changes of a pair are in
    order of time. The sum of a pair's cancellations must fit 64 bits.

    Purchases and cancellations match as parentheses do, so the way back from the end needs no stack: a
    purchase pays for the later cancellations that no purchase between has paid for.
    """
    left = np.zeros(len(changes), np.int64)
    nothing = owed = np.int64(0)
    for index in range(len(changes) - 1, -1, -1):
        if index == len(changes) - 1 or pairs[index] != pairs[index + 1]:
            owed = nothing
        if changes[index] < 0:
            owed -= changes[index]
        else:
            left[index] = max(changes[index] - owed, nothing)
            owed = max(owed - changes[index], nothing)
    return left
