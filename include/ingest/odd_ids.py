"""Ids of a day that may not be what they seem: one that stands for nobody, two that are one."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.columns import ITEM_ID, ORDER_ID, USER_ID
from include.ingest.redelivery import encode

# A share of a user's orders, or of an item's lines, that is implausible on a day with at least so many of
# them. On 672 days of two real shops (13 to 645 orders) no user has more than 30.2% of a day's orders, 15.4%
# from 100 orders on, and no item more than 4.8% of its lines.
_USERS: Final = ((3, 0.5), (200, 0.2))
_ITEMS: Final = ((20, 0.5), (1000, 0.2))


def warn_of_ids(feed: str, table: pa.Table) -> list[str]:
    """Sentences about the ids of a day's accepted lines. They hold no id.

    Shares are looked at in feeds with orders, of which we know what is plausible: a user of many views is
    nothing odd.
    """
    warnings = []
    if table.num_rows and {ORDER_ID, USER_ID, ITEM_ID} <= set(table.column_names):
        users, orders = encode([table.column(USER_ID)]), encode([table.column(ORDER_ID)])
        pairs = np.unique(users * (int(orders.max()) + 1) + orders) // (int(orders.max()) + 1)
        warnings += _warn_of_share(feed, USER_ID, "orders", np.bincount(pairs), _USERS)
        items = np.bincount(encode([table.column(ITEM_ID)]))
        warnings += _warn_of_share(feed, ITEM_ID, "lines", items, _ITEMS)
    columns = [name for name in (USER_ID, ITEM_ID) if name in table.column_names]
    return warnings + [warning for name in columns for warning in _warn_of_twins(feed, name, table)]


def _warn_of_share(
    feed: str, column: str, what: str, counts: np.ndarray, limits: tuple[tuple[int, float], ...]
) -> list[str]:
    total, most = int(counts.sum()), int(counts.max())
    if not any(total >= least and most > share * total for least, share in limits):
        return []
    return [
        f"one {column} holds {most:,} of {total:,} {what} ({most / total:.1%}); if it stands for no"
        f" {column.removesuffix('_id')} in particular, name it in feeds.{feed}.null_values.{column}."
    ]


def _warn_of_twins(feed: str, column: str, table: pa.Table) -> list[str]:
    """Different ids that are one but for their case, leading zeros or Unicode form."""
    ids = pc.unique(table.column(column)).drop_null()
    if len(pc.unique(_fold(ids))) == len(ids):
        return []
    steps = {"Unicode form": _normalise, "case": pc.utf8_lower, "leading zeros": _strip_zeros}
    kinds = {}
    folded = ids
    for kind, fold in steps.items():
        before = len(pc.unique(folded))
        folded = fold(folded)
        if fewer := before - len(pc.unique(folded)):
            kinds[kind] = fewer
    counts = ", ".join(f"{count:,} by {kind}" for kind, count in kinds.items())
    total = sum(kinds.values())
    verb = "id differs" if total == 1 else "ids differ"
    return [
        f"{total:,} {column.removesuffix('_id')} {verb} from another one of the day only by form ({counts});"
        f" if they are the same, have them delivered alike, or set feeds.{feed}.id_case."
    ]


def _fold(ids: pa.Array) -> pa.Array:
    return _strip_zeros(pc.utf8_lower(_normalise(ids)))


def _normalise(ids: pa.Array) -> pa.Array:
    is_plain = pc.all(pc.string_is_ascii(ids)).as_py()
    return ids if is_plain else pc.utf8_normalize(ids, form="NFKC")


def _strip_zeros(ids: pa.Array) -> pa.Array:
    return pc.utf8_ltrim(ids, characters="0")
