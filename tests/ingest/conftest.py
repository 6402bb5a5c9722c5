"""A mall with its own landing folder and lake, and a way to deliver days to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from include.settings import Advertiser

DAY = date(2026, 3, 10)


class Mall:
    """An advertiser in Asia/Seoul whose files lie in a temporary folder, complete once they are there."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.folder = folder
        merged = {
            "name": "mall",
            "time_zone": "Asia/Seoul",
            "landing": {"uri": str(folder / "landing")},
            "lake": {"uri": str(folder / "lake")},
            "feeds": {"purchases": {}, "products": {"required": False}},
            "quarantine": {"max_share": 1},
            "schedule": {"start_date": "2026-01-01"},
        } | settings
        for feed in merged["feeds"].values():
            feed.setdefault("complete", {"quiet_minutes": 0})
        self.advertiser = Advertiser.model_validate(merged)

    def landing(self, day: date = DAY, feed: str = "purchases") -> Path:
        path = self.folder / "landing" / feed / f"dt={day}"
        path.mkdir(parents=True, exist_ok=True)
        return path

    def partition(self, day: date = DAY, feed: str = "purchases") -> Path:
        return self.folder / "lake" / "mall" / feed / f"dt={day}"

    def deliver(
        self, rows: pa.Table, day: date = DAY, feed: str = "purchases", name: str = "0.parquet"
    ) -> None:
        pq.write_table(rows, self.landing(day, feed) / name)

    def deliver_text(
        self, text: str | bytes, day: date = DAY, feed: str = "purchases", name: str = "0.csv"
    ) -> None:
        (self.landing(day, feed) / name).write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def make_mall(tmp_path: Path) -> Callable[..., Mall]:
    return lambda **settings: Mall(tmp_path, **settings)


@pytest.fixture
def mall(make_mall: Callable[..., Mall]) -> Mall:
    return make_mall()


def make_purchases(count: int = 3, **columns: list[Any]) -> pa.Table:
    """Good lines, all different, with some columns replaced."""
    lines: dict[str, list[Any]] = {
        "order_id": [f"o{i}" for i in range(count)],
        "user_id": [f"u{i}" for i in range(count)],
        "item_id": [f"i{i}" for i in range(count)],
        "quantity": [1] * count,
        "price": [10.5] * count,
        "purchased_at": ["2026-03-10T09:30:00"] * count,
    }
    return pa.table(lines | columns)
