"""The section evaluation: when and by what lists are judged, and a challenger that is right or a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.errors import SettingsError
from include.models import als, cosine
from include.settings import Advertiser, Evaluation, read_advertiser

BASE = """\
name: mall
time_zone: UTC
landing: {uri: landing}
feeds: {purchases: {}}
schedule: {start_date: 2026-01-10}
models: {cosine: {k: 7}, als: {factors: 8, alpha: 2.0}}
ads: {k: 5, rerank: [in_stock], min_co_buyers: 2}
weights: {purchase: 2.0}
window: {days: 20, max_items: 9}
"""


def read(folder: Path, text: str, base: str = BASE) -> Advertiser:
    path = folder / "mall.yaml"
    path.write_text(base + text, encoding="utf-8")
    return read_advertiser(path)


def refuse(folder: Path, text: str, base: str = BASE) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        read(folder, text, base)
    return [line.removeprefix("mall.yaml: ") for line in str(caught.value).splitlines()]


def test_without_the_section_it_has_its_defaults_and_no_challenger(tmp_path: Path) -> None:
    advertiser = read(tmp_path, "")
    assert advertiser.evaluation == Evaluation()
    said = advertiser.evaluation
    assert (said.splits, said.every, said.test_days, said.k, said.purchases) == (8, 7, (7, 1), 20, "new")
    assert advertiser.challenger is None
    assert advertiser.schedule.evaluation == "0 5 * * 1"


def test_what_a_challenger_does_not_say_is_the_advertisers(tmp_path: Path) -> None:
    advertiser = read(
        tmp_path,
        """\
evaluation:
  challenger:
    models: {als: {factors: 16}, item2vec: }
    ads: {sources: [als], min_co_buyers: 1}
    weights: {view: 0.5}
    window: {max_items: 4}
