"""The lake's days → the splits of an evaluation: windows as the daily job reads them, and the days after."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from include.errors import MissingDataError, PermanentError
from include.feeds.base import Catalogue
from include.feeds.purchases import PURCHASE
from include.settings import Advertiser, days_between
from include.settings.weights import Weights
from include.steps.events import find_days, list_event_feeds, open_event_files
from include.steps.window import explain_missing_days, find_missing_days
from include.steps.window_events import WindowEvents, list_day_starts, read_events

if TYPE_CHECKING:
    from include.evaluation.splits import Split
    from include.evaluation.window import Window

EventWeights = Mapping[str, float]


def find_newest_day(advertiser: Advertiser) -> date:
    """The newest day of purchases in the lake. Raises MissingDataError where there is none."""
    from include.ingest.lake import list_folders

    for day in reversed(list_folders(advertiser, find_purchases(advertiser))):
        if find_days(advertiser, find_purchases(advertiser), [day]):
            return day
    raise MissingDataError(f"{advertiser.name}: the lake has no day of purchases; ingest some first.")


def find_purchases(advertiser: Advertiser) -> str:
    """The feed of the purchases."""
    return next(name for name, role in list_event_feeds(advertiser).items() if role.type == PURCHASE)


def choose_split_dates(
    advertiser: Advertiser, dates: Sequence[date], test_days: int
) -> tuple[list[date], str]:
    """Those of the dates before which the lake has a window and after which it has the test days.

    Returns a sentence too on those that are left out, '' where none is. Raises MissingDataError where the
    newest is among them.
    """
    reasons: dict[date, str] = {}
    for split_date in dates:
        reason = explain_lack(advertiser, split_date, test_days)
        if reason:
            reasons[split_date] = reason
    chosen = [split_date for split_date in dates if split_date not in reasons]
    if dates[-1] in reasons:
        raise MissingDataError(f"There is nothing to judge by. {reasons[dates[-1]]}")
    if not reasons:
        return chosen, ""
    newest = max(reasons)
    return chosen, (
        f"{len(chosen)} of {len(dates)} splits are judged, for the lake has no days for the others;"
        f" the newest of them is {newest}. {reasons[newest]}"
    )


def explain_lack(advertiser: Advertiser, split_date: date, test_days: int) -> str:
    """Why the lake has no window before the date, or no test days from it on; '' where it has both."""
    as_of = split_date - timedelta(days=1)
    try:
        if missing := find_missing_days(advertiser, as_of):
            return explain_missing_days(advertiser, as_of, missing)
    except PermanentError as error:  # before the start date, or expired
        return str(error)
    after = days_between(split_date, split_date + timedelta(days=test_days - 1))
    if lacking := sorted(set(after) - set(find_days(advertiser, find_purchases(advertiser), after))):
        return f"{advertiser.name}: the lake lacks test days from {lacking[0]} on; ingest them."
    return ""


@dataclass(frozen=True)
class LakePast:
    """What the lake has of the days before, as the advertiser's settings see it."""

    advertiser: Advertiser

    @property
    def window_days(self) -> int:
        return self.advertiser.window.days

    def read_split(self, split_date: date, test_days: int) -> Split | None:
        if explain_lack(self.advertiser, split_date, test_days):
            return None
        return read_splits_of(self.advertiser, split_date, (test_days,))[0]

    def take_fingerprint(self, split_date: date, test_days: int) -> str:
        lake = take_fingerprint(self.advertiser, [split_date], test_days)
        return f"{self.advertiser.name} {lake}"


def read_splits(
    advertiser: Advertiser,
    split_dates: Iterable[date],
    test_days: Sequence[int],
    other_weights: Sequence[EventWeights] = (),
) -> Iterator[Split]:
    """A split for each date and number of test days, those of one date on one window, which is read once.

    `other_weights`: event weights with which a contender sees the same days. Raises as `read_events`.
    """
    for split_date in split_dates:
        yield from read_splits_of(advertiser, split_date, test_days, other_weights)


