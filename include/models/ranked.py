"""What every model returns, and what every model is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.models.columns import ITEM_SIMILARITIES
from include.models.ranking import number_places
from include.models.tables import take_ids


@dataclass(frozen=True)
class RankedTable:
    """Rows of one published table, in rank order.

    `table` is a key of `include.models.columns.RELEASE_TABLES` and `rows` has exactly that schema, sorted by
    the table's key with `rank` running 1..n within it. `model` is the registry name of the model that
    made it, or '' where the table has no model column.
    """

    table: str
    model: str
    rows: pa.Table


class Neighbours(NamedTuple):
    """The neighbours of consecutive items, one item after the other and best first.

    sizes: (rows,) how many each has; items: (n,) item codes; scores: (n,); co_buyers: (n,),
    of an integer type that holds them.
    """

    sizes: NDArray[np.int32]
    items: NDArray[np.int32]
    scores: NDArray[np.float32]
    co_buyers: NDArray[np.integer]

    def to_table(self, item_ids: pa.StringArray, start: int, stop: int) -> pa.Table:
        """ITEM_SIMILARITIES of the items [start, stop), which these are the neighbours of."""
        columns = [
            take_ids(item_ids, np.repeat(np.arange(start, stop), self.sizes)),
            pa.array(number_places(self.sizes)),
            take_ids(item_ids, self.items),
            pa.array(self.scores),
            pa.array(self.co_buyers, pa.int32()),
        ]
        return pa.table(columns, schema=ITEM_SIMILARITIES)


@dataclass(frozen=True)
class Options:
    """What an advertiser asks of a model.

    `k` maps a table's name to its rank cutoff; `parameters` holds the model's own settings by the names
    that its docstring gives (for ALS those of `implicit`). `tile_mb` is the most memory in MB for the lists
    that a model holds in the making; it changes how long a model takes and nothing else. `purchased` is a CSR
    of the shape of the interactions' user_items whose nonzeros are all that the users bought, where the
    interactions are capped and so hold less; None means that they hold all.
    """

    k: Mapping[str, int]
    exclude_purchased: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tile_mb: int = 1024
    purchased: csr_matrix | None = None
