"""Does each delivered file have the columns that a feed asks for?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from include.errors import RejectedDayError
from include.ingest.contracts import REQUIRED
from include.ingest.landing import DeliveredFile
from include.ingest.names import find_near, show_name, show_names
from include.models.columns import FEED_SCHEMAS
from include.settings import Feed


def check_columns(feed: str, settings: Feed, files: Sequence[DeliveredFile]) -> list[str]:
    """Warnings about optional columns that are not there, one for all files that lack them alike.

    Raises RejectedDayError, naming file and column, for a required one.
    """
    seen: dict[tuple[str, ...], DeliveredFile] = {}
    for file in files:
        seen.setdefault(tuple(file.table.column_names), file)
    return [warning for file in seen.values() for warning in _check_file(feed, settings, file)]


def _check_file(feed: str, settings: Feed, file: DeliveredFile) -> Iterator[str]:
    there = file.table.column_names
    for theirs in settings.where:
        _check_one(file, theirs, "which where asks for")
    for ours in FEED_SCHEMAS[feed].names:
        source = settings.source(ours)
        for theirs in source.columns:
            mapped = "" if theirs == ours else f"our {ours}"
            if ours in REQUIRED[feed]:
                if theirs not in there:
                    raise RejectedDayError(_explain_lack(feed, settings, file, theirs, mapped))
                _check_one(file, theirs, mapped)
            elif theirs not in there and theirs != ours:
                lacks = f"file {file.name} lacks the column {show_name(theirs)} ({mapped})"
                yield f"{lacks}, which is left empty."
            elif theirs in there:
                _check_one(file, theirs, mapped)


def _check_one(file: DeliveredFile, theirs: str, what: str) -> None:
    count = file.table.column_names.count(theirs)
    named = f"the column {show_name(theirs)}{f' ({what})' if what else ''}"
    if count > 1:
        raise RejectedDayError(
            f"file {file.name} has {named} {count} times; have it delivered once, or under another name."
        )
    if count == 0:
        raise RejectedDayError(
            f"file {file.name} lacks {named}; correct the feed's settings, or the delivery."
        )


def _explain_lack(feed: str, settings: Feed, file: DeliveredFile, theirs: str, mapped: str) -> str:
    """What is said quotes no first line that may be data: a header is one where a wanted column is in it."""
    there = file.table.column_names
    lacks = f"file {file.name} lacks the column {show_name(theirs)}{f' ({mapped})' if mapped else ''}"
    is_text = not file.name.lower().endswith(".parquet")
    if is_text and not settings.csv.header:
        return f"{lacks}: it has {len(there)} columns, named by their positions from 1; correct columns."
    wanted = {name for ours in FEED_SCHEMAS[feed].names for name in settings.source(ours).columns}
    if is_text and not wanted & set(there):
        if len(there) == 1:
            cure = f"if it is a whole line, the feed's csv.delimiter is not {settings.csv.delimiter!r}"
        else:
            cure = "map the mall's names under columns, or set csv.header: false if the first line is data"
        return f"{lacks}, and none of the columns that we look for is in its first line; {cure}."
    near = find_near(theirs, there)
    meant = f" Is it {show_name(near)}?" if near else ""
    return (
        f"{lacks}; its columns are {show_names(there)}.{meant} Deliver it under that name, or map the column"
        " in the advertiser's YAML."
    )
