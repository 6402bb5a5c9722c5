"""Files that only their owner can read: passwords and keys of the local services."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from pathlib import Path

from include.errors import LocalServiceError
from include.files import replace_file


def write_file(path: Path, text: str) -> None:
    """Write a file of mode 600 that appears whole."""
    replace_file(path, text.encode(), mode=0o600)


def read_or_make_secrets(path: Path, names: Iterable[str]) -> dict[str, str]:
    """The secrets in a JSON file by name; those that are not there are generated and written."""
    try:
        known: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        known = {}
    except json.JSONDecodeError:
        raise LocalServiceError(
            f"{path} is damaged: put it back, or remove this one file, and the next start makes new secrets."
        ) from None
    missing = [name for name in names if name not in known]
    if missing:
        known |= {name: secrets.token_urlsafe(24) for name in missing}
        write_file(path, json.dumps(known, indent=2))
    return known
