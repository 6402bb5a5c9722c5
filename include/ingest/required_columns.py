"""Does each delivered file have the columns that a feed asks for?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from typing import Final

from include.errors import RejectedDayError
from include.ingest.contracts import REQUIRED
from include.ingest.landing import DeliveredFile
from include.ingest.names import show_name
from include.models.columns import FEED_SCHEMAS
from include.settings import Feed

_LONGEST: Final = 80
_MOST: Final = 20


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
                lacks = f"file {file.name} lacks the column {show_column(theirs)} ({mapped})"
                yield f"{lacks}, which is left empty."
            elif theirs in there:
                _check_one(file, theirs, mapped)


def _check_one(file: DeliveredFile, theirs: str, what: str) -> None:
    count = file.table.column_names.count(theirs)
    named = f"the column {show_column(theirs)}{f' ({what})' if what else ''}"
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
    lacks = f"file {file.name} lacks the column {show_column(theirs)}{f' ({mapped})' if mapped else ''}"
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
    meant = f" Is it {show_column(near)}?" if near else ""
    return (
        f"{lacks}; its columns are {show_names(there)}.{meant} Deliver it under that name, or map the column"
        " in the advertiser's YAML."
    )


def show_column(name: str) -> str:
    """A column's name as it may stand in a sentence: not too long, and seen whole."""
    shown = show_name(name)
    return (f"{shown[:_LONGEST]}…" if len(shown) > _LONGEST else shown) or "without a name"


def show_names(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return (", ".join(map(show_column, names[:_MOST])) or "none") + more


def find_near(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that was probably meant, be it in another case or with other signs in it."""
    by_form = {_simplify(other): other for other in names}
    found = get_close_matches(_simplify(name), by_form, n=1, cutoff=0.8)
    return by_form[found[0]] if found else None


def _simplify(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
