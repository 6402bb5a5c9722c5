"""The lake: one partition for each advertiser, feed and day, which appears whole or not at all.

A partition's folder holds files under unique names and `manifest.json`, which names those that count: the
accepted rows and the quarantined lines as Parquet, and an event feed's accepted rows once more as an Arrow
file, from which a window reads ids as codes. The manifest is replaced last, in one step, so whoever reads by
it meets the partition before an ingest or after it, wherever an ingest was killed.
"""

from __future__ import annotations

import dataclasses
import logging
import re
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.ipc
import pyarrow.parquet
from numpy.typing import NDArray

from include.columns import ID_COLUMNS, USER_ID
from include.errors import MissingDataError, StorageError
from include.feeds.base import Event
from include.feeds.registry import load_feed
from include.ingest.manifest import Manifest
from include.ingest.storage import Folder
from include.settings import Advertiser, Place

log = logging.getLogger(__name__)

MANIFEST: Final = "manifest.json"
_QUARANTINE: Final = "quarantine_file"
_DATA_FILE: Final = re.compile(
    r"(?:accepted|quarantined|lines)-([0-9]{8}T[0-9]{6})-[0-9a-f]+\.(?:parquet|arrow)"
)
_TIME: Final = "%Y%m%dT%H%M%S"
# A data file that no manifest names may belong to another ingest of the day that is about to name it.
UNNAMED_FILE_LIFE: Final = timedelta(minutes=15)


@dataclasses.dataclass(frozen=True)
class RowsFile:
    """A Parquet or Arrow file of the lake as it was when it was opened, whatever replaces it.

    On a local disk it stays open, and of its content only what is asked for is read.
    """

    url: str
    file: pa.NativeFile = dataclasses.field(repr=False)

    @cached_property
    def rows(self) -> int:
        """Raises StorageError where the file is damaged."""
        if self._is_arrow:
            return self.read((self._explain(self._find_narrow_column),)).num_rows
        count: int = self._explain(pa.parquet.read_metadata, self.file).num_rows
        return count

    def _find_narrow_column(self) -> str:
        """A column of an Arrow file by which its rows are counted cheaply: one without texts."""
        schema = pa.ipc.open_file(self.file).schema
        names = [field.name for field in schema if pa.types.is_primitive(field.type)]
        return str((names or schema.names)[0])

    @property
    def _is_arrow(self) -> bool:
        return self.url.endswith(".arrow")

    def read(self, columns: Sequence[str] | None = None, use_threads: bool = True) -> pa.Table:
        """The columns; an Arrow file's ids are in dictionaries.

        Raises StorageError for what is damaged or lacks a column.
        """
        read = self._read_arrow if self._is_arrow else self._read_parquet
        table: pa.Table = self._explain(read, columns, use_threads)
        return table

    def _read_parquet(self, columns: Sequence[str] | None, use_threads: bool) -> pa.Table:
        parquet = pa.parquet.ParquetFile(self.file)
        return parquet.read(self._choose(columns, parquet.schema_arrow.names), use_threads=use_threads)

    def _read_arrow(self, columns: Sequence[str] | None, use_threads: bool) -> pa.Table:
        names = pa.ipc.open_file(self.file).schema.names
        wanted = self._choose(columns, names)
        options = pa.ipc.IpcReadOptions(
            use_threads=use_threads, included_fields=[names.index(name) for name in wanted]
        )
        table = pa.ipc.open_file(self.file, options=options).read_all().select(wanted)
        # Nothing else looks whether codes are within their dictionary.
        table.validate(full=True)
        return table

    def _choose(self, columns: Sequence[str] | None, names: list[str]) -> list[str]:
        wanted = names if columns is None else list(columns)
        if missing := [name for name in wanted if name not in names]:
            raise StorageError(f"{self.url} lacks the column {', '.join(missing)}; ingest the day again.")
        return wanted

    def _explain(self, read: Callable[..., Any], *arguments: Any) -> Any:
        try:
            return read(*arguments)
        except (pa.ArrowException, OSError) as error:
            raise StorageError(f"{self.url} is damaged; ingest the day again.") from error


def take_rows(files: Sequence[RowsFile], numbers: NDArray[np.int64], columns: Sequence[str]) -> pa.Table:
    """The rows (n,) whose numbers count through all files, in the order of `numbers`.

    Files that hold none of them are not read. Raises StorageError.
    """
    ends = np.cumsum([file.rows for file in files])
    part = np.searchsorted(ends, numbers, side="right")
    order = np.argsort(part, kind="stable")
    found = [
        files[place].read(columns).take(pa.array(numbers[part == place] - (ends[place] - files[place].rows)))
        for place in np.unique(part)
    ]
    return pa.concat_tables(found).take(pa.array(np.argsort(order)))


