"""Small tables as the candidate sources read them, blended."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from include.candidates.blend import Blend, blend_candidates
from include.candidates.inputs import Inputs, group_recent
from include.candidates.registry import load_source, load_source_params
from include.dataset.interactions import Interactions


class Tables(NamedTuple):
    """What a window and its models have left."""

    interactions: Interactions
    similarities: pa.Table
    recommendations: pa.Table
    best_sellers: pa.Table
    recent_items: pa.Table

    def make_inputs(
        self, exclude: bool = True, available: set[str] | None = None, min_co_buyers: int = 1
    ) -> Inputs:
        shown = [available is None or item in available for item in self.interactions.item_ids.to_pylist()]
        user_ids, item_ids = self.interactions.user_ids, self.interactions.item_ids
        return Inputs(
            user_ids,
            item_ids,
            self.interactions.user_items,
            group_recent(self.recent_items, user_ids, item_ids),
            np.array(shown, np.bool_),
            min_co_buyers=min_co_buyers,
            exclude_purchased=exclude,
        )


def blend_tables(
    tables: Tables,
    k: int,
    exclude: bool = True,
    available: set[str] | None = None,
    min_co_buyers: int = 1,
    threads: int = 0,
    **more: Any,
) -> Blend:
    """With the sources cosine, als and best_sellers."""
    inputs = tables.make_inputs(exclude, available, min_co_buyers)
    rows = {
        "cosine": tables.similarities,
        "als": tables.recommendations,
        "best_sellers": tables.best_sellers,
    }
    sources = {
        name: load_source(name).read_source(table, inputs, load_source_params(name)())
        for name, table in rows.items()
    }
    return blend_candidates(inputs, sources, k, threads=threads, **more)
