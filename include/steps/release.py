"""Ranked tables → staged, audited, published."""

from __future__ import annotations

import itertools
import logging
import os
import subprocess
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from include.capacity.preflight import compare_costs
from include.errors import MissingDataError, StorageError
from include.settings import ROOT, Advertiser
from include.steps.dataset import pick_files, read_dataset
from include.steps.run_folder import (
    Files,
    RunFolder,
    Summary,
    explain_refusals,
    measure,
    remove_old_runs,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from include.dataset.interactions import Interactions
    from include.models.base import RankedTable
    from include.warehouse.releases import PublishedRelease

log = logging.getLogger(__name__)


def stage_release(advertiser: Advertiser, as_of: date, run_id: str) -> Summary:
    """Blend the ad candidates and load every table of the as-of date into staging; nothing is visible yet.

    In memory are what the candidates are blended from, then the candidates, then a piece of each table.
    """
    from include.warehouse import releases
    from include.warehouse.schema import open_warehouse

    folder = RunFolder(advertiser, as_of)
    window, files = folder.read_summary("window")
    if "facts" not in window:
        raise MissingDataError(
            f"{advertiser.name}, {as_of}: the window in {folder.url} was built by an older version; run the"
            " steps from window on again."
        )
    trained = {model: _read_training(folder, model, files) for model in advertiser.chosen_models}
    summary: Summary = {}
    with open_warehouse(advertiser.name) as engine:
        with measure(summary):
            releases.check_is_kept(engine, advertiser.name, as_of, advertiser.keep_releases)
            interactions = read_dataset(folder, window, files).interactions
            listed = [(name, "", files) for name in _PLAIN_TABLES]
            listed += [
                (table, model, model_files)
                for model, (made, model_files) in trained.items()
                for table in made["tables"]
            ]
            candidates = _make_candidates(folder, interactions, listed, window["facts"]["absent_items"])
            counts = {candidates.table: candidates.rows.num_rows}
            tables = itertools.chain([candidates], _open_tables(folder, listed, counts))
            del candidates
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
                    **{key: window[key] for key in _OF_WINDOW},
                },
            )
        summary |= {"release_id": release_id, "tables": counts}
        releases.record_stage(engine, advertiser.name, release_id, "stage", _cost(summary))
    compare_costs(window, "stage", summary)
    return summary


def _read_training(folder: RunFolder, model: str, window: Files) -> tuple[Summary, Files]:
    """Raises MissingDataError where the window was built anew, with other rows, after the training."""
    made, files = folder.read_summary(f"train.{model}")
    if pick_files(files) != pick_files(window):
        raise MissingDataError(
            f"{folder.advertiser.name}, {folder.as_of}: {model} was trained on another window than the one"
            f" in {folder.url}; run the train step again."
        )
    return made, files


_OF_WINDOW = ("window_start", "window_end", "purchases", "users", "items", "facts")
_PLAIN_TABLES = ("best_sellers", "recent_items", "products")
_BLENDED = (("item_similarities", "cosine"), ("user_recommendations", "als"))

_BATCH_ROWS = 1 << 16

Listed = tuple[str, str, Files]  # table, model and the fingerprints of the step that wrote its rows


def _blend(advertiser: Advertiser, interactions: Any, tables: list[Any], absent_items: str) -> Any:
    from include.candidates.blend import blend_candidates
    from include.columns import RELEASE_TABLES

    by_name = {(table.table, table.model): table.rows for table in tables}
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
        k=advertiser.ads.k,
        exclude_purchased=advertiser.ads.exclude_purchased,
        available=_list_available(interactions.item_ids, by_name["products", ""], absent_items),
        min_co_buyers=advertiser.ads.min_co_buyers,
    )


def _list_available(bought: pa.Array, products: pa.Table, absent_items: str) -> set[str] | None:
    """The bought items that can be bought again; None for all. The views `…_available` state the same."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = products["item_id"].cast(pa.string())
    shown = pc.is_in(bought, value_set=known.filter(pc.fill_null(products["is_available"], True)))
    if absent_items == "available":
        shown = pc.or_(shown, pc.invert(pc.is_in(bought, value_set=known)))
    return None if shown.true_count == len(bought) else set(bought.filter(shown).to_pylist())


def _make_candidates(
    folder: RunFolder, interactions: Interactions, listed: list[Listed], absent_items: str
) -> RankedTable:
    from include.models.base import RankedTable

    sources = [
        RankedTable(table, model, _read_source(folder, table, model, files))
        for table, model, files in listed
        if not model or (table, model) in _BLENDED
    ]
    with explain_refusals(folder.advertiser, folder.as_of):
        candidates: RankedTable = _blend(folder.advertiser, interactions, sources, absent_items)
    return candidates


def _read_source(folder: RunFolder, table: str, model: str, files: Files) -> pa.Table:
    """What the blend reads: texts in dictionaries, and no neighbours that it leaves out, to save memory."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from include.columns import CO_BUYERS, RELEASE_TABLES

    texts = [field.name for field in RELEASE_TABLES[table] if field.type == pa.string()]
    file = folder.open_rows(_name_file(table, model), files, encoded=texts)
    pieces = [file.schema_arrow.empty_table()]
    for group in range(file.num_row_groups):
        rows = file.read_row_group(group)
        if CO_BUYERS in rows.column_names:
            rows = rows.filter(pc.greater_equal(rows[CO_BUYERS], folder.advertiser.ads.min_co_buyers))
        pieces.append(rows)
    return pa.concat_tables(pieces)


def _open_tables(folder: RunFolder, listed: list[Listed], counts: dict[str, int]) -> Iterator[RankedTable]:
    """Every table of the run folder, read while it is loaded; its rows are added to `counts`."""
    import pyarrow as pa

    from include.models.base import RankedTable

    for table, model, files in listed:
        file = folder.open_rows(_name_file(table, model), files)
        counts[table] = counts.get(table, 0) + file.metadata.num_rows
        batches = file.iter_batches(_BATCH_ROWS)
        yield RankedTable(table, model, pa.RecordBatchReader.from_batches(file.schema_arrow, batches))


def _name_file(table: str, model: str) -> str:
    return f"{model}.{table}" if model else table


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
            checks = gates.run_gates(
                engine, advertiser.name, release_id, advertiser.gates, advertiser.chosen_models
            )
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
