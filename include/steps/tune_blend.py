"""Days of the past → the weights by which the ad list's sources are best fused: a proposal, nothing else."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from include.settings import Advertiser
from include.steps.run_folder import Summary, explain_refusals
from include.steps.tune import Search, choose_days, describe_search, read_objective

if TYPE_CHECKING:
    from include.candidates.blends.fusion import Params


def tune_blend(advertiser: Advertiser, search: Search | None = None) -> Summary:
    """Fit the fusion of the advertiser's sources, and say how much more it is worth than today's list.

    Of an advertiser whose blend is learned it is the fallback, compared with today's fallback. The days are
    those of `tune`, and the gain is told as there: on the splits that the weights were fitted to, and on the
    later ones. Raises as `tune` does.
    """
    from include.evaluation.configuration import Configuration, set_fusion
    from include.evaluation.fusing import fit_fusion
    from include.evaluation.past_ranks import choose_fusion
    from include.kernels import count_cores
    from include.models.base import Context

    search = search or Search()
    days = choose_days(advertiser, search)
    purchases = search.purchases or advertiser.evaluation.purchases
    with explain_refusals(advertiser, days.until):
        own = Configuration.from_advertiser(advertiser)
        if own.ads.learns:
            own = set_fusion(own, choose_fusion(own))
        objective = read_objective(advertiser, days.chosen_by, days.test_days, purchases)
        context = Context(threads=advertiser.run.threads or count_cores())
        params = fit_fusion(objective.splits, own, purchases, advertiser.evaluation.k, context)
        choice = set_fusion(own, params)
        gain = objective.compare(choice, own)
        del objective
        later, is_better = None, gain.difference > 0
        if days.held_out and is_better:
            judge = read_objective(advertiser, days.held_out, days.test_days, purchases)
            later = judge.compare(choice, own)
    return {
        **describe_search(advertiser, days, purchases),
        "is_better": is_better,
        "is_fallback": advertiser.ads.learns,
        "gain": asdict(gain),
        "later_gain": asdict(later) if later else None,
        "sections": {"ads": {"blend": _say_blend(advertiser, params)}} if is_better else {},
    }


def _say_blend(advertiser: Advertiser, params: Params) -> dict[str, Any]:
    """The fusion as `ads.blend` has it, or the advertiser's learned blend with it for its fallback."""
    told = params.model_dump(mode="json", exclude_defaults=True)
    said = {"constant": params.constant, "weights": params.weights, **told}
    name, own = advertiser.ads.blend.chosen
    if advertiser.ads.learns:
        return {name: {**own.model_dump(mode="json", exclude_unset=True), "fallback": said}}
    return {"fusion": said}
