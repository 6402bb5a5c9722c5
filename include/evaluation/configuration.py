"""What an advertiser has set, as a contender: its lists are made by the code that the daily job runs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa

from include.candidates.base import Blender, Sources
from include.candidates.blend import blend_candidates
from include.candidates.blends import fusion, learned
from include.candidates.features import Features
from include.candidates.inputs import Inputs
from include.candidates.lists import list_owners
from include.candidates.registry import list_sources, load_blend
from include.candidates.reranking import load_steps
from include.columns import ITEM_ID, SCORE, USER_ID
from include.dataset.events import find_codes
from include.errors import MissingDataError
from include.evaluation.configured import Configuration, open_sources, train_model
from include.evaluation.contender import Contender
from include.evaluation.fitting import Past, fit_rankers
from include.evaluation.fusing import fit_fusion_before
from include.evaluation.past_ranks import choose_fusion
from include.evaluation.splits import Purchases
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context
from include.settings.ads import Blend

__all__ = [
    "Configuration",
    "make_contender",
    "make_fitted_contender",
    "make_lists",
    "name_other_window",
    "set_fusion",
    "train_model",
    "translate_lists",
]

log = logging.getLogger(__name__)


def make_contender(name: str, configuration: Configuration) -> Contender:
    """The whole ad list of a configuration."""
    rank = partial(_rank, configuration)
    return Contender(name, "ads", rank, configuration.to_json())


def make_fitted_contender(name: str, configuration: Configuration) -> Contender:
    """The configuration's sources fused by weights that are fitted to the weeks before each window.

    For lists with and without what users had bought each its own. Where there are too few weeks, the weights
    are the configuration's own, as a warning says.
    """
    told = {**configuration.to_json(), "fitted": "before each window"}
    return Contender(name, "ads", partial(_rank_fitted, configuration), told)


def _rank_fitted(configuration: Configuration, window: Window, k: int, context: Context) -> RankedLists:
    params = choose_fusion(configuration)
    try:
        purchases: Purchases = "new" if context.exclude_purchased else "all"
        params = fit_fusion_before(*_take_past(window), configuration, purchases, k, context)
    except MissingDataError as error:
        log.warning("%s to %s: weights are not fitted: %s", window.first, window.last, error)
    return make_lists(window, set_fusion(configuration, params), k, context)


def _take_past(window: Window) -> tuple[Past, date]:
    """What was before the window, and its last day. Raises MissingDataError where there is no such thing."""
    if window.past is None or window.last is None:
        raise MissingDataError("There are no days before the window.")
    return window.past, window.last


def set_fusion(configuration: Configuration, params: fusion.Params) -> Configuration:
    """The configuration with that fusion for its blend."""
    blend = Blend.model_validate({"fusion": params.model_dump(mode="json")})
    return replace(configuration, ads=configuration.ads.model_copy(update={"blend": blend}))


def list_source_contenders(configuration: Configuration) -> list[Contender]:
    """A contender for each candidate source that the configuration's models allow.

    Its list is the ad list of that source alone, by the same rules: what may be shown, how many must have
    bought together, the re-rank steps.
    """
    return [make_source_contender(configuration, source) for source in list_sources(configuration.models)]


def make_source_contender(configuration: Configuration, source: str) -> Contender:
    """The list of that source alone, by the configuration's rules."""
    return replace(make_contender(source, select_source(configuration, source)), kind="source")


def select_source(configuration: Configuration, source: str) -> Configuration:
    """The configuration whose list is that source's alone."""
    alone = {"sources": (source,), "blend": Blend.model_validate("turns")}
    return replace(configuration, ads=configuration.ads.model_copy(update=alone))


def _rank(configuration: Configuration, window: Window, k: int, context: Context) -> RankedLists:
    return make_lists(window, configuration, k, context)


