"""The warehouse of an advertiser: `base.Warehouse` says what it does, a folder beside this file does it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from include.warehouse.base import Warehouse


@contextmanager
def look_into_warehouse(name: str) -> Iterator[Warehouse]:
    """The warehouse of an advertiser at the connection `warehouse_default`, as it is."""
    from include.warehouse.postgres.warehouse import open_postgres

    with open_postgres(name) as warehouse:
        yield warehouse


@contextmanager
def open_warehouse(name: str) -> Iterator[Warehouse]:
    """The same, with its tables in place, as the code says."""
    with look_into_warehouse(name) as warehouse:
        warehouse.prepare()
        yield warehouse
