"""What the fields of a file's lines are: pairs of user and item, or a user and the list of its items."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow.compute as pc

from include.evaluation.split_files.forms import Layout
from include.evaluation.split_files.text import Lines

MOST_FIELDS: Final = 4  # user item [rating] [timestamp]

_SAMPLE = 1000
_NAMES: Final = {
    "user": ("user", "users", "userid", "uid", "customer", "customerid", "reviewerid", "visitorid"),
    "item": (
        "item", "items", "itemid", "iid", "movieid", "product", "productid", "asin", "parentasin", "bookid",
        "artistid", "trackid", "songid", "businessid", "locationid", "stockcode",
    ),
    "rating": ("rating", "ratings", "score", "stars", "overall", "weight", "count", "playcount"),
    "timestamp": ("timestamp", "time", "date", "datetime", "unixreviewtime", "ts"),
}  # fmt: skip


@dataclass(frozen=True)
class Columns:
    """Which field of a line is what, from 0; -1 where a line has no such field.

    has_header: the first line names the fields. width: how many each line has.
    """

    user: int
    item: int
    rating: int
    timestamp: int
    width: int
    has_header: bool = False


def find_header(lines: Lines) -> Columns | None:
    """The columns by the first line, where that is a header.

    It is one where it names a user and an item, such as user_id, userId or user_id:token; and where both of
    its ids, or its rating, are no numbers and those of all the following lines are.
    """
    first, *others = lines.take_first(_SAMPLE)
    names = [re.sub(r"[^a-z]", "", field.lower().partition(":")[0]) for field in first]
    found = {
        what: next((place for place, name in enumerate(names) if name in known), -1)
        for what, known in _NAMES.items()
    }
    if found["user"] >= 0 and found["item"] >= 0:
        return Columns(**found, width=len(first), has_header=True)
    if 2 <= len(first) <= MOST_FIELDS and others:
        titles = [_are_numbers(others, place) > _is_number(name) for place, name in enumerate(first)]
        if (titles[0] and titles[1]) or any(titles[2:]):
            return _place_columns(len(first), has_header=True)
    return None


def find_columns(lines: Lines) -> Columns:
    """The columns of lines without a header: user, item, rating, timestamp.

    The third of three is a timestamp where it is a whole number of 100,000,000 or more in all of the first
    lines: as a rating it would be odd, and as seconds since 1970 it is 1973 or later.
    """
    sample = lines.take_first(_SAMPLE)
    columns = _place_columns(len(sample[0]))
    if columns.width == 3 and all(len(line) == 3 and re.fullmatch(r"\d{9,}", line[2]) for line in sample):
        return Columns(0, 1, -1, 2, 3)
    return columns


def choose_layout(lines: Lines) -> Layout | None:
    """The layout of lines without a header; None where both are possible and not the same.

    Lists hold each user in one line, separated by spaces or tabs, with any number of items. Pairs have two
    to four fields a line, all as many. So a user in several lines says pairs; lines of different lengths, or
    of one field or more than four, say lists where no user comes twice. Lines of two fields are the same in
    both. Three or four fields in every line of a file in which no user comes twice are lists or rated pairs:
    pairs if a third field is a fraction, and otherwise nobody can tell.
    """
    if lines.separator not in ("space", "tab"):
        return "pairs"
    if pc.count_distinct(lines.column(0)).as_py() < len(lines.counts):
        return "pairs"
    low, high = int(lines.counts.min()), int(lines.counts.max())
    if low != high or low not in range(2, MOST_FIELDS + 1):
        return "lists"
    if low == 2 or bool(pc.any(pc.match_substring_regex(lines.column(2), r"^-?\d*\.\d*$")).as_py()):
        return "pairs"
    return None


def find_ragged(lines: Lines, width: int) -> int | None:
    """The first line (its index) that has another number of fields than `width`."""
    ragged = np.flatnonzero(lines.counts != width)
    return int(ragged[0]) if len(ragged) else None


def _place_columns(width: int, *, has_header: bool = False) -> Columns:
    return Columns(0, 1, 2 if width > 2 else -1, 3 if width > 3 else -1, width, has_header)


def _are_numbers(lines: Sequence[Sequence[str]], place: int) -> bool:
    return all(len(line) > place and _is_number(line[place]) for line in lines)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
