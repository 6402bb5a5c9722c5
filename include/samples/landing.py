"""A landing folder that a sample writer fills: files appear whole, and a cut-off writer is carried on.

`_sample.json` at the root says which sample the folder holds, with which settings, the rows and the
checksum of every file written so far, and whether the writer came to its end.
"""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import time
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from include.errors import PermanentError, StorageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pyarrow as pa

MANIFEST = "_sample.json"
_PARTIAL = ".partial"
# The manifest grows with the files; a kill costs the files of this long, which are written again.
_SAVE_EVERY_SECONDS = 1.0


class SampleError(PermanentError):
    """A sample cannot be written as asked: a bad option, or a folder that holds something else."""


def day_file(feed: str, day: object) -> str:
    """The path of a day's only file, relative to the landing folder."""
    return f"{feed}/dt={day}/part-0.parquet"


class LandingFolder:
    """Writes one sample's files below `root`; use it as a context manager.

    A file that the manifest names and whose checksum still holds is kept, unless `force`.
    Raises SampleError where the folder holds anything but this sample with these settings, and
    StorageError where it cannot be written.
    """

    def __init__(self, root: Path, sample: str, settings: dict[str, Any], force: bool = False) -> None:
        self.root, self.force = root, force
        self.written: list[str] = []
        self.reused: list[str] = []
        self.cut_off = False
        self._saved_at = 0.0
        self._encoded: tuple[pa.Table, bytes] | None = None
        self.manifest: dict[str, Any] = {
            "sample": sample,
            "settings": settings,
            "complete": False,
            "facts": {},
            "files": {},
        }
        with _storage_errors(root):
            found = _read_manifest(root)
            if found is not None:
                self._adopt(found)
            (root / _PARTIAL).mkdir(parents=True, exist_ok=True)

    def _adopt(self, found: dict[str, Any]) -> None:
        """Go on from the manifest that is there, or refuse."""
        if found["sample"] != self.manifest["sample"]:
            raise SampleError(
                f"{self.root} holds the sample {found['sample']}: give {self.manifest['sample']} a folder of"
                " its own."
            )
        if found["settings"] == self.manifest["settings"]:
            self.cut_off = not found["complete"]
            self.manifest = found
        elif self.force:
            for name in found["files"]:
                (self.root / name).unlink(missing_ok=True)
                _remove_if_empty((self.root / name).parent)
        else:
            raise SampleError(
                f"{self.root} holds this sample with other settings ({_differences(found, self.manifest)}):"
                " give another folder, or --force to replace its files."
            )

    def __enter__(self) -> LandingFolder:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: object, trace: TracebackType | None) -> None:
        if error is not None and self.written:
            with suppress(StorageError):
                self._save()
        shutil.rmtree(self.root / _PARTIAL, ignore_errors=True)

    def list_pending(self, names: Iterable[str]) -> list[str]:
        """Those of the files that have to be written; the others are noted as reused."""
        pending = []
        for name in names:
            if not self.force and self._is_intact(name):
                self.reused.append(name)
            else:
                pending.append(name)
        if pending:
            self.manifest["complete"] = False
            self._save()
        return pending

    def write_table(self, name: str, table: pa.Table) -> None:
        """Write one Parquet file, which appears whole or not at all. Same table, same bytes."""
        # A catalogue that does not change is delivered again and again: one encoding serves.
        if self._encoded is None or self._encoded[0] is not table:
            self._encoded = (table, _encode(table))
        content = self._encoded[1]
        entry = {"rows": table.num_rows, "sha256": hashlib.sha256(content).hexdigest()}
        self._replace(name, content)
        self.manifest["files"][name] = entry
        self.written.append(name)
        if time.monotonic() - self._saved_at > _SAVE_EVERY_SECONDS:
            self._save()

    def count_rows(self, names: Iterable[str]) -> int:
        return sum(self.manifest["files"][name]["rows"] for name in names)

    def note_facts(self, facts: dict[str, Any]) -> None:
        """What the writer knows about the rows; saved with the files."""
        self.manifest["facts"] = facts

    def finish(self) -> None:
        """Mark the sample as complete."""
        self.manifest["complete"] = True
        self._save()

    def _is_intact(self, name: str) -> bool:
        entry, path = self.manifest["files"].get(name), self.root / name
        with _storage_errors(self.root):
            return (
                entry is not None
                and path.is_file()
                and hashlib.sha256(path.read_bytes()).hexdigest() == entry["sha256"]
            )

    def _replace(self, name: str, content: bytes) -> None:
        # Beside the day folders, not in them: a reader takes every file of a day folder as delivered.
        partial, final = self.root / _PARTIAL / name.replace("/", "_"), self.root / name
        with _storage_errors(self.root):
            partial.write_bytes(content)
            final.parent.mkdir(parents=True, exist_ok=True)
            partial.replace(final)

    def _save(self) -> None:
        self._saved_at = time.monotonic()
        self._replace(MANIFEST, (json.dumps(self.manifest, ensure_ascii=False, indent=1) + "\n").encode())


def _encode(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    buffer = io.BytesIO()
    pq.write_table(table, buffer, compression="zstd")
    return buffer.getvalue()


def _read_manifest(root: Path) -> dict[str, Any] | None:
    """What the folder says about itself; None for a folder that is not there or is empty."""
    if not root.exists():
        return None
    if not root.is_dir():
        raise SampleError(f"{root} is a file: give a folder.")
    if not (root / MANIFEST).is_file():
        if {path.name for path in root.iterdir()} <= {_PARTIAL}:
            return None
        raise SampleError(f"{root} holds files that no sample wrote: give an empty folder.")
    try:
        found: dict[str, Any] = json.loads((root / MANIFEST).read_text(encoding="utf-8"))
        found["sample"], found["settings"], found["complete"], found["files"]
    except (ValueError, KeyError, TypeError):
        raise SampleError(f"{root / MANIFEST} is not readable: give an empty folder.") from None
    return found


def _remove_if_empty(day_folder: Path) -> None:
    # A day folder without files would read as a delivery that went wrong.
    if day_folder.is_dir() and not any(day_folder.iterdir()):
        day_folder.rmdir()


def _differences(found: dict[str, Any], wanted: dict[str, Any]) -> str:
    there, asked = found["settings"], wanted["settings"]
    return ", ".join(
        f"{key} {there.get(key)} there, {asked.get(key)} asked"
        for key in sorted(there.keys() | asked.keys())
        if there.get(key) != asked.get(key)
    )


@contextmanager
def _storage_errors(root: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = error.filename or root
        raise StorageError(f"{place}: {error.strerror}; give a folder that can be written.") from error
