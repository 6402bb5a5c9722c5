"""Repeated lines of a day: equal in every delivered column, or in declared columns of ours."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from include.ingest.delivered import Delivered, Group
from include.ingest.values.text import as_text


def find_first_lines(delivered: Delivered) -> np.ndarray:
    """A mask over the day's lines (bool): False for the repeats of an earlier line.

    Lines are equal where every delivered column is, nulls being equal to nulls, within files of the same
    column names; where files give a column different types, by its text. Lines that `delivered` has left out
    are True.
    """
    first = np.ones(delivered.count, dtype=bool)
    alike: dict[tuple[str, ...], list[Group]] = defaultdict(list)
    for group in delivered.groups:
        alike[tuple(sorted(group.table.column_names))].append(group)
    for names, groups in alike.items():
        if names:
            lines = np.concatenate([group.lines for group in groups])
            first[lines] = False
            first[_find_firsts(_join_columns([_order_columns(group.table) for group in groups]), lines)] = (
                True
            )
    return first


def find_first_rows(table: pa.Table, keys: Sequence[str], among: np.ndarray) -> np.ndarray:
    """A mask over the rows of a typed table (bool): False for the repeats, by `keys`, of an earlier row.

    Values are compared as they were understood, 2.50 being 2.5. A row that lacks one of the keys repeats
    none and is repeated by none; so do rows that are not `among` those to look at (a mask).
    """
    columns = [table.column(name) for name in keys]
    looked_at = among.copy()
    for column in columns:
        looked_at &= column.is_valid().to_numpy()
    rows = np.flatnonzero(looked_at)
    first = ~looked_at
    if len(rows):
        first[_find_firsts([column.take(pa.array(rows)) for column in columns], rows)] = True
    return first


def _order_columns(table: pa.Table) -> list[pa.ChunkedArray]:
    """The columns by name; of two that share a name the left one first."""
    names = table.column_names
    return [table.column(position) for position in sorted(range(len(names)), key=lambda i: (names[i], i))]


def _join_columns(groups: list[list[pa.ChunkedArray]]) -> list[pa.ChunkedArray]:
    columns = []
    for parts in zip(*groups, strict=True):
        if len({part.type for part in parts}) > 1 or not _is_plain(parts[0].type):
            parts = tuple(as_text(part) for part in parts)
        columns.append(pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type))
    return columns


def _is_plain(kind: pa.DataType) -> bool:
    """Arrow groups by columns of this type."""
    checks = (
        pa.types.is_integer,
        pa.types.is_floating,
        pa.types.is_boolean,
        pa.types.is_string,
        pa.types.is_large_string,
        pa.types.is_binary,
        pa.types.is_temporal,
        pa.types.is_decimal,
    )
    return any(check(kind) for check in checks) and not pa.types.is_interval(kind)


def _find_firsts(columns: list[pa.ChunkedArray], order: np.ndarray) -> np.ndarray:
    """The least of `order` among the rows that are equal, for each kind of row."""
    keys = [f"c{position}" for position in range(len(columns))]
    table = pa.table([*columns, pa.array(order)], names=[*keys, "order"])
    groups = table.group_by(keys, use_threads=False).aggregate([("order", "min")])
    firsts: np.ndarray = groups.column("order_min").to_numpy()
    return firsts
