"""Ranked rows gathered into lists, as they are stored: one row for each owner."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.columns import RANK
from include.errors import RejectedReleaseError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.tables import Table


class ListBatch(NamedTuple):
    """m lists: `owners` has a row for each, `entries` those of each list in rank order.

    bounds: (m + 1,), from 0; entries bounds[i] to bounds[i + 1] are those of list i, which is not empty.
    """

    owners: pa.RecordBatch
    entries: pa.RecordBatch
    bounds: NDArray[np.int64]


def gather_lists(batches: Iterable[pa.RecordBatch], table: Table, what: str) -> Iterator[ListBatch]:
    """The lists of ranked rows in their order; a list may go on from one batch to the next.

    A row of rank 1 begins a list, also where its owner had one before. Raises RejectedReleaseError, which
    calls the rows `what`, where any other row does not follow the rank before it of the same owner.
    """
    assert table.list is not None
    held: list[pa.RecordBatch] = []  # the newest list, which the next batch may go on with
    rows = 0
    for batch in batches:
        if not batch.num_rows:
            continue
        starts = np.flatnonzero(_find_starts(batch, held[-1] if held else None, table, what, rows))
        rows += batch.num_rows
        if len(starts):
            before = sum(part.num_rows for part in held)
            bounds = before + starts if starts[0] == 0 and not held else np.append(0, before + starts)
            if bounds[-1]:
                yield _make_batch([*held, batch.slice(0, starts[-1])], bounds, table)
            held = []
            batch = batch.slice(starts[-1])
        held.append(batch)
    if held:
        yield _make_batch(held, np.array([0, sum(part.num_rows for part in held)]), table)


def _make_batch(parts: list[pa.RecordBatch], bounds: NDArray[np.int64], table: Table) -> ListBatch:
    assert table.list is not None
    rows = pa.concat_batches(parts)
    owners = rows.select(list(table.list.owner)).take(pa.array(bounds[:-1]))
    return ListBatch(owners, rows.select(list(table.listed)), bounds.astype(np.int64))


def _find_starts(
    batch: pa.RecordBatch, before: pa.RecordBatch | None, table: Table, what: str, row: int
) -> NDArray[np.bool_]:
    """Which rows (n,) begin a list. `before` ends with the row before the batch; `row` have gone before."""
    assert table.list is not None
    ranks = batch[RANK].to_numpy()
    starts: NDArray[np.bool_] = ranks == 1
    follows = np.empty(len(ranks), bool)
    follows[1:] = ranks[1:] == ranks[:-1] + 1
    follows[0] = before is not None and ranks[0] == before[RANK][-1].as_py() + 1
    for name in table.list.owner:
        owner = batch[name]
        follows[1:] &= pc.equal(owner.slice(1), owner.slice(0, len(owner) - 1)).to_numpy(zero_copy_only=False)
        follows[0] &= before is not None and owner[0].equals(before[name][-1])
    if (wrong := ~(starts | follows)).any():
        first = int(np.argmax(wrong))
        owners = ", ".join(f"{name} {batch[name][first].as_py()!r}" for name in table.list.owner)
        of = "" if table.is_about_users else f" of {owners}"
        raise RejectedReleaseError(
            f"{what} has lists with gaps or in pieces: row {row + first + 1:,}{of} has rank {ranks[first]},"
            " which does not follow the row before it; give each list's rows together, with ranks 1, 2, 3 and"
            " so on."
        )
    return starts
