"""Small malls for tests: a YAML and landing files as a mall would deliver them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

if TYPE_CHECKING:
    from include.settings import Advertiser

HEADER = "order_id,user_id,item_id,quantity,price,purchased_at"
DAY = date(2026, 3, 2)


@dataclass
class Mall:
    """Folders of one mall; `settings` are merged over a minimal YAML."""

    folder: Path
    name: str = "mall"
    settings: Mapping[str, Any] = field(default_factory=dict)

    def write_settings(self) -> Path:
        minimal: dict[str, Any] = {
            "name": self.name,
            "time_zone": "Asia/Seoul",
            "landing": {"uri": f"landing/{self.name}"},
            "feeds": {"purchases": {}, "products": {"required": False}},
            "window": {"days": 3},
            "models": {"cosine": {}, "als": {"factors": 4, "iterations": 3}},
            "quarantine": {"max_share": 0.5},
            "schedule": {
                "start_date": DAY,
                "end_date": DAY + timedelta(days=30),  # else a scheduler asks for the day before today
                "paused": False,
                "landing_deadline_hours": 0,
                "window_wait_minutes": 0,
            },
        }
        path = self.folder / "advertisers" / f"{self.name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(minimal | dict(self.settings)), encoding="utf-8")
        return path

    def landing(self, feed: str, day: date) -> Path:
        return self.folder / "landing" / self.name / feed / f"dt={day.isoformat()}"

    def deliver(self, day: date, lines: Iterable[str], feed: str = "purchases", header: str = HEADER) -> Path:
        """Write one CSV of the day; each line as the mall writes it, without its line end."""
        path = self.landing(feed, day) / "part-0.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return path


def purchase(user: str, item: str, day: date = DAY, quantity: str = "1", price: str = "100") -> str:
    """A line of a purchase at noon; the order id names the user and the day."""
    return f"{user}-{day},{user},{item},{quantity},{price},{day}T12:00:00"


def busy_day(day: date, users: int = 12, items: int = 8) -> list[str]:
    """A day on which each user buys four neighbouring items, so that every item has neighbours."""
    return [
        purchase(f"u{user}", f"i{(user + step) % items}", day) for user in range(users) for step in range(4)
    ]


def open_mall(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, name: str = "mall", **settings: Any
) -> Mall:
    """A mall whose YAML, landing and lake are below `tmp_path`, and which this process knows."""
    from include import settings as module

    mall = Mall(tmp_path, name, settings)
    mall.write_settings()
    monkeypatch.setenv("DANGOL_DATA", str(tmp_path))
    monkeypatch.setenv("DANGOL_ADVERTISERS", str(tmp_path / "advertisers"))
    monkeypatch.setattr(module, "ADVERTISERS", tmp_path / "advertisers")
    return mall


def ingest_days(
    advertiser: Advertiser, mall: Mall, days: int, list_lines: Callable[[date], Iterable[str]]
) -> None:
    """Deliver and ingest the purchases of so many days, from DAY on."""
    from include.ingest.days import ingest_day

    for age in range(days):
        day = DAY + timedelta(days=age)
        mall.deliver(day, list_lines(day))
        ingest_day(advertiser, "purchases", day)