""",
    )
    challenger = advertiser.challenger
    assert challenger is not None
    assert list(challenger.chosen_models) == ["cosine", "als", "item2vec"]
    assert challenger.chosen_models["als"] == als.Params(factors=16, alpha=2.0)
    assert challenger.chosen_models["cosine"] == cosine.Params(k=7)
    assert challenger.ads == advertiser.ads.model_copy(update={"sources": ("als",), "min_co_buyers": 1})
    assert challenger.ads.steps == advertiser.ads.steps != []
    assert challenger.event_weights == {"purchase": 2.0, "view": 0.5, "cart": 0.0}
    assert (challenger.window.days, challenger.window.max_items) == (20, 4)
    assert challenger.challenger is None
    changed = {"models", "ads", "weights", "window", "evaluation"}
    assert {name for name in type(advertiser).model_fields
            if getattr(challenger, name) != getattr(advertiser, name)} == changed  # fmt: skip
    assert advertiser.chosen_models["als"] == als.Params(factors=8, alpha=2.0), "its own stay"


def test_a_challenger_that_says_nothing_is_the_advertiser_itself(tmp_path: Path) -> None:
    advertiser = read(tmp_path, "evaluation: {challenger: {}}\n")
    challenger = advertiser.challenger
    assert challenger is not None
    for name in ("chosen_models", "ads", "ad_sources", "event_weights", "window"):
        assert getattr(challenger, name) == getattr(advertiser, name)


def test_a_value_that_is_the_default_counts_when_it_is_said(tmp_path: Path) -> None:
    factors = als.Params().factors
    challenger = read(
        tmp_path, f"evaluation: {{challenger: {{models: {{als: {{factors: {factors}}}}}}}}}\n"
    ).challenger
    assert challenger is not None
    assert challenger.chosen_models["als"] == als.Params(factors=factors, alpha=2.0)


def test_models_may_be_a_list_of_names(tmp_path: Path) -> None:
    challenger = read(tmp_path, "evaluation: {challenger: {models: [bm25, als]}}\n").challenger
    assert challenger is not None
    assert list(challenger.chosen_models) == ["cosine", "als", "bm25"]
    assert challenger.chosen_models["als"] == als.Params(factors=8, alpha=2.0)


def test_it_survives_being_written_and_read(tmp_path: Path) -> None:
    text = "evaluation: {splits: 3, challenger: {models: {als: {alpha: 3.0}}, ads: {rerank: [in_stock]}}}\n"
    advertiser = read(tmp_path, text)
    written = Advertiser.model_validate(advertiser.model_dump(mode="json"))
    assert written == advertiser
    assert written.challenger == advertiser.challenger
    assert advertiser.model_dump(mode="json")["evaluation"]["challenger"] == {
        "models": {"als": {"alpha": 3.0}},
        "ads": {"rerank": [{"in_stock": {}}]},
    }


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("evaluation: {splits: 0}\n", "line 10: evaluation.splits: input should be greater than or equal"),
        ("evaluation: {every: 0}\n", "line 10: evaluation.every: input should be greater than"),
        ("evaluation:\n  test_days: []\n", "line 11: evaluation.test_days: must name at least one number"),
        ("evaluation:\n  test_days: [7, 7]\n", "line 11: evaluation.test_days: must name at least one"),
        ("evaluation:\n  test_days: [0]\n", "line 11: evaluation.test_days.0: input should be greater"),
        (
            "evaluation: {purchases: repeat}\n",
            "line 10: evaluation.purchases: input should be 'new' or 'all'",
        ),
        ("evaluation: {challengers: {}}\n", "evaluation.challengers: unknown key, challenger was probably"),
        (
            "evaluation:\n  challenger:\n    models:\n      als: {factor: 3}\n",
            "line 13: evaluation.challenger.models.als.factor: unknown key, factors was probably meant",
        ),
        (
            "evaluation:\n  challenger:\n    models:\n    - als\n    - asl\n",
            "line 14: evaluation.challenger.models.asl: unknown model, als was probably meant",
        ),
        (
            "evaluation:\n  challenger:\n    models: {als: {factors: 0}}\n",
            "line 12: evaluation.challenger.models.als.factors: input should be greater than or equal to 1",
        ),
        (
            "evaluation:\n  challenger:\n    ads: {sources: [cosin]}\n",
            "line 12: evaluation.challenger.ads.sources: cosin is no candidate source",
        ),
        (
            "evaluation:\n  challenger:\n    ads: {sources: [item2vec]}\n",
            "line 12: evaluation.challenger.ads: sources names item2vec, which reads the model item2vec, and"
            " models has cosine, als only; add item2vec to models, or take item2vec out of sources.",
        ),
        (
            "evaluation:\n  challenger:\n    window: {days: 7}\n",
            "line 12: evaluation.challenger.window: days must stay away here",
        ),
        (
            "evaluation:\n  challenger:\n    k: {best_sellers: 3}\n",
            "line 12: evaluation.challenger.k: unknown key",
        ),
        (
            "evaluation:\n  challenger:\n    weights: {purchase: 0}\n",
            "line 12: evaluation.challenger.weights.p",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, text: str, sentence: str) -> None:
    found = refuse(tmp_path, text)
    assert len(found) == 1, found
    assert found[0].startswith(sentence) or sentence in found[0]


def test_a_mistake_of_the_advertisers_own_is_told_once_and_hides_none_of_the_challengers(
    tmp_path: Path,
) -> None:
    base = BASE.replace("{k: 5,", "{k: 0,")
    text = "evaluation:\n  challenger:\n    ads: {sources: [item2vec]}\n"
    found = refuse(tmp_path, text, base)
    assert [line.split(": ")[1] for line in found] == ["ads.k", "evaluation.challenger.ads"]


@pytest.mark.parametrize(
    ("cron", "kept"),
    [
        ("'0 5 * * 1'", "0 5 * * 1"),
        ("'30  4 * * *'", "30 4 * * *"),
        ("null", None),
        ("'0 5 * * 7'", "0 5 * * 7"),
    ],
)
def test_the_cron_is_weekly_or_daily_or_never(tmp_path: Path, cron: str, kept: str | None) -> None:
    base = BASE.replace("2026-01-10}", f"2026-01-10, evaluation: {cron}}}")
    assert read(tmp_path, "", base).schedule.evaluation == kept


@pytest.mark.parametrize(
    "cron", ["@weekly", "0 5 1 * *", "0 24 * * 1", "*/5 5 * * 1", "0 5 * * 8", "0 5 * *"]
)
def test_another_cron_is_a_mistake(tmp_path: Path, cron: str) -> None:
    base = BASE.replace("2026-01-10}", f'2026-01-10, evaluation: "{cron}"}}')
    [found] = refuse(tmp_path, "", base)
    assert found.startswith("line 5: schedule.evaluation: must be a cron expression of once a week or")
