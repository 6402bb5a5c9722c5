"""Delivered values of any type as numbers and as flags.

A function takes one column of one file (n values) and the texts that mean "no value". It gives a pair of
arrays of length n: the value, null where there is none, and `parsed`: True where a value was there and
parsed, False where one was there and did not, null where none was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.text import Column, clean_ids, clean_text, decode_dictionary, is_textual, join_chunks

Parsed: TypeAlias = tuple[pa.Array, pa.Array]

_NUMBER: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_TRUE: Final = pa.array(["y", "yes", "true", "t", "1"], pa.large_string())
_FALSE: Final = pa.array(["n", "no", "false", "f", "0"], pa.large_string())


def parse_numbers(column: Column, null_values: Sequence[str]) -> Parsed:
    """Finite float64 values.

    NaN of a numeric column is no value; infinities, and texts such as 1,000, do not parse.
    """
    column = decode_dictionary(column)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = join_chunks(column.cast(pa.float64(), safe=False))
        given = pc.invert(pc.is_null(values, nan_is_null=True))
    elif is_textual(kind):
        text = clean_text(column, null_values)
        given = pc.is_valid(text)
        looks_right = pc.fill_null(pc.match_substring_regex(text, _NUMBER), False)
        values = pc.if_else(looks_right, text, pa.scalar(None, text.type)).cast(pa.float64())
    else:
        given = join_chunks(pc.is_valid(column))
        values = pa.nulls(len(column), pa.float64())
    finite = pc.fill_null(pc.is_finite(values), False)
    return pc.if_else(finite, values, pa.scalar(None, pa.float64())), tell_parsed(given, finite)


def parse_flags(column: Column, null_values: Sequence[str]) -> Parsed:
    """Booleans, from booleans, 1 and 0, and Y/N, yes/no, true/false, t/f in any case."""
    text = pc.utf8_lower(clean_ids(column, null_values))
    is_true, is_false = pc.is_in(text, _TRUE), pc.is_in(text, _FALSE)
    known = pc.or_(is_true, is_false)
    return pc.if_else(known, is_true, pa.scalar(None, pa.bool_())), tell_parsed(pc.is_valid(text), known)


def tell_parsed(given: pa.Array, succeeded: pa.Array) -> pa.Array:
    return pc.if_else(given, succeeded, pa.scalar(None, pa.bool_()))
