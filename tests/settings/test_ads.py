"""The section ads: sources that have their models, and re-rank steps with parameters."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.candidates.registry import arrange_sources
from include.candidates.rerank import in_stock
from include.errors import SettingsError
from include.settings import Advertiser, read_advertiser
from include.settings import ads as section

EVE, DAY = date(2026, 12, 23), date(2026, 12, 24)


def read(folder: Path, **settings: Any) -> Advertiser:
    values = {
        "name": "mall",
        "time_zone": "UTC",
        "landing": {"uri": "landing"},
        "feeds": {"purchases": {}},
        "schedule": {"start_date": "2026-01-01"},
    }
    path = folder / "mall.yaml"
    text = yaml.safe_dump(values | settings, sort_keys=False).replace("'2026-01-01'", "2026-01-01")
    path.write_text(text, encoding="utf-8")
    return read_advertiser(path)


def refuse(folder: Path, **settings: Any) -> str:
    with pytest.raises(SettingsError) as caught:
        read(folder, **settings)
    return str(caught.value)


@pytest.mark.parametrize(
    ("models", "sources"),
    [
        (["cosine", "als"], ("repurchase", "als", "best_of")),
        (["als"], ("repurchase", "als", "best_of")),
        (["cosine"], ("repurchase", "itemcf", "best_of")),
        (["tfidf", "bm25"], ("repurchase", "bm25", "best_of")),
        ({"als": None, "cosine": {"k": 3}}, ("repurchase", "als", "best_of")),
    ],
)
def test_without_sources_it_is_the_usual_ones_and_the_first_of_the_models(
    tmp_path: Path, models: Any, sources: tuple[str, ...]
) -> None:
    assert read(tmp_path, models=models).ad_sources == sources


@pytest.mark.parametrize("sources", [["als", "cosine"], ["best_sellers"], ["best_sellers", "als"]])
def test_named_sources_stay_in_their_order(tmp_path: Path, sources: list[str]) -> None:
    assert read(tmp_path, ads={"sources": sources}).ad_sources == tuple(sources)


def test_a_source_without_its_model_is_a_mistake(tmp_path: Path) -> None:
    told = refuse(tmp_path, models=["cosine"], ads={"sources": ["cosine", "als"]})
    assert told == (
        "mall.yaml: line 11: ads: sources names als, which reads the model als, and models has cosine only;"
        " add als to models, or take als out of sources."
    )


def test_models_that_no_source_reads_are_no_ads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A model would be trained for nothing, and nobody would notice."""
    readers = {name: source for name, source in section.SOURCES.items() if source.model != "als"}
    monkeypatch.setattr("include.candidates.registry.SOURCES", readers)
    told = refuse(tmp_path, models=["als"], ads={"k": 10})
    assert "no candidate source reads als, so that ads would use no model" in told
    assert "write ads.sources: [repurchase, best_of] if that is meant" in told
    assert len(told.splitlines()) == 1
    assert read(tmp_path, models=["als"], ads={"sources": ["best_sellers"]}).ad_sources == ("best_sellers",)


