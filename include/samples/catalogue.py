"""The items of the synthetic mall: how popular, of which kind, called what, at what price."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from include.samples.vocabulary import BRAND_HEADS, BRAND_TAILS, DEPARTMENTS

Integers = npt.NDArray[np.int64]

ITEMS_PER_CLUSTER = 400
CLUSTERS_PER_GROUP = 25
ZIPF_EXPONENT, ZIPF_SHIFT = 0.9, 20.0
_ITEM_NUMBERS_FROM = 1_000_000_000_000


@dataclass(frozen=True)
class Catalogue:
    """Items 0 … n−1, in runs: those of one cluster (a brand within a category) lie side by side.

    `popularity` is the cumulative weight before each item, of length n + 1: the share of a run of items is
    a difference of two of its values. A weight falls with the item's rank r as (r + 20)^−0.9
    (Zipf–Mandelbrot). `cluster_starts` is the first item of each cluster, of length clusters + 1.
    `group_starts` cuts `group_order`, a permutation of the clusters, into taste groups, whose clusters are
    bought together. `prices` are in won.
    """

    ids: pa.Array
    popularity: Integers
    cluster_starts: Integers
    group_order: Integers
    group_starts: Integers
    prices: Integers
    columns: dict[str, pa.Array]

    def make_snapshot(self, prices: Integers, on_sale: npt.NDArray[np.bool_]) -> pa.Table:
        """The catalogue as the mall delivers it, sorted by item."""
        table = pa.table(
            {
                "item_id": self.ids,
                **self.columns,
                "sell_price": pa.array(prices),
                "sale_yn": pc.if_else(pa.array(on_sale), "Y", "N"),
            }
        )
        # numpy's stable sort and not Arrow's, whose threads promise no order among equals.
        return table.take(np.argsort(self.ids.to_numpy(zero_copy_only=False), kind="stable"))


def make_catalogue(items: int, rng: np.random.Generator) -> Catalogue:
    """Draw a mall of that many items."""
    ranks = rng.permutation(items)
    # Whole numbers, so that a last bit of `power` that differs between processors changes no draw.
    weights = np.maximum(np.floor((ranks + ZIPF_SHIFT) ** -ZIPF_EXPONENT * 2**40), 1).astype(np.int64)
    # A small mall has smaller clusters rather than hardly any: 100 of them where 20 items each are there.
    clusters = max(items // ITEMS_PER_CLUSTER, min(items // 20, 100), 1)
    starts = np.arange(clusters + 1) * items // clusters
    cluster = np.repeat(np.arange(clusters), np.diff(starts))
    department, category, brand = _draw_clusters(clusters, rng)
    group_order, group_starts = _draw_groups(clusters, rng)
    columns, prices = _name_items(department[cluster], category[cluster], brand[cluster], rng)
    numbers = _ITEM_NUMBERS_FROM + rng.permutation(items)
    return Catalogue(
        ids=pa.array(numbers).cast(pa.string()),
        popularity=np.concatenate(([0], np.cumsum(weights))),
        cluster_starts=starts,
        group_order=group_order,
        group_starts=group_starts,
        prices=prices,
        columns=columns,
    )


def _draw_clusters(clusters: int, rng: np.random.Generator) -> tuple[Integers, Integers, Integers]:
    """Department, category and brand of each cluster, sorted by department and category."""
    shares = np.cumsum([department.share for department in DEPARTMENTS])
    # Even steps and not draws: a small mall has its departments in proportion, too.
    department = np.searchsorted(shares, (np.arange(clusters) + 0.5) / clusters)
    sizes = np.array([len(entry.categories) for entry in DEPARTMENTS])
    category = np.floor(rng.random(clusters) * sizes[department]).astype(np.int64)
    category = category[np.lexsort((category, department))]
    return department, category, rng.integers(0, len(BRAND_HEADS) * len(BRAND_TAILS), clusters)


def _draw_groups(clusters: int, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Taste groups: clusters of neighbouring categories, two fifths of them swapped across the mall."""
    groups = max(1, clusters // CLUSTERS_PER_GROUP)
    order = np.arange(clusters)
    swapped = np.flatnonzero(rng.random(clusters) < 0.4)
    order[swapped] = order[rng.permutation(swapped)]
    return order, np.arange(groups + 1) * clusters // groups


def _name_items(
    department: Integers, category: Integers, brand: Integers, rng: np.random.Generator
) -> tuple[dict[str, pa.Array], Integers]:
    """The text columns, and list prices in won: log-normal around the category's median."""
    offsets = np.cumsum([0, *(len(entry.categories) for entry in DEPARTMENTS)])
    flat = [entry for part in DEPARTMENTS for entry in part.categories]
    kind = offsets[department] + category
    medians = np.array([median for _, median, _ in flat])
    prices = medians[kind] * np.exp(rng.normal(0, 0.5, len(kind)))
    brands = [head + tail for head in BRAND_HEADS for tail in BRAND_TAILS]
    brand_names = _pick(brands, brand)
    title = pc.binary_join_element_wise(
        brand_names,
        _pick_within([part.adjectives for part in DEPARTMENTS], department, rng),
        _pick_within([products for _, _, products in flat], kind, rng),
        _pick_within([part.options for part in DEPARTMENTS], department, rng),
        " ",
    )
    columns = {
        "item_nm": title,
        "dept_nm": _pick([part.name for part in DEPARTMENTS], department),
        "category_nm": _pick([name for name, _, _ in flat], kind),
        "brand_nm": brand_names,
    }
    return columns, np.maximum(np.round(prices / 100) * 100, 100).astype(np.int64)


def _pick(words: list[str], index: Integers) -> pa.Array:
    return pa.array(words).take(pa.array(index))


def _pick_within(lists: list[tuple[str, ...]], which: Integers, rng: np.random.Generator) -> Any:
    """For each item one word of the list that `which` points to."""
    sizes = np.array([len(words) for words in lists])
    offsets = np.cumsum(sizes) - sizes
    inside = np.floor(rng.random(len(which)) * sizes[which]).astype(np.int64)
    return _pick([word for words in lists for word in words], offsets[which] + inside)
