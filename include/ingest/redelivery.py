"""Files of a day that deliver again what another file holds: a corrected file beside the old one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.landing import DeliveredFile

# A file repeats another where at least this share of the smaller one's lines, told apart by their keys, is
# in the other, and so many orders; an order that is split over files shares its id but not its items.
_SHARE: Final = 0.5
_ORDERS: Final = 2
# From this share and this number of keys on, files that repeat each other less are worth a sentence.
_WARNED_SHARE: Final = 0.1
_WARNED_KEYS: Final = 10
# With how many files, of those that hold a key, each file is compared: those next to it in age.
_REACH: Final = 8


@dataclass(frozen=True)
class Redelivery:
    """`superseded` (n,) is a mask over the rows: those of an order that a newer file delivers again."""

    superseded: np.ndarray
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class _Pairs:
    """Pairs of files (older, newer: numbers) with how many keys and orders both hold."""

    older: np.ndarray
    newer: np.ndarray
    keys: np.ndarray
    orders: np.ndarray


def rank_by_age(files: Sequence[DeliveredFile]) -> np.ndarray:
    """For each file its place from the oldest (0) to the newest: by its time of change, then by its name."""
    times = [file.modified_at.timestamp() if file.modified_at else -np.inf for file in files]
    order = sorted(range(len(files)), key=lambda number: (times[number], files[number].name))
    ranks = np.empty(len(files), dtype=np.int64)
    ranks[order] = np.arange(len(files))
    return ranks


def find_redelivered(
    files: Sequence[DeliveredFile], file_of_row: np.ndarray, table: pa.Table, drop: bool
) -> Redelivery:
    """Compare the files by their rows (n,): the first column is the order, all of them are the key of a line.

    Without a column nothing is compared. With `drop`, of an order that is in both files of a redelivered pair
    only the newer one's rows count. The work grows with the rows and not with the pairs of files.
    """
    superseded = np.zeros(len(file_of_row), dtype=bool)
    if len(files) < 2 or not table.num_columns:
        return Redelivery(superseded, ())
    orders, keys = encode(table.columns[:1]), encode(table.columns)
    usable = keys >= 0
    if not usable.any():
        return Redelivery(superseded, ())
    ranks = rank_by_age(files)
    names = [files[number].name for number in np.argsort(ranks)]
    age = ranks[file_of_row]
    pairs, sizes = _compare(age[usable], orders[usable], keys[usable], len(files))
    smaller = np.minimum(sizes[pairs.older], sizes[pairs.newer])
    repeats = (pairs.keys >= _SHARE * smaller) & (pairs.orders >= _ORDERS)
    some = ~repeats & (pairs.keys >= _WARNED_SHARE * smaller) & (pairs.keys >= _WARNED_KEYS)
    warnings = []
    if repeats.any():
        if drop:
            superseded = _find_superseded(age, orders, pairs.older[repeats], pairs.newer[repeats])
        warnings.append(_describe(pairs, np.flatnonzero(repeats), smaller, names, drop, superseded))
    if some.any():
        warnings.append(_describe_some(pairs, np.flatnonzero(some), smaller, names))
    return Redelivery(superseded, tuple(warnings))


def encode(columns: Sequence[pa.ChunkedArray]) -> np.ndarray:
    """Codes (n,) of the rows' values, from 0 to at most n; −1 where one of them is null."""
    codes = _encode_column(columns[0])
    missing = codes < 0
    for column in columns[1:]:
        coded = _encode_column(column)
        missing |= coded < 0
        _, codes = np.unique(codes * (int(coded.max(initial=0)) + 1) + coded, return_inverse=True)
    codes[missing] = -1
    return codes


def _encode_column(column: pa.ChunkedArray) -> np.ndarray:
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    codes: np.ndarray = pc.fill_null(array.dictionary_encode().indices, -1).to_numpy().astype(np.int64)
    return codes


def _compare(age: np.ndarray, orders: np.ndarray, keys: np.ndarray, count: int) -> tuple[_Pairs, np.ndarray]:
    """The pairs of files that share keys, and for each file how many keys it holds."""
    held, first = np.unique(keys * count + age, return_index=True)
    key, file, order = held // count, held % count, orders[first]
    sizes = np.bincount(file, minlength=count)
    found = []
    for step in range(1, min(_REACH, count - 1) + 1):
        same = np.flatnonzero(key[step:] == key[:-step])
        found.append((file[same] * count + file[same + step], order[same]))
    links, shared = (np.concatenate(parts) for parts in zip(*found, strict=True))
    pair, keys_shared = np.unique(links, return_counts=True)
    many = int(orders.max()) + 1
    orders_shared = np.unique(np.unique(links * many + shared) // many, return_counts=True)[1]
    return _Pairs(pair // count, pair % count, keys_shared, orders_shared), sizes


def _find_superseded(age: np.ndarray, orders: np.ndarray, older: np.ndarray, newer: np.ndarray) -> np.ndarray:
    """The rows of an older file whose order is in the newer one too."""
    many = int(orders.max()) + 1
    known = orders >= 0
    held = np.unique(age[known] * many + orders[known])
    bounds = np.searchsorted(held, np.arange(int(age.max()) + 2) * many)
    sizes = np.diff(bounds)
    # Go through the orders of the file that has fewer, and look them up in the other.
    fewer = np.where(sizes[newer] <= sizes[older], newer, older)
    other = older + newer - fewer
    counts = sizes[fewer]
    offsets = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
    order = held[np.repeat(bounds[fewer], counts) + offsets] % many
    is_shared = np.isin(np.repeat(other, counts) * many + order, held)
    dropped = np.unique((np.repeat(older, counts) * many + order)[is_shared])
    superseded: np.ndarray = known & np.isin(age * many + orders, dropped)
    return superseded


def _describe(
    pairs: _Pairs,
    chosen: np.ndarray,
    smaller: np.ndarray,
    names: list[str],
    drop: bool,
    superseded: np.ndarray,
) -> str:
    rule = (
        f"of what is in both only the lines of the newer file, named second, count, and"
        f" {superseded.sum():,} older lines are duplicates (redelivered: newest)"
        if drop
        else "the lines of both count (redelivered: keep, or duplicates: none)"
    )
    return f"{_name_worst(pairs, chosen, smaller, names)}: {rule}."


def _describe_some(pairs: _Pairs, chosen: np.ndarray, smaller: np.ndarray, names: list[str]) -> str:
    return (
        f"{_name_worst(pairs, chosen, smaller, names)}: too few for a redelivery, so the lines of both count."
        " Ask the mall whether one corrects the other."
    )


def _name_worst(pairs: _Pairs, chosen: np.ndarray, smaller: np.ndarray, names: list[str]) -> str:
    worst = chosen[np.argmax(pairs.keys[chosen])]
    others = f" (and {len(chosen) - 1:,} more such pairs of files)" if len(chosen) > 1 else ""
    return (
        f"the files {names[pairs.older[worst]]} and {names[pairs.newer[worst]]} share"
        f" {pairs.keys[worst]:,} of the {smaller[worst]:,} items of orders that the smaller one holds{others}"
    )
