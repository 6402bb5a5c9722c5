"""What the catalogue says of items, as vectors: sparse ones of n-grams and words, or those of an encoder."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_matrix, csr_matrix, hstack

from include.columns import ITEM_ID
from include.dataset.catalogue import align_products
from include.dataset.events import find_codes
from include.errors import RefusedInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from include.dataset.dataset import Dataset

# A category or a brand of a larger share of the items hardly tells anything, and makes most of the pairs.
_MOST: Final = 0.1
_TEXTS: Final = ("title", "category", "brand")


@dataclass(frozen=True, eq=False)
class Items:
    """ids (n,): items of the window and items on sale, sorted by code point. products: `columns.PRODUCTS` of
    each, null where the catalogue does not name it. item_users: CSR, n × users; a nonzero (1) means that the
    user bought the item in the window.
    """

    ids: pa.StringArray
    products: pa.Table
    item_users: csr_matrix


def gather_items(dataset: Dataset) -> Items:
    """Raises ValueError where the catalogue holds an item twice."""
    products = dataset.products
    on_sale = products[ITEM_ID].filter(pc.fill_null(products["is_available"], True)).cast(pa.string())
    ids = pc.unique(pa.chunked_array([dataset.item_ids, *on_sale.chunks], pa.string()))
    ids = ids.take(pc.sort_indices(ids))
    codes = find_codes(dataset.item_ids, ids)
    pairs = dataset.binary().tocoo()
    item_users = csr_matrix((pairs.data, (codes[pairs.col], pairs.row)), shape=(len(ids), pairs.shape[0]))
    item_users.sort_indices()
    return Items(ids, align_products(ids, products), item_users)


def weigh_features(
    products: pa.Table, ngrams: tuple[int, int], max_df: int, *, category: float, brand: float
) -> csr_matrix:
    """CSR, items × features, float64: rows of length 1, or empty where an item has no text.

    A nonzero is a piece of the item's title, its category or its brand, and all values are positive. The
    pieces of a title weigh 1 together, the others as given. Pieces of more than `max_df` items are none; nor
    are categories and brands of more than that and more than a tenth of the items.
    """
    most = max(max_df, int(_MOST * len(products)))
    parts = [
        weigh_titles(clean_text(products["title"]), ngrams, max_df),
        np.sqrt(category) * mark_values(clean_text(products["category"]), most),
        np.sqrt(brand) * mark_values(clean_text(products["brand"]), most),
    ]
    features = hstack(parts, "csr")
    features.eliminate_zeros()
    features.sort_indices()
    return scale_rows(features)


def weigh_titles(titles: list[str], ngrams: tuple[int, int], max_df: int) -> csr_matrix:
    """TF-IDF vectors of length 1 (items, n-grams), by scikit-learn, of n-grams within words.

    n-grams of one item, or of more than `max_df`, are none: the former match nothing, the latter hardly tell
    anything and make most of the pairs.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(
        analyzer="char_wb", ngram_range=ngrams, min_df=2, max_df=max_df, sublinear_tf=True
    )
    try:
        return vectorizer.fit_transform(titles)
    except ValueError:  # its only word for titles of which no n-gram is left
        return csr_matrix((len(titles), 0))


def mark_values(values: list[str], max_df: int) -> csr_matrix:
    """1 (items, values) where an item has the value; '' is none, nor is one of more than `max_df` items."""
    encoded = pa.array(values, pa.string()).dictionary_encode()
    codes = encoded.indices.to_numpy()
    counts = np.bincount(codes, minlength=len(encoded.dictionary))
    told = (counts <= max_df) & pc.not_equal(encoded.dictionary, "").to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(told[codes])
    shape = len(values), len(counts)
    return csr_matrix(coo_matrix((np.ones(len(rows)), (rows, codes[rows])), shape=shape))


def scale_rows(matrix: csr_matrix) -> csr_matrix:
    """The rows at length 1; those without a nonzero stay as they are."""
    owners = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    lengths = np.sqrt(np.bincount(owners, matrix.data**2, matrix.shape[0]))
    return csr_matrix((matrix.data / lengths[owners], matrix.indices, matrix.indptr), shape=matrix.shape)


def clean_text(column: pa.ChunkedArray) -> list[str]:
    """The texts (items,) without blanks around them; '' for what is missing."""
    texts: list[str] = pc.utf8_trim_whitespace(pc.fill_null(column.cast(pa.string()), "")).to_pylist()
    return texts


def encode_texts(products: pa.Table, folder: str) -> NDArray[np.float32]:
    """Vectors (items, f), float32, of length 1, of title, category and brand; 0 for an item without text.

    Raises RefusedInputError where the folder or the library that reads it is missing.
    """
    columns = [clean_text(products[name]) for name in _TEXTS]
    texts = [" ".join(text for text in some if text) for some in zip(*columns, strict=True)]
    rows = np.flatnonzero([bool(text) for text in texts])
    encode = load_encoder(folder)
    if not len(rows):
        return np.zeros((len(texts), 1), np.float32)
    found = np.asarray(encode([texts[n] for n in rows]), np.float64)
    if found.ndim != 2 or len(found) != len(rows) or not np.isfinite(found).all():
        raise RefusedInputError(
            f"models.content.encoder: {folder} makes no vector of numbers of a title; take another encoder."
        )
    lengths = np.linalg.norm(found, axis=1)
    vectors = np.zeros((len(texts), found.shape[1]), np.float32)
    vectors[rows] = found / np.where(lengths > 0, lengths, 1)[:, None]
    return vectors


def load_encoder(folder: str) -> Callable[[list[str]], Any]:
    """A function from texts (n,) to vectors (n, f): static embeddings of model2vec where the folder's
    config.json says so, else a sentence encoder. Nothing is downloaded.
    """
    path = Path(folder)
    if not path.is_dir():
        raise RefusedInputError(
            f"models.content.encoder: there is no folder {folder} here; put the encoder there, or take"
            " encoder out of the settings."
        )
    config = path / "config.json"
    is_static = config.is_file() and json.loads(config.read_text()).get("model_type") == "model2vec"
    library = "model2vec" if is_static else "sentence_transformers"
    try:
        if is_static:
            from model2vec import StaticModel

            encode: Callable[[list[str]], Any] = StaticModel.from_pretrained(folder).encode
            return encode
        from sentence_transformers import SentenceTransformer

        sentences: Callable[[list[str]], Any] = SentenceTransformer(folder, local_files_only=True).encode
        return sentences
    except ImportError as error:
        raise RefusedInputError(
            f"models.content.encoder: {folder} is read by {library}, which is not installed; run pip install"
            f" {library.replace('_', '-')}."
        ) from error
