"""Ids of a day that look wrong as a whole: one that has too many lines, and several that may be one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

from include.models.columns import ITEM_ID, ORDER_ID, USER_ID

# Shares that no id of a shop has: it is a placeholder, or its column is another one. A wholesaler's largest
# buyer of a day has 4 to 20% of its lines (Online Retail II; one day of 347 lines: 60%), a household 1%.
_FEWEST_LINES: Final = 3
_FEWEST_OF_ONE: Final = {USER_ID: 2, ITEM_ID: 50, ORDER_ID: 100}
_LARGEST_SHARE: Final = {USER_ID: 0.5, ITEM_ID: 0.5, ORDER_ID: 0.5}
_FEWEST_OF_MANY: Final = 1_000
_LARGEST_SHARE_OF_MANY: Final = {USER_ID: 0.3, ITEM_ID: 0.3, ORDER_ID: 0.3}


def list_id_doubts(table: pa.Table) -> Iterator[str]:
    """Warnings about the ids of accepted lines (n rows of our columns), which name no id."""
    for name in (USER_ID, ITEM_ID, ORDER_ID):
        if name in table.column_names:
            yield from _doubt_share(table[name], name)
    for name in (USER_ID, ITEM_ID):
        if name in table.column_names:
            yield from _doubt_forms(table[name], name)


def _doubt_share(ids: pa.ChunkedArray, name: str) -> Iterator[str]:
    total = len(ids)
    if total < _FEWEST_LINES:
        return
    most = pc.max(pc.struct_field(pc.value_counts(ids), "counts")).as_py()
    many = total >= _FEWEST_OF_MANY
    limit = _LARGEST_SHARE_OF_MANY[name] if many else _LARGEST_SHARE[name]
    if most > limit * total and most >= _FEWEST_OF_ONE[name]:
        yield (
            f"one {name} has {most:,} of the {total:,} accepted lines ({most / total:.0%}); where it stands"
            f" for nobody, name it in null_values: {{{name}: […]}}."
        )


def _doubt_forms(ids: pa.ChunkedArray, name: str) -> Iterator[str]:
    """Ids that are the same but for case, leading zeros and Unicode's forms."""
    different = pc.unique(ids)
    forms = pc.utf8_lower(pc.utf8_normalize(different, form="NFKC"))
    forms = pc.replace_substring_regex(forms, pattern=r"^0+(.)", replacement=r"\1")
    alike = len(different) - len(pc.unique(forms))
    if alike:
        yield (
            f"{alike:,} of the {len(different):,} different {name}s differ from another one only by case,"
            " leading zeros or form, and count as others; id_case makes case the same."
        )
