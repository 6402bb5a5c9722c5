"""A day's delivered lines as few large tables, whatever the number of files they came in.

A line is known by its position in the day: from 0, through the files in their order and through their rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Final

import numpy as np
import pyarrow as pa

from include.ingest.landing import DeliveredFile
from include.ingest.values.text import as_text

# Below so many rows a chunk, a column's chunks cost more than its values.
_SHORT_CHUNK: Final = 10_000


@dataclass(frozen=True)
class Group:
    """The lines of all files that have the same columns and types. `lines` (n,) are the rows' positions."""

    table: pa.Table
    lines: np.ndarray

    def keep(self, wanted: np.ndarray) -> Group:
        """The lines of a mask over the whole day."""
        mask = wanted[self.lines]
        return self if mask.all() else Group(self.table.filter(pa.array(mask)), self.lines[mask])

    def find_rows(self, lines: np.ndarray) -> np.ndarray:
        """The rows that hold these lines, which are ascending; lines of other groups are left out."""
        if not len(self.lines):
            return np.array([], dtype=np.int64)
        rows = np.minimum(np.searchsorted(self.lines, lines), len(self.lines) - 1)
        return rows[self.lines[rows] == lines]

    def show_rows(self, rows: np.ndarray, columns: Sequence[int] | None = None) -> list[pa.ChunkedArray]:
        """Columns (all, unless positions are given) of some rows as they were delivered, as text."""
        table = (self.table if columns is None else self.table.select(list(columns))).take(pa.array(rows))
        return [as_text(column).cast(pa.string()) for column in table.columns]


@dataclass(frozen=True)
class Delivered:
    """A day's lines. `files` are the names, `starts` (files + 1,) the positions of their first lines."""

    files: tuple[str, ...]
    starts: np.ndarray
    groups: tuple[Group, ...]

    @property
    def count(self) -> int:
        return int(self.starts[-1])

    def keep(self, wanted: np.ndarray) -> Delivered:
        """The lines of a mask over the day; those that are left keep their positions."""
        if wanted.all():
            return self
        return replace(self, groups=tuple(group.keep(wanted) for group in self.groups))

    def find_files(self, lines: np.ndarray) -> np.ndarray:
        """For each line the number of its file."""
        found: np.ndarray = np.searchsorted(self.starts, lines, side="right") - 1
        return found


def join_files(files: Sequence[DeliveredFile]) -> Delivered:
    starts = np.cumsum([0, *(file.table.num_rows for file in files)])
    alike: dict[tuple[tuple[str, pa.DataType], ...], list[int]] = defaultdict(list)
    for number, file in enumerate(files):
        if file.table.num_rows:
            alike[tuple(zip(file.table.column_names, file.table.schema.types, strict=True))].append(number)
    groups = tuple(
        Group(
            _join_tables([files[number].table for number in numbers]),
            np.concatenate([np.arange(starts[number], starts[number + 1]) for number in numbers]),
        )
        for numbers in alike.values()
    )
    return Delivered(tuple(file.name for file in files), starts, groups)


def _join_tables(tables: list[pa.Table]) -> pa.Table:
    columns = [
        pa.chunked_array([chunk for column in parts for chunk in column.chunks], parts[0].type)
        for parts in zip(*(table.columns for table in tables), strict=True)
    ]
    columns = [
        _join_short_chunks(column if _can_be_taken(column.type) else as_text(column)) for column in columns
    ]
    return pa.table(columns, names=tables[0].column_names)


@cache
def _can_be_taken(kind: pa.DataType) -> bool:
    """Arrow picks rows of columns of this type; not of every one, such as string views."""
    try:
        pa.nulls(0, kind).take(pa.array([], pa.int64()))
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):
        return False
    return True


def _join_short_chunks(column: pa.ChunkedArray) -> pa.ChunkedArray:
    if column.num_chunks < 2 or len(column) >= column.num_chunks * _SHORT_CHUNK:
        return column
    try:
        return pa.chunked_array([column.combine_chunks()], column.type)
    except (pa.ArrowNotImplementedError, pa.ArrowInvalid):  # a type that cannot be joined, or too much text
        return column
