"""Delivered files → lines in our columns: chosen, typed, without repeats, with what the rules look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.feeds.base import FeedType
from include.feeds.registry import load_feed
from include.ingest.delivered import Delivered, join_files
from include.ingest.duplicates import find_first_lines, find_first_rows
from include.ingest.headers import check_columns, list_columns
from include.ingest.landing import DeliveredFile
from include.ingest.redelivery import find_redelivered, rank_by_age
from include.ingest.values.text import clean_text
from include.ingest.values.typed_columns import type_columns
from include.settings import Advertiser, Feed
from include.settings.feed import DuplicateKey


@dataclass(frozen=True)
class CleanLines:
    """A day's lines after `where` and duplicates, in the order of the files.

    `table` has what `include.ingest.values.typed_columns` gives and what the feed derives (`FeedType.derive`,
    `Column.largest`, `FeedType.unique`); `numbers` (n,) are its rows' positions in the day. `id_changes` are
    of the `read_rows` lines that `where` keeps.
    """

    delivered: Delivered
    table: pa.Table
    numbers: np.ndarray
    read_rows: int
    duplicate_rows: int
    filtered_rows: int
    id_changes: Mapping[tuple[str, str], int]
    warnings: tuple[str, ...]

    @cached_property
    def file_of_row(self) -> np.ndarray:
        """For each row of `table` the number of its file in `delivered.files`."""
        return self.delivered.find_files(self.numbers)


def clean_lines(advertiser: Advertiser, feed: str, files: Sequence[DeliveredFile]) -> CleanLines:
    """Choose lines, map and type their columns, and drop what is there twice.

    First go an older file's lines of orders that a newer one delivers again, then repeated lines. Raises
    RejectedDayError, naming file and column, where a required column is not there.
    """
    settings, feed_type = advertiser.feeds[feed], load_feed(feed)
    warnings = check_columns(feed, settings, files)
    delivered = join_files(files)
    wanted = _find_wanted(settings, delivered)
    if len(wanted) and not wanted.any():
        warnings.append(
            f"the feed's where keeps none of the {len(wanted):,} lines; it looks at"
            f" {list_columns(list(settings.where))}."
        )
    table, numbers, id_changes = _type_lines(advertiser, feed, delivered.keep(wanted))
    table = _mark_excessive(feed_type, feed_type.derive(table, advertiser))
    redelivery = find_redelivered(
        files,
        delivered.find_files(numbers),
        table.select(feed_type.redelivery_key),
        drop=settings.redelivered == "newest" and settings.duplicates != "none",
    )
    kept = ~redelivery.superseded
    kept &= _find_firsts(settings, delivered, table, numbers, kept)
    read_rows = len(numbers)
    if not kept.all():
        table, numbers = table.filter(pa.array(kept)), numbers[kept]
    if feed_type.unique:
        order = _order_lines(settings, files, delivered, numbers)
        table = _number_occurrences(table, feed_type.unique, order)
    return CleanLines(
        delivered,
        table,
        numbers,
        read_rows,
        read_rows - len(numbers),
        int(np.count_nonzero(~wanted)),
        id_changes,
        (*warnings, *redelivery.warnings),
    )


def _find_wanted(settings: Feed, delivered: Delivered) -> np.ndarray:
    """A mask over the day's lines: those whose columns have one of the values that `where` names."""
    wanted = np.ones(delivered.count, dtype=bool)
    for group in delivered.groups:
        for theirs, texts in settings.where.items():
            values = pa.array([text.strip() for text in texts], pa.large_string())
            is_kept = pc.is_in(clean_text(group.table.column(theirs), ()), values)
            wanted[group.lines] &= np.asarray(is_kept)
    return wanted


def _type_lines(
    advertiser: Advertiser, feed: str, delivered: Delivered
) -> tuple[pa.Table, np.ndarray, dict[tuple[str, str], int]]:
    """The lines in our columns, their positions in the day, ascending, and the counts of changed ids."""
    typed = [type_columns(advertiser, feed, _drop_twins(group.table)) for group in delivered.groups]
    changes: Counter[tuple[str, str]] = Counter()
    for part in typed:
        changes.update(part.id_changes)
    if not typed:
        return type_columns(advertiser, feed, pa.table({})).table, np.array([], dtype=np.int64), {}
    table = pa.concat_tables([part.table for part in typed])
    numbers = np.concatenate([group.lines for group in delivered.groups])
    if len(typed) > 1:
        order = np.argsort(numbers, kind="stable")
        table, numbers = table.take(pa.array(order)), numbers[order]
    return table, numbers, dict(changes)


def _drop_twins(table: pa.Table) -> pa.Table:
    """Without columns whose name is there twice: none that is read is among them."""
    names = Counter(table.column_names)
    if len(names) == table.num_columns:
        return table
    return table.select([i for i, name in enumerate(table.column_names) if names[name] == 1])


def _find_firsts(
    settings: Feed, delivered: Delivered, table: pa.Table, numbers: np.ndarray, among: np.ndarray
) -> np.ndarray:
    """A mask over the rows: False for repeats among those of a mask, as the feed's `duplicates` says."""
    if settings.duplicates == "none":
        return np.ones(len(numbers), dtype=bool)
    if isinstance(settings.duplicates, DuplicateKey):
        return find_first_rows(table, settings.duplicates.by, among)
    left = np.zeros(delivered.count, dtype=bool)
    left[numbers[among]] = True
    first: np.ndarray = find_first_lines(delivered.keep(left))[numbers]
    return first


def _order_lines(
    settings: Feed, files: Sequence[DeliveredFile], delivered: Delivered, numbers: np.ndarray
) -> np.ndarray:
    """The rows in the order in which they count: those of the newest file first, where it counts."""
    if settings.redelivered == "keep" or len(files) < 2:
        return np.arange(len(numbers))
    return np.argsort(-rank_by_age(files)[delivered.find_files(numbers)], kind="stable")


def _mark_excessive(feed_type: FeedType, table: pa.Table) -> pa.Table:
    """`excessive_c` of each number that has a `largest`: null but where the value is beyond it."""
    for column in feed_type.columns:
        if column.largest is not None:
            value = table.column(column.name)
            is_beyond = pc.greater(pc.abs(value), column.largest)
            excessive = pc.if_else(is_beyond, value, pa.scalar(None, pa.float64()))
            table = table.append_column(f"excessive_{column.name}", excessive)
    return table


def _number_occurrences(table: pa.Table, column: str, order: np.ndarray) -> pa.Table:
    """`c_occurrence`: 1 for the line of a value that counts, then 2, 3 …; null without a value."""
    values = table.column(column).to_pandas().iloc[order]
    occurrence = (values.groupby(values).cumcount() + 1).where(values.notna()).sort_index()
    return table.append_column(f"{column}_occurrence", pa.array(occurrence, pa.float64(), from_pandas=True))
