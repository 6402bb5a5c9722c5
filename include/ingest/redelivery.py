"""Files that deliver again what another file of the day has delivered: the newest of them counts.

A file delivers another one again where at least half of the pairs of order and item of the smaller of the two
are in both, of 20 pairs or more. Part files of one export may share an order, but hardly its items.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa

from include.ingest.landing import DeliveredFile

REDELIVERED_SHARE: Final = 0.5
NOTICED_SHARE: Final = 0.05
FEWEST_PAIRS: Final = 20  # of the smaller file: below, two files share their lines by chance
_NEVER: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Redelivery:
    """`replaced` (n,) marks lines of older files whose order (or item) a newer file has again."""

    replaced: np.ndarray
    warnings: tuple[str, ...]


def find_redelivered(
    table: pa.Table,
    file_of_row: np.ndarray,
    files: Sequence[DeliveredFile],
    order: str,
    pair: Sequence[str],
    *,
    keep: bool,
) -> Redelivery:
    """Compare the files of a day by the columns `pair` of its typed lines (n rows).

    `order` is the column whose lines are replaced together. With `keep`, what is found is only said. Lines
    that lack one of the columns are never replaced.
    """
    replaced = np.zeros(table.num_rows, dtype=bool)
    if len(files) < 2:
        return Redelivery(replaced, ())
    orders = _code(table, [order])
    pairs = _code(table, pair)
    age = _rank_by_age(files)[file_of_row]
    warnings = []
    for newer, older, share in _compare_files(pairs, age, len(files)):
        is_again = share >= REDELIVERED_SHARE
        if is_again and not keep:
            theirs = orders[(age == newer) & (orders >= 0)]
            replaced |= (age == older) & (orders >= 0) & np.isin(orders, theirs)
        warnings.append(_describe(_find_file(files, newer), _find_file(files, older), share, is_again, keep))
    return Redelivery(replaced, tuple(warnings))


def _code(table: pa.Table, columns: Sequence[str]) -> np.ndarray:
    """The same number (n,) for the same values, -1 where one is null."""
    codes = np.zeros(table.num_rows, dtype=np.int64)
    missing = np.zeros(table.num_rows, dtype=bool)
    for name in columns:
        column = table.column(name).combine_chunks().dictionary_encode()
        column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        missing |= np.asarray(column.is_null())
        codes = codes * (len(column.dictionary) + 1) + np.asarray(column.indices.fill_null(0))
        codes = pd.factorize(codes)[0]
    codes[missing] = -1
    return codes


def _rank_by_age(files: Sequence[DeliveredFile]) -> np.ndarray:
    """For each file its place from the newest, 0: by when it was changed, then by name, the last first."""
    newest_first = sorted(
        range(len(files)), key=lambda n: (files[n].modified_at or _NEVER, files[n].name), reverse=True
    )
    ranks = np.empty(len(files), dtype=np.int64)
    ranks[newest_first] = np.arange(len(files))
    return ranks


def _find_file(files: Sequence[DeliveredFile], rank: int) -> str:
    return files[int(np.flatnonzero(_rank_by_age(files) == rank)[0])].name


def _compare_files(pairs: np.ndarray, age: np.ndarray, files: int) -> list[tuple[int, int, float]]:
    """Newer file, older file and the share of the smaller one's pairs that both have, where it is noticed.

    Each pair is counted for the newest file that has it, beside each other one: so the work grows with the
    lines, however many files there are.
    """
    there = np.unique(pairs[pairs >= 0] * files + age[pairs >= 0])
    pair, file = there // files, there % files
    sizes = np.bincount(file, minlength=files)
    starts = np.flatnonzero(np.append(True, pair[1:] != pair[:-1])) if len(pair) else np.array([], dtype=int)
    newest = np.repeat(file[starts], np.diff(np.append(starts, len(pair))))
    is_older = file != newest
    both, counts = np.unique(newest[is_older] * files + file[is_older], return_counts=True)
    shares = counts / np.minimum(sizes[both // files], sizes[both % files])
    return [
        (int(code // files), int(code % files), float(share))
        for code, share in zip(both, shares, strict=True)
        if share >= NOTICED_SHARE and min(sizes[code // files], sizes[code % files]) >= FEWEST_PAIRS
    ]


def _describe(newer: str, older: str, share: float, is_again: bool, keep: bool) -> str:
    what = f"file {newer} and file {older} share {share:.0%} of the orders and items of the smaller one"
    if not is_again:
        return f"{what}; both count: look whether one of them was delivered in parts."
    if keep:
        return f"{what}; both count, as redelivered: keep says."
    return f"{what}; the newer file counts, and the older one's lines of the same orders do not."
