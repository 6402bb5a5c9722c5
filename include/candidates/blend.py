"""The final list for each user: what the sources propose, blended, then through the re-rank steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.candidates.base import Blender, Proposals, Proposer, Sources
from include.candidates.blends import turns
from include.candidates.features import Features
from include.candidates.inputs import Inputs
from include.candidates.registry import SOURCES
from include.candidates.reranking import LONGER, Step, rerank_lists
from include.columns import AD_CANDIDATES
from include.kernels import (
    Interleaved,
    RankedLists,
    count_cores,
    number_ranks,
    run_blocks,
    split_blocks,
    take_block,
)
from include.progress import show_progress

# The most proposals from which one thread chooses at once; it keeps only what it chooses.
_BLOCK = 2_000_000


class Blend(NamedTuple):
    """rows: `columns.AD_CANDIDATES` with its texts in dictionaries, sorted by user and rank. counts: `rows`
    and, of them, `sources`; `short_lists`, users with fewer than k; `rerank`, what each step has counted."""

    rows: pa.Table
    counts: dict[str, Any]


class _Block(NamedTuple):
    """What was chosen for the users of a block; because is -1 where there is no reason."""

    lists: RankedLists
    sources: NDArray[np.int8]
    because: NDArray[np.int32]
    counts: dict[str, dict[str, int]]


def blend_candidates(
    inputs: Inputs,
    sources: Mapping[str, Proposer],
    k: int,
    *,
    open_blend: Callable[[Sources, Inputs], Blender] | None = None,
    steps: Sequence[Step] = (),
    features: Features | None = None,
    threads: int = 0,
) -> Blend:
    """Up to k different items for each user of the window.

    The blend chooses them from the `sources`; by default they take turns. No item is taken that the user
    bought in the window when `inputs.exclude_purchased`. A row's reason is that of its source.

    With `steps`, which need `features`, lists are twice as long before them and cut to k after them.
    `threads` (0 is every core this process may use) changes how long it takes and nothing else. Raises
    RefusedInputError where a step does.
    """
    names = sorted(sources, key=lambda name: SOURCES[name].fills)  # those alike stay in their order
    several = Sources(tuple(names), sum(not SOURCES[name].fills for name in names))
    blender = open_blend(several, inputs) if open_blend else turns.open_blend(several, inputs, turns.Params())
    proposers = [sources[name] for name in names]
    hidden = inputs.list_hidden()
    most = k * LONGER if steps else k
    depth = max(most, blender.depth or 0)

    def blend_block(start: int, stop: int) -> _Block:
        bought = take_block(hidden, start, stop)
        proposed = [proposer.propose(start, stop, depth, bought) for proposer in proposers]
        chosen = blender.merge(start, stop, proposed, most, bought)
        block = _Block(chosen.lists, chosen.sources, _find_reasons(proposed, chosen), {})
        if steps:
            assert features is not None
            lists, rows, counts = rerank_lists(block.lists, steps, features.select_users(start, stop), k)
            block = _Block(lists, block.sources[rows], block.because[rows], counts)
        return block

    blocks = split_blocks(
        np.sum([proposer.costs for proposer in proposers], axis=0), min(_BLOCK, blender.block)
    )
    done: list[_Block] = []
    with show_progress(len(inputs.user_ids), "ad candidates", "users") as bar:
        for start, stop, block in run_blocks(blend_block, blocks, threads or count_cores()):
            done.append(block)
            bar.update(stop - start)
    return _join_blocks(done, names, [step.name for step in steps], inputs, k)


def _find_reasons(proposed: Sequence[Proposals], chosen: Interleaved) -> NDArray[np.int32]:
    """The item (n,) that is the reason for each that was chosen, -1 where its source has none."""
    because = np.full(len(chosen.rows), -1, np.int32)
    for source, proposals in enumerate(proposed):
        if proposals.because is not None:
            own = chosen.sources == source
            because[own] = proposals.because[chosen.rows[own]]
    return because


def _join_blocks(
    blocks: Sequence[_Block], names: Sequence[str], steps: Sequence[str], inputs: Inputs, k: int
) -> Blend:
    def join(parts: Sequence[NDArray[Any]], dtype: type) -> NDArray[Any]:
        return np.concatenate([np.empty(0, dtype), *parts])

    sizes = join([block.lists.sizes for block in blocks], np.int64)
    users = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    items = join([block.lists.items for block in blocks], np.int32)
    origins = join([block.sources for block in blocks], np.int8)
    because = join([block.because for block in blocks], np.int32)
    columns = [
        _encode(users, inputs.user_ids),
        pa.array(number_ranks(sizes)),
        _encode(items, inputs.item_ids),
        _encode(origins, pa.array(names, pa.string())),
        pa.array(join([block.lists.scores for block in blocks], np.float32)),
        _encode(because, inputs.item_ids),
    ]
    by_source = np.bincount(origins, minlength=len(names)).tolist()
    counts = {
        "rows": len(items),
        "sources": dict(zip(names, by_source, strict=True)),
        "short_lists": int((sizes < k).sum()),
        "rerank": {step: _add_up([block.counts[step] for block in blocks]) for step in steps},
    }
    return Blend(pa.table(columns, names=AD_CANDIDATES.names), counts)


def _add_up(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(each.get(name, 0) for each in counts) for each in counts for name in each}


def _encode(codes: NDArray[np.integer], texts: pa.StringArray) -> pa.DictionaryArray:
    """Texts by their codes (n,); null where the code is negative."""
    is_null = codes < 0
    indices = pa.array(codes.astype(np.int32), mask=is_null if is_null.any() else None)
    return pa.DictionaryArray.from_arrays(indices, texts)
