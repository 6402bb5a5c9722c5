"""How loops that NumPy cannot say are compiled."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

Kernel = TypeVar("Kernel", bound=Callable)


def _open_cache() -> str | None:
    """A folder for compiled code of just these sources, or None where none can be written.

    numba asks only whether a kernel's own file has changed, not those of the kernels that it calls; so the
    folder is called after the text of them all.
    """
    sources = sorted(Path(__file__).parent.parent.rglob("*.py"))
    digest = hashlib.sha256(b"\0".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    bases = [Path(os.environ.get("NUMBA_CACHE_DIR") or Path(__file__).parent / "__pycache__")]
    with suppress(RuntimeError):
        bases.append(Path.home() / ".cache" / "dangol")
    for base in bases:
        folder = base / f"kernels-{digest}"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                _remove_former(base, folder)
                return str(folder)
    return None


def _remove_former(base: Path, current: Path) -> None:
    for former in base.glob("kernels-*"):
        if former != current and former.stat().st_mtime < time.time() - _FORMER_LIFE:
            shutil.rmtree(former, ignore_errors=True)


# Processes that began before a change of the sources may still use theirs.
_FORMER_LIFE = 86_400  # seconds
_CACHE = _open_cache()
if _CACHE:
    numba.config.CACHE_DIR = _CACHE  # type: ignore[attr-defined]


def compile_kernel(function: Kernel) -> Kernel:
    """A function of arrays and numbers as machine code, compiled when it is first called.

    The code is kept in __pycache__ beside the modules, under NUMBA_CACHE_DIR where that is set, or in
    ~/.cache/dangol, so that only the first run waits for it; where none can be written, each process compiles
    anew. A division by zero gives what NumPy gives: a check of each would keep loops from being vectorised.
    """
    return _compile(function)


def compile_sums(function: Kernel) -> Kernel:
    """`compile_kernel` for sums whose order is free, so that several numbers are added at once.

    Their last bits then depend on the processor: it is for results that do so anyway.
    """
    return _compile(function, {"reassoc", "contract", "nsz"})


def _compile(function: Kernel, may_change: bool | set[str] = False) -> Kernel:
    decorate: Any = numba.njit(nogil=True, cache=_CACHE is not None, error_model="numpy", fastmath=may_change)
    return cast(Kernel, decorate(function))


def _describe_fetch(typing: Any, array: Any, place: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        pointer = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        to_read, keep_long, as_data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(prefetch, [pointer, to_read, keep_long, as_data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


# fetch(array, place) in a kernel: begin to bring array[place] into the cache, and do not wait for it. The
# array is contiguous, with one axis; a place outside of it does no harm.
fetch: Any = intrinsic(_describe_fetch)