def list_named_files(manifest: Manifest) -> list[str]:
    """The data files of a partition."""
    return [name for name in (manifest.lines_file, manifest.rows_file, manifest.quarantine_file) if name]


def open_feed(advertiser: Advertiser, feed: str) -> Folder:
    """The folder of a feed's partitions, which need not exist."""
    return Folder(
        Place(uri=f"{advertiser.lake.url}/{advertiser.name}/{feed}", conn_id=advertiser.lake.conn_id)
    )


def open_partition(advertiser: Advertiser, feed: str, day: date) -> Folder:
    """The partition's folder, which need not exist."""
    url = f"{advertiser.lake.url}/{advertiser.name}/{feed}/dt={day.isoformat()}"
    return Folder(Place(uri=url, conn_id=advertiser.lake.conn_id))


def write_partition(
    advertiser: Advertiser, manifest: Manifest, accepted: pa.Table, quarantined: pa.Table
) -> Manifest:
    """Replace a partition and return its manifest, which now names its files.

    Raises StorageError, and then the partition is what it was.
    """
    folder = open_partition(advertiser, manifest.feed, manifest.day)
    previous = read_manifest_leniently(folder)
    is_event = isinstance(load_feed(manifest.feed).role, Event)
    unique = f"{datetime.now(UTC).strftime(_TIME)}-{uuid.uuid4().hex[:12]}"
    manifest = dataclasses.replace(
        manifest,
        rows_file=f"accepted-{unique}.parquet",
        quarantine_file=f"quarantined-{unique}.parquet",
        lines_file=f"lines-{unique}.arrow" if is_event else "",
    )
    try:
        if manifest.lines_file:
            folder.write_file(manifest.lines_file, _to_arrow(accepted))
        folder.write_file(manifest.rows_file, _to_parquet(accepted))
        folder.write_file(manifest.quarantine_file, _to_parquet(quarantined))
        folder.write_file(MANIFEST, manifest.to_json().encode())
    except StorageError:
        _remove_files(folder, list_named_files(manifest))
        raise
    _remove_unnamed_files(folder, [named for named in (manifest, previous) if named is not None])
    return manifest


def read_manifest(advertiser: Advertiser, feed: str, day: date) -> Manifest | None:
    """The partition's manifest; None where the day was never ingested. Raises StorageError."""
    return _read_manifest(open_partition(advertiser, feed, day))


def read_partition(
    advertiser: Advertiser, feed: str, day: date, columns: Sequence[str] | None = None
) -> pa.Table:
    """The accepted rows, in the feed's columns.

    Raises MissingDataError where the day was never ingested, StorageError.
    """
    return open_rows(advertiser, feed, day).read(columns)


def open_rows(advertiser: Advertiser, feed: str, day: date) -> RowsFile:
    """The accepted rows, to be read column by column. Raises as `read_partition`."""
    return _open_named_file(advertiser, feed, day, "rows_file")


def open_lines(advertiser: Advertiser, feed: str, day: date) -> RowsFile:
    """An event feed's accepted lines as a window reads them: an Arrow file, or Parquet where there is none.

    Raises as `read_partition`.
    """
    return _open_named_file(advertiser, feed, day, "lines_file", "rows_file")


def read_quarantine(advertiser: Advertiser, feed: str, day: date) -> pa.Table:
    """The quarantined lines, as `include.ingest.quarantine` has them.

    Raises as `read_partition`, and MissingDataError where they have expired.
    """
    return _open_named_file(advertiser, feed, day, _QUARANTINE).read()


def list_days(advertiser: Advertiser, feed: str) -> list[date]:
    """The days that have a partition, ascending. Raises StorageError."""
    return [day for day in list_folders(advertiser, feed) if read_manifest(advertiser, feed, day) is not None]


def find_newest_rows(advertiser: Advertiser, feed: str, last: date) -> date | None:
    """The newest day up to `last` whose partition has rows; None without one. Raises StorageError."""
    for day in reversed(list_folders(advertiser, feed)):
        if day <= last and (manifest := read_manifest(advertiser, feed, day)) and manifest.accepted_rows:
            return day
    return None


