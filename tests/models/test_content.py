"""The neighbours by content, against dense loops over titles, categories, brands and prices."""

from __future__ import annotations

import json
import math
import sys
from collections import Counter
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pydantic import ValidationError

from include.columns import PRODUCTS
from include.dataset.dataset import Dataset
from include.dataset.recency import select_recent
from include.errors import RefusedInputError
from include.models import content
from include.models.alike import count_co_buyers
from include.models.base import Context
from include.models.content import Params
from include.models.item_features import gather_items, mark_values
from tests.dataset.events import make_simple_dataset
from tests.purchases import draw_purchases, make_purchases

Product = tuple[str, str | None, str | None, str | None, float | None, bool | None]

WORDS = ("red", "wine", "White wine", "단골", "빵", "apple", "apples")


def make_products(rows: list[Product]) -> pa.Table:
    columns = list(zip(*rows, strict=True)) if rows else [[]] * len(PRODUCTS)
    arrays = [pa.array(column, kind.type) for column, kind in zip(columns, PRODUCTS, strict=True)]
    return pa.table(arrays, schema=PRODUCTS)


def draw_products(seed: int) -> list[Product]:
    """Items of the drawn purchases and others, with titles that repeat, and with gaps of every kind."""
    rng = np.random.default_rng(seed)

    def draw(values: Any) -> Any:
        return values[rng.integers(len(values))]

    ids = ["10", "9", "Z", "a", "é", "단골", *(f"new{n}" for n in range(8))]
    return [
        (
            item,
            draw([None, "", " ", *(f"{draw(WORDS)} {draw(WORDS)}" for _ in range(6))]),
            draw([None, "wine", "bread", " wine "]),
            draw([None, "A", "B", ""]),
            draw([None, math.nan, 0.0, -1.0, 1.0, 1.5, 3.0, 100.0]),
            draw([None, True, True, False]),
        )
        for item in ids
    ]


def make_case(seed: int) -> tuple[Dataset, list[Product]]:
    products = draw_products(seed)
    return make_simple_dataset(draw_purchases(seed), make_products(products)), products


def train_rows(dataset: Dataset, threads: int = 1, **params: Any) -> list[dict]:
    [table] = content.train(dataset, Params(**params), Context(threads))
    assert (table.table, table.model) == ("item_similarities", "content")
    return table.rows.to_pylist()


def cut_grams(title: str, low: int, high: int) -> Counter[str]:
    """Of words with a blank at either end, as scikit-learn has `char_wb`."""
    grams: Counter[str] = Counter()
    for word in title.lower().split():
        padded = f" {word} "
        for length in range(low, high + 1):
            if length >= len(padded):
                grams[padded] += 1
                break
            for start in range(len(padded) - length + 1):
                grams[padded[start : start + length]] += 1
    return grams


