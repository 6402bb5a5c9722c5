"""Rows that a contract has to catch: copies of sound lines, each with one defect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# What is wrong with a purchase, in the order in which rows get their defect.
DEFECTS: Final = (
    "missing_user",
    "missing_item",
    "zero_quantity",
    "negative_price",
    "unparseable_quantity",
    "wrong_day",
    "exact_duplicate",
)
PURCHASE_COLUMNS: Final = {
    "user": "mbr_id",
    "item": "item_id",
    "quantity": "ord_qty",
    "price": "sell_price",
    "time": "ord_dts",
}


def soil_rows(
    rows: pa.Table,
    defects: npt.NDArray[np.integer],
    kinds: Sequence[str] = DEFECTS,
    columns: Mapping[str, str] = PURCHASE_COLUMNS,
) -> pa.Table:
    """The rows with their defects; `defects` holds an index into `kinds` for each."""
    kind = pa.array(defects)
    for index, defect in enumerate(kinds):
        if defect == "exact_duplicate":
            continue
        column, bad = _spoil(rows, defect, columns)
        spoilt = pc.if_else(pc.equal(kind, index), bad, rows[column])
        rows = rows.set_column(rows.schema.get_field_index(column), column, spoilt)
    return rows


def _spoil(
    rows: pa.Table, defect: str, columns: Mapping[str, str]
) -> tuple[str, pa.Scalar | pa.ChunkedArray | str]:
    """The column that is wrong, and what stands there."""
    if defect == "missing_user":
        return columns["user"], pa.scalar(None, pa.string())
    if defect == "missing_item":
        return columns["item"], pa.scalar(None, pa.string())
    if defect == "zero_quantity":
        return columns["quantity"], "0"
    if defect == "unparseable_quantity":
        return columns["quantity"], "1EA"
    if defect == "negative_price":
        return columns["price"], pc.negate(rows[columns["price"]])
    if defect == "wrong_day":
        # Two days late: such a row lies in the file of a day that is not its own.
        late = pa.scalar(timedelta(days=2), pa.duration("us"))
        return columns["time"], pc.add(rows[columns["time"]], late)
    raise ValueError(f"unknown defect {defect!r}")
