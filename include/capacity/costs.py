"""What each stage's seconds and memory grow with, as counts of a window and an advertiser's settings.

The counts times the constants of a calibration are a prediction. A new model that is to be predicted has its
lines in `PARTS` and `list_arrays`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from include.memory import MB
from include.models.registry import load_model
from include.settings import Advertiser

if TYPE_CHECKING:
    from include.dataset.workload import Workload

Work = Callable[["Workload", Advertiser], float]


@dataclass(frozen=True)
class Part:
    """A part of a stage: the text of its progress, or '' for what is left of the stage's seconds.

    `prunes` marks work that leaves out more of its pairs the more there are: its seconds grow with a power
    of `work` that the calibration finds, of 1 at most. What does not grow with `work` grows with `lesser`.
    """

    stage: str
    text: str
    work: Work
    prunes: bool = False
    lesser: Work = lambda load, advertiser: 1.0

    @property
    def key(self) -> str:
        return f"{self.stage}: {self.text.rpartition(': ')[2] or 'rest'}"


def count_rows(load: Workload, advertiser: Advertiser) -> dict[str, int]:
    """At most so many rows in each table of a release, by `table` or `table model`."""
    rows = {
        "recent_items": load.recent_rows,
        "ad_candidates": load.users * min(advertiser.ads.k, load.items),
        "products": load.products,
    }
    for name, params in advertiser.chosen_models.items():
        made = load_model(name).estimate(load, params).rows
        rows |= {f"{table} {name}": count for table, count in made.items()}
    return rows


def _find_als(advertiser: Advertiser) -> Any:
    from include.models.als import Params

    return advertiser.chosen_models.get("als") or Params()


def _factorise(load: Workload, advertiser: Advertiser) -> float:
    """Multiplications of an iteration: three steps of conjugate gradient for each user and each item."""
    factors: int = _find_als(advertiser).factors
    return _find_als(advertiser).iterations * factors * (2 * load.pairs + (load.users + load.items) * factors)


def _enter_lists(load: Workload, advertiser: Advertiser) -> float:
    """How often lists of k are entered while n items are met in any order: about k + k ln(n / k) each."""
    k: int = _find_als(advertiser).k
    return load.items * k * (1 + math.log(max(1.0, load.items / k)))


def _hand_on(model: str) -> Work:
    def count(load: Workload, advertiser: Advertiser) -> float:
        made = sum(n for name, n in count_rows(load, advertiser).items() if name.endswith(f" {model}"))
        return load.pairs + made

    return count


def _load_rows(load: Workload, advertiser: Advertiser) -> float:
    return sum(count_rows(load, advertiser).values())


def _propose(load: Workload, advertiser: Advertiser) -> float:
    """The neighbours of what the users bought last, and the recommendations."""
    neighbours = load.similar_rows(50) / load.items if load.items else 0
    return load.recent_rows * neighbours + load.users * _find_als(advertiser).user_k


PARTS: Final = (
    Part("train cosine", "cosine", lambda load, _: load.squared_histories),
    Part("train cosine", "", _hand_on("cosine")),
    Part("train als", "als: factorise", _factorise),
    Part(
        "train als",
        "als: recommend",
        lambda load, advertiser: load.users * load.items * _find_als(advertiser).factors,
        prunes=True,
    ),
    Part(
        "train als",
        "als: similar items",
        lambda load, advertiser: load.items**2 * _find_als(advertiser).factors,
        lesser=_enter_lists,
    ),
    Part("train als", "", _hand_on("als")),
    Part("stage", "ad candidates", _propose),
    Part("stage", "", _load_rows),
    Part("gate", "", _load_rows),
)


def list_stages(advertiser: Advertiser) -> list[str]:
    """The stages after the window that can be predicted, in their order."""
    known = dict.fromkeys(part.stage for part in PARTS)
    wanted = [f"train {model}" for model in advertiser.chosen_models]
    return [stage for stage in known if stage in wanted or not stage.startswith("train ")]


def list_arrays(stage: str, load: Workload, advertiser: Advertiser, tile_mb: int) -> dict[str, float]:
    """The MB of what a stage holds at once, by what it is."""
    from include.kernels.shortlists import count_list_bytes

    user, item = load.user_id_bytes, load.item_id_bytes
    # Beside the two ids: weight, time, the codes that they are sorted by, and the sparse matrix.
    sizes: dict[str, float] = {"the interactions": load.pairs * (user + item + 52)}
    row = {
        "item_similarities": 2 * item + 12,
        "user_recommendations": user + item + 12,
        "recent_items": user + item + 24,
        "ad_candidates": user + 2 * item + 20,
        "products": item + 100,
    }
    for name, rows in count_rows(load, advertiser).items():
        table, _, model = name.partition(" ")
        if stage == "stage" or (model and stage == f"train {model}"):
            key = f"the rows of {table}"
            sizes[key] = sizes.get(key, 0) + rows * row[table]
    if stage == "train als":
        sizes["the factors"] = (load.users + 2 * load.items) * _find_als(advertiser).factors * 4
        lists = load.items * count_list_bytes(_find_als(advertiser).k)
        sizes["the lists in the making"] = min(lists, tile_mb * MB)
    if stage == "gate":
        sizes = {}
    return {name: size / MB for name, size in sizes.items()}
