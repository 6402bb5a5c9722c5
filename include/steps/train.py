"""Interactions → one model's ranked tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from include.capacity.preflight import compare_costs, get_tile
from include.settings import Advertiser
from include.steps.run_folder import RunFolder, Summary, explain_refusals, measure

if TYPE_CHECKING:
    from include.dataset.interactions import Interactions


def train_model(advertiser: Advertiser, as_of: date, model: str, tile_mb: int | None = None) -> Summary:
    """Train one registered model on the window and leave its ranked tables in the run folder.

    With blocks of `tile_mb`, unless that is given as the window's preflight chose them.
    """
    from include.dataset.dataset import Dataset
    from include.dataset.interactions import Interactions
    from include.kernels import count_cores
    from include.models.base import Context
    from include.models.registry import load_model, load_params

    folder = RunFolder(advertiser, as_of)
    summary: Summary = {"model": model}
    with measure(summary), explain_refusals(advertiser, as_of):
        facts, window = folder.read_summary("window")
        everything = Interactions.from_table(folder.read_rows("interactions", window))
        seen = cap_history(advertiser, everything)
        dataset = Dataset(seen, None if seen is everything else everything.select_items(seen.item_ids))
        del everything
        context = Context(
            threads=advertiser.run.threads or count_cores(),
            tile_mb=tile_mb or get_tile(facts, Context.tile_mb),
            exclude_purchased=advertiser.ads.exclude_purchased,
        )
        params = advertiser.chosen_models.get(model) or load_params(model)()
        tables = load_model(model).train(dataset, params, context)
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


def cap_history(advertiser: Advertiser, interactions: Interactions) -> Interactions:
    """What the models learn from: all, or the newest `max_history` items of each user.

    The cap is on learning alone: no list shows what the user bought beyond it, where purchases are excluded.
    """
    return interactions.cap_history(advertiser.max_history) if advertiser.max_history else interactions
