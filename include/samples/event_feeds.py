"""The synthetic mall's views and carts as it delivers them, a day at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from include.samples.catalogue import Integers
from include.samples.dirt import soil_rows
from include.samples.funnel import FunnelLog
from include.samples.shoppers import DAY_MS, DrawnLines

EVENT_FEEDS: Final = ("views", "carts")
EVENT_COLUMNS: Final = {
    "user": "mbr_id",
    "item": "item_id",
    "quantity": "cart_qty",
    "price": "sell_price",
    "time": "evt_dts",
}
# What is wrong with a dirty line of a feed; a view has neither quantity nor price.
_OF_ALL: Final = ("missing_user", "missing_item", "wrong_day", "exact_duplicate")
EVENT_DEFECTS: Final[Mapping[str, tuple[str, ...]]] = {
    "views": _OF_ALL,
    "carts": ("zero_quantity", "negative_price", "unparseable_quantity", *_OF_ALL),
}


@dataclass(frozen=True)
class EventFeed:
    """One feed's lines; `dirty` (ascending) have a dirty copy beside them, with the defect of that number."""

    feed: str
    lines: DrawnLines
    sessions: npt.NDArray[np.int32]
    dirty: Integers
    defect: Integers

    def count_dirty(self) -> dict[str, int]:
        kinds = EVENT_DEFECTS[self.feed]
        return dict(zip(kinds, np.bincount(self.defect, minlength=len(kinds)).tolist(), strict=True))

    def make_table(
        self, day: int, midnight: np.datetime64, user_ids: pa.Array, item_ids: pa.Array, prices: Integers
    ) -> pa.Table:
        """The day's lines in order of time, each dirty copy after its original.

        `midnight` is the first day's; `prices` are the catalogue's in won on that day. A guest has no
        `mbr_id`, and `login_yn` is N.
        """
        start, end = np.searchsorted(self.lines.time, (day * DAY_MS, (day + 1) * DAY_MS))
        part = slice(start, end)
        user, item = self.lines.user[part], self.lines.item[part]
        guest = user >= len(user_ids)
        columns = {
            "mbr_id": user_ids.take(pa.array(np.where(guest, 0, user), mask=guest)),
            "item_id": item_ids.take(pa.array(item)),
        }
        if self.feed == "carts":
            columns["cart_qty"] = pa.array(self.lines.quantity[part]).cast(pa.string())
            columns["sell_price"] = pa.array(prices[item])
        columns["evt_dts"] = pa.array((midnight + self.lines.time[part]).astype("datetime64[us]"))
        columns["session_id"] = pc.utf8_lpad(pa.array(self.sessions[part]).cast(pa.string()), 10, "0")
        columns["login_yn"] = pc.if_else(pa.array(guest), "N", "Y")
        sound = pa.table(columns)
        first, last = np.searchsorted(self.dirty, (start, end))
        copied = self.dirty[first:last] - start
        kinds = EVENT_DEFECTS[self.feed]
        dirty = soil_rows(sound.take(copied), self.defect[first:last], kinds, EVENT_COLUMNS)
        by_place = np.argsort(np.concatenate((np.arange(end - start), copied)), kind="stable")
        return pa.concat_tables([sound, dirty]).take(by_place).combine_chunks()


def make_event_feeds(
    log: FunnelLog, users: int, dirty_share: float, rng: np.random.Generator
) -> dict[str, EventFeed]:
    """Both feeds, with a share of their lines to be copied with a defect; guests' lines are not."""
    feeds = {}
    for feed, lines, sessions in (
        ("views", log.views, log.view_sessions),
        ("carts", log.carts, log.cart_sessions),
    ):
        members = np.flatnonzero(lines.user < users)
        dirty = np.sort(rng.choice(members, round(dirty_share * len(members)), replace=False))
        defect = rng.permutation(np.arange(len(dirty)) % len(EVENT_DEFECTS[feed]))
        feeds[feed] = EventFeed(feed, lines, sessions, dirty, defect)
    return feeds
