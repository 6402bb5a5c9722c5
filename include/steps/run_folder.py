"""Where the steps of one as-of date leave rows and counts for each other, and how they measure themselves."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from include.errors import MissingDataError, RefusedInputError, StorageError
from include.memory import forget_peak, read_peak_mb
from include.settings import Advertiser, Place
from include.settings.place import RUNS

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

    from include.ingest.storage import Folder

log = logging.getLogger(__name__)

Summary = dict[str, Any]
Files = dict[str, str]

# A folder that nobody wrote to for so long belongs to no run that goes on.
IDLE_TIME: Final = timedelta(days=2)
_DONE: Final = "publish"
# Beyond a megabyte Parquet would write every row's text instead. Pages hold at most 2 GiB.
_LARGEST_DICTIONARY: Final = 1 << 30


@dataclass(frozen=True)
class RunFolder:
    """Where the steps of one as-of date leave their rows for each other, beside the lake.

    Each file takes its name when it is whole. A step writes its summary last, with the fingerprint of each
    of its files, and readers go by that: what a killed step, or another run at the same time, has left
    half-way is never taken for one result.
    """

    advertiser: Advertiser
    as_of: date

    @property
    def url(self) -> str:
        return f"{_locate_runs(self.advertiser)}/as_of={self.as_of.isoformat()}"

    @cached_property
    def _folder(self) -> Folder:
        return _open(self.advertiser, self.url)

    def write_rows(self, name: str, rows: pa.Table) -> str:
        """Replace the file and return its fingerprint, which is the same for the same rows.

        Columns in dictionaries stay so, each with one for all rows.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        encoded = [field.name for field in rows.schema if pa.types.is_dictionary(field.type)]
        whole = {
            "use_dictionary": encoded,
            "dictionary_pagesize_limit": _LARGEST_DICTIONARY,
            "row_group_size": max(1, rows.num_rows),
        }
        sink = io.BytesIO()  # whose value is not copied
        pq.write_table(rows, sink, compression="zstd", **(whole if encoded else {}))
        content = sink.getvalue()
        self._folder.write_file(f"{name}.parquet", content)
        return _take_fingerprint(content)

    def read_rows(self, name: str, files: Files, columns: Sequence[str] | None = None) -> pa.Table:
        """The rows that the summary of `files` is about. Raises MissingDataError, StorageError."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        content = pa.BufferReader(self._read_content(name, files))
        # Without Arrow's threads: a process that ends right after they read may abort (apache/arrow#34314).
        file = pq.ParquetFile(content, pre_buffer=False)
        return file.read(columns=list(columns) if columns else None, use_threads=False)

    def open_rows(self, name: str, files: Files, encoded: Sequence[str] = ()) -> pq.ParquetFile:
        """Like `read_rows`, to be read piece by piece: in memory are only the packed bytes.

        Columns that are `encoded` come as dictionaries.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        content = self._read_content(name, files)
        return pq.ParquetFile(pa.BufferReader(content), read_dictionary=list(encoded))

    def _read_content(self, name: str, files: Files) -> bytes:
        content = self._read(f"{name}.parquet")
        if _take_fingerprint(content) != files.get(name):
            raise StorageError(
                f"{self.url}/{name}.parquet is not what its step has finished: the step was ended half-way,"
                f" or another run of {self.as_of} is writing; run the steps from window on again."
            )
        return content

    def write_summary(self, name: str, summary: Mapping[str, Any], files: Files) -> None:
        text = json.dumps({**summary, "files": files}, indent=1)
        self._folder.write_file(f"{name}.json", text.encode())

    def read_summary(self, name: str) -> tuple[Summary, Files]:
        """What a step counted, and the fingerprints of its files. Raises MissingDataError, StorageError."""
        try:
            summary: Summary = json.loads(self._read(f"{name}.json"))
            return summary, summary.pop("files")
        except (ValueError, KeyError, AttributeError) as error:
            raise StorageError(
                f"{self.url}/{name}.json is damaged; run the steps from window on again."
            ) from error

    def _read(self, name: str) -> bytes:
        try:
            return self._folder.read_file(name)
        except FileNotFoundError:
            raise MissingDataError(
                f"{self.advertiser.name}, {self.as_of}: {name} is not in the run folder {self.url};"
                " run the steps before this one first (window, then train, then candidates)."
            ) from None

    def mark_as_begun(self) -> None:
        with suppress(FileNotFoundError):
            self._folder.remove_file(f"{_DONE}.json")

    def mark_as_done(self) -> None:
        self.write_summary(_DONE, {}, {})


def name_file(table: str, model: str) -> str:
    """What the rows of a table are called in a run folder; model is '' where the table has none."""
    return f"{model}.{table}" if model else table


def remove_old_runs(advertiser: Advertiser, keep: int) -> None:
    """Remove the run folders of dates older than the newest `keep`, but none that a run may still work in.

    A backfill of old dates works in such a folder. What cannot be removed stays until the next time.
    """
    url = _locate_runs(advertiser)
    try:
        names = [entry.name for entry in _open(advertiser, url).list_entries() or [] if entry.is_folder]
        for name in names[:-keep]:
            folder = _open(advertiser, f"{url}/{name}")
            files = folder.list_entries() or []
            times = [file.modified_at for file in files if file.modified_at]
            is_idle = max(times, default=datetime.min.replace(tzinfo=UTC)) < datetime.now(UTC) - IDLE_TIME
            if is_idle or any(file.name == f"{_DONE}.json" for file in files):
                folder.remove()
    except StorageError as error:
        log.warning("%s: old run folders stay for the next time: %s", advertiser.name, error)


def _locate_runs(advertiser: Advertiser) -> str:
    return f"{advertiser.lake.url}/{advertiser.name}/{RUNS}"


def _open(advertiser: Advertiser, url: str) -> Folder:
    from include.ingest.storage import Folder

    return Folder(Place(uri=url, conn_id=advertiser.lake.conn_id))


def _take_fingerprint(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@contextmanager
def explain_refusals(advertiser: Advertiser, as_of: date) -> Iterator[None]:
    """Say whose input was refused, and of which day. A ValueError is a bug, and passes."""
    try:
        yield
    except RefusedInputError as error:
        raise RefusedInputError(f"{advertiser.name} {as_of}: {error}") from error


@contextmanager
def measure(summary: Summary) -> Iterator[None]:
    """Add to `summary` the seconds of the block and of its parts, and the process's peak memory in it."""
    from include.progress import time_parts

    forget_peak()
    start = time.perf_counter()
    with time_parts() as parts:
        yield
    if parts:
        summary["parts"] = {text: round(seconds, 3) for text, seconds in parts.items()}
    summary["seconds"] = round(time.perf_counter() - start, 3)
    summary["peak_rss_mb"] = read_peak_mb()
