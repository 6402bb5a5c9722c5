"""Small tables as the candidate sources read them, blended."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from include.candidates.blend import Blend, blend_candidates
from include.candidates.inputs import Inputs, group_recent
from include.candidates.registry import load_source, load_source_params
from include.dataset.interactions import Interactions
from include.evaluation.window import Window
from include.kernels import take_block


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


def make_inputs(window: Window, *, exclude: bool = True) -> Inputs:
    """What the sources are given of a window, '' and the catalogue's items included."""
    return Inputs.from_window(
        window.known,
        window.recent,
        window.products,
        window.absent_items,
        lambda: window.dataset,
        window_items=len(window.dataset.item_ids),
        min_co_buyers=1,
        max_history=None,
        exclude_purchased=exclude,
    )


def propose_ids(
    name: str, inputs: Inputs, k: int, rows: pa.Table | None = None, **params: Any
) -> dict[str, list[str]]:
    """What a source proposes to each user, in blocks of one and of all, which must say the same."""
    made = load_source_params(name)(**params)
    proposer = load_source(name).read_source(pa.table({}) if rows is None else rows, inputs, made)
    hidden, users = inputs.list_hidden(), len(inputs.user_ids)
    found = []
    for size in (1, users):
        lists: list[list[str]] = []
        for start in range(0, users, size):
            stop = min(users, start + size)
            proposed = proposer.propose(start, stop, k, take_block(hidden, start, stop)).lists
            ids = inputs.item_ids.take(pa.array(proposed.items)).to_pylist()
            lists += [ids[first:last] for first, last in pairwise(proposed.indptr)]
        found.append(lists)
    assert found[0] == found[1]
    return dict(zip(inputs.user_ids.to_pylist(), found[0], strict=True))


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
