"""The work of a stage: its parts, the arrays that it holds, and what would help where one is too large."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from include.memory import MB
from include.models.base import Part

if TYPE_CHECKING:
    from include.dataset.workload import Workload

INTERACTIONS: Final = "the interactions"
LISTS_IN_MAKING: Final = "the lists in the making"

CURES: Final = {
    INTERACTIONS: "set window.max_items or shorten window.days",
    "the rows of recent_items": "lower k.recent_items",
    "the rows of ad_candidates": "lower ads.k",
}


@dataclass(frozen=True)
class StageWork:
    """What a stage does: the parts of its seconds, and the bytes of what it holds at once by what that is.

    `lists_in_making` are bytes too, of which it holds no more than a tile. `cures`: what would help where
    one of them is too large.
    """

    stage: str
    parts: tuple[Part, ...]
    arrays: Mapping[str, float] = field(default_factory=dict)
    lists_in_making: float = 0.0
    cures: Mapping[str, str] = field(default_factory=dict)

    def list_arrays(self, tile_mb: int) -> dict[str, float]:
        """The MB of each array, with tiles of that size."""
        sizes = {name: size / MB for name, size in self.arrays.items()}
        if self.lists_in_making:
            sizes[LISTS_IN_MAKING] = min(self.lists_in_making / MB, tile_mb)
        return sizes


def name_part(stage: str, part: Part) -> str:
    """What a calibration calls a part of a stage."""
    return f"{stage}: {part.text.rpartition(': ')[2] or 'rest'}"


def size_interactions(load: Workload) -> float:
    """Beside the two ids: weight, time, the codes that they are sorted by, and the sparse matrix."""
    return load.pairs * (load.user_id_bytes + load.item_id_bytes + 52)


def size_tables(load: Workload, rows: Mapping[str, float]) -> dict[str, float]:
    """The bytes of so many rows of each table, as Arrow holds them."""
    user, item = load.user_id_bytes, load.item_id_bytes
    row = {
        "item_similarities": 2 * item + 12,
        "user_recommendations": user + item + 12,
        "item_audiences": user + item + 12,
        "recent_items": user + item + 24,
        "ad_candidates": user + 2 * item + 20,
    }
    return {f"the rows of {table}": count * row[table] for table, count in rows.items()}
