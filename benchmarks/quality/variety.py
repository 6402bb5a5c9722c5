"""What a cap on popular items costs: the shipped list without one, and with each of several."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.quality.contenders import read_own
from benchmarks.quality.figures import find_record

if TYPE_CHECKING:
    from include.evaluation.contender import Contender
    from include.settings import Advertiser

SHARES: Final = (0.5, 0.2, 0.1, 0.05, 0.02)
UNCAPPED: Final = "no cap"
METRICS: Final = ("ndcg", "coverage", "gini", "top_share")


def list_capped(advertiser: Advertiser) -> list[Contender]:
    """The shipped list, and the same with an item in at most such a share of the lists.

    A cap comes after the re-rank steps that there are. What the blend has learned is the same for all.
    """
    from include.evaluation.configuration import make_contender
    from include.settings.ads import Ads

    own = read_own(advertiser)
    made = [make_contender(UNCAPPED, own)]
    for share in SHARES:
        cap = Ads.model_validate({"rerank": [{"popularity_cap": {"share": share}}]}).rerank
        ads = own.ads.model_copy(update={"rerank": (*own.ads.rerank, *cap)})
        made.append(make_contender(name_cap(share), replace(own, ads=ads)))
    return made


def name_cap(share: float) -> str:
    return f"{share:.0%}"


def list_curve(mall: Mapping[str, Any], kind: str) -> list[tuple[str, float, float]]:
    """The name, the share of the 100 most shown items and the NDCG of each cap, the loosest first."""
    points = []
    for name in (UNCAPPED, *map(name_cap, SHARES)):
        found = [find_record(mall["variety"]["records"], name, kind, each) for each in ("top_share", "ndcg")]
        top, worth = (record["value"] if record else None for record in found)
        if top is not None and worth is not None:
            points.append((name, top, worth))
    return points