def make_lists(window: Window, configuration: Configuration, k: int, context: Context) -> RankedLists:
    """The ad list of each user of the window, of up to k items, as the daily job would have made it, and
    after them that of whoever the window does not know.

    `context.exclude_purchased` stands in for the configuration's own. A model is trained once on a window,
    whoever asks. With other weights than the window's, which its memo must hold by `name_other_window`, other
    users and items may be known: what the window does not have is left out. Raises RefusedInputError where a
    source reads a table that its model does not make.
    """
    other = window.memo.get(name_other_window(configuration.weights or {}))
    if other is not None:
        alike = replace(configuration, weights=None)
        return translate_lists(make_lists(other, alike, k, context), other, window)
    inputs, sources, proposers = open_sources(window, configuration, context)
    open_blend = _choose_blend(window, configuration, context)
    steps = load_steps(configuration.ads.steps)
    blend = blend_candidates(
        inputs,
        dict(zip(sources.names, proposers, strict=True)),
        k,
        open_blend=open_blend,
        steps=steps,
        features=Features.from_inputs(inputs, window.last) if steps else None,
        threads=context.threads,
    )
    return _put_nobody_last(_take_codes(blend.rows, len(inputs.user_ids)))


def _choose_blend(
    window: Window, configuration: Configuration, context: Context
) -> Callable[[Sources, Inputs], Blender]:
    """The configuration's blend; one that learns has learned from the days of the window and before alone.

    Where these are too few, its lists are fused, as a warning says.
    """
    name, params = configuration.ads.blend.chosen
    if not isinstance(params, learned.Params):
        return partial(load_blend(name).open_blend, params=params)
    # Re-rank steps come after: lists that differ in them alone have the same rankers.
    bare = replace(configuration, ads=configuration.ads.model_copy(update={"rerank": ()}))
    key = ("rankers", json.dumps(bare.to_json(), sort_keys=True))
    if key not in window.memo:
        try:
            window.memo[key] = fit_rankers(*_take_past(window), configuration, (False, True), context)
        except MissingDataError as error:
            log.warning("%s to %s: lists are fused, not ranked: %s", window.first, window.last, error)
            window.memo[key] = {}
    ranker = window.memo[key].get(context.exclude_purchased)
    if ranker is None:
        return partial(learned.open_blend, params=params)
    return partial(learned.open_ranked, params=params, ranker=ranker)


def name_other_window(weights: Mapping[str, float]) -> tuple[Any, ...]:
    """What a window's memo calls the same days seen by other weights of events."""
    return ("weights", *sorted(weights.items()))


def translate_lists(lists: RankedLists, theirs: Window, ours: Window) -> RankedLists:
    """Lists of a window's users and items by the codes of another window, as far as that has them.

    A list more than users, that of whoever a window does not know, stays the last.
    """
    nobody = len(lists.sizes) - len(theirs.user_ids)
    user_of = np.append(find_codes(theirs.user_ids, ours.user_ids), np.int32(len(ours.user_ids)))
    item_of = find_codes(theirs.item_ids, ours.item_ids)
    owners, items = user_of[list_owners(lists)], item_of[lists.items]
    kept = np.flatnonzero((owners >= 0) & (items >= 0))
    kept = kept[np.argsort(owners[kept], kind="stable")]
    sizes = np.bincount(owners[kept], minlength=len(ours.user_ids) + nobody)
    return RankedLists(np.append(0, np.cumsum(sizes)), items[kept], lists.scores[kept])


def _take_codes(rows: pa.Table, users: int) -> RankedLists:
    """The lists of `blend.Blend.rows`, whose texts are in dictionaries by code."""
    owners, items = (_join_indices(rows[name]) for name in (USER_ID, ITEM_ID))
    indptr = np.append(0, np.cumsum(np.bincount(owners, minlength=users)))
    return RankedLists(indptr, items, rows[SCORE].to_numpy())


def _put_nobody_last(lists: RankedLists) -> RankedLists:
    """The lists with that of the first user, '', after all others."""
    first = int(lists.indptr[1])
    items, scores = np.roll(lists.items, -first), np.roll(lists.scores, -first)
    return RankedLists(np.append(lists.indptr[1:] - first, lists.indptr[-1]), items, scores)


def _join_indices(column: pa.ChunkedArray) -> np.ndarray:
    chunks = [chunk.indices.to_numpy(zero_copy_only=False) for chunk in column.chunks]
    return np.concatenate([np.empty(0, np.int32), *chunks])
