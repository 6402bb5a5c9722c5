"""Which of many scores reach their floors, as the bits of one number.

Loops that count what passes can be compiled to compare many scores at once, but not to say which they were.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types

from include.kernels.intrinsics import with_fallback

# Scores that are compared at once: one bit each.
STRIDE = 32

_BITS = ir.IntType(STRIDE)
_SCORES = ir.VectorType(ir.FloatType(), STRIDE)


def _mark_plainly(scores: Any, index: Any, floor: Any) -> Any:
    mask = np.uint32(0)
    for n in range(STRIDE):
        mask |= np.uint32(scores[index + n] >= floor) << np.uint32(n)
    return np.uint32(mask)


@with_fallback(_mark_plainly)
def mark_reaching(typing: Any, scores: Any, index: Any, floor: Any) -> Any:
    """mark_reaching(scores, index, floor) in a kernel: bit n (uint32) is whether scores[index + n] >= floor.

    scores: float32, contiguous, with one axis and STRIDE values from the index.
    """

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, first, height = values
        loaded = _load_scores(context, builder, signature.args[0], array, first)
        undefined = ir.Constant(_SCORES, ir.Undefined)
        lowest = builder.insert_element(undefined, height, ir.Constant(ir.IntType(32), 0))
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), STRIDE), [0] * STRIDE)
        return _compare(builder, loaded, builder.shuffle_vector(lowest, undefined, everywhere))

    return types.uint32(scores, types.intp, types.float32), generate


def _mark_each_plainly(scores: Any, index: Any, floors: Any, start: Any) -> Any:
    mask = np.uint32(0)
    for n in range(STRIDE):
        mask |= np.uint32(scores[index + n] >= floors[start + n]) << np.uint32(n)
    return np.uint32(mask)


@with_fallback(_mark_each_plainly)
def mark_reaching_each(typing: Any, scores: Any, index: Any, floors: Any, start: Any) -> Any:
    """`mark_reaching` with floors of their own: whether scores[index + n] >= floors[start + n]."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        array, first, heights, begin = values
        loaded = _load_scores(context, builder, signature.args[0], array, first)
        return _compare(builder, loaded, _load_scores(context, builder, signature.args[2], heights, begin))

    return types.uint32(scores, types.intp, floors, types.intp), generate


def _find_plainly(mask: Any) -> Any:
    bit = np.uint32(0)
    while bit < STRIDE - 1 and not (mask >> bit) & np.uint32(1):
        bit += np.uint32(1)
    return np.uint32(bit)


@with_fallback(_find_plainly)
def find_lowest(typing: Any, mask: Any) -> Any:
    """find_lowest(mask) in a kernel: the number (uint32) of the lowest bit that is set; one is."""

    def generate(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        return builder.cttz(values[0], ir.Constant(ir.IntType(1), 0))

    return types.uint32(types.uint32), generate


def _load_scores(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    pointer = builder.bitcast(builder.gep(data, [index]), _SCORES.as_pointer())
    return builder.load(pointer, align=4)


def _compare(builder: Any, scores: Any, floors: Any) -> Any:
    return builder.bitcast(builder.fcmp_ordered(">=", scores, floors), _BITS)
