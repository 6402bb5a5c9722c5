"""An advertiser's YAML as a typed, frozen model.

One file in `include/advertisers/` is one advertiser: its DAGs, its lake folder and its warehouse schema
follow from it. This module is imported whenever Airflow parses the DAG files, so it stays light.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, ValidationInfo, field_validator, model_validator

from include.errors import SettingsError
from include.feeds.base import Guests, Role
from include.feeds.registry import list_indispensable, load_feed
from include.feeds.rules import GUEST, USER
from include.models.base import Params
from include.settings.ads import Ads, check_named_sources, choose_sources
from include.settings.base import Frozen, known_zone
from include.settings.day_path import fill_path
from include.settings.evaluation import Challenger, Evaluation, Parts
from include.settings.feed import Availability, Complete, CsvFormat, DuplicateKey, Feed, known_feed
from include.settings.mistakes import list_mistakes
from include.settings.models import NO_CHOICE, ChosenModels, Models, name_models
from include.settings.place import ROOT, Place, data_root
from include.settings.sections import (
    Calendar,
    Cancellations,
    Catalogue,
    Gates,
    Keep,
    Limits,
    Quarantine,
    Run,
    Schedule,
    TopK,
    Window,
    check_reach,
)
from include.settings.source import Source
from include.settings.time_formats import check_literal_zone
from include.settings.unknown_keys import name_place
from include.settings.weights import PURCHASES_ALONE, EventWeights, Weights
from include.settings.yaml_text import Mistake, YamlText, read_yaml

__all__ = [
    "ADVERTISERS",
    "HEAVY_POOL",
    "ROOT",
    "Advertiser",
    "Availability",
    "Calendar",
    "Cancellations",
    "Catalogue",
    "Challenger",
    "Complete",
    "CsvFormat",
    "DuplicateKey",
    "Evaluation",
    "Feed",
    "Gates",
    "Keep",
    "Limits",
    "Place",
    "Quarantine",
    "Run",
    "Schedule",
    "Source",
    "Window",
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


def _schema_name(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name) or name.startswith(_RESERVED) or name.endswith("_store"):
        raise ValueError(
            "must be 1 to 23 lower-case letters, digits and underscores that start with a letter and do not"
            " end with _store (it names the DAGs and the warehouse schema)"
        )
    return name


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
    feeds: dict[Annotated[str, AfterValidator(known_feed)], Feed]
    window: Window = Window()
    k: TopK = TopK()
    models: Models = NO_CHOICE
    ads: Ads = Ads()
    weights: Weights = PURCHASES_ALONE
    evaluation: Evaluation = Evaluation()
    run: Run = Run()
    cancellations: Cancellations = Cancellations()
    guests: Guests = "fail"
    quarantine: Quarantine = Quarantine()
    calendar: Calendar = Calendar()
    catalogue: Catalogue = Catalogue()
    limits: Limits = Limits()
    gates: Gates = Gates()
    keep: Keep = Keep()
    owner: str = "data-platform"
    schedule: Schedule

    @model_validator(mode="after")
    def _has_every_indispensable_feed(self) -> Advertiser:
        if missing := [name for name in list_indispensable() if name not in self.feeds]:
            raise ValueError(f"feeds must contain {', '.join(missing)}")
        return self

    @model_validator(mode="after")
    def _maps_our_columns(self) -> Advertiser:
        for name, feed in self.feeds.items():
            ours = load_feed(name).names
            known = ", ".join(ours)
            if unknown := sorted(set(feed.columns) - set(ours)):
                raise ValueError(
                    f"feeds.{name}.columns maps our column to the mall's; we have no {', '.join(unknown)},"
                    f" but {known}"
                )
            named = {
                "duplicates.by": getattr(feed.duplicates, "by", ()),
                "null_values": feed.null_values if isinstance(feed.null_values, dict) else (),
            }
            for key, columns in named.items():
                if unknown := sorted(set(columns) - set(ours)):
                    raise ValueError(
                        f"feeds.{name}.{key} names columns of ours; we have no {', '.join(unknown)},"
                        f" but {known}"
                    )
        return self

    @model_validator(mode="after")
    def _formats_skip_no_zone(self) -> Advertiser:
        for name, feed in self.feeds.items():
            try:
                check_literal_zone(feed.timestamp_formats, self.zone_of(name))
            except ValueError as error:
                raise ValueError(f"feeds.{name}.{error}") from None
        return self

    @model_validator(mode="after")
    def _ids_agree(self) -> Advertiser:
        if {"lower", "upper"} <= {feed.id_case for feed in self.feeds.values()}:
            raise ValueError("feeds must have one id_case, lower or upper: an item has one id in all of them")
        prefix = self.cancellations.prefix or ""
        for case in (feed.id_case for name, feed in self.feeds.items() if load_feed(name).nets):
            if prefix != {"lower": prefix.lower(), "upper": prefix.upper()}.get(case, prefix):
                raise ValueError(
                    f"cancellations.prefix must be in {case} case, as id_case makes the order ids"
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

    @field_validator("ads")
    @classmethod
    def _ads_have_their_models(cls, ads: Ads, info: ValidationInfo) -> Ads:
        if models := info.data.get("models"):
            check_named_sources(ads, models.chosen)
        return ads

    @field_validator("evaluation")
    @classmethod
    def _challenger_is_allowed(cls, evaluation: Evaluation, info: ValidationInfo) -> Evaluation:
        own = {name: info.data[name] for name in Parts._fields if name in info.data}
        if evaluation.challenger and len(own) == len(Parts._fields):
            evaluation.challenger.lay_over(Parts(**own))
        return evaluation

    @field_validator("keep")
    @classmethod
    def _keeps_what_a_window_asks_for(cls, keep: Keep, info: ValidationInfo) -> Keep:
        if window := info.data.get("window"):
            check_reach(keep, window)
        return keep

    @model_validator(mode="after")
    def _ads_have_a_source(self) -> Advertiser:
        choose_sources(self.ads, self.chosen_models)
        return self

    @property
    def ad_sources(self) -> tuple[str, ...]:
        """The candidate sources of its ads, in the order of the YAML."""
        return choose_sources(self.ads, self.chosen_models)

    @property
    def chosen_models(self) -> dict[str, Params]:
        """The parameters of each model that the advertiser has."""
        models: ChosenModels = self.models
        return models.chosen

    @property
    def challenger(self) -> Advertiser | None:
        """The advertiser as it would be with the settings of its challenger; None where it has none."""
        if self.evaluation.challenger is None:
            return None
        parts = self.evaluation.challenger.lay_over(Parts(self.models, self.ads, self.weights, self.window))
        alone = self.evaluation.model_copy(update={"challenger": None})
        return self.model_copy(update={**parts._asdict(), "evaluation": alone})

    @property
    def event_weights(self) -> dict[str, float]:
        """What an event of each type adds to a pair of user and item; 0 for those that add nothing."""
        weights: EventWeights = self.weights
        return weights.by_type()

    @property
    def zone(self) -> ZoneInfo:
        """That of its days."""
        return ZoneInfo(self.time_zone)

    def zone_of(self, feed: str) -> ZoneInfo:
        """That of a feed's times without an offset."""
        return ZoneInfo(self.feeds[feed].time_zone or self.time_zone)

    @property
    def required_feeds(self) -> dict[str, Feed]:
        """Those that a day is waited for, and fails without."""
        indispensable = list_indispensable()
        return {name: feed for name, feed in self.feeds.items() if feed.required or name in indispensable}

    def list_feeds(self, role: type[Role]) -> list[str]:
        """The advertiser's feeds of a role, such as `include.feeds.base.Event`, in the order of its YAML."""
        return [name for name in self.feeds if isinstance(load_feed(name).role, role)]

    def guests_of(self, feed: str) -> Guests:
        """What becomes of a feed's lines without a user."""
        return self.feeds[feed].guests or load_feed(feed).guests or self.guests

    def find_section(self, feed: str, key: Literal["guests", "quarantine"]) -> str:
        """Where a setting stands that holds for a feed: the advertiser's, or one of the feed's own."""
        is_own = getattr(self.feeds[feed], key) or (key == "guests" and load_feed(feed).guests)
        return f"feeds.{feed}.{key}" if is_own else key

    def quarantine_of(self, feed: str) -> Quarantine:
        """The feed's own limits, or the advertiser's; its limits of guests go with its own `guests`."""
        if own := self.feeds[feed].quarantine:
            return own
        if self.find_section(feed, "guests") == "guests":
            return self.quarantine
        shares = self.quarantine.max_share_of
        kept = {key: share for key, share in shares.items() if key not in (GUEST, USER)}
        return self.quarantine.model_copy(update={"max_share_of": kept})

    def landing_folder(self, feed: str, day: date) -> Place:
        """The folder that the mall delivers for one feed and day."""
        path = fill_path(self.feeds[feed].path, feed, day)
        return Place(uri=f"{self.landing.url.rstrip('/')}/{path}", conn_id=self.landing.conn_id)

    def as_of_date(self, moment: datetime) -> date:
        """The last whole local day before a moment."""
        midnight = datetime.combine(moment.astimezone(self.zone).date(), time.min, self.zone)
        # By the clock, not by the calendar: Apia had no 30 December 2011.
        return (midnight.astimezone(UTC) - timedelta(seconds=1)).astimezone(self.zone).date()

    def find_end(self, day: date) -> datetime:
        """The moment at which a local day is over."""
        return datetime.combine(day + timedelta(days=1), time.min, self.zone).astimezone(UTC)

    def find_deadline(self, day: date) -> datetime:
        """Until when the mall may deliver a day: so many hours after its end, whatever starts the run."""
        return self.find_end(day) + timedelta(hours=self.schedule.landing_deadline_hours)

    def find_window(self, as_of: date) -> tuple[date, date]:
        """First and last day of the window, both included; a young advertiser's is shorter."""
        first = as_of - timedelta(days=self.window.days - 1)
        return max(first, self.schedule.start_date), as_of


