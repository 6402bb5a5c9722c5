"""What docs/how-to/choose-a-blend.md says of the blends is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from include.candidates.registry import BLENDS, load_blend_params
from include.settings.ads import Ads, list_weighed_sources

PAGE = (Path(__file__).resolve().parent.parent / "docs/how-to/choose-a-blend.md").read_text(encoding="utf-8")


def test_every_yaml_is_a_section_that_loads() -> None:
    found = [
        Ads.model_validate(yaml.safe_load(text)["ads"])
        for text in re.findall(r"^```yaml\n(.*?)^```", PAGE, re.M | re.S)
    ]
    assert [ads.blend.chosen[0] for ads in found] == ["fusion", "learned"]
    for ads in found:
        assert set(list_weighed_sources(ads)) <= set(ads.sources or ())


@pytest.mark.parametrize("blend", BLENDS)
def test_every_blend_and_its_parameters_are_there(blend: str) -> None:
    assert f"| `{blend}` |" in PAGE
    section = PAGE.partition(f"## {blend.capitalize()}\n")[2].partition("\n## ")[0]
    told = {
        name: default.split(", ")
        for names, default in re.findall(r"^\| (`.*?`) \| (.*?) \|", section, re.M)
        for name in re.findall(r"`(\w+)`", names)
    }
    fields = load_blend_params(blend).model_fields
    assert set(told) == set(fields)
    for names, default in re.findall(r"^\| (`.*?`) \| ([\d., ]+) \|", section, re.M):
        named = re.findall(r"`(\w+)`", names)
        assert [float(text) for text in default.split(", ")] == [fields[name].default for name in named]
