"""Files of former versions are read as before, with a warning; keys at both places are a mistake."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from include.errors import SettingsError
from include.settings import read_advertiser

BASE = """\
name: mall
time_zone: Asia/Seoul
landing: {uri: landing/mall}
feeds: {purchases: {}}
schedule: {start_date: 2026-01-10}
"""
FORMER = """\
k: {item_similarities: 30, user_recommendations: 7, ad_candidates: 9, recent_items: 5}
models: [cosine, als]
als:
  factors: 16
  alpha: 10
exclude_purchased: false
min_co_buyers: 5
max_basket: 500
"""
PRESENT = """\
k: {recent_items: 5}
models:
  cosine: {k: 30}
  als: {k: 30, user_k: 7, factors: 16, alpha: 10}
ads: {k: 9, exclude_purchased: false, min_co_buyers: 5}
max_history: 500
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mall.yaml"
    path.write_text(BASE + text, encoding="utf-8")
    return path


def refuse(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        read_advertiser(write(folder, text))
    return str(refusal.value).splitlines()


def test_a_file_of_a_former_version_means_what_it_meant(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        former = read_advertiser(write(tmp_path, FORMER))
    assert caplog.messages == [
        "mall.yaml: has keys of a former version, which are read as their new ones; rename them:"
        " k.item_similarities → models.cosine.k and models.als.k; k.user_recommendations →"
        " models.als.user_k; k.ad_candidates → ads.k; als → models.als; exclude_purchased →"
        " ads.exclude_purchased; min_co_buyers → ads.min_co_buyers; max_basket → max_history."
    ]
    caplog.clear()
    assert former == read_advertiser(write(tmp_path, PRESENT))
    assert caplog.messages == []


@pytest.mark.parametrize(
    ("text", "present"),
    [
        ("k: {item_similarities: 30}", "models: {cosine: {k: 30}, als: {k: 30}}"),
        ("k: {item_similarities: 30}\nmodels: [cosine]", "models: {cosine: {k: 30}}"),
        ("k: {item_similarities: 30}\nmodels: {als: }", "models: {als: {k: 30}}"),
        ("als: {factors: 8}", "models: {cosine: {}, als: {factors: 8}}"),
        ("als: {}", "models: [cosine, als]"),
        ("models: {}\nals: {factors: 8}", "models: {cosine: {}, als: {factors: 8}}"),
        ("als: {factors: 8}\nmodels: {als: {k: 9}}", "models: {als: {k: 9, factors: 8}}"),
        ("als: {factors: 8}\nk: {user_recommendations: 7}\nmodels: [cosine]", "models: [cosine]"),
        ("exclude_purchased: false\nads: {k: 9}", "ads: {k: 9, exclude_purchased: false}"),
        ("ads:\nmin_co_buyers: 2", "ads: {min_co_buyers: 2}"),
    ],
)
def test_what_is_not_given_stays_as_it_is(tmp_path: Path, text: str, present: str) -> None:
    assert read_advertiser(write(tmp_path, text)) == read_advertiser(write(tmp_path, present))


def test_a_model_that_is_not_chosen_is_named_in_the_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    read_advertiser(write(tmp_path, "als: {factors: 8}\nmodels: [cosine]\n"))
    assert "als → nothing, as that model is not among models." in caplog.text


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "max_basket: 5\nmax_history: 6\n",
            ["line 7: max_history: is what max_basket was, and both are given, in lines 7 and 6; keep max_"],
        ),
        (
            "models:\n  cosine:\n    k: 5\nk:\n  item_similarities: 6\n",
            ["line 8: models.cosine.k: is what k.item_similarities was, and both are given, in lines 8 and"],
        ),
        (
            "als:\n  alpha: 2\n  factors: 8\nmodels:\n  als:\n    factors: 16\n",
            ["line 11: models.als.factors: is what als.factors was, and both are given, in lines 11 and 8"],
        ),
        (
            "ads:\n  k: 2\n  exclude_purchased: true\nexclude_purchased: false\nk: {ad_candidates: 3}\n",
            ["line 7: ads.k: is what k.ad_candidates was", "line 8: ads.exclude_purchased: is what"],
        ),
    ],
)
def test_both_places_are_a_mistake_that_names_both_lines(
    tmp_path: Path, text: str, sentences: list[str]
) -> None:
    found = refuse(tmp_path, text)
    assert len(found) == len(sentences)
    for line, sentence in zip(found, sentences, strict=True):
        assert line.startswith(f"mall.yaml: {sentence}")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("\nals:\n  factors: 0\n", "line 8: models.als.factors: input should be greater than or equal to 1"),
        ("\nals:\n  factor: 3\n", "line 8: models.als.factor: unknown key, factors was probably meant"),
        ("\nals: 3\n", "line 7: models.als: must be a section"),
        ("als: {factors: 010}\n", "line 6: models.als.factors: 010 is the number 8 to YAML"),
        ("\nk:\n  item_similarities: 0\n", "line 8: models.cosine.k: input should be greater than or equal"),
        ("max_basket: many\n", "line 6: max_history: input should be a valid integer"),
        ("max_basket: 1\nmax_basket: 2\n", "line 7: max_basket: stands twice, in lines 6 and 7"),
        ("models: 3\nals: {factors: 8}\n", "line 6: models: must be a section"),
        ("ads: 3\nexclude_purchased: false\n", "line 6: ads: must be a section"),
    ],
)
def test_a_mistake_at_a_former_place_has_the_line_of_the_file(
    tmp_path: Path, text: str, sentence: str
) -> None:
    assert refuse(tmp_path, text)[0].startswith(f"mall.yaml: {sentence}")
