"""What a warehouse does for one advertiser: staged, audited, published releases, and a log of the ingest.

`include.warehouse.open_warehouse` gives one. A destination is a folder beside this file, such as `postgres`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from include.models.base import RankedTable, ScoreRange
    from include.settings import Gates

Scores = Mapping[str, Mapping[str, "ScoreRange"]]  # by model and table


@dataclass(frozen=True)
class CheckResult:
    """What one check found; `model` is '' where the table has none, `severity` is critical or warning."""

    table: str
    model: str
    check: str
    severity: str
    passed: bool
    observed: str
    expected: str


@dataclass(frozen=True)
class PublishedRelease:
    """A release that readers see; `superseded` is the release of the same date that it replaced, if any."""

    release_id: int
    as_of_date: date
    is_current: bool
    superseded: int | None


@dataclass(frozen=True)
class RolledBackRelease:
    """A release that readers see no more, and the one that is current in its place."""

    release_id: int
    as_of_date: date
    current_release: int
    current_date: date


@dataclass(frozen=True)
class MendedState:
    """What readers see now (None before the first publication), and the releases that were put right:
    `brought_back` had moments in the future, `expired` had no rows any more.
    """

    current_release: int | None
    current_date: date | None
    brought_back: list[int]
    expired: list[int]


@dataclass(frozen=True)
class Holding:
    """What the warehouse keeps for an advertiser under a name: so many tables and views, so many bytes."""

    name: str
    relations: int
    bytes: int


@dataclass(frozen=True)
class Attempts:
    """The current release and every attempt since, newest first, as the columns of `releases` with `rows` by
    table; the as-of dates that are being staged now; why days were refused, by feed and day.
    """

    releases: list[dict[str, Any]]
    staging: list[date]
    failures: dict[tuple[str, date], str]


class Warehouse(Protocol):
    """The tables of one advertiser, whose name is theirs.

    What a server that is down, full, read-only or forbidding raises is a WarehouseUnavailableError.
    """

    @property
    def name(self) -> str: ...

    def prepare(self) -> None:
        """Make or update what the tables need, where they are not as the code says."""

    def check_is_kept(self, as_of: date, keep: int) -> None:
        """Raises PermanentError for a date whose release retention would drop as soon as it was published."""

    def stage(
        self,
        as_of: date,
        tables: Iterable[RankedTable],
        *,
        window_items: Any,
        window_users: Any,
        run: Mapping[str, Any],
    ) -> int:
        """Load every table of an as-of date and return the number of the new, invisible release."""

    def find_staged(self, as_of: date) -> int:
        """The newest release of an as-of date that may be gated and published."""

    def record_stage(self, release_id: int, stage: str, cost: Mapping[str, float]) -> None:
        """Note in the release's row what a stage has cost (seconds, peak memory)."""

    def gate(self, release_id: int, limits: Gates, models: Scores) -> list[CheckResult]:
        """Audit a staged release. Raises RejectedReleaseError where a critical check fails."""

    def publish(self, release_id: int) -> PublishedRelease:
        """Make a staged and gated release visible, all tables at once, and return when readers see it."""

    def roll_back(self, to: date | None = None) -> RolledBackRelease:
        """Take the current release away; the one before it, or that of `to`, is current then."""

    def mend(self) -> MendedState:
        """Show readers now what is published and current, whatever a wrong clock has left."""

    def retire(self, keep: int, keep_rejected: int = 7) -> list[int]:
        """Drop what nobody reads any more, and return the releases whose rows are gone.

        `keep` counts published releases, `keep_rejected` days that one which a gate has rejected stays.
        """

    def record_partition(self, partition: Mapping[str, Any], quality: Iterable[Mapping[str, Any]]) -> None:
        """Replace what is recorded of one feed and day."""

    def record_failure(self, feed: str, day: date, reason: str) -> None:
        """Say why a day was not accepted, until it is."""

    def record_expiry(self, feed: str, before: date, held: Iterable[date]) -> None:
        """Say that the lake has let go of a feed's days before `before`, but for those `held`."""

    def record_metrics(self, as_of: date, rows: Iterable[Mapping[str, Any]]) -> int:
        """Replace all that is recorded of the evaluation of an as-of date, and return the number of rows.

        The mappings hold the columns of `offline_metrics`. NaN becomes null; infinity is a ValueError.
        """

    def read_metrics(self, as_of: date | None = None, **asked: str | int) -> list[dict[str, Any]]:
        """Rows of the newest evaluation, or that of `as_of`, in the order of their key. Makes no table.

        asked: what columns of the key must be, such as contender="challenger", split="all", metric="ndcg".
        """

    def record_promotion(self, promotion: Mapping[str, Any]) -> None:
        """Add a row to `promotions`, whose columns the mapping holds; promoted_at may be left out."""

    def block_items(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Put rows of `blocked_items` in, or a later block in the place of an earlier; how many changed."""

    def unblock_item(self, item_id: str) -> bool:
        """Let ads show an item again; False where it was not blocked."""

    def record_just_bought(self, rows: Sequence[Mapping[str, Any]]) -> int:
        """Put rows of `just_bought` in, or a later purchase in the place of an earlier; how many changed."""

    def forget_live_rows(self, *, bought_before: datetime, unblocked_before: datetime) -> int:
        """Delete what was bought before a moment, and blocks that ended before one; how many rows."""

    def list_attempts(self, first: date | None, last: date | None) -> Attempts:
        """What became of the newest runs, and of the days from `first` to `last`."""

    def remove(self, *, for_real: bool) -> list[Holding]:
        """What is kept; with `for_real` it is dropped."""
