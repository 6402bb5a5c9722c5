"""Delivered files → lines in our columns: renamed, typed, and with what the contract's rules look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.errors import RejectedDayError
from include.ingest.contracts import REQUIRED
from include.ingest.duplicates import find_first_lines
from include.ingest.landing import DeliveredFile
from include.ingest.text import as_text
from include.ingest.typed_columns import type_columns
from include.models.columns import (
    FEED_SCHEMAS,
    ITEM_ID,
    LARGEST_PRICE,
    LARGEST_QUANTITY,
    ORDER_ID,
    PRICE,
    QUANTITY,
)
from include.settings import Advertiser, Cancellations, Feed


@dataclass(frozen=True)
class KeptFile:
    """One delivered file without repeated lines; `line_numbers` (int64) are those of the rows that are left.

    Lines are counted from 1 at the first row, a CSV's header not included.
    """

    name: str
    table: pa.Table
    line_numbers: np.ndarray

    def show_rows(self, rows: np.ndarray, columns: Sequence[str] | None = None) -> pa.Table:
        """Rows (positions) as they were delivered, every value as text; all columns unless some are named."""
        table = (self.table if columns is None else self.table.select(list(columns))).take(pa.array(rows))
        return pa.table(
            [as_text(column).cast(pa.string()) for column in table.columns], names=table.column_names
        )


@dataclass(frozen=True)
class Lines:
    """A day's lines after exact duplicates, in the order of the files.

    `table` has the columns of `TypedColumns`, and what `_add_purchase_columns` and `_add_product_columns`
    describe.
    """

    files: tuple[KeptFile, ...]
    table: pa.Table
    duplicate_rows: int
    warnings: tuple[str, ...]

    @property
    def file_of_row(self) -> np.ndarray:
        """For each row of `table` the number of its file in `files`."""
        return np.repeat(np.arange(len(self.files)), [file.table.num_rows for file in self.files])


def clean_lines(advertiser: Advertiser, feed: str, files: Sequence[DeliveredFile]) -> Lines:
    """Drop exact duplicates, then map and type every file's columns.

    Raises RejectedDayError, naming file and column, where a required column is not there.
    """
    settings = advertiser.feeds[feed]  # type: ignore[index]
    warnings = [warning for file in files for warning in _check_columns(feed, settings, file)]
    masks = find_first_lines([file.table for file in files])
    kept = tuple(
        KeptFile(file.name, file.table.filter(pa.array(mask)), np.flatnonzero(mask) + 1)
        for file, mask in zip(files, masks, strict=True)
    )
    no_file = KeptFile("", pa.table({}), np.array([], dtype=np.int64))
    tables = [type_columns(advertiser, feed, file.table).table for file in kept or (no_file,)]
    table = pa.concat_tables(tables)
    if feed == "purchases":
        table = _add_purchase_columns(table, advertiser.cancellations)
    else:
        table = _add_product_columns(table)
    duplicates = sum(int(np.count_nonzero(~mask)) for mask in masks)
    return Lines(kept, table, duplicates, tuple(warnings))


def _check_columns(feed: str, settings: Feed, file: DeliveredFile) -> list[str]:
    """Warnings about optional columns. Raises RejectedDayError."""
    there = file.table.column_names
    warnings = []
    for ours in FEED_SCHEMAS[feed].names:
        theirs = settings.source(ours).label
        if there.count(theirs) > 1:
            raise RejectedDayError(f"file {file.name} has the column {theirs} {there.count(theirs)} times.")
        if theirs in there:
            continue
        lacks = f"file {file.name} lacks the column {theirs}"
        mapped = "" if theirs == ours else f" (our {ours})"
        if ours in REQUIRED[feed]:
            cure = "Deliver it under that name, or map the column in the advertiser's YAML."
            if len(there) == 1 and not file.name.lower().endswith(".parquet"):
                cure = f"If that is a whole line, the feed's csv.delimiter is not {settings.csv.delimiter!r}."
            raise RejectedDayError(f"{lacks}{mapped}; its columns are {', '.join(there) or 'none'}. {cure}")
        if theirs != ours:
            warnings.append(f"{lacks}{mapped}, which is left empty.")
    return warnings


def _add_purchase_columns(table: pa.Table, cancellations: Cancellations) -> pa.Table:
    """Apply the cancellation rule.

    The quantity of a line that the rule takes for a cancellation becomes negative, whatever its sign was.
    `purchased_quantity` is the quantity of the other lines and null on cancellations: where it is negative,
    the rule does not explain it. `excessive_quantity` and `excessive_price` are null but where the value is
    beyond what a line may hold.
    """
    quantity = table.column(QUANTITY)
    if cancellations.rule == "negative_quantity":
        cancels = pc.less(quantity, 0.0)
    elif cancellations.rule == "order_id_prefix":
        cancels = pc.starts_with(table.column(ORDER_ID), cancellations.prefix)
    else:
        cancels = pa.array(np.zeros(table.num_rows, dtype=bool))
    cancels = pc.fill_null(cancels, False)
    nothing = pa.scalar(None, pa.float64())
    signed = pc.if_else(cancels, pc.negate(pc.abs(quantity)), quantity)
    table = table.set_column(table.schema.get_field_index(QUANTITY), QUANTITY, signed)
    for name, largest in ((QUANTITY, LARGEST_QUANTITY), (PRICE, LARGEST_PRICE)):
        value = table.column(name)
        excessive = pc.if_else(pc.greater(pc.abs(value), largest), value, nothing)
        table = table.append_column(f"excessive_{name}", excessive)
    return table.append_column("purchased_quantity", pc.if_else(cancels, nothing, quantity))


def _add_product_columns(table: pa.Table) -> pa.Table:
    """`item_id_occurrence`: 1 for an item's first line of the day, 2 for its second …; null without an id."""
    ids = table.column(ITEM_ID).to_pandas()
    occurrence = (ids.groupby(ids).cumcount() + 1).where(ids.notna())
    return table.append_column("item_id_occurrence", pa.array(occurrence, pa.float64(), from_pandas=True))
