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
from string import Formatter
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from include.errors import SettingsError
from include.models.registry import MODELS

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parent.parent
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


def data_root() -> str:
    """The place that relative landing and lake URIs start from: a folder, or `s3://bucket/prefix`."""
    return os.environ.get("DANGOL_DATA") or str(ROOT / ".local")


def _known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Asia/Seoul") from None
    return name


def _schema_name(name: str) -> str:
    if not _IDENTIFIER.fullmatch(name) or name.startswith(_RESERVED) or name.endswith("_store"):
        raise ValueError(
            "must be 1 to 23 lower-case letters, digits and underscores that start with a letter and do not"
            " end with _store (it names the DAGs and the warehouse schema)"
        )
    return name


def _cron(expression: str) -> str:
    if len(expression.split()) != 5:
        raise ValueError("must be a cron expression of five fields, such as 30 4 * * *")
    return expression


def _known_models(names: tuple[str, ...]) -> tuple[str, ...]:
    if unknown := sorted(set(names) - set(MODELS)):
        raise ValueError(f"{', '.join(unknown)}: no such model; registered: {', '.join(MODELS)}")
    if len(set(names)) < len(names):
        raise ValueError("must name each model once")
    return names


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError("must be an encoding that Python knows, such as utf-8 or cp949") from None
    return name


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included."""
    return [first + timedelta(days=offset) for offset in range((last - first).days + 1)]


class Place(_Frozen):
    """Where files are. A URI without a scheme is relative to DANGOL_DATA (default `.local/`)."""

    uri: str
    conn_id: str | None = None

    @property
    def url(self) -> str:
        """The URI with its root: `s3://…` or an absolute `file://…`."""
        uri = self.uri if "://" in self.uri or self.uri.startswith("/") else f"{data_root()}/{self.uri}"
        return uri if "://" in uri else f"file://{Path(uri).absolute()}"

    @property
    def connection(self) -> str | None:
        """The Airflow connection to use: none for local files, `aws_default` for S3 unless stated."""
        if self.url.startswith("file://"):
            return None
        return self.conn_id or "aws_default"


class CsvFormat(_Frozen):
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"


class Feed(_Frozen):
    """How one feed is delivered.

    `columns` maps our column to the mall's; a column that is not named is read under our own name.
    `format` is only for files whose suffix does not tell.
    """

    path: str = "{feed}/dt={day}"
    format: Literal["parquet", "csv"] | None = None
    csv: CsvFormat = CsvFormat()
    columns: dict[str, str] = {}
    timestamp_format: str | None = None
    null_values: tuple[str, ...] = ("", "NULL", "null", "None", "NaN", "nan", "NaT", r"\N")
    required: bool = True

    @model_validator(mode="after")
    def _path_has_a_day(self) -> Feed:
        names = {name for _, name, _, _ in Formatter().parse(self.path) if name is not None}
        if "day" not in names or names - {"day", "feed"}:
            raise ValueError("path must contain {day}, which stands for the date, and may contain {feed}")
        return self


class Cancellations(_Frozen):
    """Which lines cancel an earlier purchase.

    `negative_quantity`: those with a negative quantity. `order_id_prefix`: those whose order id starts with
    `prefix`, whatever the sign of the quantity. `none`: there are none. A negative quantity that the rule
    does not explain is quarantined.
    """

    rule: Literal["negative_quantity", "order_id_prefix", "none"] = "negative_quantity"
    prefix: str | None = None

    @model_validator(mode="after")
    def _prefix_belongs_to_its_rule(self) -> Cancellations:
        if (self.rule == "order_id_prefix") != bool(self.prefix):
            raise ValueError("prefix is given with the rule order_id_prefix, and only then")
        return self


class Quarantine(_Frozen):
    """The share of a day's lines (after exact duplicates) above which the day fails."""

    max_share: Annotated[float, Field(ge=0, le=1)] = 0.05


class TopK(_Frozen):
    item_similarities: Annotated[int, Field(ge=1, le=1000)] = 50
    user_recommendations: Annotated[int, Field(ge=1, le=1000)] = 20
    best_sellers: Annotated[int, Field(ge=1, le=1000)] = 100
    recent_items: Annotated[int, Field(ge=1, le=1000)] = 20
    ad_candidates: Annotated[int, Field(ge=1, le=1000)] = 20


class AlsSettings(_Frozen):
    """As `implicit` uses them."""

    factors: Annotated[int, Field(ge=1, le=1024)] = 64
    regularization: Annotated[float, Field(ge=0)] = 0.01
    alpha: Annotated[float, Field(gt=0)] = 1.0
    iterations: Annotated[int, Field(ge=1, le=1000)] = 15
    seed: Annotated[int, Field(ge=0)] = 0


class Gates(_Frozen):
    """Limits that a staged release must keep. Shares are of the window's items or users."""

    min_rows: Annotated[int, Field(ge=0)] = 1
    min_item_coverage: Annotated[float, Field(ge=0, le=1)] = 0.2
    min_user_coverage: Annotated[float, Field(ge=0, le=1)] = 0.5
    max_change: Annotated[float, Field(gt=0)] = 0.5


class Schedule(_Frozen):
    """When the DAGs run, in the advertiser's zone. Days before `start_date` are never asked for."""

    start_date: date
    end_date: date | None = None
    ingest: Annotated[str, AfterValidator(_cron)] = "0 0 * * *"
    recommendations: Annotated[str, AfterValidator(_cron)] = "0 0 * * *"
    paused: bool = True
    landing_deadline_hours: Annotated[float, Field(ge=0)] = 12
    window_wait_minutes: Annotated[float, Field(ge=0)] = 15

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Schedule:
        if self.end_date and self.end_date < self.start_date:
            raise ValueError("end_date must not be before start_date")
        return self


class Advertiser(_Frozen):
    """One mall whose products are advertised; `name` is also its warehouse schema."""

    name: Annotated[str, AfterValidator(_schema_name)]
    description: str = ""
    time_zone: Annotated[str, AfterValidator(_known_zone)]
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
    quarantine: Quarantine = Quarantine()
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
        return self

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    def landing_folder(self, feed: str, day: date) -> Place:
        """The folder that the mall delivers for one feed and day."""
        path = self.feeds[feed].path.format(feed=feed, day=day.isoformat())  # type: ignore[index]
        return Place(uri=f"{self.landing.url}/{path}", conn_id=self.landing.conn_id)

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
            annotation = model.model_fields[str(part)].annotation
            if isinstance(annotation, type) and issubclass(annotation, BaseModel):
                model = annotation
            elif part == "feeds":
                model = Feed
    return list(model.model_fields)


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
