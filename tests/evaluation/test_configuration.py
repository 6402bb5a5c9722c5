"""A configuration's lists on a window: trained once whoever asks, by the codes of that window."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from include.candidates.base import Source
from include.candidates.registry import SOURCES
from include.errors import RefusedInputError
from include.evaluation.configuration import (
    Configuration,
    list_source_contenders,
    make_contender,
    make_lists,
    name_other_window,
    select_source,
    translate_lists,
)
from include.evaluation.window import Window
from include.kernels import RankedLists
from include.models.base import Context
from include.models.registry import load_model, load_params
from include.settings.ads import Ads, Blend
from tests.evaluation.windows import list_ids, make_purchases, make_window

SMALL: dict[str, dict[str, Any]] = {"als": {"factors": 4, "iterations": 3}}
CONFIGURATION = Configuration(
    {name: load_params(name)(**SMALL.get(name, {})) for name in ("cosine", "als", "ease")},
    Ads(sources=("als", "cosine", "best_sellers"), min_co_buyers=1),
)
CONTEXT = Context(threads=1)


@pytest.fixture
def window() -> Window:
    return make_window(make_purchases(0))


def list_fresh(configuration: Configuration, k: int, context: Context) -> list[list[str]]:
    window = make_window(make_purchases(0))
    return list_ids(make_lists(window, configuration, k, context), window)


def test_a_model_learns_once_whoever_asks(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt: list[str] = []
    for name, function in (("als", "factorise"), ("ease", "learn_weights")):
        module: Any = load_model(name)
        right = getattr(module, function)

        def learn(*given: Any, name: str = name, right: Any = right) -> Any:
            learnt.append(name)
            return right(*given)

        monkeypatch.setattr(module, function, learn)
    contenders = [make_contender("ad_candidates", CONFIGURATION), *list_source_contenders(CONFIGURATION)]
    found = {
        (contender.name, exclude): list_ids(
            contender.rank(window, 5, replace(CONTEXT, exclude_purchased=exclude)), window
        )
        for contender in contenders
        for exclude in (False, True, False)
    }
    assert sorted(learnt) == ["als", "ease"]
    for exclude in (False, True):
        context = replace(CONTEXT, exclude_purchased=exclude)
        assert found["ad_candidates", exclude] == list_fresh(CONFIGURATION, 5, context)
    assert found["ease", True] != found["ease", False]


def test_every_source_of_the_models_is_a_contender(window: Window) -> None:
    expected = [name for name, source in SOURCES.items() if source.model in ("", *CONFIGURATION.models)]
    contenders = list_source_contenders(CONFIGURATION)
    assert [contender.name for contender in contenders] == expected
    for contender in contenders:
        assert contender.settings["ads"]["sources"] == [contender.name]
        assert set(contender.settings["models"]) == {SOURCES[contender.name].model} - {""}
        lists = contender.rank(window, 4, CONTEXT)
        assert len(lists.sizes) == len(window.user_ids) + 1
        bought = window.purchased
        *known, _ = np.split(lists.items, lists.indptr[1:-1])
        for user, items in enumerate(known):
            assert not set(items) & set(bought[user].indices)


@pytest.mark.parametrize("blend", ["fusion", "learned"])
def test_a_source_alone_is_not_blended(window: Window, blend: str) -> None:
    blended = replace(CONFIGURATION, ads=CONFIGURATION.ads.model_copy(update={"blend": Blend(**{blend: {}})}))
    [plain, alone] = [
        make_lists(window, select_source(configuration, "als"), 5, CONTEXT)
        for configuration in (CONFIGURATION, blended)
    ]
    assert list_ids(plain, window) == list_ids(alone, window)


def test_without_days_before_it_a_learned_list_is_fused(
    window: Window, caplog: pytest.LogCaptureFixture
) -> None:
    lists = {
        blend: list_ids(
            make_lists(
                window,
                replace(
                    CONFIGURATION, ads=CONFIGURATION.ads.model_copy(update={"blend": Blend(**{blend: {}})})
                ),
                5,
                CONTEXT,
            ),
            window,
        )
        for blend in ("fusion", "learned")
    }
    assert lists["fusion"] == lists["learned"]
    assert "lists are fused, not ranked: There are no days before the window." in caplog.text


def test_other_parameters_are_another_training(window: Window) -> None:
    other = replace(CONFIGURATION, models={**CONFIGURATION.models, "als": load_params("als")(factors=2)})
    alone = Ads.model_validate({"sources": ["als"], "blend": "turns"})
    first = make_lists(window, replace(CONFIGURATION, ads=alone), 5, CONTEXT)
    second = make_lists(window, replace(other, ads=alone), 5, CONTEXT)
    assert list_ids(second, window) == list_fresh(replace(other, ads=alone), 5, CONTEXT)
    assert not np.array_equal(first.scores, second.scores)


def test_models_that_are_added_have_their_defaults() -> None:
    added = CONFIGURATION.add_defaults(["als", "bm25"])
    assert added.models["als"] == CONFIGURATION.models["als"]
    assert added.models["bm25"] == load_params("bm25")()
    assert CONFIGURATION.add_defaults().models.keys() >= {"tfidf", "item2vec"}


def test_by_other_weights_the_other_window_is_looked_at(window: Window) -> None:
    weights = {"purchase": 2.0}
    rows = [row for row in make_purchases(0) if row[0] != "u01"]
    other = make_window([*rows, ("u77", "i77", -2.0), ("u02", "i77", -2.0)])
    window.memo[name_other_window(weights)] = other
    configuration = replace(CONFIGURATION, ads=Ads(sources=("best_sellers",)), weights=weights)
    found = dict(
        zip(
            [*window.user_ids.to_pylist(), ""],
            list_ids(make_lists(window, configuration, 30, CONTEXT), window),
            strict=True,
        )
    )
    theirs = list_ids(make_lists(other, replace(configuration, weights=None), 30, CONTEXT), other)
    expected = dict(zip([*other.user_ids.to_pylist(), ""], theirs, strict=True))
    assert found["u01"] == []
    for user, items in found.items():
        assert items == [item for item in expected.get(user, []) if item != "i77"]


def test_lists_by_the_codes_of_another_window() -> None:
    theirs = make_window([("u1", "a", -1.0), ("u2", "b", -1.0), ("u3", "c", -1.0)])
    ours = make_window([("u0", "c", -1.0), ("u1", "b", -1.0), ("u3", "a", -1.0)])
    lists = RankedLists(
        np.array([0, 2, 3, 6]), np.array([2, 1, 0, 0, 1, 2], np.int32), np.arange(6, dtype=np.float32)
    )
    found = translate_lists(lists, theirs, ours)
    assert list_ids(found, ours) == [[], ["c", "b"], ["a", "b", "c"]]
    assert found.scores.tolist() == [0, 1, 3, 4, 5]


def test_a_source_whose_table_its_model_does_not_make_is_a_sentence(
    window: Window, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SOURCES, "cosine", Source(SOURCES["cosine"].module, "user_recommendations", "cosine"))
    with pytest.raises(
        RefusedInputError, match="the candidate source cosine reads user_recommendations, which"
    ):
        make_lists(window, replace(CONFIGURATION, ads=Ads(sources=("cosine",))), 3, CONTEXT)
