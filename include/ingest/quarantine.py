"""The lines that a day's contract did not accept, as they were delivered, with where they were and why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from include.ingest.clean import Lines

# What is added to a delivered line: its file, its line in it (1 is the first after a header), the reasons.
ORIGIN: Final = pa.schema(
    [
        pa.field("source_file", pa.string()),
        pa.field("source_line", pa.int64()),
        pa.field("reason", pa.string()),
    ]
)


def collect_quarantined(lines: Lines, reasons: dict[int, str]) -> pa.Table:
    """One row for each key of `reasons`, a row of `lines.table`; ORIGIN, then every delivered column as text.

    A delivered column whose name is taken, by ORIGIN or by another one, gets the prefix `delivered_`.
    """
    rows = np.fromiter(reasons, dtype=np.int64, count=len(reasons))
    files, numbers = lines.file_of_row[rows], lines.line_of_row[rows]
    parts = [ORIGIN.empty_table()]
    for number, group in enumerate(lines.groups):
        chosen = np.flatnonzero(lines.group_of_row[rows] == number)
        delivered = group.show_rows(lines.place_of_row[rows[chosen]])
        origin = [
            pa.array([lines.files[file] for file in files[chosen]], pa.string()),
            pa.array(numbers[chosen]),
            pa.array([reasons[row] for row in rows[chosen].tolist()], pa.string()),
        ]
        parts.append(
            pa.table(
                [*origin, *delivered.columns], names=_make_unique([*ORIGIN.names, *delivered.column_names])
            )
        )
    return pa.concat_tables(parts, promote_options="default")


def _make_unique(names: Sequence[str]) -> list[str]:
    unique: list[str] = []
    for name in names:
        while name in unique:
            name = f"delivered_{name}"
        unique.append(name)
    return unique
