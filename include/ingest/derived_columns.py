"""What the contract's rules look at beside the feed's own columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.models.columns import ITEM_ID, LARGEST_PRICE, LARGEST_QUANTITY, ORDER_ID, PRICE, QUANTITY
from include.settings import Cancellations


def add_purchase_columns(table: pa.Table, cancellations: Cancellations) -> pa.Table:
    """Apply the cancellation rule.

    The quantity of a line that the rule takes for a cancellation becomes negative, whatever its sign was.
    `purchased_quantity` is the quantity of the other lines and null on cancellations: where it is negative,
    the rule does not explain it. `excessive_quantity` and `excessive_price` are null but where the value is
    beyond what a line may hold. `cancels` marks the cancellations (bool).
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
    table = table.append_column("cancels", cancels)
    return table.append_column("purchased_quantity", pc.if_else(cancels, nothing, quantity))


def add_product_columns(table: pa.Table) -> pa.Table:
    """`item_id_occurrence`: 1 for an item's first line of the day, 2 for its second …; null without an id."""
    ids = table.column(ITEM_ID).to_pandas()
    occurrence = (ids.groupby(ids).cumcount() + 1).where(ids.notna())
    return table.append_column("item_id_occurrence", pa.array(occurrence, pa.float64(), from_pandas=True))
