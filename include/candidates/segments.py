"""Segments of users: by the category that they buy most, or by k-means on their categories and prices."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, hstack
from sklearn.cluster import KMeans
from threadpoolctl import threadpool_limits

from include.candidates.inputs import Inputs
from include.dataset.catalogue import align_products
from include.dataset.events import PURCHASE
from include.dataset.id_codes import encode_ids

NO_SEGMENT: Final = -1
_MOST_CATEGORIES = 100  # of a user's mix; those with the fewest purchases tell few users apart
_LEARNERS = 20_000  # k-means learns from so many users, spread evenly over all
_BLOCK = 100_000  # users whose cluster is looked for at once
_PRICE_SPREAD = 0.25  # of the users' prices beside their shares of categories, which are from 0 to 1


def find_categories(inputs: Inputs) -> NDArray[np.int64]:
    """The category (items,) of each item, coded in order of the names; -1 where it has none."""
    category = align_products(inputs.item_ids, inputs.products)["category"]
    named = pc.fill_null(pc.not_equal(category, ""), False)
    codes = np.full(len(inputs.item_ids), NO_SEGMENT)
    codes[named.to_numpy()], _ = encode_ids(category.filter(named))
    return codes


def choose_main_category(bought: csr_matrix, category: NDArray[np.int64]) -> NDArray[np.int64]:
    """The category (users,) of which each user bought most, the first by code of several; else -1.

    bought: users × items, positive weights. category: (items,) from `find_categories`.
    """
    sums = _sum_by_category(bought, category)
    owners = np.repeat(np.arange(sums.shape[0]), np.diff(sums.indptr))
    order = np.lexsort((sums.indices, -sums.data, owners))
    users, first = np.unique(owners[order], return_index=True)
    chosen = np.full(sums.shape[0], NO_SEGMENT)
    chosen[users] = sums.indices[order][first]
    return chosen


def cluster_users(
    bought: csr_matrix, category: NDArray[np.int64], price: NDArray[np.float64], clusters: int, seed: int
) -> NDArray[np.int64]:
    """The cluster (users,) of each user, -1 for those without a purchase, by Lloyd's k-means.

    A user is the shares of the categories in the purchases, and the mean logarithm of the prices, in standard
    deviations. price: (items,), NaN where it is not known; a user without one counts as the mean. There are
    fewer clusters than asked for where fewer users differ. One thread, so that no sum is in another order.
    """
    users = np.flatnonzero(np.diff(bought.indptr))
    chosen = np.full(bought.shape[0], NO_SEGMENT)
    points = _describe_users(bought[users], category, price)
    learners = points[
        np.arange(min(_LEARNERS, len(users))) * len(users) // max(1, min(_LEARNERS, len(users)))
    ]
    distinct = len(np.unique(learners.toarray(), axis=0)) if len(users) else 0
    if distinct < 2:
        chosen[users] = 0
        return chosen
    with threadpool_limits(limits=1):
        means = KMeans(min(clusters, distinct), n_init=1, random_state=seed).fit(learners)
        for start in range(0, len(users), _BLOCK):
            chosen[users[start : start + _BLOCK]] = means.predict(points[start : start + _BLOCK])
    return chosen


def find_prices(inputs: Inputs) -> NDArray[np.float64]:
    """The price (items,) of each item: the mean of what was paid, else the catalogue's, else NaN."""
    items = len(inputs.item_ids)
    price = align_products(inputs.item_ids, inputs.products)["price"]
    listed = pc.fill_null(price.cast(pa.float64()), np.nan).to_numpy()
    if PURCHASE not in inputs.dataset.events:
        return listed
    events = inputs.dataset.events[PURCHASE]
    known = np.flatnonzero(~np.isnan(events.price))
    count = np.bincount(events.items[known], minlength=items)
    paid = np.bincount(events.items[known], events.price[known], items)
    return np.where(count > 0, paid / np.maximum(1, count), listed)


def _describe_users(
    bought: csr_matrix, category: NDArray[np.int64], price: NDArray[np.float64]
) -> csr_matrix:
    """CSR, users × (categories + 1), float64."""
    sums = _sum_by_category(bought, category)
    totals = np.asarray(sums.sum(axis=0)).ravel()
    kept = np.sort(np.lexsort((np.arange(len(totals)), -totals))[:_MOST_CATEGORIES])
    weight = np.asarray(bought.sum(axis=1)).ravel()
    shares = diags(1 / np.where(weight > 0, weight, 1)) @ sums[:, kept]

    has_price = np.isfinite(price) & (price >= 0)
    logs = np.where(has_price, np.log1p(np.where(has_price, price, 0)), 0)
    priced = bought @ has_price.astype(np.float64)
    level = (bought @ logs) / np.where(priced > 0, priced, 1)
    known = priced > 0
    if known.any():
        spread = level[known].std() or 1.0
        level = np.where(known, (level - level[known].mean()) / spread, 0) * _PRICE_SPREAD
    return hstack([shares, csr_matrix(level[:, None])]).tocsr()


def _sum_by_category(bought: csr_matrix, category: NDArray[np.int64]) -> csr_matrix:
    items = np.flatnonzero(category >= 0)
    size = int(category.max(initial=-1)) + 1
    belongs = csr_matrix((np.ones(len(items)), (items, category[items])), shape=(len(category), size))
    sums = (bought @ belongs).tocsr()
    sums.sort_indices()
    return sums
