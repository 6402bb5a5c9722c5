"""What numba has no words for, said to LLVM; and the plain loops that do the same where that fails.

With DANGOL_PLAIN_KERNELS=1 when the process begins, or where an intrinsic cannot be compiled, the plain loops
are compiled in its place: kernels are slower then, and give the same bits.
"""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable
from typing import Any

import numba
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

log = logging.getLogger(__name__)

_PLAIN = os.environ.get("DANGOL_PLAIN_KERNELS", "") not in ("", "0")

Describe = Callable[..., Any]


def with_fallback(plain: Callable[..., Any]) -> Callable[[Describe], Any]:
    """Make an intrinsic of what describes one (types → signature and generator), and a loop to replace it.

    plain: takes and returns the same as the intrinsic, in Python that numba compiles.
    """

    def decorate(describe: Describe) -> Any:
        @functools.wraps(describe)
        def choose(typing: Any, *arguments: Any) -> Any:
            signature, generate = describe(typing, *arguments)
            if _PLAIN or not _can_compile(describe, arguments):
                generate = functools.partial(_generate_plain, plain)
            return signature, generate

        return intrinsic(choose)

    return decorate


def _generate_plain(
    plain: Callable[..., Any], context: Any, builder: Any, signature: Any, values: Any
) -> Any:
    return context.compile_internal(builder, plain, signature, values)


_compiles: dict[Describe, bool] = {}


def _can_compile(describe: Describe, arguments: tuple[Any, ...]) -> bool:
    """Whether LLVM takes what is described, tried once in each process that compiles."""
    if describe not in _compiles:
        names = ", ".join(f"argument{n}" for n in range(len(arguments)))
        call = eval(f"lambda {names}: tried({names})", {"tried": intrinsic(describe)})
        try:
            numba.njit(arguments)(call)
            _compiles[describe] = True
        except Exception as error:
            log.warning("%s cannot be compiled; a slower loop does its work: %s", describe.__name__, error)
            _compiles[describe] = False
    return _compiles[describe]


def _fetch_nothing(array: Any, index: Any) -> None:
    pass


@with_fallback(_fetch_nothing)
def fetch(typing: Any, array: Any, index: Any) -> Any:
    """fetch(array, index) in a kernel: begin to bring array[index] into the cache, and do not wait for it.

    The array is contiguous, with one axis; an index outside of it does no harm.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        data = context.make_array(signature.args[0])(context, builder, values[0]).data
        pointer = builder.bitcast(builder.gep(data, [values[1]]), ir.IntType(8).as_pointer())
        number = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [pointer.type, number, number, number])
        prefetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")
        to_read, keep_long, as_data = (ir.Constant(number, value) for value in (0, 3, 1))
        builder.call(prefetch, [pointer, to_read, keep_long, as_data])
        return context.get_dummy_value()

    return types.void(array, types.intp), generate
