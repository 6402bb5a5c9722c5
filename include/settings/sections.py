"""The sections of an advertiser's YAML, apart from its feeds and places."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from include.settings.base import FileName, Frozen
from include.settings.reasons import known_keys
from include.tables import RELEASE_TABLES

Share = Annotated[float, Field(ge=0, le=1)]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[str, ...] = get_args(Weekday)
# What a day usually has is what the same weekdays of so many weeks before had.
USUAL_WEEKS: Final = 4
_LONGEST_DAYS: Final = 100_000  # back from any day, a calendar has so many


def _daily_cron(expression: str) -> str:
    fields = expression.split()
    if len(fields) != 5:
        raise ValueError("must be a cron expression of five fields, such as 30 4 * * *")
    is_daily = fields[2:] == ["*"] * 3 and all(re.fullmatch(r"[0-9]{1,2}", field) for field in fields[:2])
    if not is_daily or int(fields[0]) > 59 or int(fields[1]) > 23:
        raise ValueError(
            "must be once a day, a minute and an hour such as 30 4 * * *, since each run owns one day and any"
            " other schedule would leave days out or run them twice; days without a delivery go to calendar"
        )
    return " ".join(fields)


def _weekly_cron(expression: str) -> str:
    fields = expression.split()
    is_right = (
        len(fields) == 5
        and fields[2:4] == ["*"] * 2
        and all(re.fullmatch(r"[0-9]{1,2}", field) for field in fields[:2])
        and (int(fields[0]) <= 59 and int(fields[1]) <= 23)
        and re.fullmatch(r"[0-7]|\*", fields[4])
    )
    if not is_right:
        raise ValueError(
            "must be a cron expression of once a week or once a day, such as 0 5 * * 1 for Mondays at five,"
            " or null for never"
        )
    return " ".join(fields)


def _frequent_cron(expression: str) -> str:
    fields = expression.split()
    if len(fields) != 5 or not all(re.fullmatch(r"[0-9*/,-]+", field) for field in fields):
        raise ValueError(
            "must be a cron expression of five fields, such as */5 * * * * for every five minutes, or null"
            " for never"
        )
    return " ".join(fields)


class Cancellations(Frozen):
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


class Quarantine(Frozen):
    """The share of a day's lines (after duplicates) above which the day fails.

    `max_share_of` sets limits of their own for a column of ours, or for one reason in its words: lines
    that it names count there, and no longer towards `max_share` unless another reason is left. A reason in
    its words goes before its column.
    """

    max_share: Share = 0.05
    max_share_of: Annotated[dict[str, Share], AfterValidator(known_keys)] = Field(default_factory=dict)


class Calendar(Frozen):
    """Days on which the mall is closed and delivers nothing.

    `closed_marker` is a file that says so in the day's folder.
    """

    closed_weekdays: tuple[Weekday, ...] = ()
    closed_dates: tuple[date, ...] = ()
    closed_marker: FileName | None = "_CLOSED"

    def is_closed(self, day: date) -> bool:
        return day in self.closed_dates or WEEKDAYS[day.weekday()] in self.closed_weekdays


class Catalogue(Frozen):
    """`absent_items`: what an item is that the newest catalogue does not name.

    Where no catalogue was ever delivered, every item is available; one that knows too few of the bought
    items to be complete rejects the release (`gates.min_known_items`).
    """

    absent_items: Literal["unavailable", "available"] = "unavailable"


class Limits(Frozen):
    """What a delivery may be at most; without a number, a share of `run.memory_mb`.

    `file_mb` is of one file as it lies there, `unpacked_mb` of its content, `day_rows` of all files of a day.
    """

    file_mb: Annotated[int, Field(ge=1)] | None = None
    unpacked_mb: Annotated[int, Field(ge=1)] | None = None
    day_rows: Annotated[int, Field(ge=1)] | None = None
    day_files: Annotated[int, Field(ge=1)] = 20_000
    columns: Annotated[int, Field(ge=1)] = 1_000
    value_kb: Annotated[int, Field(ge=1)] = 1_024


class TopK(Frozen):
    """Rank cutoffs of the tables that need no model; `models` and `ads` have those of theirs."""

    best_sellers: Annotated[int, Field(ge=1, le=1000)] = 100
    recent_items: Annotated[int, Field(ge=1, le=1000)] = 20


class Window(Frozen):
    """The days that end on an as-of date. `max_items`: models learn from so many newest items of a user."""

    days: Annotated[int, Field(ge=1, le=366)] = 30
    max_items: Annotated[int, Field(ge=1)] | None = None


class Keep(Frozen):
    """How long things stay. `releases` is how many as-of dates; the others are days.

    `partitions` and `quarantine` count back from the newest day that the lake holds, so that a mall of the
    past keeps its days; a day's quarantine goes with its partition at the latest. `rejected` is how long the
    tables of a rejected release can be looked at, `just_bought` how long ads leave out what a user has just
    bought.
    """

    releases: Annotated[int, Field(ge=1)] = 14
    partitions: Annotated[int, Field(ge=1, le=_LONGEST_DAYS)] = 1100
    quarantine: Annotated[int, Field(ge=1, le=_LONGEST_DAYS)] = 400
    rejected: Annotated[int, Field(ge=0, le=_LONGEST_DAYS)] = 7
    just_bought: Annotated[int, Field(ge=1, le=_LONGEST_DAYS)] = 7


class Run(Frozen):
    """What a task may take.

    `threads`: without a number, every core that it may use. `memory_mb`: without a number, 80% of the memory
    of the machine or its container.
    """

    threads: Annotated[int, Field(ge=1)] | None = None
    memory_mb: Annotated[int, Field(ge=1)] | None = None


def check_reach(keep: Keep, window: Window) -> None:
    """Raises ValueError where days expire that a window, or the measure of its days, still asks for."""
    before = 7 * USUAL_WEEKS
    if keep.partitions < window.days + before:
        raise ValueError(
            f"partitions must be at least {window.days + before}, for the {window.days} days of a window and"
            f" the {before} before them, which tell what a day usually has; it is {keep.partitions}"
        )


# What the gates measure of the lists, as `warehouse.measures` names it.
Measured = Literal[
    "full_lists",
    "unknown_user_list",
    "one_category_lists",
    "filled_rows",
    "rows_of_source",
    "most_shown_item",
    "top_items",
    "shown_items",
    "blocked_rows",
    "enough_co_buyers",
]


def _rows_by_table(given: Any) -> Any:
    if not isinstance(given, Mapping):
        raise ValueError(
            "must say the rows of each table that it is about, such as {item_similarities: 1000}; the tables"
            f" are {', '.join(RELEASE_TABLES)}"
        )
    if unknown := [name for name in given if name not in RELEASE_TABLES]:
        raise ValueError(f"{unknown[0]} is no table of a release; there are {', '.join(RELEASE_TABLES)}")
    return given


class Gates(Frozen):
    """Limits that a staged release must keep. Shares are of the window's items or users.

    `min_known_items` and `max_known_items_drop` are of bought items that the catalogue knows, the second
    against the releases before. `min_window_days` is the share of the window's days that have lines;
    `min_window_share` that of the usual lines, users and days of a window; `min_day_share` and
    `warn_day_share` that of the lines that a day has on the same weekdays before.

    `min_rows` by table, in place of what the table's declaration says. The others are of the ad lists:
    `min_full_lists` and `max_one_category_lists` are shares of them; `max_filled_rows` of their rows that are
    of sources which only fill, and `min_rows_of_source` of any other source; `max_lists_of_item` of the
    lists that have the most shown item, `max_top_items` of the rows that the 100 most shown items fill, both
    where a mall sells 1,000 items or more; `min_shown_items` of the sold items that are in a list;
    `max_blocked_rows` of the rows whose items `blocked_items` keeps from ads when the release is gated.
    `min_evidence` is the share of a model's similar items with at least `ads.min_co_buyers`. Of the last
    kinds those in `critical` reject a release; the others warn.
    """

    min_rows: Annotated[dict[str, Annotated[int, Field(ge=0)]], BeforeValidator(_rows_by_table)] = Field(
        default_factory=dict
    )
    min_item_coverage: Annotated[float, Field(ge=0, le=1)] = 0.2
    min_user_coverage: Annotated[float, Field(ge=0, le=1)] = 0.5
    max_change: Annotated[float, Field(gt=0)] = 0.5
    min_known_items: Annotated[float, Field(ge=0, le=1)] = 0.5
    max_known_items_drop: Annotated[float, Field(ge=0, le=1)] = 0.2
    min_window_days: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_window_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_day_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    warn_day_share: Annotated[float, Field(ge=0, le=1)] = 0.5
    min_full_lists: Share = 0.8
    max_one_category_lists: Share = 0.5
    max_filled_rows: Share = 0.9
    min_rows_of_source: Share = 0.001
    max_lists_of_item: Share = 0.97
    max_top_items: Share = 0.99
    min_shown_items: Share = 0.002
    max_blocked_rows: Share = 0.05
    min_evidence: Share = 0.005
    critical: tuple[Measured, ...] = ("full_lists", "unknown_user_list")


class Schedule(Frozen):
    """When the DAGs run, in the advertiser's zone. Days before `start_date` are never asked for.

    `evaluation` is once a week, or null where nobody wants to be told how good the ads are. `live` is every
    few minutes, once somebody has switched its DAG on.

    `landing_deadline_hours` counts from the end of the day that a run owns, whenever its cron starts it.
    """

    start_date: date
    end_date: date | None = None
    ingest: Annotated[str, AfterValidator(_daily_cron)] = "0 0 * * *"
    recommendations: Annotated[str, AfterValidator(_daily_cron)] = "0 0 * * *"
    evaluation: Annotated[str, AfterValidator(_weekly_cron)] | None = "0 5 * * 1"
    live: Annotated[str, AfterValidator(_frequent_cron)] | None = "*/5 * * * *"
    paused: bool = True
    landing_deadline_hours: Annotated[float, Field(ge=0)] = 12
    window_wait_minutes: Annotated[float, Field(ge=0)] = 15

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Schedule:
        if self.end_date and self.end_date < self.start_date:
            raise ValueError("end_date must not be before start_date")
        return self
