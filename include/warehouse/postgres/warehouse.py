"""A warehouse on PostgreSQL: the functions of this folder behind the object that steps hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from include.warehouse.postgres.connection import Schemas, connect_warehouse, explain_failures

if TYPE_CHECKING:
    from include.models.base import RankedTable
    from include.settings import Gates
    from include.warehouse.base import (
        Attempts,
        CheckResult,
        Holding,
        MendedState,
        PublishedRelease,
        RolledBackRelease,
        Scores,
    )  # fmt: skip

T = TypeVar("T")


@contextmanager
def open_postgres(name: str) -> Iterator[PostgresWarehouse]:
    """The warehouse of an advertiser at the connection `warehouse_default`, as it is."""
    engine = connect_warehouse()
    try:
        yield PostgresWarehouse(Schemas(engine, name))
    finally:
        engine.dispose()


class PostgresWarehouse:
    """`include.warehouse.base.Warehouse` in two schemas: `<name>` and `<name>_store`.

    Each function is told in its own file of this folder, which is loaded when it is called.
    """

    def __init__(self, schemas: Schemas) -> None:
        self.schemas = schemas

    @property
    def name(self) -> str:
        return self.schemas.name

    def prepare(self) -> None:
        from include.warehouse.postgres.schema import ensure_schema

        self._do(ensure_schema)

    def check_is_kept(self, as_of: date, keep: int) -> None:
        from include.warehouse.postgres.releases import check_is_kept

        self._do(check_is_kept, as_of, keep)

    def stage(
        self,
        as_of: date,
        tables: Iterable[RankedTable],
        *,
        window_items: Any,
        window_users: Any,
        run: Mapping[str, Any],
    ) -> int:
        from include.warehouse.postgres.staging import stage_release

        return self._do(
            stage_release, as_of, tables, window_items=window_items, window_users=window_users, run=run
        )

    def find_staged(self, as_of: date) -> int:
        from include.warehouse.postgres.releases import find_staged

        return self._do(find_staged, as_of)

    def record_stage(self, release_id: int, stage: str, cost: Mapping[str, float]) -> None:
        from include.warehouse.postgres.releases import record_stage

        self._do(record_stage, release_id, stage, cost)

    def gate(self, release_id: int, limits: Gates, models: Scores) -> list[CheckResult]:
        from include.warehouse.postgres.gates import run_gates

        return self._do(run_gates, release_id, limits, models)

    def publish(self, release_id: int) -> PublishedRelease:
        from include.warehouse.postgres.releases import publish_release

        return self._do(publish_release, release_id)

    def roll_back(self, to: date | None = None) -> RolledBackRelease:
        from include.warehouse.postgres.corrections import roll_back

        return self._do(roll_back, to)

    def mend(self) -> MendedState:
        from include.warehouse.postgres.corrections import mend_state

        return self._do(mend_state)

    def retire(self, keep: int, keep_rejected: int = 7) -> list[int]:
        from include.warehouse.postgres.retention import apply_retention

        return self._do(apply_retention, keep, keep_rejected=keep_rejected)

    def record_partition(self, partition: Mapping[str, Any], quality: Iterable[Mapping[str, Any]]) -> None:
        from include.warehouse.postgres.ingest_log import record_partition

        self._do(record_partition, partition, quality)

    def record_failure(self, feed: str, day: date, reason: str) -> None:
        from include.warehouse.postgres.ingest_log import record_failure

        self._do(record_failure, feed, day, reason)

    def record_expiry(self, feed: str, before: date, held: Iterable[date]) -> None:
        from include.warehouse.postgres.ingest_log import record_expiry

        self._do(record_expiry, feed, before, held)

    def record_metrics(self, as_of: date, rows: Iterable[Mapping[str, Any]]) -> int:
        from include.warehouse.postgres.evaluations import record_metrics

        return self._do(record_metrics, as_of, rows)

    def read_metrics(self, as_of: date | None = None, **asked: str | int) -> list[dict[str, Any]]:
        from include.warehouse.postgres.evaluations import read_metrics

        return self._do(read_metrics, as_of, **asked)

    def record_promotion(self, promotion: Mapping[str, Any]) -> None:
        from include.warehouse.postgres.evaluations import record_promotion

        self._do(record_promotion, promotion)

    def block_items(self, rows: Sequence[Mapping[str, Any]]) -> int:
        from include.warehouse.postgres.serving import block_items

        return self._do(block_items, rows)

    def unblock_item(self, item_id: str) -> bool:
        from include.warehouse.postgres.serving import unblock_item

        return self._do(unblock_item, item_id)

    def record_just_bought(self, rows: Sequence[Mapping[str, Any]]) -> int:
        from include.warehouse.postgres.serving import record_just_bought

        return self._do(record_just_bought, rows)

    def forget_live_rows(self, *, bought_before: datetime, unblocked_before: datetime) -> int:
        from include.warehouse.postgres.serving import forget_live_rows

        return self._do(forget_live_rows, bought_before=bought_before, unblocked_before=unblocked_before)

    def list_attempts(self, first: date | None, last: date | None) -> Attempts:
        from include.warehouse.postgres.inspection import list_attempts

        return self._do(list_attempts, first, last)

    def remove(self, *, for_real: bool) -> list[Holding]:
        from include.warehouse.postgres.inspection import remove_schemas

        return self._do(remove_schemas, for_real=for_real)

    def _do(self, function: Callable[..., T], *arguments: Any, **named: Any) -> T:
        with explain_failures(self.schemas.engine):
            return function(self.schemas, *arguments, **named)
