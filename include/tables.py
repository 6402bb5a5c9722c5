"""The tables that people read, as `include/sql/<table>/table.yaml` declares each: once, for all that need it.

Arrow schemas of what models emit, DDL, comments, views, the data dictionary, what inserts rows, and the
ordinary checks come from here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

FOLDER: Final = Path(__file__).resolve().parent / "sql"

# An id is text that compares and sorts by code point, as models and Arrow sort it, whatever the database's
# locale.
Type = Literal["id", "text", "integer", "bigint", "real", "double", "boolean", "timestamp", "date", "json"]

Ids = Literal["items", "users"]  # of the window


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnyColumn(_Declared):
    """A column of any table. default: an SQL expression, which rows from before the column have as well."""

    type: Type
    meaning: str
    nullable: bool = False
    default: str | None = None

    @property
    def is_text(self) -> bool:
        """Whether its values differ in length."""
        return self.type in ("id", "text", "json")


class Column(AnyColumn):
    """A column of a published table.

    references: every value is an id of the window. differs_from: never equal to that column of the same row.
    range: `finite`, or `model` for what the model states of its scores (`include.models.base.ScoreRange`).
    at_least: the lowest value, or `model` for what the model states of it. meaning_of_available: where the
    column means something else in the view of what can be bought.
    """

    meaning_of_available: str | None = None
    references: Ids | None = None
    differs_from: str | None = None
    range: Literal["finite", "model"] | None = None
    at_least: float | Literal["model"] | None = None


class RankedList(_Declared):
    """Rows of one `owner` are a list: `rank` runs 1..n, no `item` twice, `falls` never rises with rank."""

    owner: tuple[str, ...]
    item: str
    falls: str | None = None


class Coverage(_Declared):
    """The column whose values are to cover the ids of the window, as far as the gates ask."""

    column: str
    window: Ids


class Table(_Declared):
    """A published table: what its rows mean, with release_id and as_of_date before its columns.

    key: the primary key within one release (and model). by_model: it has a part for each model. optional: a
    release may be without it, or have none of its rows. available: the item that must be on sale in the view
    `<table>_available`.
    """

    name: str
    meaning: str
    meaning_of_available: str | None = None
    by_model: bool = False
    optional: bool = False
    key: tuple[str, ...]
    list: RankedList | None = None
    covers: Coverage | None = None
    available: str | None = None
    columns: dict[str, Column] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_its_columns(self) -> Table:
        named = {*self.key, *([self.available] if self.available else ())}
        named |= {self.covers.column} if self.covers else set()
        named |= {column.differs_from for column in self.columns.values() if column.differs_from}
        if self.list:
            named |= {*self.list.owner, self.list.item, *([self.list.falls] if self.list.falls else ())}
            if self.key != (*self.list.owner, "rank"):
                raise ValueError(f"the key of {self.name} must be its list's owner and rank")
        if self.by_model:
            named.add("model")
        if missing := sorted(named - set(self.columns)):
            raise ValueError(f"{self.name} has no column {', '.join(missing)}")
        return self

    @property
    def emitted(self) -> dict[str, Column]:
        """The columns that a model or step emits: all but `model`, which the warehouse knows."""
        return {name: column for name, column in self.columns.items() if name != "model"}

    @property
    def owner(self) -> tuple[str, ...]:
        """The primary key of what is stored: the owner of a list, or the key of a row."""
        return self.list.owner if self.list else self.key

    @property
    def is_about_users(self) -> bool:
        """Whether the owner is a user, whose id no message and no sample shows."""
        covers = self.covers is not None and self.covers.window == "users"
        return covers or any(self.columns[name].references == "users" for name in self.owner)

    @property
    def listed(self) -> dict[str, Column]:
        """The columns of one entry of a list: all that are emitted but the owner's and rank."""
        apart = {*self.owner, "rank"}
        return {name: column for name, column in self.emitted.items() if name not in apart}


class SmallColumn(AnyColumn):
    """A column of a table that the warehouse itself fills.

    check: an SQL condition that every row meets. foreign_key: the table whose key it is. identity: numbered
    by the database. initially: an SQL expression for rows from before the column, if it is not the default.
    """

    initially: str | None = None
    check: str | None = None
    foreign_key: str | None = None
    identity: bool = False


class SmallTable(_Declared):
    """A table that the warehouse itself fills: of releases, checks, delivered days and the like."""

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: dict[str, SmallColumn] = Field(min_length=1)


# In the order in which people meet them.
RELEASE_TABLES: Final = (
    "item_similarities",
    "user_recommendations",
    "best_sellers",
    "recent_items",
    "ad_candidates",
    "products",
    "item_audiences",
)

SMALL_TABLES: Final = (
    "releases",
    "release_checks",
    "partitions",
    "data_quality",
    "offline_metrics",
    "promotions",
    "blocked_items",
    "just_bought",
)


@cache
def load_table(name: str) -> Table:
    """The declaration of a published table. Raises FileNotFoundError for a name that has none."""
    return Table(name=name, **_read(name))


@cache
def load_small_table(name: str) -> SmallTable:
    """The declaration of one of SMALL_TABLES."""
    return SmallTable(name=name, **_read(name))


def _read(name: str) -> dict[str, Any]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    declared: dict[str, Any] = yaml.load((FOLDER / name / "table.yaml").read_text(encoding="utf-8"), loader)
    return declared
