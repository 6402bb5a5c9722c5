"""What is known of one partition: its files, its counts, and what every rule of the contract found."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True)
class SourceFile:
    """A delivered file, its name below the day's folder as `include.ingest.landing.names` shows it.

    `modified_at` is what its store says (ISO 8601, UTC; '' where it says nothing).
    `has_checksums`: damage to a Parquet file's pages would have been noticed; null for text.
    """

    name: str
    size_bytes: int
    lines: int
    modified_at: str = ""
    has_checksums: bool | None = None


@dataclass(frozen=True)
class RuleResult:
    """What one rule found. `severity` is row, table or warning.

    `unexpected_percent` is of the day's lines after exact duplicates, 0 to 100. `sample` is the JSON text of
    a few offending values as they were delivered; never of user or order ids.
    """

    expectation: str
    column_name: str
    reason: str
    severity: str
    passed: bool
    unexpected_rows: int
    unexpected_percent: float
    sample: str


@dataclass(frozen=True)
class Manifest:
    """One feed and day. accepted + quarantined + duplicate + guest + filtered rows = lines.

    `guest_rows` are lines without a user that were dropped, `filtered_rows` lines that the feed's `where`
    leaves out. `is_closed` says that the calendar or a marker called the mall closed that day, and that
    no line came.

    `rows_file`, `quarantine_file` and `lines_file` are names in the partition's folder; the last is '' but
    for feeds of events. `ingested_at` is in UTC; `seconds` is how long the ingest took.
    """

    feed: str
    day: date
    lines: int
    accepted_rows: int
    quarantined_rows: int
    duplicate_rows: int
    source_files: tuple[SourceFile, ...]
    source_fingerprint: str
    ingested_at: datetime
    rows_file: str
    quarantine_file: str
    warnings: tuple[str, ...]
    rules: tuple[RuleResult, ...]
    seconds: float
    lines_file: str = ""
    guest_rows: int = 0
    filtered_rows: int = 0
    is_closed: bool = False

    def __post_init__(self) -> None:
        rows = {
            "accepted": self.accepted_rows,
            "quarantined": self.quarantined_rows,
            "duplicate": self.duplicate_rows,
            "guest": self.guest_rows,
            "filtered": self.filtered_rows,
        }
        if sum(rows.values()) != self.lines:
            parts = ", ".join(f"{count} {kind}" for kind, count in rows.items())
            raise ValueError(
                f"{self.feed} of {self.day}: rows ({parts}) do not add up to {self.lines} lines."
            )

    def to_json(self) -> str:
        """Text that is valid UTF-8, whatever half characters its strings hold: JSON has escapes for them."""
        text = json.dumps(
            asdict(self) | {"day": self.day.isoformat(), "ingested_at": self.ingested_at.isoformat()},
            ensure_ascii=False,
            indent=1,
        )
        return text.encode(errors="backslashreplace").decode()

    @classmethod
    def from_json(cls, text: str | bytes) -> Manifest:
        """Raises ValueError, KeyError or TypeError where the text is no manifest."""
        known = json.loads(text)
        return cls(
            **known
            | {
                "day": date.fromisoformat(known["day"]),
                "ingested_at": datetime.fromisoformat(known["ingested_at"]),
                "source_files": tuple(SourceFile(**file) for file in known["source_files"]),
                "warnings": tuple(known["warnings"]),
                "rules": tuple(RuleResult(**rule) for rule in known["rules"]),
            }
        )

    def as_partition_row(self) -> dict[str, Any]:
        """The row of the table `partitions`; `source_files` is how many there were."""
        return {
            "feed": self.feed,
            "day": self.day,
            "accepted_rows": self.accepted_rows,
            "quarantined_rows": self.quarantined_rows,
            "duplicate_rows": self.duplicate_rows,
            "guest_rows": self.guest_rows,
            "filtered_rows": self.filtered_rows,
            "is_closed": self.is_closed,
            "source_files": len(self.source_files),
            "source_fingerprint": self.source_fingerprint,
            "ingested_at": self.ingested_at,
        }

    def as_quality_rows(self) -> list[dict[str, Any]]:
        """The rows of the table `data_quality`, one for each rule."""
        return [
            {"feed": self.feed, "day": self.day, **asdict(rule), "checked_at": self.ingested_at}
            for rule in self.rules
        ]
