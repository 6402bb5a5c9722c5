"""Where the steps of one as-of date leave rows and counts for each other, and how they measure themselves."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from include.errors import DangolError, MissingDataError
from include.settings import Advertiser

if TYPE_CHECKING:
    import pyarrow as pa

Summary = dict[str, Any]


@dataclass(frozen=True)
class RunFolder:
    """Where the steps of one as-of date leave their rows for each other, beside the lake."""

    advertiser: Advertiser
    as_of: date

    @property
    def url(self) -> str:
        return f"{self.advertiser.lake.url}/{self.advertiser.name}/runs/as_of={self.as_of.isoformat()}"

    def _path(self, name: str) -> Any:
        from airflow.sdk import ObjectStoragePath

        return ObjectStoragePath(f"{self.url}/{name}", conn_id=self.advertiser.lake.connection)

    def write_rows(self, name: str, rows: pa.Table) -> None:
        import pyarrow.parquet as pq

        path = self._path(f"{name}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            pq.write_table(rows, file, compression="zstd")

    def read_rows(self, name: str) -> pa.Table:
        import pyarrow.parquet as pq

        try:
            with self._path(f"{name}.parquet").open("rb") as file:
                return pq.read_table(file)
        except FileNotFoundError:
            raise MissingDataError(self._absence(name)) from None

    def write_summary(self, name: str, summary: Summary) -> None:
        path = self._path(f"{name}.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(summary, indent=1))

    def read_summary(self, name: str) -> Summary:
        try:
            summary: Summary = json.loads(self._path(f"{name}.json").read_text())
        except FileNotFoundError:
            raise MissingDataError(self._absence(name)) from None
        return summary

    def remove_old(self, keep: int) -> None:
        """Remove all run folders of the advertiser but those of the newest `keep` as-of dates."""
        folders = sorted(self._path("").parent.iterdir(), key=lambda path: path.name.rstrip("/"))
        for folder in folders[:-keep]:
            folder.rmdir(recursive=True)

    def _absence(self, name: str) -> str:
        return (
            f"{self.advertiser.name}, {self.as_of}: {name} is not in the run folder {self.url};"
            " run the steps before this one first (window, then train)."
        )


@contextmanager
def explain_refusals(advertiser: Advertiser, as_of: date) -> Iterator[None]:
    """A model refuses input with a ValueError; another try would not mend that."""
    try:
        yield
    except ValueError as error:
        raise DangolError(f"{advertiser.name} {as_of}: {error}") from error


@contextmanager
def measure(summary: Summary) -> Iterator[None]:
    """Add to `summary` the seconds that the block took and the process's peak memory after it."""
    start = time.perf_counter()
    yield
    summary["seconds"] = round(time.perf_counter() - start, 3)
    summary["peak_rss_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
