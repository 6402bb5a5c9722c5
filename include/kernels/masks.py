"""Which of many scores reach their floors, as the bits of one number.

Loops that count what passes can be compiled to compare many scores at once, but not to say which they were.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

# Scores that are compared at once: one bit each.
STRIDE = 32

_BITS = ir.IntType(STRIDE)
_SCORES = ir.VectorType(ir.FloatType(), STRIDE)


def _load_scores(context: Any, builder: Any, kind: Any, array: Any, place: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    pointer = builder.bitcast(builder.gep(data, [place]), _SCORES.as_pointer())
    return builder.load(pointer, align=4)


def _compare(builder: Any, scores: Any, floors: Any) -> Any:
    return builder.bitcast(builder.fcmp_ordered(">=", scores, floors), _BITS)


def _describe_one_floor(typing: Any, scores: Any, place: Any, floor: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, first, height = arguments
        loaded = _load_scores(context, builder, signature.args[0], array, first)
        undefined = ir.Constant(_SCORES, ir.Undefined)
        lowest = builder.insert_element(undefined, height, ir.Constant(ir.IntType(32), 0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), STRIDE), [0] * STRIDE)
        return _compare(builder, loaded, builder.shuffle_vector(lowest, undefined, everywhere))

    return types.uint32(scores, types.intp, types.float32), generate


def _describe_floors(typing: Any, scores: Any, place: Any, floors: Any, begin: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, first, heights, start = arguments
        loaded = _load_scores(context, builder, signature.args[0], array, first)
        return _compare(builder, loaded, _load_scores(context, builder, signature.args[2], heights, start))

    return types.uint32(scores, types.intp, floors, types.intp), generate


def _describe_lowest(typing: Any, mask: Any) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.uint32(types.uint32), generate


# mark_reaching(scores, place, floor) in a kernel: bit n tells whether scores[place + n] >= floor.
# mark_reaching_each(scores, place, floors, start): whether scores[place + n] >= floors[start + n].
# The arrays are float32 and contiguous, with one axis, and hold STRIDE values from there.
mark_reaching: Any = intrinsic(_describe_one_floor)
mark_reaching_each: Any = intrinsic(_describe_floors)
# find_lowest(mask): the number of its lowest bit that is set.
find_lowest: Any = intrinsic(_describe_lowest)
