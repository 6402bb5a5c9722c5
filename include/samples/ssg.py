"""The synthetic mall of any size, as landing files of local days in Asia/Seoul.

Same settings, same bytes: every draw comes from the seed, nothing depends on the clock or on threads. The
order log is drawn as arrays (about 30 bytes a line); text is made and written a day at a time. Views and
carts are written where `feeds` asks for them, by draws of their own: the other files stay as they are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from include.samples.catalogue import Catalogue, Integers, make_catalogue
from include.samples.dirt import DEFECTS, soil_rows
from include.samples.event_feeds import EVENT_FEEDS, EventFeed, make_event_feeds
from include.samples.funnel import Funnel, draw_funnel
from include.samples.landing import LandingFolder, SampleError, day_file
from include.samples.orders import OrderLog, make_order_log
from include.samples.shoppers import DAY_MS, DrawnLines, count_pairs, draw_lines

FIRST_DAY = date(2026, 1, 1)
_LIMITS = {"users": 50_000_000, "items": 50_000_000, "purchases": 100_000_000, "days": 366}
_LINES_PER_USER_AND_DAY = 1000
# Raised when the writer's rows change, so that folders of an older writer are not taken for current.
_LAYOUT = 1


@dataclass(frozen=True)
class Settings:
    """What the mall is drawn from. `end` is the last day; shares are of the lines of a feed.

    `feeds` are those beside purchases and products, and `funnel` is the truth that they are drawn from.
    """

    users: int = 600_000
    items: int = 400_000
    purchases: int = 6_000_000
    days: int = 30
    seed: int = 0
    end: date | None = None
    dirty_share: float = 0.001
    cancel_share: float = 0.02
    feeds: tuple[str, ...] = ()
    funnel: Funnel = field(default_factory=Funnel)

    def __post_init__(self) -> None:
        for name, limit in _LIMITS.items():
            if not 1 <= getattr(self, name) <= limit:
                raise SampleError(f"{name} must be from 1 to {limit:,}, not {getattr(self, name):,}.")
        if self.purchases > (most := self.users * self.days * _LINES_PER_USER_AND_DAY):
            raise SampleError(f"purchases must be at most {most:,} for so few users and days.")
        if self.seed < 0:
            raise SampleError(f"seed must be 0 or more, not {self.seed}.")
        if self.end and not 1970 <= self.end.year <= 2100:
            raise SampleError(f"end must be a day of the years 1970 to 2100, not {self.end}.")
        for name in ("dirty_share", "cancel_share"):
            if not 0 <= getattr(self, name) <= 0.5:
                raise SampleError(f"{name} must be from 0 to 0.5, not {getattr(self, name)}.")
        if unknown := [feed for feed in self.feeds if feed not in EVENT_FEEDS]:
            raise SampleError(f"feeds may name {', '.join(EVENT_FEEDS)}, not {', '.join(unknown)}.")

    @property
    def last_day(self) -> date:
        return self.end or FIRST_DAY + timedelta(days=self.days - 1)

    def day(self, index: int) -> date:
        return self.last_day - timedelta(days=self.days - 1 - index)

    @property
    def catalogue_days(self) -> list[int]:
        """Days with a catalogue snapshot: the first, and the one halfway."""
        return sorted({0, self.days // 2})

    def describe(self) -> dict[str, Any]:
        """What the folder's manifest says: without event feeds, the same as before there were any."""
        told = {**asdict(self), "end": self.last_day.isoformat(), "layout": _LAYOUT}
        asked = {"funnel": told.pop("funnel"), "feeds": sorted(told.pop("feeds"))}
        return told | asked if self.feeds else told


def write_ssg(
    root: Path,
    settings: Settings,
    force: bool = False,
    progress: Callable[[list[str]], Iterable[str]] = iter,
) -> LandingFolder:
    """Write the mall's landing files; files that are there and intact are kept.

    The manifest's facts state how many lines of which kind there are, so that an ingest can be
    reconciled with them.
    """
    days_of = {"products": settings.catalogue_days, "purchases": list(range(settings.days))}
    days_of |= {feed: list(range(settings.days)) for feed in EVENT_FEEDS if feed in settings.feeds}
    by_name = {
        day_file(feed, settings.day(day)): (feed, day) for feed, days in days_of.items() for day in days
    }
    with LandingFolder(root, "ssg", settings.describe(), force) as folder:
        pending = folder.list_pending(by_name)
        mall = None
        for name in progress(pending):
            if mall is None:
                mall = Mall(settings)
                folder.note_facts(mall.facts)
            folder.write_table(name, mall.make_table(*by_name[name]))
        folder.finish()
    return folder


