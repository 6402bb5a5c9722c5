"""`dangol status`: which days are there, which release readers see, and what waits for what."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from include.commands.answer import LATER, Answer
from include.commands.check import add_choice, list_files
from include.commands.days import FeedDay, count_states, judge_day, list_due_days
from include.commands.findings import Finding, catch_failures
from include.commands.headline import read_headline, tell_headline, tell_hits
from include.commands.steps import read_days
from include.commands.tables import compose_table
from include.settings import Advertiser, read_advertiser

if TYPE_CHECKING:
    from include.warehouse.base import Attempts

_SHOWN = 8


def add_commands(commands: Any) -> None:
    command = commands.add_parser(
        "status",
        help="days there, missing, closed, late; the newest release; what waits for what",
        description="Tells, of each advertiser, the days of its window, its newest release and what was"
        " rejected since, and what waits for what: by the lake, the landing folders and the warehouse.",
    )
    add_choice(command)
    command.add_argument(
        "--days", type=read_days, metavar="N", help="of so many days (default: the window's)"
    )
    command.set_defaults(run=_run)


def _run(options: Namespace) -> Answer:
    found: list[Finding] = []
    reports = []
    for path in list_files(options.advertiser):
        with catch_failures(found, path.stem, "settings"):
            reports.append(report_status(read_advertiser(path), datetime.now(UTC), options.days))
    troubles = [asdict(finding) for finding in found] + [
        trouble for report in reports for trouble in report["troubles"]
    ]
    code = max((LATER if trouble["state"] == "unreachable" else 1 for trouble in troubles), default=0)
    text = "\n\n".join(map(compose_status, reports)) or "There is no advertiser yet."
    said = [f"{finding.advertiser}: {finding.sentence}" for finding in found]
    return Answer(
        {"advertisers": reports, "troubles": [asdict(finding) for finding in found]},
        None if options.json else "\n".join([text, *said]) if reports or not said else "\n".join(said),
        code,
    )


def report_status(advertiser: Advertiser, now: datetime, days: int | None = None) -> dict[str, Any]:
    """All that is known of an advertiser; what cannot be known is in `troubles`."""
    troubles: list[Finding] = []
    releases: list[dict[str, Any]] = []
    staging: list[date] = []
    refused: dict[tuple[str, date], str] = {}
    figures: list[dict[str, Any]] = []
    hits: list[dict[str, Any]] = []
    due = list_due_days(advertiser, now, days or advertiser.window.days)
    with catch_failures(troubles, advertiser.name, "warehouse"):
        found, figures, hits = _read_warehouse(advertiser, due)
        releases, staging, refused = found.releases, found.staging, found.failures
    feeds: dict[str, list[FeedDay]] = {feed: [] for feed in advertiser.feeds}
    for feed in advertiser.feeds:
        with catch_failures(troubles, advertiser.name, feed):
            for day in due:
                feeds[feed].append(judge_day(advertiser, feed, day, now, refused))
    return {
        "advertiser": advertiser.name,
        "first_day": due[0] if due else None,
        "last_day": due[-1] if due else None,
        "feeds": {feed: count_states(judged) for feed, judged in feeds.items()},
        "days": [asdict(day) for judged in feeds.values() for day in judged],
        "releases": releases,
        "staging": staging,
        "evaluation": figures,
        "hits": hits,
        "troubles": [asdict(trouble) for trouble in troubles],
    }


def _read_warehouse(
    advertiser: Advertiser, due: list[date]
) -> tuple[Attempts, list[dict[str, Any]], list[dict[str, Any]]]:
    """Releases from the current one on, what is being staged, why days were refused, and the newest
    evaluation's headline and judged day. Makes no schema.
    """
    from include.warehouse import look_into_warehouse

    with look_into_warehouse(advertiser.name) as warehouse:
        attempts = warehouse.list_attempts(due[0] if due else None, due[-1] if due else None)
        return attempts, read_headline(warehouse, advertiser.evaluation), warehouse.read_judgements(1)


def compose_status(report: dict[str, Any]) -> str:
    lines = [f"{report['advertiser']}, {report['first_day']} to {report['last_day']}"]
    if report["first_day"] is None:
        lines = [f"{report['advertiser']}: no day is over yet since its start_date"]
    columns = ("feed", "days", "there", "closed", "refused", "waiting", "late", "skipped")
    rows = [
        (feed, *(str(counts[column]) for column in columns[1:])) for feed, counts in report["feeds"].items()
    ]
    lines += [*compose_table(columns, rows), *_tell_days(report["days"]), *_tell_releases(report)]
    lines += tell_headline(report["evaluation"])
    lines += tell_hits(report["hits"])
    lines += [f"  {trouble['check']}: {trouble['sentence']}" for trouble in report["troubles"]]
    return "\n".join(lines)


def _tell_days(days: list[dict[str, Any]]) -> Iterator[str]:
    from include.steps.window import list_spans

    for state in ("late", "refused", "waiting"):
        these = [day for day in days if day["state"] == state]
        for day in these[:_SHOWN]:
            yield f"  {state}: {day['feed']} of {day['day']}: {day['reason']}"
        for feed in dict.fromkeys(day["feed"] for day in these[_SHOWN:]):
            spans = list_spans([day["day"] for day in these[_SHOWN:] if day["feed"] == feed])
            yield f"  {state}, and more: {feed} of {', '.join(spans)}"
    for feed in dict.fromkeys(day["feed"] for day in days):
        doubtful = [day for day in days if day["feed"] == feed and (day["quarantined"] or day["warnings"])]
        if doubtful:
            lines = sum(day["lines"] for day in doubtful)
            aside = sum(day["quarantined"] for day in doubtful)
            warned = sum(bool(day["warnings"]) for day in doubtful)
            yield f"  {feed}: {aside:,} of {lines:,} lines quarantined; {warned} days with a warning"
            for day in [day for day in doubtful if day["warnings"]][-_SHOWN:]:
                yield f"    {day['day']}: {' '.join(day['warnings'])}"


def _tell_releases(report: dict[str, Any]) -> Iterator[str]:
    releases = report["releases"]
    current = next((release for release in releases if release["is_current"]), None)
    if any(trouble["check"] == "warehouse" for trouble in report["troubles"]):
        return
    if current is None:
        yield "  no release is out yet"
    else:
        yield (
            f"  release {current['release_id']} of {current['as_of_date']} is current, published"
            f" {current['published_at']:%Y-%m-%d %H:%M} UTC, from {current['purchases']:,} lines,"
            f" {current['users']:,} users × {current['items']:,} items"
        )
        yield "    rows: " + ", ".join(f"{table} {rows:,}" for table, rows in sorted(current["rows"].items()))
    for release in releases:
        what = f"release {release['release_id']} of {release['as_of_date']}"
        if release["status"] == "rejected":
            yield f"  {what} was rejected: {release['reason']}"
        elif release["status"] == "staged":
            since = f"{release['staged_at']:%Y-%m-%d %H:%M} UTC"
            yield f"  {what} is staged since {since}; it waits for gate and publish"
    for as_of in report["staging"]:
        yield f"  a run is staging {as_of} now"
