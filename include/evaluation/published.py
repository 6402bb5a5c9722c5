"""What papers report on public splits, from `published.yaml`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

FILE: Final = Path(__file__).with_name("published.yaml")


@dataclass(frozen=True)
class Published:
    """figures: by model the values of `metrics` @ k, as `source` prints them. protocol: how it was judged.

    users, items: of the published data; None where its preparation is not ours.
    """

    title: str
    protocol: str
    source: str
    k: int
    metrics: tuple[str, ...]
    figures: Mapping[str, Mapping[str, float]]
    users: int | None = None
    items: int | None = None

    def to_json(self) -> dict[str, Any]:
        figures = {model: dict(values) for model, values in self.figures.items()}
        return {"title": self.title, "source": self.source, "k": self.k, "figures": figures}


@cache
def read_published() -> Mapping[str, Published]:
    """The published figures by name of the data: gowalla, yelp2018, amazon-book, ml-100k, ta-feng."""
    import yaml

    raw = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return MappingProxyType({name: _read_entry(entry) for name, entry in raw.items()})


def _read_entry(entry: dict[str, Any]) -> Published:
    metrics = tuple(entry.pop("metrics"))
    figures = {
        model: MappingProxyType(dict(zip(metrics, values, strict=True)))
        for model, values in entry.pop("figures").items()
    }
    return Published(metrics=metrics, figures=MappingProxyType(figures), **entry)
