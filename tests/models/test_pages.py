"""docs/models/ has a page of each registered model, which names its parameters and their defaults."""

from __future__ import annotations

import re

import pytest

from include.models.registry import MODELS, load_model, load_params
from include.settings import ROOT

PAGES = ROOT / "docs" / "models"
_ROW = re.compile(r"^\| `(\w+)` \| (\S+) \| .+ \|$", re.M)


def test_there_is_a_page_of_each_model_and_no_other() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {*MODELS, "README"}


@pytest.mark.parametrize("name", MODELS)
def test_a_page_names_the_parameters_and_their_defaults(name: str) -> None:
    written = dict(_ROW.findall((PAGES / f"{name}.md").read_text(encoding="utf-8")))
    fields = load_params(name).model_fields
    assert written == {field: str(info.default) for field, info in fields.items()}


@pytest.mark.parametrize("name", MODELS)
def test_the_list_of_models_leads_to_the_page_and_names_the_tables(name: str) -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    [row] = [line for line in text.splitlines() if line.startswith(f"| [{name}]({name}.md) |")]
    assert set(re.findall(r"`(\w+)`", row.split("|")[4])) == set(load_model(name).SCORES)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("title", ["Parameters", "Cost", "When it loses", "References"])
def test_a_page_has_the_same_parts(name: str, title: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert f"\n## {title}\n" in text
