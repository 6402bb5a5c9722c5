"""A fitted ranker: what LightGBM has learned, as text, and all that it was learned from."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from include.candidates.blends.ranking_features import name_features
from include.errors import RefusedInputError


@dataclass(frozen=True, eq=False)
class Ranker:
    """sources: in the order of the features; settings: of the blend and of its sources, as JSON has them.
    exclude_purchased: whether the lists that it learned from left out what users had bought. fitted_on: the
    last day that it has seen, ISO. made_from: what it has learned from. model: LightGBM's text.
    """

    sources: Sequence[str]
    features: Sequence[str]
    settings: Mapping[str, Any]
    exclude_purchased: bool
    fitted_on: str
    made_from: Mapping[str, Any]
    model: str

    def to_text(self) -> str:
        """The same for the same ranker."""
        return json.dumps(asdict(self), indent=1, sort_keys=True) + "\n"

    @classmethod
    def from_text(cls, text: str) -> Ranker:
        """Raises ValueError for what `to_text` did not write."""
        try:
            return cls(**json.loads(text))
        except TypeError as error:
            raise ValueError(f"this is no ranker: {error}") from error

    def explain_difference(
        self, sources: Sequence[str], settings: Mapping[str, Any], exclude_purchased: bool
    ) -> str:
        """Why lists like these cannot be ranked by it; '' where they can."""
        if list(self.sources) != list(sources):
            return f"it knows the sources {', '.join(self.sources)}, and the list has {', '.join(sources)}"
        if list(self.features) != name_features(sources):
            return "it knows other features than this version of the code"
        if self.exclude_purchased != exclude_purchased:
            return f"it was fitted with ads.exclude_purchased: {str(self.exclude_purchased).lower()}"
        if json.dumps(self.settings, sort_keys=True) != json.dumps(settings, sort_keys=True):
            return "the parameters of the sources or of the blend are others than those it was fitted with"
        return ""

    @cached_property
    def _booster(self) -> Any:
        return import_lightgbm().Booster(model_str=self.model)

    def score(self, features: NDArray[np.float32]) -> NDArray[np.float32]:
        """Above 0 and below 1 (n,): the higher, the likelier a user buys it rather than another."""
        if not len(features):
            return np.empty(0, np.float32)
        raw = self._booster.predict(features, num_threads=1)
        return (1 / (1 + np.exp(-np.clip(raw, -15, 15)))).astype(np.float32)


def import_lightgbm() -> Any:
    """Raises RefusedInputError where the system lacks libgomp, which LightGBM's threads need."""
    try:
        import lightgbm
    except OSError as error:
        raise RefusedInputError(
            f"LightGBM cannot be loaded ({error}): install the system's libgomp (apt-get install libgomp1),"
            " or choose another ads.blend."
        ) from error
    return lightgbm


def explain_missing_lightgbm() -> str:
    """Why no list can be ranked on this machine, and the cure; '' where LightGBM can be loaded."""
    try:
        import_lightgbm()
    except RefusedInputError as error:
        return (
            f"LightGBM cannot be loaded ({error.__cause__}): install libgomp1; the list is the fallback"
            " fusion until then"
        )
    return ""
