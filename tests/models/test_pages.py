"""docs/models/ has a page of each model and of each source of its own, with their parameters and defaults."""

from __future__ import annotations

import re

import pytest

from include.candidates.registry import SOURCES, load_source_params
from include.models.registry import MODELS, load_model, load_params
from include.settings import ROOT

PAGES = ROOT / "docs" / "models"
_ROW = re.compile(r"^\| `(\w+)` \| ([^|]+?) \| .+ \|$", re.M)


def list_source_pages() -> list[str]:
    """The first source of each module, where that is not a model's of the same name.

    The others of the module differ by the model alone, and are named on its page.
    """
    first: dict[str, str] = {}
    for name, source in SOURCES.items():
        first.setdefault(source.module, name)
    return [name for name in first.values() if name not in MODELS]


def read_parameters(name: str) -> dict[str, str]:
    """The defaults by parameter, of the page's part `Parameters`."""
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    return dict(_ROW.findall(text.split("\n## Parameters\n")[1].split("\n## ")[0]))


def test_there_is_a_page_of_each_model_and_source_and_no_other() -> None:
    assert {path.stem for path in PAGES.glob("*.md")} == {*MODELS, *list_source_pages(), "README"}


@pytest.mark.parametrize("name", MODELS)
def test_a_page_names_the_parameters_and_their_defaults(name: str) -> None:
    fields = load_params(name).model_fields
    assert read_parameters(name) == {field: str(info.default) for field, info in fields.items()}


@pytest.mark.parametrize("name", list_source_pages())
def test_a_sources_page_names_its_parameters_and_their_defaults(name: str) -> None:
    fields = load_source_params(name).model_fields
    expected = {field: str(info.default) for field, info in fields.items()}
    assert read_parameters(name) == expected


@pytest.mark.parametrize("name", list_source_pages())
def test_the_list_of_sources_leads_to_the_page(name: str) -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith(f"| [{name}]({name}.md) |")]
    assert len(rows) == 1


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_is_named_on_a_page(name: str) -> None:
    module = SOURCES[name].module
    pages = {first for first in SOURCES if SOURCES[first].module == module}
    texts = [path.read_text(encoding="utf-8") for page in pages if (path := PAGES / f"{page}.md").exists()]
    assert any(f"`{name}`" in text or text.startswith(f"# {name}\n") for text in texts)


@pytest.mark.parametrize("name", MODELS)
def test_the_list_of_models_leads_to_the_page_and_names_the_tables(name: str) -> None:
    text = (PAGES / "README.md").read_text(encoding="utf-8")
    [row] = [line for line in text.splitlines() if line.startswith(f"| [{name}]({name}.md) |")]
    assert set(re.findall(r"`(\w+)`", row.split("|")[4])) == set(load_model(name).SCORES)


@pytest.mark.parametrize("name", [*MODELS, *list_source_pages()])
@pytest.mark.parametrize("title", ["Parameters", "Cost", "When it loses", "References"])
def test_a_page_has_the_same_parts(name: str, title: str) -> None:
    text = (PAGES / f"{name}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {name}\n")
    assert f"\n## {title}\n" in text
