"""What every model returns, and what every model is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa


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
    that its docstring gives (for ALS those of `implicit`).
    """

    k: Mapping[str, int]
    exclude_purchased: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)
