"""A week of the past → what a ranker learns from: candidates by production code, and what was then bought."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from include.candidates.blends.choosing import list_candidate_owners
from include.candidates.blends.learned import Params, open_describer
from include.candidates.blends.ranking_features import name_features
from include.evaluation.configured import Configuration, open_sources, pair_relevant
from include.evaluation.splits import Split
from include.kernels import split_blocks, take_block
from include.models.base import Context

# The most proposals that are held at once, and the seed of the choice of users and candidates.
_BLOCK: Final = 500_000
_SEED: Final = 0


@dataclass(frozen=True, eq=False)
class Sample:
    """features (n, features): of some candidates of some users. bought (n,): int8, 1 of what the user bought
    in the test days. groups (users,): how many rows each user has, one user after the other."""

    features: NDArray[np.float32]
    bought: NDArray[np.int8]
    groups: NDArray[np.int64]


def choose_params(configuration: Configuration) -> Params:
    """The parameters of its blend. Raises ValueError where it has another blend."""
    params = configuration.ads.blend.chosen[1]
    if not isinstance(params, Params):
        raise ValueError("The blend is not one that learns.")
    return params


def make_sample(
    split: Split, configuration: Configuration, exclude_purchased: bool, context: Context
) -> Sample:
    """Candidates by the code of the daily job, of users who bought at least one of theirs.

    All that they bought of their candidates, and `negatives` others by chance.
    """
    params, window = choose_params(configuration), split.window
    context = replace(context, exclude_purchased=exclude_purchased)
    inputs, sources, proposers = open_sources(window, configuration, context)
    describer, hidden, width = open_describer(inputs, params), inputs.list_hidden(), len(inputs.item_ids)
    relevant, wanted = _list_relevant(split, exclude_purchased, params, width, len(inputs.user_ids))
    rng = np.random.default_rng(_SEED)
    parts: list[Sample] = []
    for start, stop in split_blocks(np.sum([each.costs for each in proposers], axis=0), _BLOCK):
        if not wanted[start:stop].any():
            continue
        bought = take_block(hidden, start, stop)
        proposed = [each.propose(start, stop, params.depth, bought) for each in proposers]
        united, features = describer.describe(start, proposed, bought, wanted[start:stop])
        owners = list_candidate_owners(united)
        hits = np.isin((owners + start) * width + united.items, relevant).astype(np.int8)
        kept = _choose_rows(owners, hits, params.negatives, rng)
        groups = np.bincount(owners[kept])
        parts.append(Sample(features[kept], hits[kept], groups[groups > 0]))
    return join_samples(parts, len(name_features(sources.names)))


def _list_relevant(
    split: Split, exclude_purchased: bool, params: Params, width: int, users: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """The pairs user × width + item that were bought and count, and which users (users,) to look at."""
    rows, items = split.choose_relevant("new" if exclude_purchased else "all")
    pairs = pair_relevant(split.users[rows], items, width)
    who = np.unique(pairs // width)
    if len(who) > params.users:
        who = np.random.default_rng(_SEED).choice(who, params.users, replace=False)
    wanted = np.zeros(users, np.bool_)
    wanted[who] = True
    return pairs, wanted


def _choose_rows(
    owners: NDArray[np.int64], hits: NDArray[np.int8], negatives: int, rng: np.random.Generator
) -> NDArray[np.int64]:
    """The rows (m,), ascending, of users with a hit: their hits, and so many others of each by chance."""
    has_hit = np.bincount(owners, hits) > 0 if len(owners) else np.empty(0, np.bool_)
    order = np.lexsort((rng.random(len(owners)), hits == 1, owners))
    starts = np.searchsorted(owners, np.arange(len(has_hit)))
    place = np.empty(len(owners), np.int64)
    place[order] = np.arange(len(owners)) - starts[owners[order]]
    return np.flatnonzero(has_hit[owners] & ((hits == 1) | (place < negatives)))


def join_samples(parts: Iterable[Sample], features: int) -> Sample:
    """One after the other."""
    parts = list(parts)
    return Sample(
        np.concatenate([np.empty((0, features), np.float32), *(part.features for part in parts)]),
        np.concatenate([np.empty(0, np.int8), *(part.bought for part in parts)]),
        np.concatenate([np.empty(0, np.int64), *(part.groups for part in parts)]),
    )
