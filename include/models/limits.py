"""The part of a window that a model learns from."""

from __future__ import annotations

from include.dataset.dataset import Dataset
from include.dataset.recency import select_recent
from include.models.base import Params


def limit_dataset(dataset: Dataset, params: Params, max_items: int | None) -> Dataset:
    """The model's newest days with its half-life, and of them the newest `max_items` items of each user."""
    recent = select_recent(dataset, params.days, params.half_life)
    return recent if max_items is None else recent.cap(max_items)
