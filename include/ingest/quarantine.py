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
    files = lines.file_of_row[rows]
    parts = [ORIGIN.empty_table()]
    start = 0
    for number, file in enumerate(lines.files):
        chosen = rows[files == number]
        delivered = file.show_rows(chosen - start)
        origin = [
            pa.array([file.name] * len(chosen), pa.string()),
            pa.array(file.line_numbers[chosen - start]),
            pa.array([reasons[row] for row in chosen.tolist()], pa.string()),
        ]
        parts.append(
            pa.table(
                [*origin, *delivered.columns], names=_make_unique([*ORIGIN.names, *delivered.column_names])
            )
        )
        start += file.table.num_rows
    return pa.concat_tables(parts, promote_options="default")


def _make_unique(names: Sequence[str]) -> list[str]:
    unique: list[str] = []
    for name in names:
        while name in unique:
            name = f"delivered_{name}"
        unique.append(name)
    return unique
