"""An advertiser's YAML as a typed, frozen model.

One file in `include/advertisers/` is one advertiser: its DAGs, its lake folder and its warehouse schema
follow from it. This module is imported whenever Airflow parses the DAG files, so it stays light.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, Field, ValidationError, model_validator

from include.errors import SettingsError
from include.models.registry import MODELS
from include.settings.base import Frozen, known_zone
from include.settings.day_path import fill_path
from include.settings.feed import Complete, CsvFormat, Feed, Source
from include.settings.place import ROOT, Place, data_root
from include.settings.sections import (
    AlsSettings,
    Calendar,
    Cancellations,
    Catalogue,
    Gates,
    Limits,
    Quarantine,
    Schedule,
    TopK,
)

__all__ = [
    "ADVERTISERS",
    "FEED_COLUMNS",
    "HEAVY_POOL",
    "ROOT",
    "Advertiser",
    "Calendar",
    "Cancellations",
    "Catalogue",
    "Complete",
    "CsvFormat",
    "Feed",
    "Gates",
    "Limits",
    "Place",
    "Quarantine",
    "Schedule",
    "Source",
    "advertiser_files",
    "data_root",
    "days_between",
    "load_advertiser",
    "load_advertisers",
    "read_advertiser",
]

log = logging.getLogger(__name__)

ADVERTISERS = Path(os.environ.get("DANGOL_ADVERTISERS", ROOT / "include" / "advertisers"))

# PostgreSQL cuts identifiers at 63 bytes; the store adds up to 40 for table, release and model.
_IDENTIFIER = re.compile(r"[a-z][a-z0-9_]{0,22}")
_RESERVED = ("pg_", "information_schema", "public")

# The pool of tasks that hold a window in memory: one slot, so that two of them do not share the machine.
HEAVY_POOL = "dangol_heavy"

FeedName = Literal["purchases", "products"]

# Those of include.models.columns.FEED_SCHEMAS, which a test compares; that module brings in pyarrow.
FEED_COLUMNS: dict[str, tuple[str, ...]] = {
    "purchases": ("order_id", "user_id", "item_id", "quantity", "price", "purchased_at"),
    "products": ("item_id", "title", "category", "brand", "price", "is_available"),
}


def _schema_name(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name) or name.startswith(_RESERVED) or name.endswith("_store"):
        raise ValueError(
            "must be 1 to 23 lower-case letters, digits and underscores that start with a letter and do not"
            " end with _store (it names the DAGs and the warehouse schema)"
        )
    return name


def _known_models(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(names) - set(MODELS)):
        raise ValueError(f"{', '.join(unknown)}: no such model; registered: {', '.join(MODELS)}")
    if len(set(names)) < len(names):
        raise ValueError("must name each model once")
    return names


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


class Advertiser(Frozen):
    """One mall whose products are advertised; `name` is also its warehouse schema."""

    name: Annotated[str, AfterValidator(_schema_name)]
    description: str = ""
    time_zone: Annotated[str, AfterValidator(known_zone)]
    currency: str = ""
    landing: Place
    lake: Place = Place(uri="lake")
    feeds: dict[FeedName, Feed]
    window_days: Annotated[int, Field(ge=1, le=366)] = 30
    k: TopK = TopK()
    models: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(_known_models)] = tuple(MODELS)
    als: AlsSettings = AlsSettings()
    exclude_purchased: bool = True
    min_co_buyers: Annotated[int, Field(ge=1)] = 3
    max_basket: Annotated[int, Field(ge=1)] | None = None
    memory_limit_mb: Annotated[int, Field(ge=1)] | None = None
    cancellations: Cancellations = Cancellations()
    guests: Literal["drop", "quarantine", "fail"] = "fail"
    quarantine: Quarantine = Quarantine()
    calendar: Calendar = Calendar()
    catalogue: Catalogue = Catalogue()
    limits: Limits = Limits()
    gates: Gates = Gates()
    keep_releases: Annotated[int, Field(ge=1)] = 14
    owner: str = "data-platform"
    schedule: Schedule

    @model_validator(mode="after")
    def _has_purchases(self) -> Advertiser:
        if "purchases" not in self.feeds:
            raise ValueError("feeds must contain purchases")
        return self

    @model_validator(mode="after")
    def _maps_our_columns(self) -> Advertiser:
        for name, feed in self.feeds.items():
            if unknown := sorted(set(feed.columns) - set(FEED_COLUMNS[name])):
                known = ", ".join(FEED_COLUMNS[name])
                raise ValueError(
                    f"feeds.{name}.columns maps our column to the mall's; we have no {', '.join(unknown)},"
                    f" but {known}"
                )
            named = {
                "duplicates.by": getattr(feed.duplicates, "by", ()),
                "null_values": feed.null_values if isinstance(feed.null_values, dict) else (),
            }
            for key, columns in named.items():
                if unknown := sorted(set(columns) - set(FEED_COLUMNS[name])):
                    raise ValueError(
                        f"feeds.{name}.{key} names columns of ours; we have no {', '.join(unknown)},"
                        f" but {', '.join(FEED_COLUMNS[name])}"
                    )
        return self

    @model_validator(mode="after")
    def _folders_are_apart(self) -> Advertiser:
        day = self.schedule.start_date
        folders = {name: f"{fill_path(feed.path, name, day)}/" for name, feed in self.feeds.items()}
        for outer, folder in folders.items():
            for inner, other in folders.items():
                if other != folder and other.startswith(folder):
                    raise ValueError(
                        f"feeds.{inner}.path leads into the day's folder of {outer}, which is read with all"
                        " folders in it; give each feed a folder of its own, or both the same one"
                    )
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def landing_folder(self, feed: str, day: date) -> Place:
        """The folder that the mall delivers for one feed and day."""
        path = fill_path(self.feeds[feed].path, feed, day)  # type: ignore[index]
        return Place(uri=f"{self.landing.url.rstrip('/')}/{path}", conn_id=self.landing.conn_id)

    def as_of_date(self, interval_end: datetime) -> date:
        """The last whole local day before the end of a run's data interval."""
        return interval_end.astimezone(self.zone).date() - timedelta(days=1)

    def window(self, as_of: date) -> tuple[date, date]:
        """First and last day of the window, both included; a young advertiser's is shorter."""
        first = as_of - timedelta(days=self.window_days - 1)
        return max(first, self.schedule.start_date), as_of


