"""Delivered ids in one form, by the same rules for every feed, so that purchases and catalogue agree.

The rules, in their order; each is known by the name under which its changes are counted:

- `zero_width`: characters without a width are removed (zero-width spaces and joiners, soft hyphens, byte
  order marks, marks of direction);
- `blanks`: outer white space of any kind goes, and the NULs that pad a value to a fixed width;
- `formula`: the marks go by which spreadsheets keep a text a text, ="0012" and '0012;
- `fraction`: 17850.0 is 17850; leading zeros stay;
- `case`: by the feed's `id_case`;
- `unicode`: NFC, one form of letters with accents and of Hangul.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.values.text import (
    Column,
    as_text,
    change_rows,
    classify_rows,
    decode_dictionary,
    join_chunks,
    make_classes,
    replace_regex,
)

IdCase = Literal["keep", "lower", "upper"]

_ZERO_WIDTH: Final = (
    r"[\x{ad}\x{61c}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{2064}\x{2066}-\x{2069}\x{feff}]"
)
_PADDING: Final = r"^[\s\x{85}\p{Z}]+|[\s\x{85}\p{Z}\x{0}]+$"
_FORMULA: Final = r'^=""?([^"]*)""?$'
_APOSTROPHE: Final = r"^'([0-9]+)$"
_FRACTION: Final = r"^([+-]?[0-9]+)\.0+$"
_CONTROLS: Final = r"[\x{0}-\x{1f}\x{7f}-\x{9f}\x{2028}\x{2029}\x{fffd}]"
# As spreadsheets and writers of CSV put a number that was no text any more: 8.80E+12, 8.8E12, 1E+12. Without
# a sign and a point (1E5) it is somebody's product code.
_SCIENTIFIC: Final = r"^[+-]?([0-9]{1,3}[.,][0-9]*[eE][+-]?[0-9]{1,3}|[0-9]{1,3}[eE]\+[0-9]{1,3})$"
# Beyond 2^53 a number that has gone through a float64 may be another one; 16 digits at least.
_FLOAT_TEXT: Final = r"^\s*[+-]?0*[1-9][0-9]{15,}\.0\s*$"

# The bytes, in UTF-8, without one of which a rule or a mark has nothing to look at in an id. A fraction or
# a scientific notation has a point, a comma or a plus sign.
_BYTES: Final = {
    "zero_width": (0xC2, 0xD8, 0xE1, 0xE2, 0xEF),
    "blanks": (*range(0x21), 0xC2, 0xE1, 0xE2, 0xE3),
    "formula": tuple(b"='"),
    "number": tuple(b".,+"),
    "unicode": tuple(range(0x80, 0x100)),
    "controls": (*range(0x20), 0x7F, 0xC2, 0xE2, 0xEF),
}
_CLASSES: Final = make_classes(*_BYTES.values())
_BIT: Final = {name: 1 << number for number, name in enumerate(_BYTES)}
_LARGEST_WHOLE: Final = {"halffloat": 1 << 11, "float": 1 << 24, "double": 1 << 53}


@dataclass(frozen=True)
class Ids:
    """n ids as large_string, null where there is none.

    `exact` (bool) is False where a number type has spoilt the value, so that different ids may have become
    one, and null elsewhere; `printable` is False where the id holds control characters or undecodable ones,
    and null elsewhere. `changes` counts by rule the ids that it changed; rules without changes are not there.
    """

    values: pa.Array
    exact: pa.Array
    printable: pa.Array
    changes: dict[str, int]


def clean_ids(column: Column, null_values: Sequence[str], case: IdCase = "keep") -> Ids:
    """Ids in one form. `null_values` are compared in that form and in any case."""
    column = decode_dictionary(column)
    plain = join_chunks(as_text(column))
    classes = classify_rows(plain, _CLASSES)
    rows = np.flatnonzero(classes)
    delivered, classes = plain.take(pa.array(rows)), classes[rows]
    special, changed = _normalise(delivered, classes, case)
    cased = _set_case(plain, case)
    text = change_rows(cased, rows, lambda _: special)
    missing = _find_nulls(text, null_values, case)
    changes = {rule: int(np.count_nonzero(mask & ~missing[rows])) for rule, mask in changed.items()}
    if case != "keep":
        others = _differ(plain, cased) & ~missing
        others[rows] = False
        changes["case"] += int(np.count_nonzero(others))
    inexact = np.concatenate([rows[_find_spoilt(delivered, special, classes)], _find_spoilt_floats(column)])
    unprintable = rows[_find_matches(special, _CONTROLS, classes & _BIT["controls"])]
    return Ids(
        pc.if_else(pa.array(missing), pa.scalar(None, text.type), text),
        _mark(inexact, missing),
        _mark(unprintable, missing),
        {rule: count for rule, count in changes.items() if count},
    )


def _normalise(text: pa.Array, classes: np.ndarray, case: IdCase) -> tuple[pa.Array, dict[str, np.ndarray]]:
    """The texts in one form, and by rule a mask of those that it changed."""
    every = np.ones(len(text), dtype=bool)
    rules: dict[str, tuple[np.ndarray, Callable[[pa.Array], pa.Array]]] = {
        "zero_width": (classes & _BIT["zero_width"], lambda old: replace_regex(old, _ZERO_WIDTH, "")),
        "blanks": (classes & _BIT["blanks"], _trim),
        "formula": (classes & _BIT["formula"], _unwrap),
        "fraction": (classes & _BIT["number"], lambda old: replace_regex(old, _FRACTION, r"\1")),
        "case": (every & (case != "keep"), lambda old: _set_case(old, case)),
        "unicode": (classes & _BIT["unicode"], lambda old: pc.utf8_normalize(old, form="NFC")),
    }
    changed = {}
    for name, (where, rule) in rules.items():
        new = change_rows(text, np.flatnonzero(where), rule)
        changed[name] = _differ(text, new)
        text = new
    return text, changed


def _differ(old: pa.Array, new: pa.Array) -> np.ndarray:
    return np.array(pc.not_equal(old, new).fill_null(False))


def _trim(text: pa.Array) -> pa.Array:
    return replace_regex(text, _PADDING, "")


def _unwrap(text: pa.Array) -> pa.Array:
    return _trim(replace_regex(replace_regex(text, _FORMULA, r"\1"), _APOSTROPHE, r"\1"))


def _set_case(text: pa.Array, case: IdCase) -> pa.Array:
    if case == "keep":
        return text
    return pc.utf8_lower(text) if case == "lower" else pc.utf8_upper(text)


def _find_nulls(text: pa.Array, null_values: Sequence[str], case: IdCase) -> np.ndarray:
    """A mask of the texts that are null, empty or one of `null_values`."""
    nulls = pa.array(["", *null_values], pa.large_string())
    nulls = pc.utf8_lower(_normalise(nulls, classify_rows(nulls, _CLASSES), case)[0])
    longest = pc.max(pc.binary_length(nulls))
    missing = np.array(pc.is_null(text))
    short = np.flatnonzero(pc.less_equal(pc.binary_length(text), longest).fill_null(False))
    missing[short[np.array(pc.is_in(pc.utf8_lower(text.take(pa.array(short))), nulls))]] = True
    return missing


def _find_spoilt(delivered: pa.Array, text: pa.Array, classes: np.ndarray) -> np.ndarray:
    """A mask of the texts that a number type has spoilt before they became text."""
    numbers = classes & _BIT["number"]
    beyond = _find_matches(delivered, _FLOAT_TEXT, numbers)
    if beyond.any():
        values = pc.if_else(pa.array(beyond), text, pa.scalar(None, text.type)).cast(pa.float64())
        beyond &= np.array(pc.greater_equal(pc.abs(values), float(1 << 53)).fill_null(False))
    return _find_matches(text, _SCIENTIFIC, numbers) | beyond


def _find_spoilt_floats(column: Column) -> np.ndarray:
    """Positions of the floats of a column of floats that are too large to be exact, infinities included."""
    largest = _LARGEST_WHOLE.get(str(column.type))
    if largest is None:
        return np.array([], dtype=np.int64)
    wide = column.cast(pa.float32()) if pa.types.is_float16(column.type) else column
    wide = join_chunks(wide.cast(pa.float64()))
    return np.flatnonzero(pc.greater_equal(pc.abs(wide), float(largest)).fill_null(False))


def _find_matches(text: pa.Array, pattern: str, where: np.ndarray) -> np.ndarray:
    """A mask of the texts that match, of those where `where` is not zero."""
    found, rows = np.zeros(len(text), dtype=bool), np.flatnonzero(where)
    found[rows] = np.array(pc.match_substring_regex(text.take(pa.array(rows)), pattern).fill_null(False))
    return found


def _mark(rows: np.ndarray, missing: np.ndarray) -> pa.Array:
    """False at `rows`, null elsewhere and where the id is missing."""
    wrong = np.zeros(len(missing), dtype=bool)
    wrong[rows] = True
    wrong &= ~missing
    return pa.array(np.zeros(len(missing), dtype=bool), mask=~wrong)
