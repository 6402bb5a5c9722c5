"""A YAML of models and ads alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.errors import SettingsError
from include.settings.lists import read_lists


def write(folder: Path, text: str) -> Path:
    path = folder / "lists.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_sections_are_those_of_an_advertiser(tmp_path: Path) -> None:
    lists = read_lists(write(tmp_path, "models:\n  als: {factors: 32}\nads: {min_co_buyers: 1}\n"))
    assert lists.models.chosen["als"].model_dump()["factors"] == 32
    assert list(lists.models.chosen) == ["als"]
    assert lists.ads.min_co_buyers == 1
    assert list(read_lists(write(tmp_path, "models: [als, cosine]\n")).models.chosen) == ["cosine", "als"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "models: {als: {factor: 3}}\n",
            "line 1: models.als.factor: unknown key, factors was probably meant",
        ),
        ("models: [als]\nname: mall\n", "line 2: name: unknown key"),
        (
            "models: [als]\nads: {sources: [cosine]}\n",
            "line 2: ads: sources names cosine, which reads the model",
        ),
        ("- als\n", "must have the sections models and ads"),
        ("models: [als\n", "not readable as YAML"),
    ],
)
def test_mistakes_have_their_line(tmp_path: Path, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError) as refused:
        read_lists(write(tmp_path, text))
    assert sentence in str(refused.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.yaml is not there; name a YAML file"):
        read_lists(tmp_path / "none.yaml")