@pytest.mark.parametrize(
    ("ads", "sentence"),
    [
        ({"sources": ["als", "cosin"]}, "line 10: ads.sources: cosin is no candidate source; there are"),
        ({"sources": ["cosin"]}, "best_of (cosine was probably meant)"),
        ({"sources": []}, "line 10: ads.sources: must name at least one of als, ease"),
        ({"sources": ["als", "als"]}, "ads.sources: must name each only once"),
        ({"rerank": ["in_stok"]}, "line 11: ads.rerank.0: must be a re-rank step, of: in_stock"),
        ({"rerank": [{"in_stok": {}}]}, "popularity_cap (in_stock was probably meant)"),
        ({"rerank": [{"in_stock": {"absent": "hide"}}]}, "line 12: ads.rerank.0.in_stock.absent: input"),
        ({"rerank": [{"in_stock": {"absnt": "drop"}}]}, "in_stock.absnt: unknown key, absent was"),
        ({"rerank": [{}]}, "ads.rerank.0: must be one re-rank step"),
        ({"rerank": "in_stock"}, "ads.rerank: must be a list, such as [a, b], not 'in_stock'"),
        ({"rerank": [{"price": {}}]}, "ads.rerank.0.price: has no bound; give it a low, a high or times"),
        ({"rerank": ["popularity_cap"]}, "ads.rerank.0: needs either a share of all lists"),
        (
            {"rerank": [{"diversity": {"brand": 9}}]},
            "line 11: ads.rerank.0.diversity: brand is 9, and no more",
        ),
        ({"rerank": [{"already_bought": {"days": "soon"}}]}, "already_bought.days: input should be"),
        (
            {"rerank": ["in_stock", {"campaigns": {"rules": [{"block": True, "title": "gift("}]}}]},
            "ads.rerank.1.campaigns.rules.0.title: is no regular expression: missing ), unterminated",
        ),
        (
            {"rerank": [{"campaigns": {"rules": [{"pin": 1, "items": ["a"], "start_date": "May"}]}}]},
            "campaigns.rules.0.start_date: must be a date such as 2026-01-31, not 'May'",
        ),
        (
            {
                "rerank": [
                    {"campaigns": {"rules": [{"up": 1, "items": ["a"], "start_date": DAY, "end_date": EVE}]}}
                ]
            },
            "ads.rerank.0.campaigns.rules.0: end_date must not be before start_date: 2026-12-23 is before",
        ),
    ],
)
def test_mistakes_have_their_line(tmp_path: Path, ads: dict[str, Any], sentence: str) -> None:
    told = refuse(tmp_path, ads=ads)
    assert sentence in told
    assert len(told.splitlines()) == 1, told


def test_re_rank_steps_are_names_or_names_with_parameters(tmp_path: Path) -> None:
    keep = in_stock.Params(absent="keep")
    for given, params in (
        ("in_stock", in_stock.Params()),
        ({"in_stock": None}, in_stock.Params()),
        ({"in_stock": {"absent": "keep"}}, keep),
    ):
        assert read(tmp_path, ads={"rerank": [given]}).ads.steps == [("in_stock", params)]
    twice = read(tmp_path, ads={"rerank": ["in_stock", {"in_stock": {"absent": "keep"}}]})
    assert [params for _, params in twice.ads.steps] == [in_stock.Params(), keep]
    assert read(tmp_path).ads.steps == []


@pytest.mark.parametrize("blend", [None, "fusion", "learned", {"fusion": {"weights": {"als": 2}}}])
def test_a_blend_is_a_name_or_a_name_with_parameters(tmp_path: Path, blend: Any) -> None:
    ads = read(tmp_path, ads={"blend": blend} if blend else {}).ads
    [(name, params)] = ads.model_dump(mode="json")["blend"].items()
    assert (name, ads.learns) == (
        blend if isinstance(blend, str) else "fusion",
        name == "learned",
    )
    assert section.Ads.model_validate({"blend": {name: params}}).blend == ads.blend


def test_repurchase_weighs_most_where_nothing_is_said() -> None:
    sources = arrange_sources(["als", "best_of", "repurchase"])
    assert sources.usual == {"als": 1.0, "repurchase": 2.0, "best_of": 0.0}


@pytest.mark.parametrize(
    ("blend", "sentence"),
    [
        ("fusoin", "fusion was probably meant"),
        ({"fusion": {}, "turns": {}}, "must be one blend, such as fusion"),
        ({"fusion": {"weights": {"asl": 1}}}, "blend weighs asl, no candidate source"),
        ({"learned": {"fallback": {"slots": [{"until": 2, "weights": {"asl": 1}}]}}}, "blend weighs asl"),
        ({"fusion": {"weights": {"als": -1}}}, "greater than or equal to 0"),
    ],
)
def test_a_blend_that_cannot_be_is_a_mistake(tmp_path: Path, blend: Any, sentence: str) -> None:
    assert sentence in refuse(tmp_path, ads={"blend": blend})
