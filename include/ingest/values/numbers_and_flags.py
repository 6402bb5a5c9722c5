"""Delivered values of any type as flags, and as numbers where they are numbers already.

A function takes one column of one file (n values) and the texts that mean "no value". It gives a pair of
arrays of length n: the value, null where there is none, and `parsed`: True where a value was there and
parsed, False where one was there and did not, null where none was there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.values.number_texts import PLAIN, NumberFormat, read_numbers
from include.ingest.values.text import (
    Column,
    clean_text,
    decode_dictionary,
    is_textual,
    join_chunks,
    replace_regex,
)
from include.settings import Availability

Parsed: TypeAlias = tuple[pa.Array, pa.Array]

_WHOLE: Final = r"^([+-]?[0-9]+)\.0+$"
_TRUE: Final = ("y", "yes", "true", "t", "1")
_FALSE: Final = ("n", "no", "false", "f", "0")
_WORDS: Final = Availability()
_NO_NUMBER: Final = pa.scalar(None, pa.float64())


def parse_numbers(column: Column, null_values: Sequence[str], form: NumberFormat = PLAIN) -> Parsed:
    """Finite float64 values; texts as `form` has them, see `include.ingest.values.number_texts`.

    NaN of a numeric column is no value, and neither is a number that `null_values` names; infinities do not
    parse.
    """
    column = decode_dictionary(column)
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        values = join_chunks(column.cast(pa.float64(), safe=False))
        nulls = read_numbers(pa.array(null_values, pa.large_string()), form).drop_null()
        if len(nulls):
            values = pc.if_else(pc.is_in(values, nulls), _NO_NUMBER, values)
        given = pc.invert(pc.is_null(values, nan_is_null=True))
    elif is_textual(kind):
        text = clean_text(column, null_values)
        given = pc.is_valid(text)
        values = read_numbers(text, form)
    else:
        given = join_chunks(pc.is_valid(column))
        values = pa.nulls(len(column), pa.float64())
    finite = pc.fill_null(pc.is_finite(values), False)
    return pc.if_else(finite, values, _NO_NUMBER), tell_parsed(given, finite)


def parse_flags(
    column: Column,
    null_values: Sequence[str],
    words: Availability = _WORDS,
    form: NumberFormat = PLAIN,
) -> Parsed:
    """Booleans, from booleans, 1 and 0, and Y/N, yes/no, true/false, t/f and `words` in any case.

    `words` count before the others. Where they have `stock_count`, a number above 0 is True as well, and
    any other number False.
    """
    text = _fold(clean_text(column, null_values))
    known = pa.nulls(len(text), pa.bool_())
    for value, some in ((True, words.available), (False, words.unavailable), (True, _TRUE), (False, _FALSE)):
        found = pc.is_in(text, _fold(pa.array([word.strip() for word in some], pa.large_string())))
        known = pc.coalesce(known, pc.if_else(found, pa.scalar(value), pa.scalar(None, pa.bool_())))
    if words.stock_count:
        counts, _ = parse_numbers(column, null_values, form)
        known = pc.coalesce(known, pc.greater(counts, 0.0))
    return known, tell_parsed(pc.is_valid(text), pc.is_valid(known))


def tell_parsed(given: pa.Array, succeeded: pa.Array) -> pa.Array:
    return pc.if_else(given, succeeded, pa.scalar(None, pa.bool_()))


def _fold(text: pa.Array) -> pa.Array:
    return replace_regex(pc.utf8_lower(pc.utf8_normalize(text, form="NFC")), _WHOLE, r"\1")
