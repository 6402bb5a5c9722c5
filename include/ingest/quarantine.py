"""The lines that a day's contract did not accept, as they were delivered, with where they were and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa

from include.ingest.clean import CleanLines

# What is added to a delivered line: its file, its line in it (1 is the first after a header), the reasons.
ORIGIN: Final = pa.schema(
    [
        pa.field("source_file", pa.string()),
        pa.field("source_line", pa.int64()),
        pa.field("reason", pa.string()),
    ]
)


def collect_quarantined(lines: CleanLines, reasons: dict[int, str]) -> pa.Table:
    """One row for each key of `reasons`, a row of `lines.table`; ORIGIN, then every delivered column as text.

    A delivered column whose name is taken, by ORIGIN or by another one, gets the prefix `delivered_`.
    """
    delivered = lines.delivered
    numbers = lines.numbers[np.fromiter(reasons, dtype=np.int64, count=len(reasons))]
    why = dict(zip(numbers.tolist(), reasons.values(), strict=True))
    names = _name_columns([group.table.column_names for group in delivered.groups])
    parts = [ORIGIN.empty_table()]
    chosen_lines = [np.array([], dtype=np.int64)]
    for group in delivered.groups:
        rows = group.find_rows(numbers)
        if not len(rows):
            continue
        chosen = group.lines[rows]
        files = delivered.find_files(chosen)
        origin = [
            pa.array([delivered.files[number] for number in files.tolist()], pa.string()),
            pa.array(chosen - delivered.starts[files] + 1, pa.int64()),
            pa.array([why[line] for line in chosen.tolist()], pa.string()),
        ]
        columns = [names[key] for key in _count_names(group.table.column_names)]
        parts.append(pa.table([*origin, *group.show_rows(rows)], names=[*ORIGIN.names, *columns]))
        chosen_lines.append(chosen)
    table = pa.concat_tables(parts, promote_options="default")
    if len(parts) > 2:
        table = table.take(pa.array(np.argsort(np.concatenate(chosen_lines), kind="stable")))
    return table


def _name_columns(headers: Sequence[Sequence[str]]) -> dict[tuple[str, int], str]:
    """For each name and how many of it stood before in its header, a name of its own.

    What two files call alike is one column, and no two columns become one.
    """
    keys = dict.fromkeys(key for header in headers for key in _count_names(header))
    taken = {*ORIGIN.names, *(name for name, _ in keys)}
    names = {}
    for name, before in keys:
        own = name
        if before or name in ORIGIN.names:
            while own in taken:
                own = f"delivered_{own}"
        taken.add(own)
        names[name, before] = own
    return names


def _count_names(header: Sequence[str]) -> Iterator[tuple[str, int]]:
    seen: Counter[str] = Counter()
    for name in header:
        yield name, seen[name]
        seen[name] += 1
