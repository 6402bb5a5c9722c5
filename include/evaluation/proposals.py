"""Settings as a person puts them into an advertiser's YAML."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import yaml

from include.candidates.registry import SOURCES
from include.evaluation.configuration import Configuration
from include.models.registry import load_params
from include.settings import Advertiser


def list_changes(advertiser: Advertiser, choice: Configuration) -> dict[str, Any]:
    """The sections of `evaluation.challenger` that make the choice of the advertiser's settings.

    Of models that its list is made from, what differs from the advertiser's, or from the defaults of a model
    that the advertiser does not have. Empty where the choice is what the advertiser has.
    """
    models: dict[str, Any] = {}
    for name in dict.fromkeys(SOURCES[source].model for source in choice.sources):
        if not name:
            continue
        own = advertiser.chosen_models.get(name)
        params = choice.models[name].model_dump(mode="json")
        usual = (own or load_params(name)()).model_dump(mode="json")
        changed = {key: value for key, value in params.items() if value != usual[key]}
        if changed or own is None:
            models[name] = changed
    ads = {
        key: value
        for key, value, own in (
            ("sources", list(choice.sources), list(advertiser.ad_sources)),
            ("min_co_buyers", choice.ads.min_co_buyers, advertiser.ads.min_co_buyers),
        )
        if value != own
    }
    own_weights = advertiser.event_weights
    weights = {name: weight for name, weight in (choice.weights or {}).items() if weight != own_weights[name]}
    sections = {"models": models, "ads": ads, "weights": weights}
    return {name: section for name, section in sections.items() if section}


def write_yaml(sections: Mapping[str, Any]) -> str:
    """A section on lines of its own, what it holds on one line each."""
    return yaml.safe_dump(
        dict(sections), sort_keys=False, allow_unicode=True, default_flow_style=None, width=100
    )
