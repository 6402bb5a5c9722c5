"""Where files are."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from include.settings.base import Frozen

ROOT = Path(__file__).resolve().parent.parent.parent

# The folder in an advertiser's part of the lake where its runs leave rows for their steps, beside the feeds.
RUNS: Final = "runs"
# The same, where its fitted rankers are kept.
BLENDS: Final = "blends"


def data_root() -> str:
    """The place that relative landing and lake URIs start from: a folder, or `s3://bucket/prefix`."""
    return os.environ.get("DANGOL_DATA") or str(ROOT / ".local")


class Place(Frozen):
    """Where files are. A URI without a scheme is relative to DANGOL_DATA (default `.local/`)."""

    uri: str
    conn_id: str | None = None

    @property
    def url(self) -> str:
        """The URI with its root: `s3://…` or an absolute `file://…`."""
        uri = self.uri if "://" in self.uri or self.uri.startswith("/") else f"{data_root()}/{self.uri}"
        return uri if "://" in uri else f"file://{Path(uri).absolute()}"

    @property
    def connection(self) -> str | None:
        """The Airflow connection to use: none for local files, `aws_default` for S3 unless stated."""
        if self.url.startswith("file://"):
            return None
        return self.conn_id or "aws_default"


def is_within(url: str, other: str) -> bool:
    """Whether one place is the other, or lies in it, whatever links lead there."""
    if url.startswith("file://") and other.startswith("file://"):
        return Path(url[7:]).resolve().is_relative_to(Path(other[7:]).resolve())
    return f"{url.rstrip('/')}/".startswith(f"{other.rstrip('/')}/")
