"""Delivered values as people may see them anywhere: their shape, without what they say."""

from __future__ import annotations

from typing import Final

LONGEST: Final = 40


def mask_value(value: str) -> str:
    """Letters as x and X, digits as 9; what is neither stays, but for the invisible: <200B> is U+200B."""
    shown = "".join(_mask_character(character) for character in value[:LONGEST])
    return f"{shown}…" if len(value) > LONGEST else shown


def _mask_character(character: str) -> str:
    if character.isdecimal():
        return "9"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    if character == " " or character.isprintable():
        return character
    return f"<{ord(character):04X}>"
