"""Delivered files → lines in our columns: renamed, typed, and with what the contract's rules look at."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.delivered import Group, group_files
from include.ingest.derived_columns import add_product_columns, add_purchase_columns
from include.ingest.duplicates import find_first_lines
from include.ingest.landing import DeliveredFile
from include.ingest.redelivery import find_redelivered
from include.ingest.required_columns import check_columns
from include.ingest.text import clean_text
from include.ingest.typed_columns import type_columns
from include.models.columns import ITEM_ID, ORDER_ID
from include.settings import Advertiser, DuplicateKey, Feed

# By which columns two files of a day are found to deliver the same: a line's order, and the line in it.
_ORDER: Final = {"purchases": ORDER_ID, "products": ITEM_ID}
_PAIR: Final = {"purchases": (ORDER_ID, ITEM_ID), "products": (ITEM_ID,)}


@dataclass(frozen=True)
class Lines:
    """A day's lines after duplicates, in the order of the files (n rows).

    `table` has the feed's columns, those that `include.ingest.typed_columns` adds to them, and those of
    `include.ingest.derived_columns`. `file_of_row` (n,) is each row's place in `files`, `line_of_row` (n,)
    its line there. `group_of_row` and `place_of_row` (n,) say where it is in `groups`, as it was delivered.
    """

    files: tuple[str, ...]
    table: pa.Table
    groups: tuple[Group, ...]
    group_of_row: np.ndarray
    place_of_row: np.ndarray
    duplicate_rows: int
    filtered_rows: int
    id_changes: Mapping[tuple[str, str], int]
    warnings: tuple[str, ...]

    @property
    def file_of_row(self) -> np.ndarray:
        return self._find_origin("files")

    @property
    def line_of_row(self) -> np.ndarray:
        return self._find_origin("lines")

    def _find_origin(self, which: str) -> np.ndarray:
        origin = np.zeros(len(self.group_of_row), dtype=np.int64)
        for number, group in enumerate(self.groups):
            rows = self.group_of_row == number
            origin[rows] = getattr(group, which)[self.place_of_row[rows]]
        return origin

    def keep(self, mask: np.ndarray) -> Lines:
        """The rows where the mask (n,) is True; the others count as duplicates."""
        if mask.all():
            return self
        return replace(
            self,
            table=self.table.filter(pa.array(mask)),
            group_of_row=self.group_of_row[mask],
            place_of_row=self.place_of_row[mask],
            duplicate_rows=self.duplicate_rows + int(np.count_nonzero(~mask)),
        )


def clean_lines(advertiser: Advertiser, feed: str, files: Sequence[DeliveredFile]) -> Lines:
    """Leave out what `where` does and duplicates, then map and type the columns.

    Raises RejectedDayError, naming file and column, where a required column is not there.
    """
    settings = advertiser.feeds[feed]  # type: ignore[index]
    warnings = check_columns(feed, settings, files)
    delivered = group_files(files)
    groups = [group.keep(_find_wanted(settings, group)) for group in delivered]
    filtered = sum(
        old.table.num_rows - new.table.num_rows for old, new in zip(delivered, groups, strict=True)
    )
    duplicates = 0
    if settings.duplicates == "exact":
        masks = find_first_lines([group.table for group in groups])
        duplicates = sum(int(np.count_nonzero(~mask)) for mask in masks)
        groups = [group.keep(mask) for group, mask in zip(groups, masks, strict=True)]
    table, changes = _type_groups(advertiser, feed, groups)
    lines = Lines(
        tuple(file.name for file in files),
        table,
        tuple(groups),
        np.repeat(np.arange(len(groups)), [group.table.num_rows for group in groups]),
        np.concatenate(
            [np.arange(group.table.num_rows) for group in groups] or [np.array([], dtype=np.int64)]
        ),
        duplicates,
        filtered,
        changes,
        tuple(warnings),
    )
    lines = _drop_repeated(settings, feed, _sort_by_file(lines), files)
    if feed == "purchases":
        table = add_purchase_columns(lines.table, advertiser.cancellations)
    else:
        table = add_product_columns(lines.table)
    return replace(lines, table=table)


def _find_wanted(settings: Feed, group: Group) -> np.ndarray:
    """A mask of the rows that `where` keeps: those whose text, without outer blanks, is one of its values."""
    wanted = np.ones(group.table.num_rows, dtype=bool)
    for name, values in settings.where.items():
        text = clean_text(group.table.column(name), ())
        kept = pa.array([value.strip() for value in values], text.type)
        wanted &= np.asarray(pc.is_in(text, kept))
    return wanted


def _type_groups(
    advertiser: Advertiser, feed: str, groups: Sequence[Group]
) -> tuple[pa.Table, Counter[tuple[str, str]]]:
    changes: Counter[tuple[str, str]] = Counter()
    tables = []
    for table in [group.table for group in groups] or [pa.table({})]:
        typed = type_columns(advertiser, feed, table)
        tables.append(typed.table)
        changes.update(typed.id_changes)
    return pa.concat_tables(tables), changes


def _sort_by_file(lines: Lines) -> Lines:
    """Rows by file and line: "the first" of two lines must not hang on which columns another file has."""
    if len(lines.groups) < 2:
        return lines
    order = np.lexsort((lines.line_of_row, lines.file_of_row))
    return replace(
        lines,
        table=lines.table.take(pa.array(order)),
        group_of_row=lines.group_of_row[order],
        place_of_row=lines.place_of_row[order],
    )


def _drop_repeated(settings: Feed, feed: str, lines: Lines, files: Sequence[DeliveredFile]) -> Lines:
    """Without the lines of files that were delivered again, and without those that repeat a declared key."""
    found = find_redelivered(
        lines.table,
        lines.file_of_row,
        files,
        _ORDER[feed],
        _PAIR[feed],
        keep=settings.redelivered == "keep",
    )
    lines = replace(lines.keep(~found.replaced), warnings=(*lines.warnings, *found.warnings))
    if isinstance(settings.duplicates, DuplicateKey):
        lines = lines.keep(_find_first_keys(lines.table, settings.duplicates.by))
    return lines


def _find_first_keys(table: pa.Table, columns: Sequence[str]) -> np.ndarray:
    """A mask of the rows that are the first of their key; one that lacks a value of it is like no other."""
    keys = table.select(list(columns)).to_pandas()
    repeated = keys.duplicated().to_numpy() & keys.notna().all(axis=1).to_numpy()
    return ~repeated