def read_splits_of(
    advertiser: Advertiser,
    split_date: date,
    test_days: Sequence[int],
    other_weights: Sequence[EventWeights] = (),
) -> list[Split]:
    """The splits of one date, on one window."""
    window = read_window(advertiser, split_date - timedelta(days=1), other_weights)
    return [read_split(advertiser, window, split_date, days) for days in test_days]


def read_window(advertiser: Advertiser, as_of: date, other_weights: Sequence[EventWeights] = ()) -> Window:
    """The window that ends on the as-of date, as the window step would leave it for the steps after it."""
    from include.evaluation.configuration import name_other_window

    events = read_events(advertiser, as_of)
    window = _make_window(advertiser, as_of, events)
    for weights in other_weights:
        if weights != advertiser.event_weights:
            other = events.weigh(weights)
            weighed = advertiser.model_copy(update={"weights": Weights.model_validate(dict(weights))})
            window.memo[name_other_window(weights)] = _make_window(weighed, as_of, other)
    return window


def _make_window(advertiser: Advertiser, as_of: date, events: WindowEvents) -> Window:
    from include.dataset.dataset import Dataset
    from include.dataset.events import Events
    from include.evaluation.window import Window

    prices = events.read_prices()
    columns = {
        name: Events.from_columns(events.weights.get(name, 0.0), events.list_columns(name, prices))
        for name in sorted(events.files)
    }
    ids = events.interactions.user_ids, events.interactions.item_ids
    first, last = advertiser.find_window(as_of)
    return Window(
        Dataset.from_events(*ids, columns, lambda: events.products, list_day_starts(advertiser, as_of)),
        events.rank_recent(advertiser.k.recent_items),
        events.rank_bought(advertiser.k.best_sellers, prices),
        events.products,
        advertiser.catalogue.absent_items if events.products.num_rows else "available",
        first,
        last,
        events.catalogue_day,
        LakePast(advertiser),
    )


def read_split(advertiser: Advertiser, window: Window, split_date: date, test_days: int) -> Split:
    """The window, and what was bought in the test days, less what was cancelled in them."""
    from include.dataset.interactions import Interactions
    from include.evaluation.splits import Split
    from include.feeds.rules import find_day_bounds

    days = days_between(split_date, split_date + timedelta(days=test_days - 1))
    bought = Interactions.from_lines(open_event_files(advertiser, days)[PURCHASE].read_lines())
    starts_at, _ = find_day_bounds(split_date, advertiser.zone)
    return Split.from_bought(window, split_date, test_days, bought, starts_at.astimezone(advertiser.zone))


def take_fingerprint(advertiser: Advertiser, split_dates: Sequence[date], test_days: int) -> str:
    """A digest of the lake's days that the splits are made of: the same for the same deliveries."""
    from include.ingest.lake import find_newest_rows, read_manifest

    wanted: set[tuple[str, date]] = set()
    for split_date in split_dates:
        as_of = split_date - timedelta(days=1)
        days = days_between(*advertiser.find_window(as_of))
        wanted |= {(feed, day) for feed in list_event_feeds(advertiser) for day in days}
        after = days_between(split_date, split_date + timedelta(days=test_days - 1))
        wanted |= {(find_purchases(advertiser), day) for day in after}
        newest = [
            (feed, find_newest_rows(advertiser, feed, as_of)) for feed in advertiser.list_feeds(Catalogue)
        ]
        wanted |= {(feed, day) for feed, day in newest if day}
    digest = hashlib.sha256()
    for feed, day in sorted(wanted):
        if manifest := read_manifest(advertiser, feed, day):
            told: tuple[Any, ...] = (feed, day, manifest.source_fingerprint, manifest.accepted_rows)
            digest.update(repr(told).encode())
    return digest.hexdigest()
