"""What is understood of each column of a delivery: how many values are read, and three of them, masked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from include.feeds.registry import load_feed
from include.ingest.landing import DeliveredFile
from include.ingest.masks import mask_shape
from include.ingest.values.text import as_text
from include.ingest.values.typed_columns import type_columns
from include.settings import Advertiser

_EXAMPLES: Final = 3
_SEARCHED_ROWS: Final = 1_000


@dataclass(frozen=True)
class ColumnReading:
    """One column of ours, from the mall's `source`: counts of lines; masked examples, unread ones first."""

    name: str
    source: str
    is_there: bool
    read: int
    empty: int
    unread: int
    examples: tuple[str, ...]


def read_columns(
    advertiser: Advertiser, feed: str, files: Sequence[DeliveredFile]
) -> tuple[ColumnReading, ...]:
    settings = advertiser.feeds[feed]
    parts = [type_columns(advertiser, feed, file.table).table for file in files]
    readings = []
    for name in load_feed(feed).names:
        source = settings.source(name)
        counts = Counter[str]()
        examples: dict[str, None] = {}
        is_there = source.constant is not None
        for file, part in zip(files, parts, strict=True):
            is_there |= set(source.columns) <= set(file.table.column_names)
            unread = _find_unread(part, name)
            empty = pc.and_(pc.is_null(part[name]), pc.invert(unread))
            counts["unread"] += pc.sum(unread).as_py() or 0
            counts["empty"] += pc.sum(empty).as_py() or 0
            counts["lines"] += file.table.num_rows
            if source.columns and source.columns[0] in file.table.column_names:
                delivered = file.table.column(source.columns[0]).slice(0, _SEARCHED_ROWS)
                _add_examples(examples, delivered, unread.slice(0, _SEARCHED_ROWS))
        read = counts["lines"] - counts["unread"] - counts["empty"]
        readings.append(
            ColumnReading(
                name,
                source.label,
                is_there,
                read,
                counts["empty"],
                counts["unread"],
                tuple(examples)[:_EXAMPLES],
            )
        )
    return tuple(readings)


def _find_unread(table: pa.Table, name: str) -> pa.ChunkedArray:
    if f"{name}_parsed" not in table.column_names:
        return pa.chunked_array([pa.array([False] * table.num_rows, pa.bool_())])
    return pc.fill_null(pc.invert(table[f"{name}_parsed"]), False)


def _add_examples(examples: dict[str, None], delivered: pa.ChunkedArray, unread: pa.ChunkedArray) -> None:
    texts = as_text(delivered)
    for wanted in (unread, pc.invert(unread)):
        for value in texts.filter(wanted).drop_null().unique().to_pylist():
            if len(examples) == _EXAMPLES:
                return
            if value.strip():
                examples.setdefault(mask_shape(value.strip()))
