"""What a release was made from and what it holds, in one screen of text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Engine, TextClause, text
from sqlalchemy.exc import ProgrammingError

from include.settings import ROOT, Advertiser, days_between

_SQL = ROOT / "include" / "sql" / "report"
_WIDTH = 108
_ORDER = ("ingest", "window", "train", "candidates", "stage", "gate", "publish", "judge")


@dataclass(frozen=True)
class Warehouse:
    """The report's queries against one advertiser's schema."""

    engine: Engine
    schema: str

    def query(self, name: str, **values: Any) -> list[Any]:
        """The rows of include/sql/report/<name>.sql; none where the schema is not there yet."""
        try:
            with self.engine.connect() as connection:
                connection.execute(_read_statement("use_schema"), {"schema": self.schema})
                return list(connection.execute(_read_statement(name), values))
        except ProgrammingError as error:
            if "UndefinedTable" in type(error.orig).__name__:
                return []
            raise

    def find_release(self, as_of: date) -> Any | None:
        rows = self.query("find_release", as_of=as_of)
        return rows[0] if rows else None


def _read_statement(name: str) -> TextClause:
    return text((_SQL / f"{name}.sql").read_text(encoding="utf-8"))


def compose_report(warehouse: Warehouse, advertiser: Advertiser, release: Any) -> str:
    """The report on one published release, as `Warehouse.find_release` gives it."""
    as_of, days = release.as_of_date, {"first": release.window_start, "last": release.window_end}
    parts = [
        f"Release {release.release_id} of {advertiser.name}, as of {as_of}"
        f" (window {release.window_start} to {release.window_end})",
        _compose_lines(warehouse.query("count_lines", **days), warehouse.query("count_reasons", **days)),
        f"Window: {release.purchases:,} accepted lines, {release.users:,} users × {release.items:,} items",
        _compose_stages({"ingest": _sum_ingest(advertiser, days["first"], days["last"]), **release.stages}),
        _compose_tables(
            warehouse.query("count_tables", as_of=as_of),
            warehouse.query("list_gates", release_id=release.release_id),
        ),
        compose_blend(release.stages),
        _compose_rerank(warehouse.query("list_gates", release_id=release.release_id)),
        _compose_hits(warehouse.query("list_hits")),
        _compose_similar(warehouse, as_of, tuple(advertiser.chosen_models)),
    ]
    return "\n\n".join(part for part in parts if part)


def _compose_lines(feeds: Iterable[Any], reasons: Iterable[Any]) -> str:
    columns = ("feed", "days", "lines", "accepted", "quarantined", "duplicates")
    rows = [(feed.feed, *(f"{getattr(feed, column):,}" for column in columns[1:])) for feed in feeds]
    because = [f"  {row.feed}: {row.lines:,} quarantined: {row.reason}" for row in reasons]
    return "\n".join([_compose_table(columns, rows), *because])


def _sum_ingest(advertiser: Advertiser, first: date, last: date) -> dict[str, float]:
    """The seconds that the partitions of the window took, as their manifests say."""
    from include.ingest.lake import read_manifest

    manifests = [
        read_manifest(advertiser, feed, day) for feed in advertiser.feeds for day in days_between(first, last)
    ]
    return {"seconds": sum(manifest.seconds for manifest in manifests if manifest)}


def _compose_stages(stages: dict[str, Any]) -> str:
    def place(stage: str) -> int:
        return next((n for n, first in enumerate(_ORDER) if stage.startswith(first)), len(_ORDER))

    spent = [f"{stage} {stages[stage]['seconds']:.1f}" for stage in sorted(stages, key=place)]
    return f"Seconds per stage: {', '.join(spent)}"


def _compose_tables(tables: Iterable[Any], checks: Sequence[Any]) -> str:
    """Rows and gates of each table, then each gate that did not pass."""
    done = Counter((check.table_name, check.model) for check in checks)
    passed = Counter((check.table_name, check.model) for check in checks if check.passed)
    rows = []
    for table in tables:
        key = table.table_name, table.model
        rows.append((*key, f"{table.row_count:,}", f"{passed[key]} of {done[key]} passed"))
    lines = [_compose_table(("table", "model", "rows", "gates"), rows)]
    lines += [
        f"  {check.severity}: {check.table_name} {check.model} {check.check_name} saw {check.observed},"
        f" expected {check.expected}"
        for check in checks
        if not check.passed
    ]
    lines.append(f"  Gates: {sum(passed.values())} of {len(checks)} checks passed")
    return "\n".join(lines)


def compose_blend(stages: dict[str, Any]) -> str:
    """Why the ad list is blended in another way than the settings say; '' where it is not."""
    blended = stages.get("candidates", {}).get("blend", {})
    if "in_place_of" not in blended:
        return ""
    return f"The ad list is by {blended['name']}, not {blended['in_place_of']}: {blended['why']}"


def _compose_rerank(checks: Iterable[Any]) -> str:
    """What each re-rank step did to the lists; '' where there was none."""
    counts = [check for check in checks if check.check_name.startswith("rerank_")]
    told = ", ".join(
        f"{check.check_name.removeprefix('rerank_')} {int(check.observed):,}" for check in counts
    )
    return f"Re-rank steps: {told}" if told else ""


def _compose_hits(days: Sequence[Any]) -> str:
    """How well the lists of the newest days met what was then bought; '' where no day was judged."""
    columns = ("day", "measured", "ads", "popular", "before", "users")
    rows = [
        (str(day.as_of_date), day.measured, *(_show(value) for value in day[2:5]), f"{day.users:,}")
        for day in days
    ]
    head = "Hits of the newest days: the lists that were out, best sellers, and the lists before"
    return f"{head}\n{_compose_table(columns, rows)}" if rows else ""


def _show(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _compose_similar(warehouse: Warehouse, as_of: date, models: Sequence[str]) -> str:
    known = warehouse.query("find_known_product", as_of=as_of)
    if not known:
        return ""
    product = known[0]
    similar = warehouse.query("list_similar", as_of=as_of, item_id=product.item_id, k=10)
    by_place = {(row.model, row.rank): row for row in similar}
    shown = [model for model in models if (model, 1) in by_place]
    width = (_WIDTH - 4) // max(1, len(shown)) - 9
    rows = []
    for rank in range(1, max((row.rank for row in similar), default=0) + 1):
        cells = [str(rank)]
        for model in shown:
            row = by_place.get((model, rank))
            cells.append(f"{row.score:.3f} {_cut(row.title, width)}" if row else "")
        rows.append(tuple(cells))
    head = f"Most similar to {product.title} (item {product.item_id}, {product.buyers:,} buyers)"
    return head + "\n" + _compose_table(("", *shown), rows)


def _cut(title: str, width: int) -> str:
    return title if len(title) <= width else title[: width - 1] + "…"


def _compose_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text side by side; numbers, which begin with a digit and hold nothing else, to the right."""
    cells = [tuple(columns), *rows]
    places = range(len(columns))
    widths = [max(len(row[place]) for row in cells) for place in places]
    numeric = [bool(rows) and all(row[p].replace(",", "").isdigit() for row in rows) for p in places]
    lines = []
    for row in cells:
        line = [
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(row, widths, numeric, strict=True)
        ]
        lines.append("  " + "  ".join(line).rstrip())
    return "\n".join(lines)
