"""Files in a folder of the lake or of the landing place, local or on S3, through fsspec.

Reads and writes go straight to the store: fsspec remembers S3 listings and sizes, and what another process
has just replaced must not be read by its former size.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from include.errors import SettingsError, StorageError
from include.files import replace_file
from include.settings import Place

if TYPE_CHECKING:
    import pyarrow as pa

_S3 = ("s3://", "s3a://", "s3n://")
_STORE_LIBRARIES = ("botocore", "aiobotocore", "aiohttp", "s3fs", "fsspec")


@dataclass(frozen=True)
class Entry:
    """One thing in a folder. `size_bytes` is 0 for a subfolder, which on S3 has no time either.

    `problem` says why it must not be opened.
    """

    name: str
    size_bytes: int
    is_folder: bool
    modified_at: datetime | None
    problem: str = ""


@contextmanager
def explain_storage_errors(action: str) -> Iterator[None]:
    """Turn what a store raises into a StorageError: "Cannot <action>: <why>.". FileNotFoundError passes."""
    try:
        yield
    except FileNotFoundError:
        raise
    except Exception as error:
        is_of_the_store = type(error).__module__.partition(".")[0] in _STORE_LIBRARIES
        if not isinstance(error, OSError) and not is_of_the_store:
            raise
        why = (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
        raise StorageError(f"Cannot {action}: {' '.join(why.split()).rstrip('.')}.") from error


@dataclass(frozen=True)
class Folder:
    """A folder at a place. It need not exist."""

    place: Place

    @property
    def url(self) -> str:
        return self.place.url.rstrip("/")

    @cached_property
    def store(self) -> Any:
        """The fsspec file system. Raises SettingsError for a kind of store that is not known."""
        from fsspec.implementations.local import LocalFileSystem

        if self.local is not None:
            return LocalFileSystem()
        if not self.url.startswith(_S3):
            raise SettingsError(f"{self.url}: write a place as a folder, file://… or s3://….")
        from include.ingest.s3 import open_s3

        return open_s3(self.place.connection or "aws_default")

    @property
    def path(self) -> str:
        """The folder as its store names it: an absolute path, or bucket/key."""
        return self.url.partition("://")[2]

    @cached_property
    def local(self) -> Path | None:
        """The folder on the local disk; None where it is on another store."""
        return Path(self.path) if self.url.startswith("file://") else None

    def _locate(self, name: str) -> str:
        return f"{self.path}/{name}"

    def list_entries(self) -> list[Entry] | None:
        """What the folder holds, by name; None where there is no such folder. Raises StorageError."""
        try:
            with explain_storage_errors(f"list {self.url}"):
                if self.local is not None and self.local.exists() and not self.local.is_dir():
                    raise StorageError(f"{self.url} is a file; a folder is expected there.")
                self.store.invalidate_cache()
                found = self.store.ls(self.path, detail=True)
        except FileNotFoundError:
            return None
        entries = [
            Entry(
                info["name"].rstrip("/").rpartition("/")[2],
                info["size"] or 0,
                info["type"] == "directory",
                read_time(info),
            )
            for info in found
            if info["name"].rstrip("/") != self.path  # S3's empty object that marks the folder itself
        ]
        return sorted(entries, key=lambda entry: entry.name)

    def read_file(self, name: str) -> bytes:
        """The file's bytes. Raises FileNotFoundError, StorageError."""
        with explain_storage_errors(f"read {self.url}/{name}"):
            content: bytes = self.store.cat_file(self._locate(name))
            return content

    def open_file(self, name: str) -> pa.NativeFile:
        """The file, to be read in parts by several threads, as it is now; from S3 it is read whole at once.

        Raises FileNotFoundError, StorageError.
        """
        import pyarrow as pa

        if self.local is None:
            return pa.BufferReader(self.read_file(name))
        with explain_storage_errors(f"read {self.url}/{name}"):
            return pa.OSFile(str(self.local / name))

    def write_file(self, name: str, content: bytes) -> None:
        """Put the whole file there at once: readers meet the file before it, or this one, never a part.

        On S3 that is one PUT; locally `replace_file` does it.
        Raises StorageError.
        """
        try:
            with explain_storage_errors(f"write {self.url}/{name}"):
                if self.local is None:
                    self.store.pipe_file(self._locate(name), content)
                else:
                    replace_file(self.local / name, content)
        except FileNotFoundError as error:
            raise StorageError(f"Cannot write {self.url}/{name}: {error}.") from error

    def remove_file(self, name: str) -> None:
        """Raises FileNotFoundError, StorageError."""
        with explain_storage_errors(f"remove {self.url}/{name}"):
            self.store.rm_file(self._locate(name))

    def remove(self) -> None:
        """Remove the folder and everything in it; where there is none, do nothing. Raises StorageError."""
        try:
            with explain_storage_errors(f"remove {self.url}"):
                self.store.invalidate_cache()
                self.store.rm(self.path, recursive=True)
        except FileNotFoundError:
            pass


def read_time(info: Mapping[str, Any]) -> datetime | None:
    """Local files have seconds since 1970, objects on S3 a moment."""
    time = info.get("mtime", info.get("LastModified"))
    return datetime.fromtimestamp(time, UTC) if isinstance(time, int | float) else time
