"""What users did, by the codes of `Inputs`, where an event counts less the older it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
from scipy.sparse import csr_matrix

from include.candidates.inputs import Inputs
from include.dataset.events import PURCHASE
from include.dataset.interactions import Interactions
from include.dataset.recency import age_events, age_timestamps
from include.errors import RefusedInputError

PURCHASES: Final[Mapping[str, float]] = {PURCHASE: 1.0}


def weigh_events(
    inputs: Inputs,
    days: int | None = None,
    half_life: float | None = None,
    weights: Mapping[str, float] = PURCHASES,
) -> csr_matrix:
    """CSR, users × items, float64, sorted indices: Σ over the user's events with the item of
    weight · 0.5 ** (age / half_life).

    `weights` by event type; the other types are nothing. An age is in whole days before the window's last
    day; `days` leaves out those of that age or more. None counts all alike. Raises RefusedInputError where
    one is given and the data have no days, and for a type that the window does not have.
    """
    shape = len(inputs.user_ids), len(inputs.item_ids)
    if days is None and half_life is None and dict(weights) == PURCHASES:
        counts = inputs.purchased.astype(np.float64)
        counts.sort_indices()
        return counts
    dataset = inputs.dataset
    age = age_events(dataset) if days or half_life else {}
    summed = csr_matrix(shape)
    for name, weight in weights.items():
        if name not in dataset.events:
            known = ", ".join(sorted(dataset.events))
            raise RefusedInputError(f"The window has no events of type {name}; it has {known}.")
        events = dataset.events[name]
        old = age.get(name, np.zeros(len(events), np.int64))
        rows = np.flatnonzero(old < (days or np.inf))
        parts = weight * 0.5 ** (old[rows] / (half_life or np.inf))
        users = inputs.dataset_users[events.users[rows]]
        summed = summed + csr_matrix((parts, (users, events.items[rows])), shape=shape)
    summed.sum_duplicates()
    return summed


def weigh_buyers(inputs: Inputs, days: int | None = None, half_life: float | None = None) -> csr_matrix:
    """CSR, users × items, float64, sorted indices: 0.5 ** (age / half_life) of the user's newest purchase.

    `days` and ages are those of `weigh_events`, and so is what is raised.
    """
    if days is None and half_life is None:
        bought = inputs.purchased.astype(np.float64)
        bought.data[:] = 1
        return bought
    dataset = inputs.dataset
    pairs = Interactions.from_events(dataset.events[PURCHASE], dataset.user_ids, dataset.item_ids)
    age = age_timestamps(dataset, pairs.occurred_at)
    kept = np.flatnonzero(age < (days or np.inf))
    users = inputs.dataset_users[pairs.user_codes()[kept]]
    weight = 0.5 ** (age[kept] / (half_life or np.inf))
    shape = len(inputs.user_ids), len(inputs.item_ids)
    return csr_matrix((weight, (users, pairs.user_items.indices[kept])), shape=shape)
