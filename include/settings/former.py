"""Keys that an advertiser's YAML had in former versions, and where they are now.

Nothing is read at a former place: each such key is a mistake that names the present one.
"""

from __future__ import annotations

from typing import Final

from include.settings.unknown_keys import simplify
from include.settings.yaml_text import Location

FORMER: Final = "is now "
_MOVED: Final[dict[Location, str]] = {
    ("window_days",): "window.days",
    ("max_history",): "window.max_items",
    ("max_basket",): "window.max_items",
    ("keep_releases",): "keep.releases",
    ("memory_limit_mb",): "run.memory_mb",
    ("k", "item_similarities"): "k of each model, such as models.cosine.k",
    ("k", "user_recommendations"): "models.als.user_k",
    ("k", "ad_candidates"): "ads.k",
    ("als",): "models.als",
    ("exclude_purchased",): "ads.exclude_purchased",
    ("min_co_buyers",): "ads.min_co_buyers",
}


def explain_former(location: Location) -> str | None:
    """Where a key of a former version is now, if it stands as it did or in its new section.

    None for any other key.
    """
    for former, present in _MOVED.items():
        places = (former[:-1], tuple(present.split("."))[:-1])
        if location[:-1] in places and simplify(str(location[-1])) == simplify(str(former[-1])):
            return f"{FORMER}{present}; move its value there"
    return None
