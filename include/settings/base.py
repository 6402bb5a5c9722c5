"""What every section of the settings is made of."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BaseModel, ConfigDict


class Frozen(BaseModel):
    """A section: its keys are all known, and its numbers are finite."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


def known_zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError("must be an IANA time zone such as Asia/Seoul") from None
    return name


def list_distinct(texts: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(texts)) < len(texts):
        raise ValueError("must name each only once")
    return texts


def _plain_name(name: str) -> str:
    if not name.strip() or "/" in name or not name.isprintable():
        raise ValueError("must be the name of a file in the day's folder, without a folder")
    return name


FileName = Annotated[str, AfterValidator(_plain_name)]