class Mall:
    """The drawn mall, and its tables by day (0 is the first)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        items, shoppers, prices, log, dirt = (
            np.random.default_rng(seed) for seed in np.random.SeedSequence(settings.seed).spawn(5)
        )
        self.catalogue: Catalogue = make_catalogue(settings.items, items)
        self.prices, self.on_sale = self._draw_changes(prices)
        lines = draw_lines(
            self.catalogue,
            settings.users,
            settings.purchases,
            settings.days,
            settings.day(0).weekday(),
            shoppers,
        )
        later = (lines.time >= settings.catalogue_days[-1] * DAY_MS) & (len(settings.catalogue_days) > 1)
        price = np.where(later, self.prices[-1][lines.item], self.prices[0][lines.item])
        self.log: OrderLog = make_order_log(lines, price, settings.days, settings.cancel_share, log)
        self._draw_dirt(dirt)
        defects = np.bincount(self.defect, minlength=len(DEFECTS)).tolist()
        self.facts = _count_facts(lines, self.log) | {"dirty": dict(zip(DEFECTS, defects, strict=True))}
        numbers = pa.array(np.arange(1, settings.users + 1)).cast(pa.string())
        self.user_ids = pc.utf8_lpad(numbers, 10, "0")
        self.events = self._draw_events(lines) if settings.feeds else {}

    def make_table(self, feed: str, day: int) -> pa.Table:
        """What the mall delivers of a feed for a day."""
        if feed == "products":
            return self.make_catalogue_table(day)
        return self.make_purchases_table(day) if feed == "purchases" else self.make_events_table(feed, day)

    def _draw_events(self, lines: DrawnLines) -> dict[str, EventFeed]:
        """Views and carts. Both are drawn, whichever is written: each is the same without the other."""
        funnel, dirt = (
            np.random.default_rng(np.random.SeedSequence(self.settings.seed, spawn_key=(5, stream)))
            for stream in range(2)
        )
        users, days = self.settings.users, self.settings.days
        log = draw_funnel(lines, self.catalogue, self.settings.funnel, users, days, funnel)
        feeds = make_event_feeds(log, users, self.settings.dirty_share, dirt)
        for feed in EVENT_FEEDS:
            self.facts |= {feed: log.facts[feed], f"dirty_{feed}": feeds[feed].count_dirty()}
        return feeds

    def _draw_changes(self, rng: np.random.Generator) -> tuple[list[Integers], list[npt.NDArray[np.bool_]]]:
        """Prices and availability of each snapshot: later, 2% of the prices differ and 0.5% are sold out."""
        prices, items = self.catalogue.prices, self.settings.items
        factor = np.where(rng.random(items) < 0.02, rng.choice((0.8, 0.9, 1.1, 1.2), items), 1.0)
        changed = np.maximum(np.round(prices * factor / 100) * 100, 100).astype(np.int64)
        sold_out = rng.random((2, items)) < 0.005
        return [prices, changed], [~sold_out[0], ~(sold_out[0] ^ sold_out[1])]

    def _draw_dirt(self, rng: np.random.Generator) -> None:
        """Which purchases have a dirty copy in their day's file, and with which defect."""
        sound = np.flatnonzero(self.log.quantity > 0)
        count = round(self.settings.dirty_share * self.settings.purchases)
        # Each purchase at most once: two equal dirty rows would be duplicates of each other.
        self.dirty = rng.choice(sound, count, replace=False)
        self.defect = np.arange(count) % len(DEFECTS)
        by_place = np.argsort(self.dirty)
        self.dirty, self.defect = self.dirty[by_place], self.defect[by_place]

    def make_catalogue_table(self, day: int) -> pa.Table:
        which = self.settings.catalogue_days.index(day)
        return self.catalogue.make_snapshot(self.prices[which], self.on_sale[which])

    def make_events_table(self, feed: str, day: int) -> pa.Table:
        later = len(self.settings.catalogue_days) > 1 and day >= self.settings.catalogue_days[-1]
        midnight = np.datetime64(self.settings.day(0), "ms")
        prices = self.prices[-1] if later else self.prices[0]
        return self.events[feed].make_table(day, midnight, self.user_ids, self.catalogue.ids, prices)

    def make_purchases_table(self, day: int) -> pa.Table:
        """The day's lines in order of time, each dirty copy after its original."""
        start, end = np.searchsorted(self.log.time, (day * DAY_MS, (day + 1) * DAY_MS))
        sound = self._format(self.log.take(slice(start, end)))
        first, last = np.searchsorted(self.dirty, (start, end))
        copied = self.dirty[first:last] - start
        dirty = soil_rows(sound.take(copied), self.defect[first:last])
        place = np.concatenate((np.arange(end - start), copied))
        rows = pa.concat_tables([sound, dirty]).take(np.argsort(place, kind="stable"))
        return rows.combine_chunks()

    def _format(self, log: OrderLog) -> pa.Table:
        midnight = np.datetime64(self.settings.day(0), "ms")
        dates = pa.array([f"{self.settings.day(day):%Y%m%d}" for day in range(self.settings.days)])
        sequence = pc.utf8_lpad(pa.array(log.order_sequence).cast(pa.string()), 8, "0")
        return pa.table(
            {
                "ord_no": pc.binary_join_element_wise(dates.take(pa.array(log.order_day)), sequence, ""),
                "mbr_id": self.user_ids.take(pa.array(log.user)),
                "item_id": self.catalogue.ids.take(pa.array(log.item)),
                "ord_qty": pa.array(log.quantity).cast(pa.string()),
                "sell_price": pa.array(log.price.astype(np.int64)),
                "ord_dts": pa.array((midnight + log.time).astype("datetime64[us]")),
                "ord_stat_nm": pc.if_else(pa.array(log.quantity < 0), "취소", "주문"),
            }
        )


def _count_facts(lines: DrawnLines, log: OrderLog) -> dict[str, Any]:
    pairs, work = count_pairs(lines)
    return {
        "purchases": len(lines.user),
        "cancellations": int((log.quantity < 0).sum()),
        "buyers": len(np.unique(lines.user)),
        "items_sold": len(np.unique(lines.item)),
        "distinct_pairs": pairs,
        "sum_of_squared_histories": work,
    }
