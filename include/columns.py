"""Every column name and every published table once, with its type and its meaning.

The Arrow schemas below are what models emit and what the bulk load writes; the meanings of the
published columns are COMMENTs in `include/sql/<table>/table.sql`.
"""

from __future__ import annotations

from typing import Final

import pyarrow as pa

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

PRODUCTS: Final = pa.schema(
    [
        pa.field(ITEM_ID, pa.string()),
        pa.field("title", pa.string()),
        pa.field("category", pa.string()),
        pa.field("brand", pa.string()),
        pa.field(PRICE, pa.float64()),
        pa.field("is_available", pa.bool_()),
    ]
)

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

ITEM_SIMILARITIES: Final = pa.schema(
    [
        pa.field(ITEM_ID, pa.string()),
        pa.field(RANK, pa.int32()),
        pa.field(SIMILAR_ITEM_ID, pa.string()),
        pa.field(SCORE, pa.float32()),
        pa.field(CO_BUYERS, pa.int32()),
    ]
)

USER_RECOMMENDATIONS: Final = pa.schema(
    [
        pa.field(USER_ID, pa.string()),
        pa.field(RANK, pa.int32()),
        pa.field(ITEM_ID, pa.string()),
        pa.field(SCORE, pa.float32()),
        pa.field(BECAUSE_ITEM_ID, pa.string()),
    ]
)

BEST_SELLERS: Final = pa.schema(
    [
        pa.field("category", pa.string()),
        pa.field(RANK, pa.int32()),
        pa.field(ITEM_ID, pa.string()),
        pa.field("buyers", pa.int32()),
        pa.field("purchases", pa.int32()),
        pa.field("revenue", pa.float64()),
    ]
)

RECENT_ITEMS: Final = pa.schema(
    [
        pa.field(USER_ID, pa.string()),
        pa.field("event_type", pa.string()),
        pa.field(RANK, pa.int32()),
        pa.field(ITEM_ID, pa.string()),
        pa.field(OCCURRED_AT, TIMESTAMP),
    ]
)

AD_CANDIDATES: Final = pa.schema(
    [
        pa.field(USER_ID, pa.string()),
        pa.field(RANK, pa.int32()),
        pa.field(ITEM_ID, pa.string()),
        pa.field("source", pa.string()),
        pa.field(SCORE, pa.float32()),
        pa.field(BECAUSE_ITEM_ID, pa.string()),
    ]
)

# Tables whose rows belong to a release: name → what a writer fills. The warehouse adds release_id and
# as_of_date, and model where the table has one.
RELEASE_TABLES: Final = {
    "item_similarities": ITEM_SIMILARITIES,
    "user_recommendations": USER_RECOMMENDATIONS,
    "best_sellers": BEST_SELLERS,
    "recent_items": RECENT_ITEMS,
    "ad_candidates": AD_CANDIDATES,
    "products": PRODUCTS,
}
MODEL_TABLES: Final = ("item_similarities", "user_recommendations")
