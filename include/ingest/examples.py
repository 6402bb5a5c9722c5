"""A few delivered values of a column that break a rule, as far as analysts may see them."""

from __future__ import annotations

from typing import Final

import numpy as np

from include.feeds.registry import find_columns
from include.ingest.clean import CleanLines
from include.ingest.masks import mask_digits, mask_value
from include.settings import Feed

_SAMPLE_SIZE: Final = 5
_LOOKED_AT: Final = 100


def pick_examples(
    settings: Feed, lines: CleanLines, column: str, rows: np.ndarray, is_number: bool = False
) -> list[str]:
    """Different values of a column of ours in some rows, masked; none of a personal column."""
    if _is_personal(column) or not settings.source(column).columns:
        return []
    rows = rows[:_LOOKED_AT]
    # Where a mall's columns are shifted, a person's id may stand in another column.
    own = [
        lines.table.column(name).take(rows).to_pylist()
        for name in lines.table.column_names
        if _is_personal(name)
    ]
    values = _read_values(settings, column, lines, rows)
    examples: dict[str, None] = {}
    for row, value in enumerate(values):
        if value is not None and value.strip() not in {ids[row] for ids in own}:
            examples[mask_value(value, column, is_number)] = None
    return list(examples)[:_SAMPLE_SIZE]


def show_spoilt_id(settings: Feed, lines: CleanLines, column: str, rows: np.ndarray) -> str:
    """One id that a number type has spoilt, an item's as it is, a user's or order's without its digits."""
    values = [value for value in _read_values(settings, column, lines, rows[:1]) if value is not None]
    if not values:
        return ""
    return mask_digits(values[0]) if _is_personal(column) else mask_value(values[0], column, is_number=True)


def _is_personal(column: str) -> bool:
    return any(ours.personal for ours in find_columns(column))


def _read_values(settings: Feed, column: str, lines: CleanLines, rows: np.ndarray) -> list[str | None]:
    """The delivered values of a column of ours in some rows, ascending; of several columns joined."""
    theirs, by, numbers = settings.source(column).columns, settings.source(column).by, lines.numbers[rows]
    values: dict[int, str | None] = {}
    for group in lines.delivered.groups:
        rows = group.find_rows(numbers)
        names = group.table.column_names
        if not len(rows) or any(names.count(name) != 1 for name in theirs):
            continue
        parts = [column.to_pylist() for column in group.show_rows(rows, [names.index(n) for n in theirs])]
        for line, texts in zip(group.lines[rows].tolist(), zip(*parts, strict=True), strict=True):
            given = [text for text in texts if text is not None]
            values[line] = by.join(given) if given else None
    return [values.get(line) for line in numbers.tolist()]
