"""The columns that code calls by name, and the Arrow schemas that pass between the rooms.

Those of the published tables are what models emit and what the bulk load writes, as
`include/sql/<table>/table.yaml` declares them.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

from include import tables
from include.tables import load_table

USER_ID: Final = "user_id"
ITEM_ID: Final = "item_id"
ORDER_ID: Final = "order_id"
QUANTITY: Final = "quantity"
PRICE: Final = "price"
PURCHASED_AT: Final = "purchased_at"
OCCURRED_AT: Final = "occurred_at"
WEIGHT: Final = "weight"
RANK: Final = "rank"
SCORE: Final = "score"
SIMILAR_ITEM_ID: Final = "similar_item_id"
CO_BUYERS: Final = "co_buyers"
BECAUSE_ITEM_ID: Final = "because_item_id"
FIRST_SEEN: Final = "first_seen"

TIMESTAMP: Final = pa.timestamp("us", tz="UTC")

PURCHASES: Final = pa.schema(
    [
        pa.field(ORDER_ID, pa.string()),
        pa.field(USER_ID, pa.string()),
        pa.field(ITEM_ID, pa.string()),
        pa.field(QUANTITY, pa.float64()),  # units; negative where the line cancels a purchase
        pa.field(PRICE, pa.float64()),  # of one unit, in the advertiser's currency
        pa.field(PURCHASED_AT, TIMESTAMP),
    ]
)

# What Arrow calls a declared type.
_TYPES: Final = {
    "id": pa.string(),
    "text": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": TIMESTAMP,
    "date": pa.date32(),
    "json": pa.string(),
}


def _make_schema(table: str) -> pa.Schema:
    """What a writer fills of a published table."""
    emitted = load_table(table).emitted
    return pa.schema([pa.field(name, _TYPES[column.type]) for name, column in emitted.items()])


# Tables whose rows belong to a release: name → what a writer fills. The warehouse adds release_id and
# as_of_date, and model where the table has one.
RELEASE_TABLES: Final = {table: _make_schema(table) for table in tables.RELEASE_TABLES}
MODEL_TABLES: Final = tuple(table for table in tables.RELEASE_TABLES if load_table(table).by_model)

ITEM_SIMILARITIES: Final = RELEASE_TABLES["item_similarities"]
USER_RECOMMENDATIONS: Final = RELEASE_TABLES["user_recommendations"]
BEST_SELLERS: Final = RELEASE_TABLES["best_sellers"]
RECENT_ITEMS: Final = RELEASE_TABLES["recent_items"]
AD_CANDIDATES: Final = RELEASE_TABLES["ad_candidates"]
PRODUCTS: Final = RELEASE_TABLES["products"]
ITEM_AUDIENCES: Final = RELEASE_TABLES["item_audiences"]

ID_COLUMNS: Final = (USER_ID, ITEM_ID)
LINE_COLUMNS: Final = (*ID_COLUMNS, QUANTITY, PURCHASED_AT)  # what a window needs of each line

# What models know of the items of a window: one row for each, in the order of their codes.
CATALOGUE: Final = PRODUCTS.append(pa.field(FIRST_SEEN, TIMESTAMP))  # the item's first event in the window

# What a window's events come to: one row per user and item.
INTERACTIONS: Final = pa.schema(
    [
        pa.field(USER_ID, pa.string()),
        pa.field(ITEM_ID, pa.string()),
        pa.field(WEIGHT, pa.float32()),  # the sum of its events' weights: by default, purchase lines
        pa.field(OCCURRED_AT, TIMESTAMP),  # the latest of them
    ]
)
