"""A YAML of the sections `models` and `ads` alone: how lists are made, for no advertiser in particular."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationInfo, field_validator

from include.errors import SettingsError
from include.settings.ads import Ads, check_named_sources
from include.settings.base import Frozen
from include.settings.mistakes import list_mistakes
from include.settings.models import NO_CHOICE, Models, name_models
from include.settings.unknown_keys import name_place
from include.settings.yaml_text import read_yaml


class Lists(Frozen):
    """The sections as an advertiser has them; a model that is not named has its defaults."""

    models: Models = NO_CHOICE
    ads: Ads = Ads()

    @field_validator("ads")
    @classmethod
    def _ads_have_their_models(cls, ads: Ads, info: ValidationInfo) -> Ads:
        if "models" in info.data and info.data["models"].chosen:
            check_named_sources(ads, info.data["models"].chosen)
        return ads


def read_lists(path: Path) -> Lists:
    """Read one YAML file. Raises SettingsError with a line per mistake."""
    try:
        text = read_yaml(path)
    except FileNotFoundError:
        raise SettingsError(
            f"{path} is not there; name a YAML file with the sections models and ads."
        ) from None
    if not isinstance(text.values, dict):
        raise SettingsError(
            f"{path.name}: must have the sections models and ads, as an advertiser's YAML has."
        )
    name_models(text)
    if mistakes := list_mistakes(Lists, text):
        lines = [(text.find_line(mistake.location), mistake) for mistake in mistakes]
        raise SettingsError(
            "\n".join(
                f"{path.name}: line {line}: {name_place(mistake.location)}: {mistake.reason}."
                for line, mistake in lines
            )
        )
    return Lists.model_validate(text.values)
