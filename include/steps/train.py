"""Interactions → one model's ranked tables."""

from __future__ import annotations

from datetime import date

from include.settings import Advertiser
from include.steps.run_folder import RunFolder, Summary, explain_refusals, measure


def train_model(advertiser: Advertiser, as_of: date, model: str) -> Summary:
    """Train one registered model on the window and leave its ranked tables in the run folder."""
    from include.models.interactions import Interactions
    from include.models.ranked import Options
    from include.models.registry import load_model

    folder = RunFolder(advertiser, as_of)
    summary: Summary = {"model": model}
    with measure(summary), explain_refusals(advertiser, as_of):
        _, window = folder.read_summary("window")
        interactions = Interactions.from_table(folder.read_rows("interactions", window))
        options = Options(
            k=advertiser.k.model_dump(),
            exclude_purchased=advertiser.exclude_purchased,
            parameters=advertiser.als.model_dump() if model == "als" else {},
        )
        tables = load_model(model)(interactions, options)
        files = {
            name: folder.write_rows(name, table.rows)
            for table in tables
            for name in [f"{model}.{table.table}"]
        }
    summary["tables"] = {table.table: table.rows.num_rows for table in tables}
    # The window's own file among them says, to the step that stages, which window this was trained on.
    files["interactions"] = window["interactions"]
    folder.write_summary(f"train.{model}", summary, files)
    return summary
