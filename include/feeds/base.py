"""What a feed is: its columns, the rules of its lines, what is derived from them, and its role.

A feed is a file beside this one that holds `FEED`, a `FeedType`, and a line in `registry.FEEDS`. Settings
read it whenever Airflow parses the DAGs, so a feed's file imports Arrow, pandas and the like only inside its
functions, and Great Expectations not at all: a `Rule` says which expectation is meant.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    import pyarrow as pa
    from great_expectations.expectations.expectation import Expectation


# What a line may hold at most: one barcode in the wrong column must not stop the windows of a whole month.
LARGEST_QUANTITY: Final = 1e9  # netting counts in millionths, as 64-bit integers
LARGEST_PRICE: Final = 1e12  # so that no sum of quantity x price leaves the float64
LONGEST_KEY: Final = 512  # characters of what is indexed; PostgreSQL's index rows hold 2,704 bytes

# What an event feed that nets has in each line beside its columns: a flag, never null.
IS_CANCELLATION: Final = "is_cancellation"

Kind = Literal["id", "number", "timestamp", "flag", "text"]
Severity = Literal["row", "warning"]
Guests = Literal["drop", "quarantine", "fail"]


@dataclass(frozen=True)
class Column:
    """A column of ours. A name has one kind in all feeds.

    required: every file of the mall's has it; whether a line may lack a value is a rule's matter.
    varies: it differs from line to line, so a mall cannot give a constant for it.
    personal: its values may tell who somebody is, so no message and no sample shows one.
    is_money: a number that may be written with the advertiser's currency.
    largest: beyond it (or below its negative) a number is excessive; ingest then adds `excessive_NAME`, which
    is null but where the value is.
    known_as: parts of the names that malls call it, in small letters, the likeliest first.
    """

    name: str
    kind: Kind
    required: bool = False
    varies: bool = False
    personal: bool = False
    is_money: bool = False
    largest: float | None = None
    known_as: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rule:
    """What a line, or the day, must be, as a Great Expectation.

    expectation: the name of a class of `great_expectations.expectations`, which gets `arguments`. It looks at
    a column of ours, at one that ingest adds (`c_parsed` of numbers, timestamps and flags: True where a value
    was there and parsed, False where it did not parse, null where none was there; `c_exact` and `c_printable`
    of ids: False or null; `c_occurrence`, `excessive_c`), or at one that the feed derives. Nulls break no
    rule but "not null". A feed has at most one rule of an expectation for a `column`.

    severity: where a `row` rule does not hold, the line is quarantined with the `reason`; where a `warning`
    does not, the day is accepted and the manifest says so.
    column: that of ours which the reason is about, '' where it is about the whole line.
    """

    expectation: str
    column: str
    reason: str
    arguments: Mapping[str, Any]
    severity: Severity = "row"

    def build(self) -> Expectation:
        from include.expectations import import_expectations

        meta = {"severity": self.severity, "column": self.column, "reason": self.reason}
        made: Expectation = getattr(import_expectations(), self.expectation)(**self.arguments, meta=meta)
        return made


@dataclass(frozen=True)
class Event:
    """Each line is what a user did with an item at a time: the feed has user_id, item_id and `timestamp`.

    type: as `recent_items.event_type` and the weights of events name it. nets: a line with a negative
    quantity cancels earlier lines of its user and item; such a feed has order_id, quantity and price, and
    derives IS_CANCELLATION.
    """

    type: str
    timestamp: str = "occurred_at"
    nets: bool = False


@dataclass(frozen=True)
class Catalogue:
    """Each line is an item that the mall sells; the newest day counts, whole."""


@dataclass(frozen=True)
class Log:
    """Lines that are kept and checked, and that no window reads."""


Role = Event | Catalogue | Log


class Cancellations(Protocol):
    """The advertiser's rule for cancellations, as `include.settings.Cancellations` has it."""

    @property
    def rule(self) -> str: ...

    @property
    def prefix(self) -> str | None: ...


class Settings(Protocol):
    """What a feed may ask of an advertiser's settings, which know the feeds and not the other way round."""

    @property
    def cancellations(self) -> Cancellations: ...


def derive_nothing(table: pa.Table, advertiser: Settings) -> pa.Table:
    return table


@dataclass(frozen=True)
class FeedType:
    """All that Dangol knows of a feed.

    list_rules: the rules of the lines of a day, in the advertiser's zone.
    derive: adds columns that the rules look at, or corrects ours, before repeated lines are looked for.
    redelivery_key: what tells a feed's lines apart where a file delivers again what another one of the day
    has, the order (or what is delivered as a whole) first; without one, files are not compared.
    unique: a column of which each value counts once in a day, the newest file's line first; ingest adds
    `NAME_occurrence`: 1 for the line that counts, then 2, 3 …; null where the value is missing.
    guests: what becomes of lines without a user where the feed's settings do not say; None for the
    advertiser's `guests`. most_guests: under drop and quarantine, a day with a larger share of them fails,
    since a wrong column is likelier.
    indispensable: every advertiser has the feed, and its days are always waited for.
    """

    name: str
    columns: tuple[Column, ...]
    role: Role
    list_rules: Callable[[date, ZoneInfo], list[Rule]]
    derive: Callable[[pa.Table, Settings], pa.Table] = derive_nothing
    redelivery_key: tuple[str, ...] = ()
    unique: str = ""
    guests: Guests | None = None
    most_guests: float = 0.95
    indispensable: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """Those of its columns."""
        return tuple(column.name for column in self.columns)

    @property
    def required(self) -> tuple[str, ...]:
        """The columns that every file must have."""
        return tuple(column.name for column in self.columns if column.required)

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.kind == "id")

    @property
    def personal(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns if column.personal)

    @property
    def nets(self) -> bool:
        return isinstance(self.role, Event) and self.role.nets

    @cached_property
    def reasons(self) -> Mapping[str, str]:
        """Why a line may be quarantined → the column that the reason is about."""
        rules = self.list_rules(date(2000, 1, 1), ZoneInfo("UTC"))
        return {rule.reason: rule.column for rule in rules if rule.severity == "row"}

    def get_schema(self) -> pa.Schema:
        """The columns of an accepted line, as the lake has them."""
        import pyarrow as pa

        from include.columns import TIMESTAMP

        types = {
            "id": pa.string(), "text": pa.string(), "number": pa.float64(), "flag": pa.bool_(),
            "timestamp": TIMESTAMP,
        }  # fmt: skip
        return pa.schema([pa.field(column.name, types[column.kind]) for column in self.columns])
