"""The tables that people read, as `include/sql/<table>/table.yaml` declares each: once, for all that need it.

Arrow schemas of what models emit, DDL, comments, views, the data dictionary and the ordinary checks come from
here.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

FOLDER: Final = Path(__file__).resolve().parent / "sql"

# An id is text that compares and sorts by code point, as models and Arrow sort it, whatever the database's
# locale.
Type = Literal["id", "text", "integer", "bigint", "real", "double", "boolean", "timestamp", "date", "json"]

Ids = Literal["items", "users"]  # of the window


class _Declared(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Declared):
    """A column of a published table.

    references: every value is an id of the window. differs_from: never equal to that column of the same row.
    range: `finite`, or `model` for what the model states of its scores (`include.models.base.ScoreRange`).
    at_least: the lowest value, or `model` for what the model states of it. meaning_of_available: where the
    column means something else in the view of what can be bought.
    """

    type: Type
    meaning: str
    meaning_of_available: str | None = None
    nullable: bool = False
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

    key: the primary key within one release (and model). by_model: it has a part for each model. available:
    the item that must be on sale in the view `<table>_available`.
    """

    name: str
    meaning: str
    meaning_of_available: str | None = None
    by_model: bool = False
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
    def listed(self) -> dict[str, Column]:
        """The columns of one entry of a list: all that are emitted but the owner's and rank."""
        apart = {*self.list.owner, "rank"} if self.list else set(self.key)
        return {name: column for name, column in self.emitted.items() if name not in apart}


# In the order in which people meet them.
RELEASE_TABLES: Final = (
    "item_similarities",
    "user_recommendations",
    "best_sellers",
    "recent_items",
    "ad_candidates",
    "products",
)


@cache
def load_table(name: str) -> Table:
    """The declaration of a published table. Raises FileNotFoundError for a name that has none."""
    path = FOLDER / name / "table.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    declared = yaml.load(path.read_text(encoding="utf-8"), loader)
    return Table(name=name, **declared)
