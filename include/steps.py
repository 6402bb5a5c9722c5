"""The daily job as plain functions: what the DAG tasks call, and `python -m include.run` too.

Rows travel between steps by Parquet in the run folder of one (advertiser, as-of date); a step returns
paths and counts alone. Running a step again replaces what it wrote.
"""

from __future__ import annotations

import json
import logging
import os
import resource
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from include.errors import DangolError, EmptyWindowError, MissingDataError, RejectedDayError
from include.settings import ROOT, Advertiser

if TYPE_CHECKING:
    import pyarrow as pa

    from include.ingest.manifest import Manifest
    from include.warehouse.releases import PublishedRelease

log = logging.getLogger(__name__)

Summary = dict[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """Where the steps of one as-of date leave their rows for each other, beside the lake."""

    advertiser: Advertiser
    as_of: date

    @property
    def url(self) -> str:
        return f"{self.advertiser.lake.url}/{self.advertiser.name}/runs/as_of={self.as_of.isoformat()}"

    def _path(self, name: str) -> Any:
        from airflow.sdk import ObjectStoragePath

        return ObjectStoragePath(f"{self.url}/{name}", conn_id=self.advertiser.lake.connection)

    def write_rows(self, name: str, rows: pa.Table) -> None:
        import pyarrow.parquet as pq

        path = self._path(f"{name}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            pq.write_table(rows, file, compression="zstd")

    def read_rows(self, name: str) -> pa.Table:
        import pyarrow.parquet as pq

        try:
            with self._path(f"{name}.parquet").open("rb") as file:
                return pq.read_table(file)
        except FileNotFoundError:
            raise MissingDataError(self._absence(name)) from None

    def write_summary(self, name: str, summary: Summary) -> None:
        path = self._path(f"{name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(summary, indent=1))

    def read_summary(self, name: str) -> Summary:
        try:
            summary: Summary = json.loads(self._path(f"{name}.json").read_text())
        except FileNotFoundError:
            raise MissingDataError(self._absence(name)) from None
        return summary

    def remove_old(self, keep: int) -> None:
        """Remove all run folders of the advertiser but those of the newest `keep` as-of dates."""
        folders = sorted(self._path("").parent.iterdir(), key=lambda path: path.name.rstrip("/"))
        for folder in folders[:-keep]:
            folder.rmdir(recursive=True)

    def _absence(self, name: str) -> str:
        return (
            f"{self.advertiser.name}, {self.as_of}: {name} is not in the run folder {self.url};"
            " run the steps before this one first (window, then train)."
        )


@contextmanager
def _measured(summary: Summary) -> Iterator[None]:
    """Add to `summary` the seconds that the block took and the process's peak memory after it."""
    start = time.perf_counter()
    yield
    summary["seconds"] = round(time.perf_counter() - start, 3)
    summary["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def ingest_days(advertiser: Advertiser, first: date, last: date) -> Summary:
    """Turn the landing files of every feed and day from `first` to `last` into lake partitions.

    A day that is missing or breaks its contract does not stop the days after it; all such days are named
    in the one error at the end. Raises RejectedDayError or MissingDataError.
    """
    from include.ingest.days import ingest_day
    from include.warehouse.engine import connect_warehouse, explain_failures
    from include.warehouse.ingest_log import record_partition
    from include.warehouse.schema import ensure_schema

    if last < first:
        raise DangolError(f"{advertiser.name}: from_date {first} is after to_date {last}.")
    # The schema first: a warehouse that is down must not leave partitions that it knows nothing of.
    engine = connect_warehouse()
    with explain_failures(engine):
        ensure_schema(engine, advertiser.name)
    totals: Summary = dict.fromkeys(("lines", "accepted", "quarantined", "duplicates", "partitions"), 0)
    failures: list[DangolError] = []
    with _measured(totals):
        for day in _days(first, last):
            for feed, settings in advertiser.feeds.items():
                try:
                    manifest = ingest_day(advertiser, feed, day)
                except MissingDataError as error:
                    if settings.required:
                        failures.append(error)
                    continue
                except DangolError as error:
                    failures.append(error)
                    continue
                with explain_failures(engine):
                    record_partition(
                        engine, advertiser.name, manifest.as_partition_row(), manifest.as_quality_rows()
                    )
                _add_to_totals(totals, manifest)
                log.info("%s", _describe_partition(advertiser, manifest))
    engine.dispose()
    if failures:
        kind = RejectedDayError if any(isinstance(f, RejectedDayError) for f in failures) else MissingDataError
        done = f" ({totals['partitions']} other partitions are ingested.)" if totals["partitions"] else ""
        raise kind(" ".join(str(failure) for failure in failures) + done)
    return totals


def _days(first: date, last: date) -> list[date]:
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


def _add_to_totals(totals: Summary, manifest: Manifest) -> None:
    totals["lines"] += manifest.lines
    totals["accepted"] += manifest.accepted_rows
    totals["quarantined"] += manifest.quarantined_rows
    totals["duplicates"] += manifest.duplicate_rows
    totals["partitions"] += 1


def _describe_partition(advertiser: Advertiser, manifest: Manifest) -> str:
    warnings = "".join(f" Warning: {warning}" for warning in manifest.warnings)
    return (
        f"{advertiser.name} {manifest.feed} {manifest.day}: {manifest.lines:,} lines,"
        f" {manifest.accepted_rows:,} accepted, {manifest.quarantined_rows:,} quarantined,"
        f" {manifest.duplicate_rows:,} exact duplicates.{warnings}"
    )


def find_missing_days(advertiser: Advertiser, as_of: date) -> list[date]:
    """Days of the window that have no purchases partition in the lake."""
    from include.ingest.lake import read_manifest

    first, last = advertiser.window(as_of)
    if last < first:
        raise DangolError(
            f"{advertiser.name}: as-of date {as_of} is before the start date {advertiser.schedule.start_date}."
        )
    return [day for day in _days(first, last) if read_manifest(advertiser, "purchases", day) is None]


def explain_missing_days(advertiser: Advertiser, as_of: date, missing: list[date]) -> str:
    first, last = advertiser.window(as_of)
    days = ", ".join(day.isoformat() for day in missing[:10]) + (" …" if len(missing) > 10 else "")
    return (
        f"{advertiser.name}: the window {first} to {last} lacks {len(missing)} of"
        f" {(last - first).days + 1} days of purchases: {days};"
        f" run or backfill the DAG {advertiser.name}_ingest for them, then run this again."
    )


def build_window(advertiser: Advertiser, as_of: date) -> Summary:
    """Read the window's partitions, net cancellations, and leave interactions and plain lists for the models.

    Raises MissingDataError where days are missing, EmptyWindowError where nothing was bought.
    """
    import pyarrow as pa

    from include.ingest.lake import read_partition
    from include.models.best_sellers import rank_best_sellers
    from include.models.interactions import Interactions
    from include.models.netting import net_purchases
    from include.models.recent_items import rank_recent_items

    if missing := find_missing_days(advertiser, as_of):
        raise MissingDataError(explain_missing_days(advertiser, as_of, missing))
    first, last = advertiser.window(as_of)
    summary: Summary = {"window_start": first.isoformat(), "window_end": last.isoformat()}
    folder = RunFolder(advertiser, as_of)
    with _measured(summary):
        lines = pa.concat_tables([read_partition(advertiser, "purchases", day) for day in _days(first, last)])
        purchases = net_purchases(lines)
        interactions = Interactions.from_purchases(purchases)
        users, items = interactions.user_items.shape
        if interactions.user_items.nnz == 0:
            raise EmptyWindowError(
                f"{advertiser.name}: nobody bought anything from {first} to {last}"
                f" ({lines.num_rows:,} accepted lines, none of which stands after cancellations),"
                " so there is nothing to recommend; the release before stays current."
            )
        products = _read_catalogue(advertiser, as_of)
        folder.write_rows("interactions", interactions.to_table())
        folder.write_rows("products", products)
        folder.write_rows(
            "best_sellers", rank_best_sellers(purchases, products, advertiser.k.best_sellers).rows
        )
        folder.write_rows("recent_items", rank_recent_items(purchases, advertiser.k.recent_items).rows)
    summary |= {
        "purchases": lines.num_rows,
        "users": users,
        "items": items,
        "pairs": interactions.user_items.nnz,
    }
    folder.write_summary("window", summary)
    return summary


def _read_catalogue(advertiser: Advertiser, as_of: date) -> pa.Table:
    """The newest catalogue on or before the as-of date; an empty one where none was ever delivered."""
    from include.ingest.lake import list_days, read_partition
    from include.models.columns import PRODUCTS

    days = [day for day in list_days(advertiser, "products") if day <= as_of]
    return read_partition(advertiser, "products", max(days)) if days else PRODUCTS.empty_table()


def train_model(advertiser: Advertiser, as_of: date, model: str) -> Summary:
    """Train one registered model on the window and leave its ranked tables in the run folder."""
    from include.models.interactions import Interactions
    from include.models.ranked import Options
    from include.models.registry import load_model

    folder = RunFolder(advertiser, as_of)
    summary: Summary = {"model": model}
    with _measured(summary):
        interactions = Interactions.from_table(folder.read_rows("interactions"))
        options = Options(
            k=advertiser.k.model_dump(),
            exclude_purchased=advertiser.exclude_purchased,
            parameters=advertiser.als.model_dump() if model == "als" else {},
        )
        tables = load_model(model)(interactions, options)
        for table in tables:
            folder.write_rows(f"{model}.{table.table}", table.rows)
    summary["tables"] = {table.table: table.rows.num_rows for table in tables}
    folder.write_summary(f"train.{model}", summary)
    return summary


def stage_release(advertiser: Advertiser, as_of: date, run_id: str) -> Summary:
    """Blend the ad candidates and load every table of the as-of date into staging; nothing is visible yet."""
    from include.models.interactions import Interactions
    from include.models.ranked import RankedTable
    from include.warehouse import releases
    from include.warehouse.engine import connect_warehouse, explain_failures
    from include.warehouse.schema import ensure_schema

    folder = RunFolder(advertiser, as_of)
    window = folder.read_summary("window")
    trained = {model: folder.read_summary(f"train.{model}") for model in advertiser.models}
    summary: Summary = {}
    engine = connect_warehouse()
    with _measured(summary), explain_failures(engine):
        ensure_schema(engine, advertiser.name)
        interactions = Interactions.from_table(folder.read_rows("interactions"))
        tables = [RankedTable(name, "", folder.read_rows(name)) for name in _PLAIN_TABLES]
        tables += [
            RankedTable(table, model, folder.read_rows(f"{model}.{table}"))
            for model, made in trained.items()
            for table in made["tables"]
        ]
        tables.append(_blend(advertiser, interactions, tables))
        stages = {"window": window} | {f"train {model}": made for model, made in trained.items()}
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
                **{key: window[key] for key in ("window_start", "window_end", "purchases", "users", "items")},
            },
        )
    summary |= {"release_id": release_id, "tables": _count_rows(tables)}
    with explain_failures(engine):
        releases.record_stage(engine, advertiser.name, release_id, "stage", _cost(summary))
    engine.dispose()
    return summary


_PLAIN_TABLES = ("best_sellers", "recent_items", "products")


def _blend(advertiser: Advertiser, interactions: Any, tables: list[Any]) -> Any:
    import pyarrow.compute as pc

    from include.models.ad_candidates import blend_candidates
    from include.models.columns import RELEASE_TABLES

    by_name = {(table.table, table.model): table.rows for table in tables}
    products = by_name["products", ""]
    unavailable = products.filter(pc.equal(products["is_available"], False))["item_id"]
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
        unavailable=set(unavailable.to_pylist()),
    )


def _count_rows(tables: list[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in tables:
        counts[table.table] = counts.get(table.table, 0) + table.rows.num_rows
    return counts


def _cost(summary: Summary) -> Summary:
    return {key: summary[key] for key in ("seconds", "peak_rss_mb")}


def gate_release(advertiser: Advertiser, as_of: date, release_id: int | None = None) -> Summary:
    """Audit the staged release. Raises RejectedReleaseError, after which nothing visible has changed."""
    from include.warehouse import gates, releases
    from include.warehouse.engine import connect_warehouse, explain_failures

    engine = connect_warehouse()
    summary: Summary = {}
    with _measured(summary), explain_failures(engine):
        release_id = release_id or releases.find_staged(engine, advertiser.name, as_of)
        checks = gates.run_gates(engine, advertiser.name, release_id, advertiser.gates, advertiser.models)
    with explain_failures(engine):
        releases.record_stage(engine, advertiser.name, release_id, "gate", _cost(summary))
    engine.dispose()
    failed = [check for check in checks if not check.passed]
    return summary | {"release_id": release_id, "checks": len(checks), "warnings": len(failed)}


def publish_release(advertiser: Advertiser, as_of: date, release_id: int | None = None) -> Summary:
    """Make the gated release visible in one transaction, then let retention drop old ones."""
    from include.warehouse import releases, retention
    from include.warehouse.engine import connect_warehouse, explain_failures

    engine = connect_warehouse()
    summary: Summary = {}
    with _measured(summary), explain_failures(engine):
        release_id = release_id or releases.find_staged(engine, advertiser.name, as_of)
        published: PublishedRelease = releases.publish_release(engine, advertiser.name, release_id)
    with explain_failures(engine):
        releases.record_stage(engine, advertiser.name, release_id, "publish", _cost(summary))
        dropped = retention.apply_retention(engine, advertiser.name, advertiser.keep_releases)
    engine.dispose()
    RunFolder(advertiser, as_of).remove_old(advertiser.keep_releases)
    return summary | {"release_id": release_id, "is_current": published.is_current, "dropped": dropped}


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
