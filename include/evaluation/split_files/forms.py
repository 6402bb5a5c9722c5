"""The words by which a person says what a file is like."""

from __future__ import annotations

from typing import Final, Literal

# Lines of a pair each, or of a user and its items.
Layout = Literal["pairs", "lists"]
LAYOUTS: Final[tuple[Layout, ...]] = ("pairs", "lists")

# In the order in which they are looked for in a line: the first that it has is meant.
SEPARATORS: Final = {"::": "::", "tab": "\t", "semicolon": ";", "comma": ",", "space": " "}

# Which of a user's pairs are held out: drawn, or the newest.
Way = Literal["random", "last"]
WAYS: Final[tuple[Way, ...]] = ("random", "last")