def list_folders(advertiser: Advertiser, feed: str) -> list[date]:
    """The days that have a folder, ascending; a killed ingest may have left one without a partition."""
    names = [entry.name for entry in open_feed(advertiser, feed).list_entries() or []]
    days = [parse_day(name.removeprefix("dt=")) for name in names if name.startswith("dt=")]
    return sorted(day for day in days if day)


def parse_day(text: str) -> date | None:
    """None for what is no day, such as 2026-02-30: a folder of such a name is not of the lake."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
        return None
    with suppress(ValueError):
        return date.fromisoformat(text)
    return None


def _read_manifest(folder: Folder) -> Manifest | None:
    try:
        return Manifest.from_json(folder.read_file(MANIFEST))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{folder.url}/{MANIFEST} is damaged; ingest the day again.") from error


def read_manifest_leniently(folder: Folder) -> Manifest | None:
    """None also for a damaged one: it is nothing to keep, and must not stop the ingest that mends it.

    Raises StorageError where the store fails.
    """
    try:
        return Manifest.from_json(folder.read_file(MANIFEST))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None


def _open_named_file(advertiser: Advertiser, feed: str, day: date, *which: str) -> RowsFile:
    """The first of the files that the manifest names."""
    folder = open_partition(advertiser, feed, day)
    for _ in range(2):  # once more where the partition was replaced in between
        manifest = _read_manifest(folder)
        if manifest is None:
            raise MissingDataError(
                f"{advertiser.name}, {feed} of {day}: the lake has no such partition; ingest the day first."
            )
        name = next(filter(None, (getattr(manifest, each) for each in which)))
        try:
            return RowsFile(f"{folder.url}/{name}", folder.open_file(name))
        except FileNotFoundError:
            continue
    if _QUARANTINE in which:
        raise MissingDataError(
            f"{advertiser.name}, {feed} of {day}: the quarantined lines are gone; the lake keeps them for"
            f" {advertiser.keep.quarantine:,} days (keep.quarantine); to see them, raise that and ingest the"
            " day again."
        )
    raise StorageError(f"{folder.url}/{name}, which its manifest names, is not there; ingest the day again.")


def _to_parquet(table: pa.Table) -> bytes:
    sink = pa.BufferOutputStream()
    pa.parquet.write_table(table, sink, compression="zstd")
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _to_arrow(table: pa.Table) -> bytes:
    """An Arrow file of one batch in order of user, with the ids in one sorted dictionary each.

    So a window, which goes through users in their order, goes through each of its files from front to back.
    """
    for name in ID_COLUMNS:
        table = table.set_column(table.column_names.index(name), name, _encode_ids(table[name]))
    table = table.take(pc.sort_indices(table[USER_ID].combine_chunks().indices))
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="lz4")
    with pa.ipc.new_file(sink, table.schema, options=options) as file:
        file.write_table(table.combine_chunks())
    content: bytes = sink.getvalue().to_pybytes()
    return content


def _encode_ids(column: pa.ChunkedArray) -> pa.DictionaryArray:
    coded = column.combine_chunks().dictionary_encode()
    order = pc.sort_indices(coded.dictionary)
    place = np.empty(len(order), np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    codes = pa.array(place[coded.indices.to_numpy()])
    return pa.DictionaryArray.from_arrays(codes, coded.dictionary.take(order))


def _remove_unnamed_files(folder: Folder, named: Sequence[Manifest]) -> None:
    """Leave what the new manifest names, and what the one before it names: somebody may be reading that."""
    keep = {name for manifest in named for name in list_named_files(manifest)}
    youngest = datetime.now(UTC) - UNNAMED_FILE_LIFE
    try:
        names = [entry.name for entry in folder.list_entries() or []]
    except StorageError as error:
        log.warning("Former files stay for the next ingest: %s", error)
        return
    matches = [(name, _DATA_FILE.fullmatch(name)) for name in names if name not in keep]
    _remove_files(
        folder,
        [
            name
            for name, match in matches
            if match and datetime.strptime(match[1], _TIME).replace(tzinfo=UTC) <= youngest
        ],
    )


def _remove_files(folder: Folder, names: Sequence[str]) -> None:
    """As far as it goes: a file that stays is named by no manifest, and removed by a later ingest."""
    for name in names:
        try:
            folder.remove_file(name)
        except FileNotFoundError:
            pass
        except StorageError as error:
            log.warning("A former file stays for the next ingest: %s", error)