def read_advertiser(path: Path) -> Advertiser:
    """Read one YAML file.

    Raises SettingsError with a line per mistake: the file, the key, what is allowed.
    """
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = ", ".join(sorted(p.stem for p in path.parent.glob("*.yaml") if p.stem != "template"))
        raise SettingsError(f"{path.name}: there is no such advertiser; known: {known}.") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path.name}: not readable as YAML: {' '.join(str(error).split())}.") from None
    if not isinstance(raw, dict):
        raise SettingsError(f"{path.name}: must be a mapping of settings such as name: my_mall.")
    try:
        advertiser = Advertiser.model_validate(raw)
    except ValidationError as error:
        raise SettingsError("\n".join(_sentences(path, raw, error))) from None
    if advertiser.name != path.stem and path.stem != "template":
        raise SettingsError(
            f"{path.name}: name: must be {path.stem}, as the file is called, and is {advertiser.name!r}."
        )
    return advertiser


def _sentences(path: Path, raw: dict[str, Any], error: ValidationError) -> Iterator[str]:
    for mistake in error.errors():
        key = ".".join(str(part) for part in mistake["loc"]) or "(the whole file)"
        if mistake["type"] == "extra_forbidden":
            allowed = ", ".join(_keys_beside(mistake["loc"]))
            yield f"{path.name}: {key}: unknown key; allowed here: {allowed}."
        else:
            reason = mistake["msg"].removeprefix("Value error, ")
            got = "" if mistake["type"] == "missing" else f", not {mistake['input']!r}"
            if isinstance(mistake["input"], dict | BaseModel):
                got = ""
            yield f"{path.name}: {key}: {reason[0].lower()}{reason[1:]}{got}."


def _keys_beside(location: tuple[int | str, ...]) -> list[str]:
    """The keys that are allowed where an unknown one was found."""
    model: type[BaseModel] = Advertiser
    for part in location[:-1]:
        if part in model.model_fields:
            model = _find_section(model.model_fields[str(part)].annotation) or model
    return list(model.model_fields)


def _find_section(annotation: Any) -> type[BaseModel] | None:
    """The section in a field's type, be it one of several or the values of a mapping."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_find_section, get_args(annotation))), None)


def load_advertiser(name: str) -> Advertiser:
    """The advertiser of that name. Raises SettingsError where there is none."""
    if not _IDENTIFIER.fullmatch(name):
        raise SettingsError(f"{name!r} is not an advertiser's name: lower-case letters, digits, underscores.")
    return read_advertiser(ADVERTISERS / f"{name}.yaml")


def advertiser_files() -> list[Path]:
    """The YAML files of all advertisers; the commented template is not one."""
    return sorted(path for path in ADVERTISERS.glob("*.yaml") if path.stem != "template")


def load_advertisers() -> list[Advertiser]:
    """Every advertiser whose YAML is right. A wrong one is logged and stops no other."""
    advertisers = []
    for path in advertiser_files():
        try:
            advertisers.append(read_advertiser(path))
        except SettingsError as error:
            # A warning: every task of every other advertiser reads this too.
            log.warning("%s", error)
    return advertisers