def list_features(
    items: list[str], products: dict[str, Product], params: Params
) -> dict[str, dict[tuple[str, object], float]]:
    """Each item's weight of each feature, by loops."""

    def read(item: str, place: int) -> str:
        return str(products[item][place] or "").strip() if item in products else ""

    grams = {item: cut_grams(read(item, 1), params.ngram_min, params.ngram_max) for item in items}
    had = Counter(gram for some in grams.values() for gram in some)
    features: dict[str, dict[tuple[str, object], float]] = {}
    for item in items:
        own: dict[tuple[str, object], float] = {}
        title = {
            gram: (1 + math.log(count)) * (math.log((1 + len(items)) / (1 + had[gram])) + 1)
            for gram, count in grams[item].items()
            if 2 <= had[gram] <= params.max_df
        }
        length = math.sqrt(sum(value**2 for value in title.values()))
        own |= {("title", gram): value / length for gram, value in title.items()}
        for name, place, weight in (
            ("category", 2, params.category_weight),
            ("brand", 3, params.brand_weight),
        ):
            value = read(item, place)
            count = sum(read(other, place) == value for other in items)
            if value and weight and count <= max(params.max_df, len(items) // 10):
                own[name, value] = math.sqrt(weight)
        length = math.sqrt(sum(value**2 for value in own.values()))
        features[item] = {key: value / length for key, value in own.items()}
    return features


def hear_price(text: float, own: float | None, other: float | None, weight: float) -> float:
    if own is None or other is None or not (own > 0 and other > 0):
        return text
    return (text + weight * min(own, other) / max(own, other)) / (1 + weight)


def rank_slowly(dataset: Dataset, products: list[Product], params: Params) -> dict[str, list[tuple]]:
    named = {product[0]: product for product in products}
    on_sale = {product[0] for product in products if product[5] is not False}
    items = sorted({*dataset.item_ids.to_pylist(), *on_sale})
    bought = {item: set[int]() for item in items}
    for user, code in zip(*dataset.binary().nonzero(), strict=True):
        bought[dataset.item_ids[int(code)].as_py()].add(int(user))
    features = list_features(items, named, params)
    ranked = {}
    for item in items:
        alike = []
        for other in items:
            text = sum(value * features[other].get(key, 0.0) for key, value in features[item].items())
            if other != item and text > 0:
                alike.append((-round(text, 6), -len(bought[other]), other))
        found = []
        for place, (text, _, other) in enumerate(
            sorted(alike)[: params.k * (2 if params.price_weight else 1)]
        ):
            score = hear_price(-text, named[item][4], named[other][4], params.price_weight)
            if score >= params.min_score:
                found.append((-round(score, 6), place, other, len(bought[item] & bought[other])))
        if found:
            ranked[item] = [(other, -score, both) for score, _, other, both in sorted(found)[: params.k]]
    return ranked


def group(rows: list[dict]) -> dict[str, list[tuple]]:
    found: dict[str, list[tuple]] = {}
    for row in rows:
        owner = found.setdefault(row["item_id"], [])
        owner.append((row["similar_item_id"], round(row["score"], 6), row["co_buyers"]))
        assert row["rank"] == len(owner)
    return found


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"k": 2, "min_score": 0.0},
        {"min_score": 0.0, "max_df": 2, "ngram_min": 1, "ngram_max": 2},
        {"category_weight": 0.0, "brand_weight": 0.0, "price_weight": 2.0},
        {"category_weight": 2.0, "price_weight": 0.0, "min_score": 0.5},
    ],
)
def test_the_neighbours_agree_with_loops_over_all_pairs(seed: int, settings: dict[str, Any]) -> None:
    dataset, products = make_case(seed)
    expected = rank_slowly(dataset, products, Params(**settings))
    found = group(train_rows(dataset, threads=2, **settings))
    assert list(found) == sorted(expected)
    for item, neighbours in found.items():
        assert [score for _, score, _ in neighbours] == pytest.approx(
            [score for _, score, _ in expected[item]], abs=2e-6
        )
        # What differs by rounding alone may be in another order.
        assert {(other, both) for other, score, both in neighbours if score > neighbours[-1][1] + 1e-5} == {
            (other, both) for other, score, both in expected[item] if score > neighbours[-1][1] + 1e-5
        }


def test_what_ties_is_in_order_of_its_buyers_then_of_its_id() -> None:
    dataset = make_simple_dataset(
        make_purchases([("o", user, item, 1.0, None, 0) for user, item in ("ax", "bx", "az", "aw")])
    )
    products: list[Product] = [(item, "apple", None, None, None, True) for item in "zyxwv"]
    found = group(train_rows(make_products_of(dataset, products)))
    assert found["v"] == [("x", 1.0, 0), ("w", 1.0, 0), ("z", 1.0, 0), ("y", 1.0, 0)]
    assert found["z"] == [("x", 1.0, 1), ("w", 1.0, 1), ("v", 1.0, 0), ("y", 1.0, 0)]


def make_products_of(dataset: Dataset, products: list[Product]) -> Dataset:
    table = make_products(products)
    return Dataset.from_events(dataset.user_ids, dataset.item_ids, dataset.events, lambda: table)


def test_an_item_that_nobody_bought_is_a_neighbour_and_one_not_on_sale_is_not() -> None:
    dataset = make_simple_dataset(
        make_purchases([("o", "a", "old", 1.0, None, 0), ("o", "a", "gone", 1.0, None, 1)]),
        make_products(
            [
                ("old", "red wine", None, None, 5.0, True),
                ("gone", "red wine", None, None, 5.0, False),
                ("new", "red wine", None, None, None, None),
                ("off", "red wine", None, None, 5.0, False),
                ("mute", None, None, None, 5.0, True),
            ]
        ),
    )
    found = group(train_rows(dataset))
    assert set(found) == {"gone", "new", "old"}, "what was bought has neighbours though it is sold out"
    assert [other for other, _, _ in found["old"]] == ["gone", "new"]


