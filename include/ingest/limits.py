"""What a delivery may be at most, so that reading it ends soon and within the task's memory."""

from __future__ import annotations

from dataclasses import dataclass

from include.errors import RejectedDayError
from include.memory import MB, find_memory_limit
from include.settings import Advertiser

# Of the task's memory limit: a file is held packed and unpacked, and its lines several times over.
_FILE_SHARE = 1 / 12
_UNPACKED_SHARE = 1 / 8
_BYTES_A_ROW = 1_000
_MOST_PACKED = 512 * MB
_MOST_UNPACKED = 512 * MB  # with its table, of twice that, a file then stays within 2 GB
_MOST_ROWS = 5_000_000  # JSON lines, the slowest to read, then stay within a minute


@dataclass(frozen=True)
class SizeLimits:
    """The advertiser's `limits` in bytes and counts; `owner` says whose memory the shares are of."""

    file_bytes: int
    unpacked_bytes: int
    day_rows: int
    day_files: int
    columns: int
    value_bytes: int
    owner: str

    @property
    def table_bytes(self) -> int:
        """What the lines of one file may take in memory."""
        return 2 * self.unpacked_bytes


def find_limits(advertiser: Advertiser) -> SizeLimits:
    """What the YAML says, else a share of the memory limit."""
    given = advertiser.limits
    if advertiser.run.memory_mb:
        memory, owner = advertiser.run.memory_mb, "run.memory_mb"
    else:
        memory, owner = find_memory_limit()
    file = min(int(memory * MB * _FILE_SHARE), _MOST_PACKED)
    unpacked = min(int(memory * MB * _UNPACKED_SHARE), _MOST_UNPACKED)
    return SizeLimits(
        file_bytes=given.file_mb * MB if given.file_mb else file,
        unpacked_bytes=given.unpacked_mb * MB if given.unpacked_mb else unpacked,
        day_rows=given.day_rows or min(memory * MB // _BYTES_A_ROW, _MOST_ROWS),
        day_files=given.day_files,
        columns=given.columns,
        value_bytes=given.value_kb * 1024,
        owner=owner,
    )


def too_large(name: str, what: str, setting: str, limit: int) -> RejectedDayError:
    """The error that names a limit by its setting."""
    return RejectedDayError(f"file {name} has {what}, and limits.{setting} is {limit:,}.")


def too_many_rows(name: str, limits: SizeLimits) -> RejectedDayError:
    return too_large(name, f"more than {limits.day_rows:,} lines", "day_rows", limits.day_rows)


def too_much(name: str, limits: SizeLimits) -> RejectedDayError:
    return RejectedDayError(
        f"file {name} takes more than {limits.table_bytes / MB:,.0f} MB in memory, twice limits.unpacked_mb"
        f" (by default a share of {limits.owner}); have it delivered in several files, or raise that limit."
    )


def value_too_long(place: str, column: int, length: int, limits: SizeLimits) -> RejectedDayError:
    return RejectedDayError(
        f"file {place}: the value in column {column} has {length:,} bytes, and limits.value_kb is"
        f" {limits.value_bytes / 1024:,.0f}."
    )
