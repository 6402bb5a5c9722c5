"""Ranked tables → staged, audited, published."""

from __future__ import annotations

import logging
import os
import subprocess
from datetime import date
from typing import TYPE_CHECKING, Any

from include.errors import MissingDataError, StorageError
from include.settings import ROOT, Advertiser
from include.steps.preflight import compare_costs
from include.steps.run_folder import (
    Files,
    RunFolder,
    Summary,
    explain_refusals,
    measure,
    remove_old_runs,
)

if TYPE_CHECKING:
    from include.warehouse.releases import PublishedRelease

log = logging.getLogger(__name__)


def stage_release(advertiser: Advertiser, as_of: date, run_id: str) -> Summary:
    """Blend the ad candidates and load every table of the as-of date into staging; nothing is visible yet."""
    from include.models.interactions import Interactions
    from include.models.ranked import RankedTable
    from include.warehouse import releases
    from include.warehouse.schema import open_warehouse

    folder = RunFolder(advertiser, as_of)
    window, files = folder.read_summary("window")
    trained = {model: _read_training(folder, model, files) for model in advertiser.models}
    summary: Summary = {}
    with open_warehouse(advertiser.name) as engine:
        with measure(summary):
            releases.check_is_kept(engine, advertiser.name, as_of, advertiser.keep_releases)
            interactions = Interactions.from_table(folder.read_rows("interactions", files))
            tables = [RankedTable(name, "", folder.read_rows(name, files)) for name in _PLAIN_TABLES]
            tables += [
                RankedTable(table, model, folder.read_rows(f"{model}.{table}", model_files))
                for model, (made, model_files) in trained.items()
                for table in made["tables"]
            ]
            with explain_refusals(advertiser, as_of):
                tables.append(_blend(advertiser, interactions, tables))
            stages = {"window": window} | {f"train {model}": made for model, (made, _) in trained.items()}
            release_id = releases.stage_release(
                engine,
                advertiser.name,
                as_of,
                tables,
                window_items=interactions.item_ids,
                window_users=interactions.user_ids,
                run={
                    "run_id": run_id,
                    "code_version": code_version(),
                    "settings": advertiser.model_dump(mode="json"),
                    "stages": {name: _cost(stage) for name, stage in stages.items()},
                    "preflight": window.get("preflight"),
                    **{key: window[key] for key in _WINDOW_FACTS},
                },
            )
        summary |= {"release_id": release_id, "tables": _count_rows(tables)}
        releases.record_stage(engine, advertiser.name, release_id, "stage", _cost(summary))
    compare_costs(window, "stage", summary)
    return summary


def _read_training(folder: RunFolder, model: str, window: Files) -> tuple[Summary, Files]:
    """Raises MissingDataError where the window was built anew, with other rows, after the training."""
    made, files = folder.read_summary(f"train.{model}")
    if files.get("interactions") != window.get("interactions"):
        raise MissingDataError(
            f"{folder.advertiser.name}, {folder.as_of}: {model} was trained on another window than the one"
            f" in {folder.url}; run the train step again."
        )
    return made, files


_WINDOW_FACTS = ("window_start", "window_end", "purchases", "users", "items")
_PLAIN_TABLES = ("best_sellers", "recent_items", "products")


def _blend(advertiser: Advertiser, interactions: Any, tables: list[Any]) -> Any:
    import pyarrow.compute as pc

    from include.models.ad_candidates import blend_candidates
    from include.models.columns import RELEASE_TABLES

    by_name = {(table.table, table.model): table.rows for table in tables}
    products = by_name["products", ""]
    unavailable = set(products.filter(pc.equal(products["is_available"], False))["item_id"].to_pylist())
    available = set(interactions.item_ids.to_pylist()) - unavailable if unavailable else None
    return blend_candidates(
        interactions,
        similarities=by_name.get(
            ("item_similarities", "cosine"), RELEASE_TABLES["item_similarities"].empty_table()
        ),
        recommendations=by_name.get(
            ("user_recommendations", "als"), RELEASE_TABLES["user_recommendations"].empty_table()
        ),
        best_sellers=by_name["best_sellers", ""],
        recent_items=by_name["recent_items", ""],
        k=advertiser.k.ad_candidates,
        exclude_purchased=advertiser.exclude_purchased,
        available=available,
        min_co_buyers=advertiser.min_co_buyers,
    )


def _count_rows(tables: list[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in tables:
        counts[table.table] = counts.get(table.table, 0) + table.rows.num_rows
    return counts


def _cost(summary: Summary) -> Summary:
    return {key: summary[key] for key in ("seconds", "peak_rss_mb", "parts") if key in summary}


def gate_release(advertiser: Advertiser, as_of: date, release_id: int | None = None) -> Summary:
    """Audit the staged release. Raises RejectedReleaseError, after which nothing visible has changed."""
    from include.warehouse import gates, releases
    from include.warehouse.schema import open_warehouse

    summary: Summary = {}
    with open_warehouse(advertiser.name) as engine:
        with measure(summary):
            release_id = release_id or releases.find_staged(engine, advertiser.name, as_of)
            checks = gates.run_gates(engine, advertiser.name, release_id, advertiser.gates, advertiser.models)
        releases.record_stage(engine, advertiser.name, release_id, "gate", _cost(summary))
    failed = [check for check in checks if not check.passed]
    return summary | {"release_id": release_id, "checks": len(checks), "warnings": len(failed)}


def publish_release(advertiser: Advertiser, as_of: date, release_id: int | None = None) -> Summary:
    """Make the gated release visible in one transaction, then let retention drop old ones."""
    from include.warehouse import releases, retention
    from include.warehouse.schema import open_warehouse

    summary: Summary = {}
    with open_warehouse(advertiser.name) as engine:
        with measure(summary):
            release_id = release_id or releases.find_staged(engine, advertiser.name, as_of)
            published: PublishedRelease = releases.publish_release(engine, advertiser.name, release_id)
        releases.record_stage(engine, advertiser.name, release_id, "publish", _cost(summary))
        dropped = retention.apply_retention(engine, advertiser.name, advertiser.keep_releases)
    _tidy_runs(advertiser, as_of)
    return summary | {"release_id": release_id, "is_current": published.is_current, "dropped": dropped}


def _tidy_runs(advertiser: Advertiser, as_of: date) -> None:
    """The release is out; a lake that fails now must not fail the task."""
    try:
        RunFolder(advertiser, as_of).mark_as_done()
    except StorageError as error:
        log.warning("%s: the run folder is not marked as done: %s", advertiser.name, error)
    remove_old_runs(advertiser, advertiser.keep_releases)


def code_version() -> str:
    """What produced a release: DANGOL_CODE_VERSION where the image sets it, else the git commit."""
    if version := os.environ.get("DANGOL_CODE_VERSION"):
        return version
    try:
        described = subprocess.run(
            ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return described.stdout.strip()
