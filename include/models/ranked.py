"""What every model returns, and what every model is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from scipy.sparse import csr_matrix


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


@dataclass(frozen=True)
class Options:
    """What an advertiser asks of a model.

    `k` maps a table's name to its rank cutoff; `parameters` holds the model's own settings by the names
    that its docstring gives (for ALS those of `implicit`). `tile_mb` is the most scratch memory in MB that
    the blocks of a model hold at once, over all its threads; it changes how long a model takes and nothing
    else. `purchased` is a CSR of the shape of the interactions' user_items whose nonzeros are all that the
    users bought, where the interactions are capped and so hold less; None means that they hold all.
    """

    k: Mapping[str, int]
    exclude_purchased: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)
    tile_mb: int = 256
    purchased: csr_matrix | None = None
