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
from include.candidates.lists import join_lists
from include.candidates.registry import arrange_sources
from include.candidates.reranking import (
    Step,
    measure_room,
    prepare_features,
    rerank_lists,
    split_steps,
)
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

    With `steps`, which need `features`, lists are longer before them and cut to k after them; those from the
    first that is over all users run when all lists are there. The source of what a step adds is its name.
    `threads` (0 is every core this process may use) changes how long it takes and nothing else. Raises
    RefusedInputError where a step does.
    """
    several = arrange_sources(sources)
    blender = open_blend(several, inputs) if open_blend else turns.open_blend(several, inputs, turns.Params())
    proposers = [sources[name] for name in several.names]
    hidden = inputs.list_hidden()
    most = measure_room(steps, k)
    depth = max(most, blender.depth or 0)
    features = prepare_features(features, steps, k) if features is not None else None
    of_blocks, of_all = split_steps(steps)
    labels = [*several.names, *(step.name for step in steps if step.adds)]

    def blend_block(start: int, stop: int) -> _Block:
        bought = take_block(hidden, start, stop)
        proposed = [proposer.propose(start, stop, depth, bought) for proposer in proposers]
        chosen = blender.merge(start, stop, proposed, most, bought)
        block = _Block(chosen.lists, chosen.sources, _find_reasons(proposed, chosen), {})
        return rerank_block(block, of_blocks, start, stop)

    def rerank_block(block: _Block, some: Sequence[Step], start: int, stop: int) -> _Block:
        if not some:
            return block
        assert features is not None
        of_users = features.select_users(start, stop)
        given, sources, because, before = [block.lists], block.sources, block.because, block.counts
        del block  # popped, so that lists go when a step has made others of them
        lists, rows, counts = rerank_lists(given.pop(), some, of_users, k, cut=some[-1] is steps[-1])
        codes = [labels.index(step.name) if step.adds else -1 for step in reversed(some)]
        sources = np.append(sources, np.array(codes, np.int8))[rows]  # from the end where one added it
        because = np.append(because, np.full(len(some), -1, np.int32))[rows]
        return _Block(lists, sources, because, {**before, **counts})

    blocks = split_blocks(
        np.sum([proposer.costs for proposer in proposers], axis=0), min(_BLOCK, blender.block)
    )
    done: list[_Block] = []
    with show_progress(len(inputs.user_ids), "ad candidates", "users") as bar:
        for start, stop, block in run_blocks(blend_block, blocks, threads or count_cores()):
            done.append(block)
            bar.update(stop - start)
    proposers.clear()  # what they hold is let go before the lists of all users are looked at
    del sources
    whole = rerank_block(_join_blocks(done), of_all, 0, len(inputs.user_ids))
    return _make_rows(whole, labels, inputs, k)


def _find_reasons(proposed: Sequence[Proposals], chosen: Interleaved) -> NDArray[np.int32]:
    """The item (n,) that is the reason for each that was chosen, -1 where its source has none."""
    because = np.full(len(chosen.rows), -1, np.int32)
    for source, proposals in enumerate(proposed):
        if proposals.because is not None:
            own = chosen.sources == source
            because[own] = proposals.because[chosen.rows[own]]
    return because


def _join_blocks(blocks: list[_Block]) -> _Block:
    """One after the other; `blocks` are empty after it, to save memory."""
    steps = [step for block in blocks[:1] for step in block.counts]
    counts = {step: _add_up([block.counts[step] for block in blocks]) for step in steps}
    sources = np.concatenate([np.empty(0, np.int8), *(block.sources for block in blocks)])
    because = np.concatenate([np.empty(0, np.int32), *(block.because for block in blocks)])
    lists = [block.lists for block in blocks]
    blocks.clear()
    return _Block(join_lists(lists), sources, because, counts)


def _make_rows(block: _Block, labels: Sequence[str], inputs: Inputs, k: int) -> Blend:
    """`labels` are the names of what `block.sources` count."""
    sizes, items = block.lists.sizes, block.lists.items
    users = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    columns = [
        _encode(users, inputs.user_ids),
        pa.array(number_ranks(sizes)),
        _encode(items, inputs.item_ids),
        _encode(block.sources, pa.array(labels, pa.string())),
        pa.array(block.lists.scores),
        _encode(block.because, inputs.item_ids),
    ]
    by_source = np.bincount(block.sources, minlength=len(labels)).tolist()
    counts = {
        "rows": len(items),
        "sources": dict(zip(labels, by_source, strict=True)),
        "short_lists": int((sizes < k).sum()),
        "rerank": block.counts,
    }
    return Blend(pa.table(columns, names=AD_CANDIDATES.names), counts)


def _add_up(counts: Sequence[Mapping[str, int]]) -> dict[str, int]:
    return {name: sum(each.get(name, 0) for each in counts) for each in counts for name in each}


def _encode(codes: NDArray[np.integer], texts: pa.StringArray) -> pa.DictionaryArray:
    """Texts by their codes (n,); null where the code is negative."""
    is_null = codes < 0
    indices = pa.array(codes.astype(np.int32), mask=is_null if is_null.any() else None)
    return pa.DictionaryArray.from_arrays(indices, texts)
