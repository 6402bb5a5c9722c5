"""The ad list that was shipped before the judge: cosine neighbours and ALS in turns, best sellers below."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from include.evaluation.configuration import Configuration

_COSINE: Final[dict[str, Any]] = {"k": 50, "history_discount": 0.0, "shrink": 0.0, "min_co_buyers": 1}
_ALS: Final[dict[str, Any]] = {
    "k": 50,
    "user_k": 20,
    "iterations": 15,
    "seed": 0,
    "regularization_exp": 0.0,
    "unobserved_weight": 1.0,
    "bias": False,
}
_OWN: Final[dict[str, dict[str, Any]]] = {
    "completejourney": {"als": {"factors": 32, "regularization": 50.0, "alpha": 10.0}, "min_co_buyers": 5},
}
_DEFAULT: Final = {"als": {"factors": 64, "regularization": 0.01, "alpha": 1.0}, "min_co_buyers": 3}


def make_former(advertiser: str) -> Configuration:
    """What the advertiser's settings gave: every parameter is named, so that no later default changes it."""
    from include.evaluation.configuration import Configuration
    from include.models.registry import load_params
    from include.settings.ads import Ads

    own = _OWN.get(advertiser, _DEFAULT)
    models = {"cosine": load_params("cosine")(**_COSINE), "als": load_params("als")(**_ALS, **own["als"])}
    sources = ["cosine", "als", "best_sellers"]
    ads = Ads.model_validate({"sources": sources, "blend": "turns", "min_co_buyers": own["min_co_buyers"]})
    return Configuration(models, ads)
