"""A few calls of the local Airflow's REST API."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

from include.errors import LocalServiceError

# A proxy that the environment names must not stand between us and this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def read_health(url: str) -> dict[str, str | None]:
    """The status of each component by name; empty while the API does not answer."""
    try:
        with _OPENER.open(f"{url}/api/v2/monitor/health", timeout=10) as answer:
            health = json.load(answer)
    except (OSError, ValueError):
        return {}
    return {name: component.get("status") for name, component in health.items()}


def fetch_token(url: str, user: str, password: str) -> str:
    answer = call_api(url, "POST", "/auth/token", body={"username": user, "password": password})
    token: str = answer["access_token"]
    return token


def call_api(
    url: str, method: str, path: str, *, token: str | None = None, body: dict[str, Any] | None = None
) -> Any:
    """One call. Raises LocalServiceError with what Airflow answered."""
    request = urllib.request.Request(
        url + path,
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json", "Accept": "application/json"},
    )
    if token:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with _OPENER.open(request, timeout=60) as answer:
            text = answer.read()
    except urllib.error.HTTPError as error:
        said = error.read().decode(errors="replace")[:500]
        raise LocalServiceError(f"Airflow refused {method} {path} with {error.code}: {said}") from None
    except OSError as error:
        raise LocalServiceError(f"Airflow at {url} does not answer ({error}): is it up? make up.") from None
    return json.loads(text) if text else None
