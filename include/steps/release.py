"""Ranked tables → staged, audited, published."""

from __future__ import annotations

import logging
import os
import subprocess
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING

from include.capacity.preflight import compare_costs
from include.errors import MissingDataError, StorageError
from include.settings import ROOT, Advertiser
from include.steps.candidates import TABLE as CANDIDATES
from include.steps.dataset import read_ids, read_training, read_window
from include.steps.run_folder import Files, RunFolder, Summary, measure, name_file, remove_old_runs

if TYPE_CHECKING:
    import pyarrow as pa

    from include.models.base import RankedTable
    from include.warehouse.base import AdList

log = logging.getLogger(__name__)


def stage_release(advertiser: Advertiser, as_of: date, run_id: str) -> Summary:
    """Load every table of the as-of date into staging; nothing is visible yet, and a piece is in memory."""
    from include.warehouse import open_warehouse

    folder = RunFolder(advertiser, as_of)
    window, files = read_window(folder)
    trained = {model: read_training(folder, model, files) for model in advertiser.chosen_models}
    listed = [(name, "", files) for name in _PLAIN_TABLES]
    listed += [
        (table, model, model_files)
        for model, (made, model_files) in trained.items()
        for table in made["tables"]
    ]
    blended, blended_files = _read_candidates(folder, listed, files)
    listed.append((CANDIDATES, "", blended_files))
    summary: Summary = {}
    with open_warehouse(advertiser.name) as warehouse:
        with measure(summary):
            warehouse.check_is_kept(as_of, advertiser.keep.releases)
            counts: dict[str, int] = {}
            user_ids, item_ids = _read_known(folder, files)
            stages = {"window": window} | {f"train {model}": made for model, (made, _) in trained.items()}
            stages["candidates"] = blended
            costs = {name: _cost(stage) for name, stage in stages.items()}
            # For the gates, which record what the steps did, and for who asks how lists were made.
            costs["candidates"] |= {key: blended[key] for key in ("rerank", "blend")}
            release_id = warehouse.stage(
                as_of,
                _open_tables(folder, listed, counts),
                window_items=item_ids,
                window_users=user_ids,
                run={
                    "run_id": run_id,
                    "code_version": code_version(),
                    "settings": advertiser.model_dump(mode="json"),
                    "stages": costs,
                    "preflight": window.get("preflight"),
                    **{key: window[key] for key in _OF_WINDOW},
                },
            )
        summary |= {"release_id": release_id, "tables": counts}
        warehouse.record_stage(release_id, "stage", _cost(summary))
    compare_costs(window, "stage", summary)
    return summary


def _read_known(folder: RunFolder, files: Files) -> tuple[pa.StringArray, pa.StringArray]:
    """Whom and what the release may name: those of the ad list, '' and what no model knows included."""
    import pyarrow as pa

    from include.candidates.inputs import NOBODY
    from include.candidates.known import list_ids

    recent, products = (folder.read_rows(name, files) for name in ("recent_items", "products"))
    user_ids, item_ids = list_ids(*read_ids(folder, files), recent, products)
    return pa.concat_arrays([pa.array([NOBODY]), user_ids]), item_ids


def _read_candidates(folder: RunFolder, listed: list[Listed], window: Files) -> tuple[Summary, Files]:
    """Raises MissingDataError where the window or a training that they were made from is another by now."""
    made, files = folder.read_summary("candidates")
    now = window | {name_file(table, model): of[name_file(table, model)] for table, model, of in listed}
    if any(now.get(name) != fingerprint for name, fingerprint in files.items() if name != CANDIDATES):
        raise MissingDataError(
            f"{folder.advertiser.name}, {folder.as_of}: the ad candidates in {folder.url} were made from"
            " another window or another training than those there; run the candidates step again."
        )
    return made, files


_OF_WINDOW = ("window_start", "window_end", "purchases", "users", "items", "facts")
_PLAIN_TABLES = ("best_sellers", "recent_items", "products")

_BATCH_ROWS = 1 << 16

Listed = tuple[str, str, Files]  # table, model and the fingerprints of the step that wrote its rows


def _open_tables(folder: RunFolder, listed: list[Listed], counts: dict[str, int]) -> Iterator[RankedTable]:
    """Every table of the run folder, read while it is loaded; its rows are added to `counts`."""
    import pyarrow as pa

    from include.models.base import RankedTable

    for table, model, files in listed:
        file = folder.open_rows(name_file(table, model), files)
        counts[table] = counts.get(table, 0) + file.metadata.num_rows
        batches = file.iter_batches(_BATCH_ROWS)
        yield RankedTable(table, model, pa.RecordBatchReader.from_batches(file.schema_arrow, batches))


def _cost(summary: Summary) -> Summary:
    return {key: summary[key] for key in ("seconds", "peak_rss_mb", "parts") if key in summary}


def _describe_list(advertiser: Advertiser) -> AdList:
    from include.candidates.registry import SOURCES
    from include.warehouse.base import AdList

    sources = tuple(advertiser.ad_sources)
    fillers = tuple(name for name in sources if SOURCES[name].fills)
    return AdList(advertiser.ads.k, advertiser.ads.min_co_buyers, sources, fillers)


def gate_release(advertiser: Advertiser, as_of: date, release_id: int | None = None) -> Summary:
    """Audit the staged release. Raises RejectedReleaseError, after which nothing visible has changed."""
    from include.models.registry import list_scores
    from include.warehouse import open_warehouse

    summary: Summary = {}
    with open_warehouse(advertiser.name) as warehouse:
        with measure(summary):
            release_id = release_id or warehouse.find_staged(as_of)
            scores = list_scores(advertiser.chosen_models)
            checks = warehouse.gate(release_id, advertiser.gates, scores, _describe_list(advertiser))
        warehouse.record_stage(release_id, "gate", _cost(summary))
    failed = [check for check in checks if not check.passed]
    return summary | {"release_id": release_id, "checks": len(checks), "warnings": len(failed)}


def publish_release(advertiser: Advertiser, as_of: date, release_id: int | None = None) -> Summary:
    """Make the gated release visible, all tables at once, then let retention drop old ones."""
    from include.warehouse import open_warehouse

    summary: Summary = {}
    with open_warehouse(advertiser.name) as warehouse:
        with measure(summary):
            release_id = release_id or warehouse.find_staged(as_of)
            published = warehouse.publish(release_id)
        warehouse.record_stage(release_id, "publish", _cost(summary))
        dropped = warehouse.retire(advertiser.keep.releases, advertiser.keep.rejected)
    _tidy_runs(advertiser, as_of)
    return summary | {"release_id": release_id, "is_current": published.is_current, "dropped": dropped}


def roll_back_release(advertiser: Advertiser, to: date | None = None) -> Summary:
    """Take the current release away; the published one before it, or that of `to`, is current then."""
    from include.warehouse import open_warehouse

    with open_warehouse(advertiser.name) as warehouse:
        return asdict(warehouse.roll_back(to))


def mend_state(advertiser: Advertiser) -> Summary:
    """Show readers now what is published and current, whatever a wrong clock has left."""
    from include.warehouse import open_warehouse

    with open_warehouse(advertiser.name) as warehouse:
        return asdict(warehouse.mend())


def _tidy_runs(advertiser: Advertiser, as_of: date) -> None:
    """The release is out; a lake that fails now must not fail the task."""
    try:
        RunFolder(advertiser, as_of).mark_as_done()
    except StorageError as error:
        log.warning("%s: the run folder is not marked as done: %s", advertiser.name, error)
    remove_old_runs(advertiser, advertiser.keep.releases)


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
