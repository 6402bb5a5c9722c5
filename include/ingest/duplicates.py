"""Exact duplicate lines: equal in every delivered column, within a day's files of the same columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from include.ingest.text import as_text


def find_first_lines(tables: Sequence[pa.Table]) -> list[np.ndarray]:
    """For each table a mask over its rows (bool): True for the first of equal lines, False for its repeats.

    Lines are compared as they were delivered, nulls being equal to nulls; where files give a column
    different types, by its text. "First" is in the order of the tables, then of the rows.
    """
    masks = [np.ones(table.num_rows, dtype=bool) for table in tables]
    alike: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, table in enumerate(tables):
        alike[tuple(sorted(table.column_names))].append(number)
    for names, numbers in alike.items():
        if not names:
            continue
        first = _find_first_rows([_order_columns(tables[number]) for number in numbers])
        start = 0
        for number in numbers:
            stop = start + tables[number].num_rows
            masks[number] = first[start:stop]
            start = stop
    return masks


def _order_columns(table: pa.Table) -> list[pa.ChunkedArray]:
    """The columns by name; of two that share a name the left one first."""
    names = table.column_names
    return [table.column(position) for position in sorted(range(len(names)), key=lambda i: (names[i], i))]


def _find_first_rows(files: list[list[pa.ChunkedArray]]) -> np.ndarray:
    columns = []
    for parts in zip(*files, strict=True):
        kinds = {part.type for part in parts}
        if len(kinds) > 1 or pa.types.is_nested(parts[0].type):
            parts = tuple(as_text(part) for part in parts)
        columns.append(pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type))
    rows = len(columns[0])
    keys = [f"c{position}" for position in range(len(columns))]
    table = pa.table([*columns, pa.array(np.arange(rows))], names=[*keys, "row"])
    first = np.zeros(rows, dtype=bool)
    groups = table.group_by(keys, use_threads=False).aggregate([("row", "min")])
    first[groups.column("row_min").to_numpy()] = True
    return first
