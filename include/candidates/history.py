"""What users bought, by the codes of `Inputs`, where a purchase counts less the older it is."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix

from include.candidates.inputs import Inputs
from include.dataset.events import PURCHASE
from include.dataset.interactions import Interactions
from include.dataset.recency import age_events, age_timestamps


def weigh_purchases(inputs: Inputs, days: int | None = None, half_life: float | None = None) -> csr_matrix:
    """CSR, users × items, float64, sorted indices: Σ over the user's purchases of 0.5 ** (age / half_life).

    An age is in whole days before the window's last day; `days` leaves out those of that age or more. None
    counts all alike. Raises RefusedInputError where one is given and the data have no days.
    """
    shape = len(inputs.user_ids), len(inputs.item_ids)
    if days is None and half_life is None:
        counts = inputs.purchased.astype(np.float64)
        counts.sort_indices()
        return counts
    events, age = inputs.dataset.events[PURCHASE], age_events(inputs.dataset)[PURCHASE]
    rows = np.flatnonzero(age < (days or np.inf))
    weight = 0.5 ** (age[rows] / (half_life or np.inf))
    users = inputs.dataset_users[events.users[rows]]
    counts = csr_matrix((weight, (users, events.items[rows])), shape=shape)
    counts.sum_duplicates()
    return counts


def weigh_buyers(inputs: Inputs, days: int | None = None, half_life: float | None = None) -> csr_matrix:
    """CSR, users × items, float64, sorted indices: 0.5 ** (age / half_life) of the user's newest purchase.

    `days` and ages are those of `weigh_purchases`, and so is what is raised.
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
