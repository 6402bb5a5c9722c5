"""Delivered values that may be shown to analysts: those whose shape cannot be a person's, others masked."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LONGEST: Final = 60
_DIGITS: Final = 7  # a phone number has more
_NUMBER: Final = re.compile(
    r"[-+]?[$€£¥₩]?([0-9]+|[0-9]{1,3}([.,'][0-9]{3})+)?([.,][0-9]{1,6})?([eE][-+]?[0-9]{1,3})?-?[%$€£¥₩원]?"
)
_DATE: Final = re.compile(
    r"([0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}|[0-9]{1,2}[-/.][0-9]{1,2}[-/.][0-9]{4})"
    r"([T ]((오전|오후) )?[0-9]{1,2}:[0-9]{2}(:[0-9]{2}([.,][0-9]{1,9})?)?"
    r"( ?([AaPp][Mm]|Z|[-+][0-9]{2}:?[0-9]{2}))?)?"
)
_SPOILT_NUMBER: Final = re.compile(r"[-+]?[0-9]+([.,][0-9]*)?([eE][-+]?[0-9]{1,3})?")
_FLAGS: Final = {"y", "n", "t", "f", "yes", "no", "true", "false", "on", "off", "inf", "-inf", "nan", "na"}
_FLAG_WORDS: Final = re.compile(r"[^\W\d_]{1,12}([ _-][^\W\d_]{1,12})?")


def mask_value(value: str, column: str = "", is_number: bool = False) -> str:
    """A value as it may be shown: numbers, dates and flags as they are, of all else its shape.

    In a shape a letter is x and a digit 9. Numbers of more than 7 digits may be somebody's, unless
    `is_number` says that the value is known to be one; words that are no flags are shown where `column`
    is is_available, which only catalogues have.
    """
    text = value.strip()
    if text.lower() in _FLAGS or _DATE.fullmatch(text):
        return text
    if is_number and _SPOILT_NUMBER.fullmatch(text):
        return text[:_LONGEST]
    if _NUMBER.fullmatch(text) and len(re.findall("[0-9]", re.split("[eE]", text)[0])) <= _DIGITS:
        return text
    if column == "is_available" and _FLAG_WORDS.fullmatch(text):
        return text
    return mask_shape(text)


def mask_shape(value: str) -> str:
    """The shape of any value: a letter is x, a digit 9, what nobody sees ?."""
    return "".join(map(_mask_character, value[:_LONGEST]))


def mask_digits(value: str) -> str:
    """A number without its digits; of anything else the shape."""
    text = value.strip()
    return re.sub("[0-9]", "9", text[:_LONGEST]) if _SPOILT_NUMBER.fullmatch(text) else mask_value(value)


def _mask_character(character: str) -> str:
    kind = unicodedata.category(character)[0]
    if kind in "LM":
        return "x"
    if kind == "N":
        return "9"
    return character if kind in "PS" or character == " " else "?"
