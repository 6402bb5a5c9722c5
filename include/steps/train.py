"""Dataset → one model's ranked tables."""

from __future__ import annotations

from datetime import date

from include.capacity.preflight import compare_costs, get_tile
from include.settings import Advertiser
from include.steps.dataset import pick_files, read_dataset, read_window
from include.steps.run_folder import RunFolder, Summary, explain_refusals, measure, name_file


def train_model(advertiser: Advertiser, as_of: date, model: str, tile_mb: int | None = None) -> Summary:
    """Train one registered model on the window and leave its ranked tables in the run folder.

    With blocks of `tile_mb`, unless that is given as the window's preflight chose them. The model learns from
    the newest `window.max_items` items of each user, where that is set; it is told all that was bought.
    """
    from include.kernels import count_cores
    from include.models.base import Context
    from include.models.limits import limit_dataset
    from include.models.registry import load_model, load_params

    folder = RunFolder(advertiser, as_of)
    summary: Summary = {"model": model}
    with measure(summary), explain_refusals(advertiser, as_of):
        window, window_files = read_window(folder)
        params = advertiser.chosen_models.get(model) or load_params(model)()
        dataset = read_dataset(folder, window, window_files)
        dataset = limit_dataset(dataset, params, advertiser.window.max_items)
        context = Context(
            threads=advertiser.run.threads or count_cores(),
            tile_mb=tile_mb or get_tile(window, Context.tile_mb),
            exclude_purchased=advertiser.ads.exclude_purchased,
        )
        tables = load_model(model).train(dataset, params, context)
        names = [name_file(table.table, model) for table in tables]
        files = {name: folder.write_rows(name, table.rows) for name, table in zip(names, tables, strict=True)}
    summary["tables"] = {table.table: table.rows.num_rows for table in tables}
    # The window's own files among them say, to the steps that follow, which window this was trained on.
    files |= pick_files(window_files)
    folder.write_summary(f"train.{model}", summary, files)
    compare_costs(window, f"train {model}", summary)
    return summary
