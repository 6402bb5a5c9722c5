"""Dataset → one model's ranked tables."""

from __future__ import annotations

from datetime import date

from include.capacity.preflight import compare_costs, get_tile
from include.settings import Advertiser
from include.steps.dataset import pick_files, read_dataset
from include.steps.run_folder import RunFolder, Summary, explain_refusals, measure


def train_model(advertiser: Advertiser, as_of: date, model: str, tile_mb: int | None = None) -> Summary:
    """Train one registered model on the window and leave its ranked tables in the run folder.

    With blocks of `tile_mb`, unless that is given as the window's preflight chose them. The model learns from
    the newest `max_history` items of each user, where that is set; it is told all that was bought.
    """
    from include.kernels import count_cores
    from include.models.base import Context
    from include.models.registry import load_model, load_params

    folder = RunFolder(advertiser, as_of)
    summary: Summary = {"model": model}
    with measure(summary), explain_refusals(advertiser, as_of):
        facts, window = folder.read_summary("window")
        dataset = read_dataset(folder, facts, window)
        if advertiser.max_history:
            dataset = dataset.cap(advertiser.max_history)
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
    # The window's own files among them say, to the steps that follow, which window this was trained on.
    files |= pick_files(window)
    folder.write_summary(f"train.{model}", summary, files)
    compare_costs(facts, f"train {model}", summary)
    return summary
