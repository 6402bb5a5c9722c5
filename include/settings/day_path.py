"""Where below `landing.uri` a feed's files of one day are: a path with `{day}`, which may have a format."""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache
from string import Formatter
from typing import Final

# What strftime writes of a date; times of day, and what depends on the machine, tell no day from another.
_CONVERSIONS: Final = "YymbBdjaAuwUWVGF%"
_CONVERSION: Final = re.compile(r"%(-?)(.?)", re.DOTALL)
_FIRST: Final = date(2023, 12, 25)
_DAYS: Final = [_FIRST + timedelta(days=age) for age in range(3 * 366)]


def fill_path(path: str, feed: str, day: date) -> str:
    """The path of one feed and day: `{day}` is YYYY-MM-DD, `{day:%Y/%m/%d}` as strftime writes it."""
    return path.format(feed=feed, day=day)


def check_path(path: str) -> str:
    """The path, if it can work. Raises ValueError with what is wrong."""
    try:
        named = [
            (name, spec or "", conversion)
            for _, name, spec, conversion in Formatter().parse(path)
            if name is not None
        ]
    except ValueError as error:
        raise ValueError(f"path is no pattern with {{day}}: {error}") from None
    if "day" not in {name for name, _, _ in named}:
        raise ValueError("path must contain {day}, which stands for the date, and may contain {feed}")
    for name, spec, conversion in named:
        _check_field(name, spec, conversion)
    _check_parts(fill_path(path, "feed", _FIRST))
    _check_days(path)
    return path


def _check_field(name: str, spec: str, conversion: str | None) -> None:
    if name not in ("day", "feed"):
        raise ValueError(
            f"path knows {{day}} and {{feed}}, not {{{name}}}; write parts of the date as {{day:%Y/%m/%d}}"
        )
    if conversion or (name == "feed" and spec):
        raise ValueError(f"path takes {{{name}}} without ! and, but for {{day}}, without a format")
    if name == "feed" or not spec:
        return
    if "{" in spec or not _CONVERSION.search(spec):
        raise ValueError(f"path has {{day:{spec}}}; a format is written as strftime has it, {{day:%Y/%m/%d}}")
    for flag, letter in _CONVERSION.findall(spec):
        if not letter or letter not in _CONVERSIONS:
            raise ValueError(
                f"path has %{flag}{letter} in the format of {{day}}; those of a date are"
                f" {', '.join(f'%{known}' for known in _CONVERSIONS)}"
            )


def _check_parts(filled: str) -> None:
    if filled.startswith("/") or "://" in filled:
        raise ValueError("path must be relative: it starts below landing.uri")
    parts = filled.split("/")
    if ".." in parts or "." in parts:
        raise ValueError("path must not contain . or .. as a folder")
    if "" in parts or any(part != part.strip() for part in parts):
        raise ValueError("path must not have a folder without a name, or one with a blank at its end")
    if not filled.isprintable():
        raise ValueError("path must not contain line breaks or other characters that cannot be seen")


@cache
def _check_days(path: str) -> None:
    seen: dict[str, date] = {}
    for day in _DAYS:
        first = seen.setdefault(fill_path(path, "feed", day), day)
        if first != day:
            raise ValueError(
                f"path has the same folder for {first} and {day}; it needs year, month and day of the date"
            )
