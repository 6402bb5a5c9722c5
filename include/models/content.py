"""Items whose title, category, brand and price are alike, whether or not anybody bought them yet.

M. Pazzani, D. Billsus: Content-based recommendation systems, in The Adaptive Web, 2007. Titles are TF-IDF
vectors of character n-grams (G. Salton, C. Buckley: Term-weighting approaches in automatic text retrieval,
Information Processing and Management 24, 1988), or what an encoder in a local folder makes of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final, Self

from pydantic import Field, model_validator

from include.models import base
from include.models.base import Context, Estimate, Part, RankedTable, ScoreRange

if TYPE_CHECKING:
    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

SCORES: Final = {"item_similarities": ScoreRange(0.0, 1.0, above_low=True)}

# n-grams that a title has of those that are compared, and items that share one, in a large catalogue.
_GRAMS: Final = 40

Weight = Annotated[float, Field(ge=0, le=100)]


class Params(base.Params):
    """k: similar items of each item.

    ngram_min, ngram_max: lengths of the pieces of a title, in characters. max_df: pieces that more items have
    are passed over. category_weight, brand_weight: what each counts beside the title, which counts 1.
    price_weight: what the price counts beside the text. min_score: neighbours below it are none. encoder: a
    local folder of an encoder that makes vectors of title, category and brand, in place of all but the price.
    """

    ngram_min: Annotated[int, Field(ge=1, le=20)] = 3
    ngram_max: Annotated[int, Field(ge=1, le=20)] = 5
    max_df: Annotated[int, Field(ge=2)] = 1000
    category_weight: Weight = 0.5
    brand_weight: Weight = 0.25
    price_weight: Weight = 0.1
    min_score: Annotated[float, Field(ge=0, le=1)] = 0.2
    encoder: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _are_lengths(self) -> Self:
        if self.ngram_max < self.ngram_min:
            raise ValueError(
                f"ngram_max is {self.ngram_max}, below ngram_min, {self.ngram_min}; raise ngram_max."
            )
        return self


def train(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
    """The k items of each item that are most alike, of those of the window and those on sale.

    text(i, j) = Σ over what both items have of weight · similarity / sqrt(W_i · W_j), where W is the sum of
    the weights of what an item has: the title (cosine of TF-IDF vectors), the category and the brand (1 where
    it is the same). With an encoder, the cosine of its two vectors. Of the 2 k items with the highest, score
    = (text + price_weight · the cheaper price / the dearer) / (1 + price_weight), in (0, 1], as float32, or
    text alone where a price is missing. co_buyers = users of the window who bought both, which are 0 for an
    item that nobody bought.

    Order: score, then text, then the buyers of the similar item, all from the highest, then its id; with an
    encoder, co_buyers in place of buyers. Never the item itself. An item without text, or that the catalogue
    does not name, is in no row. Raises RefusedInputError for an encoder that cannot be read.
    """
    import numpy as np

    from include.models.alike import LONGER, name_alike, rank_by_features, rank_by_vectors
    from include.models.item_features import encode_texts, gather_items, weigh_features

    items = gather_items(dataset)
    k = params.k * LONGER if params.price_weight else params.k
    if params.encoder:
        vectors = encode_texts(items.products, params.encoder)
        blocks = rank_by_vectors(vectors, items.item_users, k, context)
    else:
        features = weigh_features(
            items.products,
            (params.ngram_min, params.ngram_max),
            params.max_df,
            category=params.category_weight,
            brand=params.brand_weight,
        )
        blocks = rank_by_features(features, np.diff(items.item_users.indptr), k, context)
    rows = name_alike(items, blocks, params.k, params.price_weight, params.min_score)
    return [RankedTable("item_similarities", "content", rows)]


def estimate(workload: Workload, params: Params) -> Estimate:
    items = workload.items + workload.products
    rows = items * min(params.k, max(0, items - 1))
    # As a catalogue grows more of its pieces reach max_df: met is about the root of the items (0167).
    met = min(params.max_df, items**0.5)
    return Estimate(
        parts=(Part("content: similar items", items * _GRAMS * met), Part("", items + rows)),
        rows={"item_similarities": rows},
        arrays={"the features": 3 * 12 * items * _GRAMS, "the neighbours": 48 * rows},
        cures={
            "the features": "raise models.content.ngram_min",
            "the neighbours": "lower models.content.k",
            "the rows of item_similarities": "lower models.content.k",
        },
    )
