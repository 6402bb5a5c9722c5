"""How loops that NumPy cannot say are compiled."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numba

Kernel = TypeVar("Kernel", bound=Callable)


def compile_kernel(function: Kernel) -> Kernel:
    """A function of arrays and numbers as machine code, compiled when it is first called.

    Where the process has chosen a folder for compiled code (`include.compile_cache`), only the first run
    waits for the compiler. A division by zero gives what NumPy gives: a check of each would keep loops from
    being vectorised.
    """
    return _compile(function)


def compile_sums(function: Kernel) -> Kernel:
    """`compile_kernel` for sums whose order is free, so that several numbers are added at once.

    Their last bits then depend on the processor: it is for results that do so anyway.
    """
    return _compile(function, {"reassoc", "contract", "nsz"})


def _compile(function: Kernel, may_change: bool | set[str] = False) -> Kernel:
    decorate: Any = numba.njit(nogil=True, cache=_has_cache(), error_model="numpy", fastmath=may_change)
    return cast(Kernel, decorate(function))


def _has_cache() -> bool:
    """Whether numba keeps code in a folder for just these sources; in any other it would outlive them."""
    folder = Path(numba.config.CACHE_DIR)  # type: ignore[attr-defined]
    return folder.name.startswith("kernels-") and os.access(folder, os.W_OK)
