"""The folder that a mall delivers for one feed and day, local or on S3: its files and their bytes."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Final

from include.errors import RejectedDayError, StorageError
from include.ingest.landing.local_files import (
    TOO_DEEP,
    NotRegularError,
    explain_outside,
    read_regular,
    walk_folder,
)
from include.ingest.landing.names import show_name
from include.ingest.storage import Entry, Folder, explain_storage_errors, read_time
from include.settings import Advertiser, Place

# Folders below each other in the day's folder, such as hour=01/.
DEPTH: Final = 8
# S3 is asked for so many files at a time, of so many bytes together (or for one larger file).
_BATCH_FILES: Final = 256
_BATCH_BYTES: Final = 1 << 26


@dataclass(frozen=True)
class DayFolder:
    """Where the files of one feed and day are; `landing` is the place that nothing may lead out of."""

    folder: Folder
    landing: Folder

    @property
    def url(self) -> str:
        return self.folder.url

    def list_files(self, at_most: int) -> list[Entry] | None:
        """The files in the folder and in its folders, as many as `at_most`; None where it is not there.

        Raises RejectedDayError where the folder is a link that leads out of the landing place, StorageError.
        """
        try:
            with explain_storage_errors(f"list {self.url}"):
                local = self.folder.local
                found = self._list_stored() if local is None else self._list_local(local)
                return None if found is None else sorted(islice(found, at_most), key=lambda entry: entry.name)
        except FileNotFoundError:  # removed meanwhile
            return None

    def read_files(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, bytes]]:
        """Each file with its content, in their order, as large as it was listed.

        Raises RejectedDayError where it is no regular file any more, StorageError where it has changed.
        """
        read = self._read_stored if self.folder.local is None else self._read_local
        for entry, content in read(entries):
            if len(content) != entry.size_bytes:
                raise StorageError(
                    f"file {show_name(entry.name)} changed while the day was read; it may still be uploaded."
                )
            yield entry, content

    @cached_property
    def _root(self) -> Path:
        assert self.landing.local is not None
        return self.landing.local.resolve()

    def _list_local(self, folder: Path) -> Iterator[Entry] | None:
        if not os.path.lexists(folder):
            return None
        if problem := explain_outside(self._root, folder):
            raise RejectedDayError(f"{self.url} {problem}.")
        if not folder.is_dir():
            raise StorageError(f"{self.url} is a file; a folder is expected there.")
        return walk_folder(self._root, folder, DEPTH)

    def _list_stored(self) -> Iterator[Entry] | None:
        self.folder.store.invalidate_cache()
        prefix = f"{self.folder.path}/"
        found = {
            name: info
            for name, info in self.folder.store.find(self.folder.path, detail=True).items()
            if f"{name}/".startswith(prefix) and name != self.folder.path
        }
        if not found:
            return None
        return (
            Entry(
                name.removeprefix(prefix),
                info["size"] or 0,
                False,
                read_time(info),
                TOO_DEEP if name.removeprefix(prefix).count("/") > DEPTH else "",
            )
            for name, info in found.items()
            if not name.endswith("/")  # consoles mark a folder with an empty object
        )

    def _read_local(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, bytes]]:
        assert self.folder.local is not None
        for entry in entries:
            name = show_name(entry.name)
            try:
                with explain_storage_errors(f"read {self.url}/{name}"):
                    content = read_regular(self._root, self.folder.local / entry.name, entry.size_bytes + 1)
            except NotRegularError:
                raise RejectedDayError(
                    f"file {name} has become a link or no regular file; have the file itself delivered."
                ) from None
            except FileNotFoundError:
                raise StorageError(f"{self.url}/{name} vanished while the day was read.") from None
            yield entry, content

    def _read_stored(self, entries: Sequence[Entry]) -> Iterator[tuple[Entry, bytes]]:
        for batch in _make_batches(entries):
            with explain_storage_errors(f"read files of {self.url}"):
                filled = [entry for entry in batch if entry.size_bytes]  # of nothing there is no range
                contents = self.folder.store.cat_ranges(
                    [f"{self.folder.path}/{entry.name}" for entry in filled],
                    [0] * len(filled),
                    [entry.size_bytes + 1 for entry in filled],
                )
            of_entry = dict(zip((entry.name for entry in filled), contents, strict=True))
            for entry in batch:
                content = of_entry.pop(entry.name, b"")
                name = show_name(entry.name)
                if isinstance(content, FileNotFoundError):
                    raise StorageError(f"{self.url}/{name} vanished while the day was read.")
                if isinstance(content, Exception):
                    with explain_storage_errors(f"read {self.url}/{name}"):
                        raise content
                yield entry, content


def _make_batches(entries: Sequence[Entry]) -> Iterator[list[Entry]]:
    batch: list[Entry] = []
    size = 0
    for entry in entries:
        if batch and (len(batch) == _BATCH_FILES or size + entry.size_bytes > _BATCH_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(entry)
        size += entry.size_bytes
    if batch:
        yield batch


def open_day(advertiser: Advertiser, feed: str, day: date) -> DayFolder:
    return DayFolder(
        Folder(advertiser.landing_folder(feed, day)),
        Folder(Place(uri=advertiser.landing.url, conn_id=advertiser.landing.conn_id)),
    )
