"""How many days ago a user last bought an item, and an item was first seen."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from include.candidates.inputs import Inputs
from include.candidates.lists import match_keys
from include.dataset.dataset import Dataset
from include.dataset.events import PURCHASE
from include.dataset.recency import age_events
from include.errors import RefusedInputError

# Of an item that nobody bought or looked at in the window.
UNSEEN: Final = -1


def age_purchases(inputs: Inputs) -> NDArray[np.int64]:
    """The age (nonzeros of `inputs.purchased`,) of the user's last purchase of the item.

    In whole days before the window's last day, whose purchases are 0 days old. Raises RefusedInputError where
    the data have no days.
    """
    purchased, dataset = inputs.purchased, inputs.dataset
    ages = np.full(purchased.nnz, np.iinfo(np.int64).max)
    if not purchased.nnz:
        return ages
    users, items = purchased.shape
    pairs = np.repeat(np.arange(users), np.diff(purchased.indptr)) * items + purchased.indices
    bought = dataset.events[PURCHASE]
    rows = match_keys(inputs.dataset_users[bought.users].astype(np.int64) * items + bought.items, pairs)
    np.minimum.at(ages, rows[rows >= 0], _age(dataset)[PURCHASE][rows >= 0])
    return ages


def age_items(inputs: Inputs) -> NDArray[np.int64]:
    """The age (items,) of each item's first event in the window, in the same days; UNSEEN without an event.

    Raises RefusedInputError where the data have no days.
    """
    dataset, first = inputs.dataset, np.full(len(inputs.item_ids), UNSEEN)
    for name, ages in _age(dataset).items():
        np.maximum.at(first, dataset.events[name].items, ages)
    return first


def _age(dataset: Dataset) -> dict[str, NDArray[np.int64]]:
    if dataset.day_starts is None:
        raise RefusedInputError(
            "The data have no days, so that no re-rank step can tell how old a purchase or an item is; take"
            " already_bought and freshness out of ads.rerank."
        )
    return age_events(dataset)
