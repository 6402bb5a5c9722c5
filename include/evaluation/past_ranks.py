"""Weeks of the past → the ranks of all candidates in all sources, by which any fusion of them is measured."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.candidates.base import Proposer, Sources
from include.candidates.blends import fusion, learned
from include.candidates.blends.choosing import fill_ranks, list_candidate_owners
from include.candidates.inputs import Inputs
from include.evaluation.configured import Configuration, open_sources, pair_relevant
from include.evaluation.fitting import Past
from include.evaluation.leaks import check_split
from include.evaluation.memo import RecentMemo
from include.evaluation.metrics.ndcg import list_gains
from include.evaluation.splits import Purchases, Split
from include.evaluation.values import code_users
from include.kernels import find_reachable, split_blocks, sum_fused_gains, take_block, unite_lists
from include.models.base import Context

# The most proposals that are held at once, the most users of a split, and the seed of their choice.
_BLOCK: Final = 500_000
_USERS: Final = 20_000
_SEED: Final = 0
# Ranks of so many splits stay in memory: those of the next split to be judged are the same but for a few.
_ranks: RecentMemo = RecentMemo(30)


@dataclass(frozen=True, eq=False)
class Ranks:
    """The candidates of n users who bought something in the test days, of one split or of several.

    sources: of the list. k: how many items count. params: `candidates` and `heavy_from` are its. ids (n,):
    text. segments (n,): index in `fusion.SEGMENTS`. ideals (n,): the highest DCG@k there can be. indptr
    (n + 1,), ranks (m, sources) int32 and hits (m,): of each user's candidates, in the order of their best
    rank and then item, without those that no weights put among the first k; none of a user who bought none
    of them.
    """

    sources: Sources
    k: int
    params: fusion.Params
    ids: pa.ChunkedArray
    segments: NDArray[np.int8]
    ideals: NDArray[np.float64]
    indptr: NDArray[np.int64]
    ranks: NDArray[np.int32]
    hits: NDArray[np.bool_]

    def measure(self, params: fusion.Params) -> NDArray[np.float64]:
        """NDCG@k (n,) of the list of each user that these parameters would have made."""
        ranges = fusion.list_ranges(self.sources, params)
        # Ranks beyond `candidates` are there for what fills, and add nothing.
        places = np.arange(max(self.params.candidates, self.k) + 1)
        adds = (places > 0) & (places <= self.params.candidates)
        shares = np.where(adds, 1.0, 0.0)
        parts = np.stack(
            [
                shares * weights[:, :, None] / (params.constant + np.maximum(places, 1))
                for _, weights in ranges
            ]
        )
        untils = np.array([self.k if until is None else until for until, _ in ranges])
        gained = sum_fused_gains(
            self.indptr,
            self.ranks,
            self.hits,
            self.segments,
            parts,
            untils,
            self.sources.turns,
            list_gains(self.k),
        )
        return gained / self.ideals

    def select(self, chosen: NDArray[np.bool_]) -> Ranks:
        """Of those users (n,) alone."""
        sizes = np.diff(self.indptr)
        kept = np.repeat(chosen, sizes)
        return replace(
            self,
            ids=self.ids.filter(pa.array(chosen)),
            segments=self.segments[chosen],
            ideals=self.ideals[chosen],
            indptr=np.append(0, np.cumsum(sizes[chosen])),
            ranks=self.ranks[kept],
            hits=self.hits[kept],
        )

    @property
    def users(self) -> NDArray[np.int32]:
        """The code (n,) of each user: the same user of two splits has the same."""
        return code_users(self.ids.chunks)


def choose_fusion(configuration: Configuration) -> fusion.Params:
    """The configuration's own fusion, or its fallback to one; without either the defaults."""
    params = configuration.ads.blend.chosen[1]
    if isinstance(params, learned.Params):
        return params.fallback
    return params if isinstance(params, fusion.Params) else fusion.Params()


def read_ranks(
    past: Past,
    split_date: date,
    test_days: int,
    configuration: Configuration,
    purchases: Purchases,
    k: int,
    context: Context,
) -> Ranks | None:
    """`make_ranks` of that date, once for the same days and settings; None where its days are not there."""
    told, own = configuration.to_json(), choose_fusion(configuration)
    told["ads"] = {name: told["ads"].get(name) for name in ("sources", "source_params", "min_co_buyers")}
    settings = [told, own.candidates, own.heavy_from, purchases, k, past.window_days, test_days]
    days = past.take_fingerprint(split_date, test_days)
    key = (days, split_date, json.dumps(settings, sort_keys=True))
    if key not in _ranks:
        split = past.read_split(split_date, test_days)
        if split is None:
            return None
        _ranks[key] = make_ranks(split, configuration, purchases, k, context)
    ranks: Ranks = _ranks[key]
    return ranks


