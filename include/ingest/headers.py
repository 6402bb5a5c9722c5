"""The columns that a day's files have, against those that the feed's settings name."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from include.errors import RejectedDayError
from include.feeds.registry import load_feed
from include.ingest.formats.parsing import find_format
from include.ingest.landing import DeliveredFile
from include.ingest.landing.names import show_name
from include.settings import Feed

_LONGEST: Final = 60
_MOST: Final = 20
# Letters to Unicode that nobody sees.
_BLANK_LETTERS: Final = dict.fromkeys(map(ord, "\u115f\u1160\u2800\u3164\uffa0"))


def show_column(name: str) -> str:
    """A column's name in a message: what cannot be seen is escaped, and a long one is cut."""
    shown = "".join(
        character.encode("unicode_escape").decode() if ord(character) in _BLANK_LETTERS else character
        for character in show_name(name)
    )
    if len(shown) > _LONGEST:
        shown = f"{shown[:_LONGEST]}…"
    return shown if shown and shown == shown.strip() else f"'{shown}'"


def list_columns(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST:,} more" if len(names) > _MOST else ""
    return ", ".join(map(show_column, names[:_MOST])) + more


def check_columns(feed: str, settings: Feed, files: Sequence[DeliveredFile]) -> list[str]:
    """Warnings about columns that are left empty. Raises RejectedDayError, naming file and column.

    A file without a line and without a column says nothing.
    """
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for file in files:
        if file.table.num_rows or file.table.num_columns:
            alike[tuple(file.table.column_names)].append(file.name)
    lacking: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for there, names in alike.items():
        for lack in _check_header(feed, settings, names[0], there):
            lacking[lack].extend(names)
    return [_warn(lack, names) for lack, names in lacking.items()]


def _check_header(feed: str, settings: Feed, file: str, there: tuple[str, ...]) -> list[tuple[str, str, str]]:
    """What is wrong with optional columns of ours: the verb for one file, the verb for several, the rest."""
    wanted = {theirs for ours in load_feed(feed).names for theirs in settings.source(ours).columns}
    found = (wanted | set(settings.where)) & set(there)
    if not found:
        raise RejectedDayError(_explain_no_header(feed, settings, file, there))
    # A name such as 1 may be a value of a line that was taken for a header.
    is_header = find_format(file, settings) != "csv" or any(not name.isdigit() for name in found)
    _check_where(settings, file, there, is_header)
    lacking = []
    for ours in load_feed(feed).names:
        is_required = ours in load_feed(feed).required
        for theirs in settings.source(ours).columns:
            mapped = "" if theirs == ours else f" (our {ours})"
            if there.count(theirs) > 1 and (is_required or ours in settings.columns):
                raise RejectedDayError(
                    f"file {file} has the column {show_column(theirs)} {there.count(theirs)} times{mapped},"
                    " and which of them counts is not known. Have the others renamed or left out."
                )
            if there.count(theirs) == 1:
                continue
            if is_required:
                raise RejectedDayError(_explain_missing(file, there if is_header else (), theirs, mapped))
            if there.count(theirs) > 1:
                rest = f"the column {show_column(theirs)} more than once{mapped}, which is left empty"
                lacking.append(("has", "have", rest))
            elif theirs != ours:
                rest = f"the column {show_column(theirs)}{mapped}, which is left empty"
                lacking.append(("lacks", "lack", rest))
    return lacking


def _check_where(settings: Feed, file: str, there: tuple[str, ...], is_header: bool) -> None:
    for theirs in settings.where:
        if there.count(theirs) != 1:
            number = "lacks" if theirs not in there else "has more than once"
            columns = f"; its columns are {list_columns(there)}" if is_header else ""
            raise RejectedDayError(
                f"file {file} {number} the column {show_column(theirs)}, by which the feed's where chooses"
                f" lines{columns}."
            )


def _explain_no_header(feed: str, settings: Feed, file: str, there: tuple[str, ...]) -> str:
    """Without a value of the line: it may be a customer's."""
    first = next((t for ours in load_feed(feed).required for t in settings.source(ours).columns), "")
    count = f"{len(there)} column{'s'[: len(there) != 1]}"
    lacks = f"file {file} lacks the column {show_column(first)} and every other column that we read"
    if find_format(file, settings) != "csv":
        return f"{lacks}; it has {count}. Map its columns in the advertiser's YAML (columns)."
    if not settings.csv.header:
        return f"{lacks}: with csv.header: false its {count} are named by position, from 1 (user_id: 2)."
    cure = "If that is a whole line, the feed's" if len(there) == 1 else "Perhaps the feed's"
    return (
        f"{lacks}: its first line has {count}, none of ours. If that line is data, set csv.header: false and"
        f" name columns by position (user_id: 2); if it is a header, map its names in the advertiser's YAML"
        f" (columns). {cure} csv.delimiter is not {settings.csv.delimiter!r}."
    )


def _explain_missing(file: str, there: Sequence[str], theirs: str, mapped: str) -> str:
    lacks = f"file {file} lacks the column {show_column(theirs)}{mapped}"
    if not there:
        return f"{lacks}; the columns of files without a header are named by position, from 1."
    near = difflib.get_close_matches(_fold(theirs), [_fold(name) for name in there], n=1, cutoff=0.7)
    meant = [name for name in there if near and _fold(name) == near[0]]
    hint = f" Did you mean {show_column(meant[0])}?" if meant else ""
    return (
        f"{lacks}; its columns are {list_columns(there)}.{hint}"
        " Deliver it under that name, or map the column in the advertiser's YAML."
    )


def _fold(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _warn(lack: tuple[str, str, str], files: Sequence[str]) -> str:
    one, many, rest = lack
    if len(files) == 1:
        return f"file {files[0]} {one} {rest}."
    return f"{len(files):,} files, the first of them {files[0]}, {many} {rest}."