def read_advertiser(path: Path) -> Advertiser:
    """Read one YAML file.

    Raises SettingsError with a line per mistake: the file, the line, the key, what is allowed.
    """
    try:
        text = read_yaml(path)
    except FileNotFoundError:
        raise SettingsError(f"{path.name}: there is no such advertiser; {_name_known(path)}.") from None
    if not isinstance(text.values, dict):
        raise SettingsError(f"{path.name}: must be a mapping of settings such as name: my_mall.")
    name_models(text)
    mistakes = list_mistakes(Advertiser, text)
    name = text.values.get("name")
    if isinstance(name, str) and name != path.stem != "template" and not _names(mistakes, "name"):
        mistakes.append(Mistake(("name",), f"must be {path.stem}, as the file is called, and is {name!r}"))
    if mistakes:
        raise SettingsError("\n".join(_tell(path, text, mistake) for mistake in mistakes))
    return Advertiser.model_validate(text.values)


def _names(mistakes: Iterable[Mistake], key: str) -> bool:
    return any(mistake.location[:1] == (key,) for mistake in mistakes)


def _tell(path: Path, text: YamlText, mistake: Mistake) -> str:
    line = text.find_line(mistake.location)
    where = f"line {line}: " if line else ""
    return f"{path.name}: {where}{name_place(mistake.location)}: {mistake.reason}."


def _name_known(path: Path) -> str:
    """The advertisers that there are, the one first whose name is near."""
    known = [file.stem for file in advertiser_files(path.parent)]
    if not known:
        return f"there is none yet in {path.parent}: copy template.yaml to a name of its own"
    near = get_close_matches(path.stem, known, n=1, cutoff=0.5)
    return (
        f"{near[0]} was probably meant; known: {', '.join(known)}" if near else f"known: {', '.join(known)}"
    )


def load_advertiser(name: str) -> Advertiser:
    """The advertiser of that name. Raises SettingsError where there is none."""
    if not _IDENTIFIER.fullmatch(name):
        raise SettingsError(f"{name!r} is not an advertiser's name: lower-case letters, digits, underscores.")
    return read_advertiser(ADVERTISERS / f"{name}.yaml")


def advertiser_files(folder: Path | None = None) -> list[Path]:
    """The YAML files of all advertisers; the commented template is not one."""
    return sorted(path for path in (folder or ADVERTISERS).glob("*.yaml") if path.stem != "template")


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
