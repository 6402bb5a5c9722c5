"""Changes of a feed's settings that cure what deliveries commonly suffer from, to be tried in turn."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml
from pydantic import ValidationError

from include.feeds.registry import load_feed
from include.settings import Advertiser

_DELIMITERS: Final = (";", "\t", "|", ",")
_ENCODINGS: Final = ("cp949", "utf-16", "utf-16-le", "shift_jis", "latin-1")
_QUOTES: Final[tuple[dict[str, Any], ...]] = ({"escape": "\\"}, {"quoting": "none"}, {"quote": "'"})
_NUMBERS: Final[tuple[dict[str, Any], ...]] = (
    {"decimal": ","},
    {"decimal": ",", "thousands": "."},
    {"thousands": ","},
    {"decimal": ",", "thousands": " "},
    {"thousands": "'"},
)
_TIMES: Final = (
    "epoch_seconds",
    "epoch_milliseconds",
    "excel_serial",
    "%Y%m%d%H%M%S",
    "%Y%m%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y/%m/%d %H:%M",
    "%Y.%m.%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%d.%m.%Y %H:%M:%S",
    "%d.%m.%Y %H:%M",
    "%Y-%m-%d %p %I:%M:%S",
    "%Y-%m-%d %I:%M:%S %p",
    "%d-%b-%Y %H:%M:%S",
    "%Y-%m-%d %H:%M:%S %Z",
)


@dataclass(frozen=True)
class Change:
    """One change: of the feed's settings, or of the advertiser's where `feed` is ''.

    Of changes of one topic at most one is wanted. `rereads` says that the files must be parsed again.
    """

    topic: str
    feed: str
    settings: Mapping[str, Any]
    rereads: bool = False

    @property
    def setting(self) -> str:
        """As it is written in the YAML."""
        nested = {"feeds": {self.feed: self.settings}} if self.feed else dict(self.settings)
        text: str = yaml.safe_dump(nested, allow_unicode=True, sort_keys=False, default_flow_style=False)
        return text.strip()

    def apply(self, advertiser: Advertiser) -> Advertiser | None:
        """The advertiser with the change; None where the settings do not go together."""
        settings = advertiser.model_dump(mode="json")
        target = settings["feeds"][self.feed] if self.feed else settings
        for key, value in self.settings.items():
            target[key] = {**target[key], **value} if isinstance(value, Mapping) else value
        try:
            return Advertiser.model_validate(settings)
        except ValidationError:
            return None


def list_changes(
    advertiser: Advertiser, feed: str, there: Sequence[str], reasons: Sequence[str], refusal: str
) -> list[Change]:
    """What may help against the reasons that lines were quarantined for, or against a refusal."""
    return list(_list_changes(advertiser, feed, there, " ".join(reasons), refusal))


def _list_changes(
    advertiser: Advertiser, feed: str, there: Sequence[str], reasons: str, refusal: str
) -> Iterator[Change]:
    if refusal:
        for delimiter in _DELIMITERS:
            yield Change("delimiter", feed, {"csv": {"delimiter": delimiter}}, rereads=True)
        for encoding in _ENCODINGS:
            yield Change("encoding", feed, {"csv": {"encoding": encoding}}, rereads=True)
        for quotes in _QUOTES:
            yield Change("quotes", feed, {"csv": quotes}, rereads=True)
        yield Change("title lines", feed, {"csv": {"skip_lines": 1}}, rereads=True)
        yield Change("footer", feed, {"csv": {"skip_last_lines": 1}}, rereads=True)
        if names := guess_names(advertiser, feed, there):
            yield Change("columns", feed, {"columns": names})
    if "is not a number" in reasons or refusal:
        for numbers in _NUMBERS:
            yield Change("numbers", feed, numbers)
    if "not a date and time" in reasons or "outside the day" in reasons or refusal:
        for text_format in _TIMES:
            yield Change("times", feed, {"timestamp_format": text_format})
        yield Change("zone", feed, {"time_zone": "UTC"})
    if "is_available" in reasons:
        yield Change("availability", feed, {"availability": {"stock_count": True}})


def guess_names(advertiser: Advertiser, feed: str, there: Sequence[str]) -> dict[str, str]:
    """For each required column that is not there, the delivered one whose name says the same."""
    settings = advertiser.feeds[feed]
    required = [column for column in load_feed(feed).columns if column.required]
    taken = {part for ours in required for part in settings.source(ours.name).columns}
    guesses: dict[str, str] = {}
    # From behind: a timestamp's column is found before the order's, which InvoiceDate might be taken for.
    for ours in reversed(required):
        source = settings.source(ours.name)
        if source.constant is not None or set(source.columns) <= set(there):
            continue
        free = [name for name in there if name not in taken and name not in guesses.values()]
        for part in ours.known_as:
            if found := next((name for name in free if part in re.sub(r"[^a-z]", "", name.lower())), None):
                guesses[ours.name] = found
                break
    return guesses
