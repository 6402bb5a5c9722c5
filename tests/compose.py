"""The compose file as a deployment sees it: its variables, and its services with values filled in."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docker-compose.yaml").read_text(encoding="utf-8")
VARIABLE = re.compile(r"(?<!\$)\$\{(?P<name>\w+)(?:(?P<rule>:[?-])(?P<text>[^}]*))?\}")


class MissingVariableError(Exception):
    """What `docker compose` refuses to start for."""


def interpolate(text: str, values: dict[str, str]) -> str:
    """The compose specification's ${NAME:?message}, ${NAME:-default} and $$."""

    def fill(match: re.Match[str]) -> str:
        value = values.get(match["name"], "")
        if not value and match["rule"] == ":?":
            raise MissingVariableError(match["name"])
        return value or match["text"] or ""

    return VARIABLE.sub(fill, text).replace("$$", "$")


def read_compose(values: dict[str, str] | None = None) -> dict[str, Any]:
    """The parsed file, as written or with `values` in place of its variables."""
    document = yaml.safe_load(TEXT)
    return document if values is None else _fill(document, values)


def _fill(node: Any, values: dict[str, str]) -> Any:
    if isinstance(node, dict):
        return {key: _fill(value, values) for key, value in node.items()}
    if isinstance(node, list):
        return [_fill(value, values) for value in node]
    return interpolate(node, values) if isinstance(node, str) else node
