"""What an advertiser has set of its list, and the sources of that list on a window of the past."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.candidates.base import Proposer, Sources
from include.candidates.inputs import Inputs
from include.candidates.registry import SOURCES, arrange_sources, load_source
from include.columns import USER_ID
from include.dataset.dataset import Dataset
from include.errors import RefusedInputError
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context, Params, RankedTable
from include.models.limits import limit_dataset
from include.models.registry import list_default_models, load_model, load_params
from include.settings import Advertiser
from include.settings.ads import Ads, choose_sources

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Configuration:
    """models: the parameters of each. ads: where the list comes from. max_items: models learn from so many
    newest items of a user, or from all. weights: of an event of each type; None is what the window has."""

    models: Mapping[str, Params]
    ads: Ads = field(default_factory=Ads)
    max_items: int | None = None
    weights: Mapping[str, float] | None = None

    @classmethod
    def from_advertiser(cls, advertiser: Advertiser) -> Configuration:
        return cls(
            advertiser.chosen_models, advertiser.ads, advertiser.window.max_items, advertiser.event_weights
        )

    @property
    def sources(self) -> tuple[str, ...]:
        """The candidate sources of its list, in their order."""
        return choose_sources(self.ads, self.models)

    def add_defaults(self, models: Iterable[str] | None = None) -> Configuration:
        """With the default parameters of those models, or of all that have them, which it does not name."""
        names = list_default_models() if models is None else models
        added = {name: load_params(name)() for name in names if name not in self.models}
        return replace(self, models={**self.models, **added})

    def to_json(self) -> dict[str, Any]:
        """All that its lists depend on beside the window; models that none of its sources reads are none."""
        read = {SOURCES[source].model for source in self.sources}
        ads = self.ads.model_dump(mode="json", exclude={"k", "exclude_purchased"}, exclude_none=True)
        return {
            "models": {
                name: model.model_dump(mode="json") for name, model in self.models.items() if name in read
            },
            "ads": {**ads, "sources": list(self.sources)},
            "max_items": self.max_items,
            "weights": dict(self.weights or {}),
        }


def train_model(
    window: Window, name: str, params: Params, context: Context, max_items: int | None = None
) -> list[RankedTable]:
    """The model's tables of the window, of which sources read at least one; from `window.memo` where they
    were made before."""
    settings = json.dumps(params.model_dump(mode="json"), sort_keys=True)
    key = ("train", name, settings, max_items, context.exclude_purchased)
    if key not in window.memo:
        read = tuple({source.table for source in SOURCES.values() if source.model == name})
        learnt = ("learnt", *key[:-1])
        memo = window.memo.setdefault(learnt, {})
        told = replace(context, tables=read, reasons=False, memo=memo)  # no metric looks at a reason
        made = load_model(name).train(_limit(window, params, max_items), params, told)
        window.memo[key] = made
        if not any(USER_ID in table.rows.column_names for table in made):
            # Only what is recommended to a user knows what the user has bought.
            window.memo[*key[:-1], not context.exclude_purchased] = made
        if (*key[:-1], not context.exclude_purchased) in window.memo:
            del window.memo[learnt]  # nobody asks again
    tables: list[RankedTable] = window.memo[key]
    return tables


def _limit(window: Window, params: Params, max_items: int | None) -> Dataset:
    key = ("limit", params.days, params.half_life, max_items)
    if key not in window.memo:
        window.memo[key] = limit_dataset(window.dataset, params, max_items)
    dataset: Dataset = window.memo[key]
    return dataset


def gather_inputs(window: Window, configuration: Configuration, exclude_purchased: bool) -> Inputs:
    key = ("inputs", configuration.max_items)
    if key not in window.memo:
        window.memo[key] = Inputs.from_window(
            window.known,
            window.recent,
            window.products,
            window.absent_items,
            lambda: window.dataset,
            window_items=len(window.dataset.item_ids),
            min_co_buyers=1,
            max_history=configuration.max_items,
            exclude_purchased=True,
        )
    return replace(
        window.memo[key],
        min_co_buyers=configuration.ads.min_co_buyers,
        exclude_purchased=exclude_purchased,
    )


def read_source(
    window: Window, configuration: Configuration, name: str, inputs: Inputs, context: Context
) -> Proposer:
    source, module = SOURCES[name], load_source(name)
    if source.model:
        params = configuration.models[source.model]
        tables = train_model(window, source.model, params, context, configuration.max_items)
        rows = next((table.rows for table in tables if table.table == source.table), None)
    else:
        rows = {
            "best_sellers": window.best_sellers,
            "recent_items": window.recent,
            "products": window.products,
            "": pa.table({}),
        }.get(source.table)
    if rows is None:
        raise RefusedInputError(
            f"the candidate source {name} reads {source.table}, which {source.model or 'the window'} did not"
            f" make; take {name} out of ads.sources, or correct its line in include/candidates/registry.py."
        )
    if source.table and not rows.num_rows and module.expects_rows(inputs):
        log.warning(
            "%s to %s: the table %s of %s is empty, so that %s proposes nothing; the daily job would stop.",
            window.first,
            window.last,
            source.table,
            source.model or "the window",
            name,
        )
    return module.read_source(rows, inputs, configuration.ads.get_params(name))


def open_sources(
    window: Window, configuration: Configuration, context: Context
) -> tuple[Inputs, Sources, list[Proposer]]:
    """What a blend of the configuration's is made from, for lists as `context.exclude_purchased` says."""
    inputs = gather_inputs(window, configuration, context.exclude_purchased)
    sources = arrange_sources(configuration.sources)
    return (
        inputs,
        sources,
        [read_source(window, configuration, name, inputs, context) for name in sources.names],
    )


def pair_relevant(users: NDArray[np.int32], items: RankedLists, width: int) -> NDArray[np.int64]:
    """user × width + item of what was bought, for users and items that the window knows.

    users: whose lists `items` are, -1 of one that it does not know. In the inputs they come after ''.
    """
    owners = np.repeat(users.astype(np.int64) + 1, items.sizes)
    known = (owners > 0) & (items.items < width)
    return owners[known] * width + items.items[known]
