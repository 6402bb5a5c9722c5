"""Add the warehouse to Redash as a data source, or bring it up to date: `python3 -m redash.add_data_source`.

Redash reads as the role analyst, which can change nothing. Only the standard library, because a machine
that runs containers need not have our virtual environment.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from include.errors import PermanentError
from include.local.make_env import parse_variables

ROOT = Path(__file__).resolve().parent.parent
NAME = "Dangol warehouse"


class RedashError(PermanentError):
    """Redash does not do as asked."""


@dataclass(frozen=True)
class Redash:
    """Redash's API at `url`, with the key of an administrator."""

    url: str
    key: str = field(repr=False)

    def call(self, path: str, body: dict[str, Any] | None = None) -> Any:
        """GET a path, or POST a body to it, and return its JSON. Raises RedashError with a sentence."""
        request = urllib.request.Request(
            f"{self.url.rstrip('/')}/api/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Key {self.key}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            reason = "the key is not an administrator's" if error.code in (401, 403, 404) else error.reason
            raise RedashError(f"Redash refused {path} ({error.code}): {reason}.") from None
        except json.JSONDecodeError:
            raise RedashError(
                f"{self.url} answered {path} with a page: check REDASH_URL and REDASH_API_KEY."
            ) from None
        except OSError as error:
            raise RedashError(f"Redash does not answer at {self.url} ({error}): is it up?") from None


def add_data_source(redash: Redash, name: str, options: dict[str, Any]) -> tuple[int, bool]:
    """Make the PostgreSQL data source `name`, or set the options of the one there is; then try it.

    Returns its id and whether it is new. Raises RedashError where the name is taken by another type of
    source, or where Redash cannot connect with these options.
    """
    source = {"name": name, "type": "pg", "options": options}
    found = next((known for known in redash.call("data_sources") if known["name"] == name), None)
    if found and found["type"] != "pg":
        raise RedashError(f"Redash's data source {name!r} is of type {found['type']}: choose another --name.")
    made = redash.call(f"data_sources/{found['id']}" if found else "data_sources", source)
    tried = redash.call(f"data_sources/{made['id']}/test", {})
    if not tried["ok"]:
        raise RedashError(f"Redash cannot read the warehouse: {' '.join(tried['message'].split())}.")
    return made["id"], found is None


def read_setting(name: str) -> str:
    """A setting of the environment, else of .env."""
    file = ROOT / ".env"
    known = parse_variables(file.read_text(encoding="utf-8")) if file.exists() else {}
    return os.environ.get(name) or known.get(name, "")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python3 -m redash.add_data_source", description=__doc__)
    parser.add_argument("--url", default=os.environ.get("REDASH_URL"), help="default: this machine's port")
    parser.add_argument("--name", default=NAME)
    parser.add_argument("--host", default="postgres", help="the warehouse, as Redash's containers see it")
    parser.add_argument("--port", type=int, default=5432)
    parser.add_argument("--sslmode", default="prefer", help="require, for a warehouse outside this machine")
    chosen = parser.parse_args(arguments)
    url = chosen.url or f"http://127.0.0.1:{read_setting('REDASH_PORT') or 5050}"
    key, password = os.environ.get("REDASH_API_KEY", ""), read_setting("ANALYST_PASSWORD")
    try:
        if not key:
            raise RedashError("Set REDASH_API_KEY to the API key that Redash shows in your profile.")
        if not password:
            raise RedashError("Set ANALYST_PASSWORD to the password of the role analyst; make env makes one.")
        options = {
            "host": chosen.host,
            "port": chosen.port,
            "dbname": "warehouse",
            "user": "analyst",
            "password": password,
            "sslmode": chosen.sslmode,
        }
        number, is_new = add_data_source(Redash(url, key), chosen.name, options)
    except RedashError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{chosen.name} is {'added' if is_new else 'up to date'}: {url}/data_sources/{number}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
