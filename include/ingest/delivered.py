"""The lines of a day's files as they were delivered: all files of the same columns in one table.

So a day in thousands of files costs about as much as the same lines in one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from include.ingest.landing import DeliveredFile
from include.ingest.text import as_text


@dataclass(frozen=True)
class Group:
    """Files whose columns have the same names and types, one below the other (n rows).

    `files` (n,) is each row's file, its place in the delivery; `lines` (n,) its line there, from 1 at the
    first row, a CSV's header not counted.
    """

    table: pa.Table
    files: np.ndarray
    lines: np.ndarray

    def keep(self, mask: np.ndarray) -> Group:
        """The rows where the mask (n,) is True."""
        if mask.all():
            return self
        return Group(self.table.filter(pa.array(mask)), self.files[mask], self.lines[mask])

    def show_rows(self, rows: np.ndarray) -> pa.Table:
        """Rows (places in the table) as they were delivered, every value as text."""
        table = self.table.take(pa.array(rows))
        return pa.table(
            [as_text(column).cast(pa.string()) for column in table.columns], names=table.column_names
        )


def group_files(files: Sequence[DeliveredFile]) -> list[Group]:
    """The files in groups, a group where its first file is, a group's files in their order."""
    alike: dict[tuple[tuple[str, ...], tuple[pa.DataType, ...]], list[int]] = {}
    for number, file in enumerate(files):
        schema = file.table.schema
        alike.setdefault((tuple(schema.names), tuple(schema.types)), []).append(number)
    groups = []
    for (names, _), numbers in alike.items():
        rows = np.array([files[number].table.num_rows for number in numbers], dtype=np.int64)
        # Made anew from the columns: whether a column may have nulls is part of a schema too.
        tables = [pa.table(files[number].table.columns, names=list(names)) for number in numbers]
        starts = np.repeat(np.cumsum(rows) - rows, rows)
        groups.append(
            Group(
                pa.concat_tables(tables),
                np.repeat(np.array(numbers, dtype=np.int64), rows),
                np.arange(rows.sum(), dtype=np.int64) - starts + 1,
            )
        )
    return groups
