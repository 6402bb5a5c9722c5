"""A few delivered values of a column, for people who look at data quality and may not see personal data."""

from __future__ import annotations

import re
from typing import Final

import numpy as np

from include.ingest.clean import Lines
from include.ingest.masks import mask_value
from include.models.columns import ORDER_ID, USER_ID
from include.settings import Advertiser

PERSONAL: Final = (ORDER_ID, USER_ID)
_SIZE: Final = 5
_SEARCHED: Final = 100
# What says nothing of a person: a short number, a date and time, a mark of "no number".
_HARMLESS: Final = re.compile(
    r"[+-]?[0-9]{0,9}([.,][0-9]{0,9})?([eE][+-]?[0-9]{1,3})?|[+-]?(nan|inf|infinity)"
    r"|[0-9]{4}[-/.][0-9]{1,2}[-/.][0-9]{1,2}([T ][0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?)?"
    r"(Z|[+-][0-9]{2}:?[0-9]{2})?",
    re.IGNORECASE,
)


def pick_sample(advertiser: Advertiser, feed: str, lines: Lines, column: str, rows: np.ndarray) -> list[str]:
    """Different values of a column of ours among `rows`, masked unless they are harmless.

    Where a mall's columns are shifted, a person's id may stand in another column: it is left out.
    """
    source = advertiser.feeds[feed].source(column)  # type: ignore[index]
    sample: list[str] = []
    searched = rows[:_SEARCHED]
    for number, group in enumerate(lines.groups):
        chosen = searched[lines.group_of_row[searched] == number]
        if not len(chosen) or not source.columns or source.columns[0] not in group.table.column_names:
            continue
        shown = group.show_rows(lines.place_of_row[chosen])
        for row, value in zip(chosen.tolist(), shown.column(source.columns[0]).to_pylist(), strict=True):
            if value is None or value.strip() in _list_own_ids(lines, row):
                continue
            shape = value if _HARMLESS.fullmatch(value) else mask_value(value)
            if shape not in sample:
                sample.append(shape)
            if len(sample) == _SIZE:
                return sample
    return sample


def _list_own_ids(lines: Lines, row: int) -> set[str | None]:
    return {lines.table.column(name)[row].as_py() for name in PERSONAL if name in lines.table.column_names}
