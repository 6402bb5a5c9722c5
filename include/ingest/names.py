"""Names that a mall gave (of files, of columns) as they may stand in a sentence."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

_LONGEST: Final = 80
_MOST: Final = 20


def show_name(name: str) -> str:
    """The name in one short line, with what cannot be seen escaped: U+200B is \\u200b."""
    shown = "".join(character if _is_visible(character) else _escape(character) for character in name)
    shown = f"{shown[:_LONGEST]}…" if len(shown) > _LONGEST else shown
    return shown or "(a name without a character)"


def show_names(names: Iterable[str]) -> str:
    """Names with commas between them, not too many; `none` without any."""
    shown = [show_name(name) for name in names]
    more = f" and {len(shown) - _MOST} more" if len(shown) > _MOST else ""
    return (", ".join(shown[:_MOST]) or "none") + more


def find_near(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was probably meant for, be it in another case or with other blanks."""
    by_form = {_simplify(other): other for other in names}
    found = get_close_matches(_simplify(name), by_form, n=1, cutoff=0.8)
    return by_form[found[0]] if found else None


def _simplify(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _is_visible(character: str) -> bool:
    return character == " " or (character.isprintable() and not "\ud800" <= character <= "\udfff")


def _escape(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # a byte of a name that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
