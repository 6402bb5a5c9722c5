"""Interactions → one model's ranked tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from include.settings import Advertiser
from include.steps.preflight import compare_costs, get_tile
from include.steps.run_folder import RunFolder, Summary, explain_refusals, measure

if TYPE_CHECKING:
    from include.models.interactions import Interactions


def train_model(advertiser: Advertiser, as_of: date, model: str, tile_mb: int | None = None) -> Summary:
    """Train one registered model on the window and leave its ranked tables in the run folder.

    With blocks of `tile_mb`, unless that is given as the window's preflight chose them.
    """
    from include.models.interactions import Interactions
    from include.models.ranked import Options
    from include.models.registry import load_model

    folder = RunFolder(advertiser, as_of)
    summary: Summary = {"model": model}
    with measure(summary), explain_refusals(advertiser, as_of):
        facts, window = folder.read_summary("window")
        everything = Interactions.from_table(folder.read_rows("interactions", window))
        seen = cap_baskets(advertiser, everything)
        options = Options(
            k=advertiser.k.model_dump(),
            exclude_purchased=advertiser.exclude_purchased,
            parameters=advertiser.als.model_dump() if model == "als" else {},
            tile_mb=tile_mb or get_tile(facts, Options.tile_mb),
            purchased=None if seen is everything else everything.select_items(seen.item_ids),
        )
        del everything
        tables = load_model(model)(seen, options)
        files = {
            name: folder.write_rows(name, table.rows)
            for table in tables
            for name in [f"{model}.{table.table}"]
        }
    summary["tables"] = {table.table: table.rows.num_rows for table in tables}
    # The window's own file among them says, to the step that stages, which window this was trained on.
    files["interactions"] = window["interactions"]
    folder.write_summary(f"train.{model}", summary, files)
    compare_costs(facts, f"train {model}", summary)
    return summary


def cap_baskets(advertiser: Advertiser, interactions: Interactions) -> Interactions:
    """What the models learn from: all, or the newest `max_basket` items of each user.

    The cap is on learning alone: no list shows what the user bought beyond it, where purchases are excluded.
    """
    return interactions.cap_baskets(advertiser.max_basket) if advertiser.max_basket else interactions
