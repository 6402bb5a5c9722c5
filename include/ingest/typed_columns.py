"""One delivered table in our columns and types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pyarrow as pa

from include.ingest.moments import parse_moments
from include.ingest.text import clean_ids, clean_text
from include.ingest.values import parse_flags, parse_numbers
from include.models.columns import FEED_SCHEMAS, ITEM_ID, ORDER_ID, PRICE, PURCHASED_AT, QUANTITY, USER_ID
from include.settings import Advertiser

_IDS: Final = (ORDER_ID, USER_ID, ITEM_ID)
_NUMBERS: Final = (QUANTITY, PRICE)


@dataclass(frozen=True)
class TypedColumns:
    """Lines in the feed's columns.

    `table` has for each parsed column `c` also `c_parsed` (True, False where a value was there and did not
    parse, null where none was there), and for each id `c_exact` and `c_printable`, False where it is not,
    else null. `id_changes` counts by column and rule the ids that a rule changed.
    """

    table: pa.Table
    id_changes: Mapping[tuple[str, str], int] = field(default_factory=dict)


def type_columns(advertiser: Advertiser, feed_name: str, table: pa.Table) -> TypedColumns:
    """A delivered table's columns as ours; a column that is not there is null in every line."""
    settings = advertiser.feeds[feed_name]  # type: ignore[index]
    columns: dict[str, pa.Array] = {}
    for ours in FEED_SCHEMAS[feed_name]:
        name, theirs, nulls = ours.name, settings.source(ours.name).label, settings.nulls(ours.name)
        column = table.column(theirs) if theirs in table.column_names else pa.nulls(table.num_rows)
        if name in _IDS:
            columns[name] = clean_ids(column, nulls)
            columns[f"{name}_exact"] = columns[f"{name}_printable"] = pa.nulls(table.num_rows, pa.bool_())
            continue
        if pa.types.is_string(ours.type):
            columns[name] = clean_text(column, nulls)
            continue
        if name in _NUMBERS:
            value, parsed = parse_numbers(column, nulls)
        elif name == PURCHASED_AT:
            text_format = next(iter(settings.timestamp_formats), None)
            value, parsed = parse_moments(column, nulls, advertiser.zone, text_format)
        else:
            value, parsed = parse_flags(column, nulls)
        columns[name], columns[f"{name}_parsed"] = value, parsed
    return TypedColumns(pa.table(columns))