def test_the_catalogue_stays_whole_in_the_newest_days_and_below_a_cap() -> None:
    dataset, _ = make_case(3)
    day = replace(dataset, day_starts=np.array([0, 2**62]))
    for part in (day.cap(1), select_recent(day, days=1)):
        assert part.products is day.products


@pytest.mark.parametrize("products", [[], [("x", "apple", None, None, None, True)]])
def test_without_a_catalogue_or_with_one_item_there_are_no_rows(products: list[Product]) -> None:
    assert train_rows(make_simple_dataset(draw_purchases(1), make_products(products))) == []


def test_a_title_of_which_no_piece_is_left_is_none() -> None:
    products: list[Product] = [(item, title, None, None, 1.0, True) for item, title in ("ax", "by")]
    assert train_rows(make_simple_dataset(draw_purchases(1), make_products(products)), min_score=0.0) == []


@pytest.mark.parametrize("max_df", [1, 2, 3])
def test_a_value_that_too_many_items_have_is_passed_over(max_df: int) -> None:
    marked = mark_values(["b", "", "a", "a", "b", "b", ""], max_df).toarray()
    counts = {"b": 3, "a": 2, "": 99}
    expected = [float(counts[value] <= max_df) for value in ["b", "", "a", "a", "b", "b", ""]]
    assert marked.sum(axis=1).tolist() == expected


@pytest.mark.parametrize("seed", range(4))
def test_co_buyers_agree_with_sets(seed: int) -> None:
    items = gather_items(make_case(seed)[0])
    size = len(items.ids)
    rows, columns = np.divmod(np.arange(size * size, dtype=np.int32), np.int32(size))
    dense = items.item_users.toarray()
    assert count_co_buyers(items.item_users, rows, columns).tolist() == (dense @ dense.T).ravel().tolist()


def test_lengths_that_do_not_fit_are_a_sentence() -> None:
    with pytest.raises(ValidationError, match="ngram_max is 2, below ngram_min, 3; raise ngram_max"):
        Params(ngram_max=2)


# An encoder in a local folder


def put_encoder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, static: bool) -> str:
    """A library that counts letters, in the place of the one that reads such a folder."""
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "model2vec" if static else "bert"}))

    class Letters:
        def __init__(self, folder: str, local_files_only: bool = False) -> None:
            assert folder == str(tmp_path)

        from_pretrained = classmethod(lambda cls, folder: cls(folder))

        def encode(self, texts: list[str]) -> np.ndarray:
            return np.array([[text.count(letter) for letter in "abcdeilnprw"] for text in texts], np.float32)

    name, kind = ("model2vec", "StaticModel") if static else ("sentence_transformers", "SentenceTransformer")
    module = ModuleType(name)
    setattr(module, kind, Letters)
    monkeypatch.setitem(sys.modules, name, module)
    return str(tmp_path)


@pytest.mark.parametrize("static", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_the_neighbours_by_an_encoder_agree_with_loops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, static: bool, seed: int
) -> None:
    encoder = put_encoder(tmp_path, monkeypatch, static=static)
    dataset, products = make_case(seed)
    items = gather_items(dataset)
    named = {product[0]: product for product in products}
    vectors: dict[str, np.ndarray] = {}
    for item in items.ids.to_pylist():
        text = " ".join(str(part).strip() for part in named.get(item, ())[1:4] if str(part or "").strip())
        letters = np.array([text.count(letter) for letter in "abcdeilnprw"], np.float64)
        if letters.any():
            vectors[item] = letters / np.linalg.norm(letters)
    expected = {}
    for item, vector in vectors.items():
        for other in vectors.keys() - {item}:
            text = float(vector @ vectors[other])
            score = hear_price(text, named[item][4], named[other][4], 0.1)
            if score >= 0.2:
                expected[item, other] = score
    rows = train_rows(dataset, encoder=encoder)
    found = {(row["item_id"], row["similar_item_id"]): row["score"] for row in rows}
    assert found == pytest.approx(expected, abs=1e-5)


def test_an_encoder_that_is_not_there_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset, _ = make_case(0)
    with pytest.raises(RefusedInputError, match=r"there is no folder .*; put the encoder there"):
        train_rows(dataset, encoder=str(tmp_path / "none"))
    for static, library in ((True, "model2vec"), (False, "sentence-transformers")):
        folder = put_encoder(tmp_path, monkeypatch, static=static)
        monkeypatch.setitem(sys.modules, library.replace("-", "_"), None)
        with pytest.raises(RefusedInputError, match=f"is not installed; run pip install {library}"):
            train_rows(dataset, encoder=folder)
