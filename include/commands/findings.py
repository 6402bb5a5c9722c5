"""What `dangol check` found: a line each, for people or as JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Final, Literal
from urllib.parse import unquote, urlsplit

from include.commands.answer import DONE, LATER, WRONG, Answer
from include.errors import PermanentError, TransientError

State = Literal["right", "doubtful", "wrong", "unreachable"]

_MARKS: Final[dict[State, str]] = {"right": "✓", "doubtful": "!", "wrong": "✗", "unreachable": "✗"}
_SECRET_VARIABLES: Final = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
_SECRETS: Final = ("password", "secret", "token")


@dataclass(frozen=True)
class Finding:
    """`advertiser` is '' for what all share. `sentence` says what is, and the cure where that is wrong."""

    advertiser: str
    check: str
    state: State
    sentence: str


@contextmanager
def catch_failures(found: list[Finding], advertiser: str, check: str) -> Iterator[None]:
    """Whatever is raised within becomes a finding; a check must not end in a stack trace."""
    try:
        yield
    except PermanentError as error:
        found += [Finding(advertiser, check, "wrong", hide_secrets(line)) for line in str(error).splitlines()]
    except TransientError as error:
        found.append(Finding(advertiser, check, "unreachable", hide_secrets(" ".join(str(error).split()))))
    except Exception as error:
        said = " ".join(str(error).split())[:300].rstrip(".") or "no reason given"
        found.append(Finding(advertiser, check, "wrong", hide_secrets(f"{type(error).__name__}: {said}.")))


def compose_answer(found: list[Finding], *, as_json: bool) -> Answer:
    states = {finding.state for finding in found}
    code = WRONG if "wrong" in states else LATER if "unreachable" in states else DONE
    if as_json:
        return Answer([asdict(finding) for finding in found], code=code)
    return Answer(None, "\n".join(_compose_lines(found)), code)


def _compose_lines(found: list[Finding]) -> Iterator[str]:
    width = max((len(finding.check) for finding in found), default=0)
    for advertiser in dict.fromkeys(finding.advertiser for finding in found):
        yield advertiser or "for all advertisers"
        for finding in found:
            if finding.advertiser == advertiser:
                yield f"  {_MARKS[finding.state]} {finding.check:{width}}  {finding.sentence}"
    bad = sum(finding.state in ("wrong", "unreachable") for finding in found)
    doubtful = sum(finding.state == "doubtful" for finding in found)
    doubts = f" {doubtful} {'is' if doubtful == 1 else 'are'} marked ! for a second look." if doubtful else ""
    yield f"{f'{bad} of {len(found)} checks failed' if bad else f'All {len(found)} checks passed'}.{doubts}"


def hide_secrets(text: str) -> str:
    """Without what the connections of the environment keep secret, wherever an error picked it up."""
    for secret in sorted(set(_list_secrets(os.environ.items())), key=len, reverse=True):
        text = text.replace(secret, "***")
    return text


def _list_secrets(variables: Iterable[tuple[str, str]]) -> Iterator[str]:
    for name, value in variables:
        if name in _SECRET_VARIABLES and value:
            yield value
        if not name.startswith("AIRFLOW_CONN_"):
            continue
        try:
            settings = json.loads(value)
            yield from _list_in(settings)
        except ValueError:
            try:
                password = urlsplit(value).password
            except ValueError:
                continue
            if password:
                yield from (password, unquote(password))


def _list_in(settings: object) -> Iterator[str]:
    """The values of keys that sound secret, in the connection's JSON and its extras."""
    if isinstance(settings, str) and settings.startswith("{"):
        settings = json.loads(settings)
    if isinstance(settings, dict):
        for key, value in settings.items():
            if isinstance(value, str) and value and any(word in key.lower() for word in _SECRETS):
                yield value
            elif isinstance(value, dict | str):
                yield from _list_in(value)
