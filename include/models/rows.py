"""Lists of item codes as the rows of published tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from include.columns import ITEM_SIMILARITIES
from include.dataset.tables import take_ids
from include.kernels.ranking import number_places

if TYPE_CHECKING:
    from include.kernels.item_cosine import Neighbours


def name_neighbours(item_ids: pa.StringArray, start: int, stop: int, found: Neighbours) -> pa.Table:
    """ITEM_SIMILARITIES of the items [start, stop), which these are the neighbours of."""
    columns = [
        take_ids(item_ids, np.repeat(np.arange(start, stop), found.sizes)),
        pa.array(number_places(found.sizes)),
        take_ids(item_ids, found.items),
        pa.array(found.scores),
        pa.array(found.co_buyers, pa.int32()),
    ]
    return pa.table(columns, schema=ITEM_SIMILARITIES)
