"""The section `models` holds the parameters of registered models, and tells a mistake with line and cure."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from include.errors import SettingsError
from include.models.registry import DEFAULT, MODELS, load_params
from include.settings import Advertiser, read_advertiser

BASE = """\
name: mall
time_zone: UTC
landing: {uri: landing}
feeds: {purchases: {}}
schedule: {start_date: 2026-01-10}
"""


def read(folder: Path, text: str) -> Advertiser:
    path = folder / "mall.yaml"
    path.write_text(BASE + text, encoding="utf-8")
    return read_advertiser(path)


def make_advertiser(models: Any) -> Advertiser:
    return Advertiser.model_validate(
        {
            "name": "mall",
            "time_zone": "UTC",
            "landing": {"uri": "landing"},
            "feeds": {"purchases": {}},
            "schedule": {"start_date": date(2026, 1, 10)},
            "models": models,
        }
    )


@pytest.mark.parametrize(
    "text", ["", "models: {}\n", "models: [cosine, als]\n", "models: {als: , cosine: {}}\n"]
)
def test_models_have_defaults(tmp_path: Path, text: str) -> None:
    chosen = read(tmp_path, text).chosen_models
    assert list(chosen) == list(DEFAULT), "in the registry's order"
    assert chosen == {name: load_params(name)() for name in DEFAULT}


@pytest.mark.parametrize("name", MODELS)
def test_every_registered_model_can_be_chosen_alone(tmp_path: Path, name: str) -> None:
    advertiser = read(tmp_path, f"models:\n  {name}:\n    k: 7\n")
    assert advertiser.chosen_models == {name: load_params(name)(k=7)}
    assert make_advertiser((name,)).chosen_models == {name: load_params(name)()}


def test_parameters_survive_being_written_and_read() -> None:
    advertiser = make_advertiser({"als": {"factors": 16, "user_k": 3}})
    assert Advertiser.model_validate(advertiser.model_dump(mode="json")) == advertiser


def test_parameters_cannot_be_changed() -> None:
    params = make_advertiser(["cosine"]).chosen_models["cosine"]
    with pytest.raises(ValidationError, match="frozen"):
        params.k = 3  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "models: [cosine, asl]\n",
            "line 6: models.asl: unknown model, als was probably meant; registered: ",
        ),
        ("models:\n  - cosine\n  - zzz\n", "line 8: models.zzz: unknown model; registered: cosine"),
        (
            "models:\n  cosin: {k: 3}\n",
            "line 7: models.cosin: unknown model, cosine was probably meant; regi",
        ),
        ("models: [cosine, cosine]\n", "line 6: models: must name each model only once"),
        ("models: []\n", "line 6: models: must name at least one of cosine"),
        (
            "models: [{cosine: {}}]\n",
            "line 6: models: must be a list of names, or a section with the paramet",
        ),
        ("models: cosine\n", "line 6: models: must be a section, with keys and values of its own"),
        ("models:\n", "line 6: models: is empty; give it a value, or {} where the defaults"),
        (
            "models:\n  als:\n    factor: 3\n",
            "line 8: models.als.factor: unknown key, factors was probably m",
        ),
        (
            "models:\n  als:\n    xyz: 3\n",
            "line 8: models.als.xyz: unknown key; allowed here: k, days, half_life, factors, r",
        ),
        (
            "models:\n  cosine:\n    factors: 3\n",
            "line 8: models.cosine.factors: unknown key; it belongs in m",
        ),
        (
            "models: {als: {k: 0}}\n",
            "line 6: models.als.k: input should be greater than or equal to 1, not 0",
        ),
        (
            "models: {als: {k: 1001}}\n",
            "line 6: models.als.k: input should be less than or equal to 1000, no",
        ),
        ("models: {als: {alpha: .inf}}\n", "line 6: models.als.alpha: input should be a finite number"),
        ("models: {als: 3}\n", "line 6: models.als: must be a section, with keys and values of its own"),
        ("k: {als: 3}\n", "line 6: k.als: unknown key; it belongs in models or ads.source_params;"),
    ],
)
def test_a_mistake_is_told_with_line_and_cure(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refusal:
        read(tmp_path, text)
    found = str(refusal.value).splitlines()
    assert len(found) == 1
    assert found[0].startswith(f"mall.yaml: {sentence}")
