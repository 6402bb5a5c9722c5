"""Rows that a contract has to catch: copies of sound purchases, each with one defect."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

# What is wrong with the row, in the order in which rows get their defect.
DEFECTS: Final = (
    "missing_user",
    "missing_item",
    "zero_quantity",
    "negative_price",
    "unparseable_quantity",
    "wrong_day",
    "exact_duplicate",
)


def soil_rows(rows: pa.Table, defects: npt.NDArray[np.integer]) -> pa.Table:
    """The rows with their defects; `defects` holds an index into DEFECTS for each."""
    kind = pa.array(defects)

    nothing = pa.scalar(None, pa.string())
    # Two days late: such a row lies in the file of a day that is not its own.
    late = pc.add(rows["ord_dts"], pa.scalar(timedelta(days=2), pa.duration("us")))
    for defect, column, bad in (
        ("missing_user", "mbr_id", nothing),
        ("missing_item", "item_id", nothing),
        ("zero_quantity", "ord_qty", "0"),
        ("negative_price", "sell_price", pc.negate(rows["sell_price"])),
        ("unparseable_quantity", "ord_qty", "1EA"),
        ("wrong_day", "ord_dts", late),
    ):
        spoilt = pc.if_else(pc.equal(kind, DEFECTS.index(defect)), bad, rows[column])
        rows = rows.set_column(rows.schema.get_field_index(column), column, spoilt)
    return rows
