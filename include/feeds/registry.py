"""The feeds by name. A new feed is one file beside this one and one line below."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from include.feeds.base import Column, FeedType

FEEDS: Final[dict[str, str]] = {
    "purchases": "include.feeds.purchases",
    "products": "include.feeds.products",
    "views": "include.feeds.views",
    "carts": "include.feeds.carts",
}


def load_feed(name: str) -> FeedType:
    """Raises KeyError for a name that is not registered."""
    feed: FeedType = import_module(FEEDS[name]).FEED
    return feed


def load_feeds() -> list[FeedType]:
    """All of them, in the registry's order."""
    return [load_feed(name) for name in FEEDS]


def find_columns(name: str) -> Iterator[Column]:
    """The columns of that name, of whichever feeds have one."""
    return (column for feed in load_feeds() for column in feed.columns if column.name == name)


def list_indispensable() -> list[str]:
    """The feeds that every advertiser has."""
    return [feed.name for feed in load_feeds() if feed.indispensable]


def list_reasons() -> dict[str, str]:
    """Why a line of any feed may be quarantined → the column of ours that the reason is about."""
    return {reason: column for feed in load_feeds() for reason, column in feed.reasons.items()}
