"""One delivered file in our columns and types: their columns found, joined or made up, and read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.feeds.registry import load_feed
from include.ingest.values.ids import Ids, clean_ids
from include.ingest.values.number_texts import NumberFormat
from include.ingest.values.numbers_and_flags import parse_flags, parse_numbers
from include.ingest.values.text import Column, clean_text
from include.ingest.values.timestamps import parse_timestamps
from include.settings import Advertiser, Feed, Source


@dataclass(frozen=True)
class TypedColumns:
    """A file's lines in the feed's columns.

    `table` has for each parsed column `c` also `c_parsed` (True, False where a value was there and did not
    parse, null where none was there), and for each id `c_exact` and `c_printable`, see
    `include.ingest.values.ids.Ids`. `id_changes` counts by column and rule the ids that a rule changed.
    """

    table: pa.Table
    id_changes: Mapping[tuple[str, str], int]


def type_columns(advertiser: Advertiser, feed_name: str, table: pa.Table) -> TypedColumns:
    """A delivered file's columns as ours; a column that is not there is null in every line."""
    feed = advertiser.feeds[feed_name]
    columns: dict[str, pa.Array] = {}
    id_changes: dict[tuple[str, str], int] = {}
    for ours in load_feed(feed_name).columns:
        name = ours.name
        if ours.kind == "id":
            ids = _read_ids(table, feed, name)
            columns |= {name: ids.values, f"{name}_exact": ids.exact, f"{name}_printable": ids.printable}
            id_changes |= {(name, rule): count for rule, count in ids.changes.items()}
            continue
        column = _find_column(table, feed.source(name), feed.nulls(name))
        nulls = feed.nulls(name)
        if ours.kind == "text":
            columns[name] = clean_text(column, nulls)
            continue
        form = NumberFormat(feed.decimal, feed.thousands, advertiser.currency if ours.is_money else None)
        if ours.kind == "number":
            value, parsed = parse_numbers(column, nulls, form)
        elif ours.kind == "timestamp":
            value, parsed = parse_timestamps(
                column, nulls, advertiser.zone_of(feed_name), feed.timestamp_formats
            )
        else:
            value, parsed = parse_flags(column, nulls, feed.availability, form)
        columns[name], columns[f"{name}_parsed"] = value, parsed
    return TypedColumns(pa.table(columns), id_changes)


def _read_ids(table: pa.Table, feed: Feed, name: str) -> Ids:
    """Ids of one column; of several, joined where each of them has a value."""
    source, nulls = feed.source(name), feed.nulls(name)
    if len(source.columns) < 2:
        return clean_ids(_find_column(table, source, nulls), nulls, feed.id_case)
    parts = [clean_ids(_take_column(table, theirs), nulls, feed.id_case) for theirs in source.columns]
    values = pc.binary_join_element_wise(
        *(part.values for part in parts), pa.scalar(source.by, pa.large_string())
    )
    missing = np.array(pc.is_null(values))
    changes: dict[str, int] = {}
    for part in parts:
        for rule, count in part.changes.items():
            changes[rule] = changes.get(rule, 0) + count
    return Ids(
        values,
        _mark_any([part.exact for part in parts], missing),
        _mark_any([part.printable for part in parts], missing),
        changes,
    )


def _mark_any(marks: Sequence[pa.Array], missing: np.ndarray) -> pa.Array:
    """False where one of `marks` is False, null elsewhere and where the id is missing."""
    wrong = ~missing & np.any([np.array(pc.is_valid(mark)) for mark in marks], axis=0)
    return pa.array(np.zeros(len(missing), dtype=bool), mask=~wrong)


def _find_column(table: pa.Table, source: Source, nulls: Sequence[str]) -> Column:
    """One column of theirs, the parts of several that have a value joined, or a constant."""
    if source.constant is not None:
        return pa.repeat(pa.scalar(source.constant, pa.large_string()), table.num_rows)
    if len(source.columns) == 1:
        return _take_column(table, source.columns[0])
    parts = [clean_text(_take_column(table, theirs), nulls) for theirs in source.columns]
    joined, by = parts[0], pa.scalar(source.by, pa.large_string())
    for part in parts[1:]:
        # Arrow's null_handling="skip" gives fewer rows where all parts of one are null.
        joined = pc.coalesce(pc.binary_join_element_wise(joined, part, by), joined, part)
    return joined


def _take_column(table: pa.Table, name: str) -> Column:
    return table.column(name) if name in table.column_names else pa.nulls(table.num_rows)
