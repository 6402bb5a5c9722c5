"""The published tables in the store: their keys, and what the tables of one release are called."""

from __future__ import annotations

import re
from typing import Final

from include.columns import MODEL_TABLES, RELEASE_TABLES
from include.errors import SettingsError

# The primary key within one release (and model); as_of_date, and model, complete it in the views.
KEYS: Final = {
    "item_similarities": ("item_id", "rank"),
    "user_recommendations": ("user_id", "rank"),
    "best_sellers": ("category", "rank"),
    "recent_items": ("user_id", "event_type", "rank"),
    "ad_candidates": ("user_id", "rank"),
    "products": ("item_id",),
}
NULLABLE: Final = {
    "user_recommendations": {"because_item_id"},
    "ad_candidates": {"because_item_id"},
    "products": {"title", "category", "brand", "price", "is_available"},
}
WINDOW_IDS: Final = ("window_items", "window_users")

# What the gates have found of each list of a table.
FOUND: Final = {table: f"{table}_found" for table in RELEASE_TABLES}

# Tables that a release needs until it is published; they are never attached.
HELPERS: Final = (*WINDOW_IDS, *FOUND.values())

_NAME = re.compile(rf"({'|'.join((*RELEASE_TABLES, *HELPERS))})_(\d+)(?:_(.+))?")


def name_parent(table: str) -> str:
    """The partitioned table that holds every release."""
    return f"{table}_rows"


def name_partition(table: str, release_id: int) -> str:
    """The partition of one release: of a table without models, its rows; else the parent of the leaves."""
    return f"{table}_{release_id}"


def name_leaf(table: str, release_id: int, model: str) -> str:
    """The table that holds the rows. Raises SettingsError for a name that PostgreSQL would cut."""
    name = name_partition(table, release_id)
    if table in MODEL_TABLES:
        name = f"{name}_{model}"
    if len(name.encode()) > 57:  # 63, less the _pkey of its index or the _found of what the gates make of it
        raise SettingsError(
            f"The model's name {model!r} is too long for a table of the store: shorten it to 20 letters."
        )
    return name


def name_found(table: str, release_id: int, model: str) -> str:
    """The table of what the gates have found of each list in a leaf; no longer than the leaf's own name."""
    model_part = f"_{model}" if table in MODEL_TABLES else ""
    return f"{FOUND[table]}_{release_id}{model_part}"


def parse_name(name: str) -> tuple[str, int, str] | None:
    """Table, release and model ('' where there is none) of a table in the store; None for any other."""
    match = _NAME.fullmatch(name)
    return (match[1], int(match[2]), match[3] or "") if match else None