def make_ranks(
    split: Split, configuration: Configuration, purchases: Purchases, k: int, context: Context
) -> Ranks:
    """Candidates by the code of the daily job, of all known users with a purchase that counts.

    Of more than 20,000 users so many by chance, with or without a hit. For new purchases without what a user
    bought in the window, else with it, as the judge has it.
    """
    check_split(split)
    window, params = split.window, choose_fusion(configuration)
    context = replace(context, exclude_purchased=purchases == "new")
    inputs, sources, proposers = open_sources(window, configuration, context)
    rows, relevant = split.choose_relevant(purchases)
    counted = np.flatnonzero(split.users[rows] >= 0)
    if len(counted) > _USERS:
        counted = np.sort(np.random.default_rng(_SEED).choice(counted, _USERS, replace=False))
    # The inputs' users come after '', whom the window does not know.
    users = split.users[rows[counted]].astype(np.int64) + 1
    bought = pair_relevant(split.users[rows], relevant, len(inputs.item_ids))
    place = np.full(len(inputs.user_ids), -1, np.int64)
    place[users] = np.arange(len(users))

    owner, ranks, hits = _rank_candidates(inputs, proposers, place, bought, params.candidates, k)
    kept = find_reachable(np.append(0, np.cumsum(np.bincount(owner, minlength=len(users)))), ranks, k)
    ideals = np.cumsum(list_gains(k))[np.minimum(k, relevant.sizes[counted]) - 1]
    return Ranks(
        sources,
        k,
        params,
        pa.chunked_array([split.user_ids.take(pa.array(rows[counted]))], pa.string()),
        fusion.find_segments(inputs, params)[users],
        ideals,
        np.append(0, np.cumsum(np.bincount(owner[kept], minlength=len(users)))),
        ranks[kept],
        hits[kept],
    )


def _rank_candidates(
    inputs: Inputs,
    proposers: Sequence[Proposer],
    place: NDArray[np.int64],
    bought: NDArray[np.int64],
    candidates: int,
    k: int,
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    """The user (m,) of each candidate, its ranks (m, sources), and whether it was bought, by user.

    place (users,): the number of each user, -1 of one who does not count. bought: user × items + item. A
    user's are in the order of the best rank among the first `candidates` and then of item; of a user who
    bought none there are none.
    """
    hidden, width, depth = inputs.list_hidden(), len(inputs.item_ids), max(candidates, k)
    parts = []
    for start, stop in split_blocks(np.sum([each.costs for each in proposers], axis=0), _BLOCK):
        if (place[start:stop] < 0).all():
            continue
        barred = take_block(hidden, start, stop)
        lists = [each.propose(start, stop, depth, barred).lists for each in proposers]
        united = unite_lists(lists, depth, barred, width)
        own = list_candidate_owners(united) + start
        hits = np.isin(own * width + united.items, bought)
        wanted = (place[own] >= 0) & (np.bincount(own, hits, len(place)) > 0)[own]
        ranks = united.ranks[wanted]
        best = fill_ranks(np.where(ranks <= candidates, ranks, 0)).min(axis=1)
        order = np.lexsort((united.items[wanted], best, place[own[wanted]]))
        parts.append((place[own[wanted]][order], ranks[order], hits[wanted][order]))
    owner, ranks, hits = (
        np.concatenate([empty, *(part[number] for part in parts)])
        for number, empty in enumerate(
            (np.empty(0, np.int64), np.empty((0, len(proposers)), np.int32), np.empty(0, np.bool_))
        )
    )
    order = np.argsort(owner, kind="stable")
    return owner[order], ranks[order], hits[order]


def join_ranks(parts: Sequence[Ranks]) -> Ranks:
    """Those of several splits, one after the other; at least one."""
    edges = np.append(0, np.cumsum([len(part.ranks) for part in parts]))
    return replace(
        parts[0],
        ids=pa.chunked_array([chunk for part in parts for chunk in part.ids.chunks], pa.string()),
        segments=np.concatenate([part.segments for part in parts]),
        ideals=np.concatenate([part.ideals for part in parts]),
        indptr=np.concatenate(
            [[0], *(part.indptr[1:] + edge for part, edge in zip(parts, edges[:-1], strict=True))]
        ),
        ranks=np.concatenate([part.ranks for part in parts]),
        hits=np.concatenate([part.hits for part in parts]),
    )
