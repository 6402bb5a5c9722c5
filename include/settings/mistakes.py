"""Every mistake of an advertiser's YAML at once, each as one sentence with its line and its cure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ValidationError

from include.feeds.registry import FEEDS, list_indispensable, load_feed
from include.settings.former import FORMER, explain_former
from include.settings.unknown_keys import UNKNOWN, explain_unknown, find_near, list_fields
from include.settings.yaml_text import Location, Mistake, YamlText, is_odd_number, name_value

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# Below these keys a plain word is a text of the mall's files, which must reach us as it is written.
_TEXTS: Final = {
    "null_values", "where", "columns", "available", "unavailable", "delimiter", "quote", "escape", "decimal",
    "thousands", "prefix", "marker", "manifest", "closed_marker", "name", "description", "currency", "owner",
    "uri", "conn_id", "path", "time_zone", "encoding", "timestamp_format",
}  # fmt: skip
# Something valid in the place of a value that is missing, so that mistakes behind it show as well.
_PLACEHOLDERS: Final[Mapping[str, Any]] = {
    "name": "placeholder", "time_zone": "UTC", "uri": "placeholder", "landing": {"uri": "placeholder"},
    "schedule": {"start_date": date(2000, 1, 1)}, "start_date": date(2000, 1, 1), "by": ["item_id"],
    "block": True, "pin": 1, "boost": 1.0, "up": 1, "items": ["placeholder"], "categories": ["placeholder"],
    "brands": ["placeholder"], "title": "placeholder", "low": 0.0, "high": 1e9, "times": 2.0, "share": 0.5,
}  # fmt: skip
_MOST_ROUNDS: Final = 20
_KINDS: Final = {
    "model_type": "must be a section, with keys and values of its own",
    "dict_type": "must be a section, with keys and values of its own",
    "tuple_type": "must be a list, such as [a, b]",
    "string_type": "must be a text",
    "date_type": "must be a date such as 2026-01-31",
    "date_parsing": "must be a date such as 2026-01-31",
    "date_from_datetime_parsing": "must be a date such as 2026-01-31",
}


def list_mistakes(model: type[BaseModel], text: YamlText) -> list[Mistake]:
    """All that is wrong with a YAML whose values are to be `model`, in the order of its lines."""
    raw = _keep_text_keys(text.values)
    found = list(text.mistakes)
    for mistake in _list_odd_scalars(model, text):
        found.append(mistake)
        _replace(raw, mistake.location, text.written[mistake.location][0])
    for mistake in _list_wrong_columns(raw):
        found.append(mistake)
        _take_out(raw, mistake.location)
    for _ in range(_MOST_ROUNDS):
        try:
            model.model_validate(raw)
            break
        except ValidationError as error:
            details = error.errors()
        before = copy.deepcopy(raw)
        for location, alike in _group_by_place(before, details).items():
            found.append(_explain(model, location, alike))
            _take_out(raw, location)
            if alike[0]["type"] != "extra_forbidden":
                _put_in(raw, location)
        if raw == before:
            break
    return sorted(_drop_repeated(found), key=lambda mistake: text.find_line(mistake.location) or 0)


def _keep_text_keys(raw: Any) -> Any:
    """A copy without the keys that YAML takes for flags, numbers and dates."""
    if isinstance(raw, dict):
        return {key: _keep_text_keys(value) for key, value in raw.items() if isinstance(key, str)}
    return [_keep_text_keys(value) for value in raw] if isinstance(raw, list) else raw


def _group_by_place(raw: Any, details: Sequence[ErrorDetails]) -> dict[Location, list[ErrorDetails]]:
    """Mistakes by their place in the file: pydantic's has the names of types in it, one for each choice."""
    found: dict[Location, list[ErrorDetails]] = {}
    for detail in details:
        parts: list[int | str] = []
        inner, missing = raw, detail["type"] == "missing"
        for number, part in enumerate(detail["loc"]):
            is_there = (isinstance(inner, dict) and part in inner) or (
                isinstance(inner, list) and isinstance(part, int)
            )
            if is_there or (missing and number == len(detail["loc"]) - 1):
                parts.append(part)
                inner = _get(inner, part)
        found.setdefault(tuple(parts), []).append(detail)
    return found


def _drop_repeated(mistakes: list[Mistake]) -> list[Mistake]:
    """The first of a place, and before it that its key is none or a former one."""
    kept: dict[Location, Mistake] = {}
    for mistake in mistakes:
        known = kept.setdefault(mistake.location, mistake)
        if known is not mistake and mistake.reason.startswith((UNKNOWN, FORMER)):
            kept[mistake.location] = mistake
    return list(kept.values())


def _list_odd_scalars(model: type[BaseModel], text: YamlText) -> Iterator[Mistake]:
    flags, days = list_fields(model, bool), list_fields(model, date)
    for location, (written, value) in text.written.items():
        names = [part for part in location if isinstance(part, str)]
        if not names or isinstance(value, str):
            continue
        if is_odd_number(written, value):
            yield Mistake(
                location,
                f"{written} is {name_value(value)} to YAML: write {value}, or {written!r} for the text",
            )
        elif isinstance(value, bool):
            if names[-1] not in flags:
                yield Mistake(
                    location, f"{written} is {name_value(value)} to YAML: write {written!r} for the word"
                )
        elif isinstance(value, date):
            if names[-1] not in days:
                yield Mistake(
                    location, f"{written} is {name_value(value)} to YAML: write {written!r} for the text"
                )
        elif value is None:
            if isinstance(location[-1], int):
                yield Mistake(
                    location, f"{written or 'an empty value'} is nothing to YAML: write {written!r}"
                )
        elif names[-1] in days:
            yield Mistake(location, f"{written} is a number to YAML; a date is written 2026-01-31")
        elif not _TEXTS.isdisjoint(names) and str(value) != written:
            yield Mistake(
                location, f"{written} is {name_value(value)} to YAML: write {written!r} for the text"
            )


def _list_wrong_columns(raw: Any) -> Iterator[Mistake]:
    """Keys of a column map that are no columns of ours."""
    feeds = raw.get("feeds") if isinstance(raw, dict) else None
    for feed in FEEDS:
        ours = load_feed(feed).names
        settings = feeds.get(feed) if isinstance(feeds, dict) else None
        columns = settings.get("columns") if isinstance(settings, dict) else None
        for name, theirs in list(columns.items()) if isinstance(columns, dict) else ():
            if isinstance(name, str) and name not in ours:
                yield Mistake(("feeds", feed, "columns", name), _explain_column(feed, name, theirs, ours))


def _explain_column(feed: str, name: str, theirs: Any, ours: Sequence[str]) -> str:
    known = f"our columns of {feed} are {', '.join(ours)}"
    if isinstance(theirs, str) and theirs in ours:
        return f"is the other way round: our column stands first; write {theirs}: {name}"
    if near := find_near(name, ours):
        return f"is no column of ours, {near} was probably meant; {known}"
    return f"is no column of ours; {known}"


def _explain(model: type[BaseModel], location: Location, details: Sequence[ErrorDetails]) -> Mistake:
    first = details[0]
    given = first["input"]
    if first["type"] == "extra_forbidden":
        return Mistake(location, explain_former(location) or explain_unknown(model, location))
    if first["type"] == "missing":
        return Mistake(location, "field required, and it is not there")
    if given is None:
        return Mistake(location, "is empty; give it a value, or {} where the defaults of a section are meant")
    if first["type"] == "string_too_long" and given == r"\t":
        return Mistake(location, r'a tab is written "\t", in double quotation marks')
    reasons = dict.fromkeys(
        _KINDS.get(detail["type"], detail["msg"]).removeprefix("Value error, ") for detail in details
    )
    said = ", or ".join(f"{reason[0].lower()}{reason[1:]}" for reason in reasons)
    got = "" if isinstance(given, dict | BaseModel) else f", not {_shorten(repr(given))}"
    return Mistake(location, f"{said}{got}")


def _shorten(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"


def _take_out(root: Any, location: Location) -> None:
    """Remove a place, or where its parts are not there the part that is; no entry of a list is left empty."""
    raw = root
    for part in location[:-1]:
        below = _get(raw, part)
        if not isinstance(below, dict | list):
            break
        raw = below
    else:
        part = location[-1] if location else ""
    if isinstance(raw, dict):
        for key in [key for key in raw if str(key) == str(part)]:
            del raw[key]
        if not raw and len(location) > 1 and isinstance(location[-2], int):
            alone = len(_find(root, location[:-2])) == 1
            _take_out(root, location[:-2] if alone else location[:-1])
    elif isinstance(raw, list) and isinstance(part, int) and part < len(raw):
        # The others keep their numbers.
        raw[part] = copy.copy(next((each for each in raw if each is not raw[part]), raw[part]))


def _replace(raw: Any, location: Location, value: str) -> None:
    for part in location[:-1]:
        raw = _get(raw, part)
    if isinstance(raw, dict | list):
        raw[location[-1]] = value  # type: ignore[index]


def _find(raw: Any, location: Location) -> Any:
    for part in location:
        raw = _get(raw, part)
    return raw


def _get(raw: Any, part: int | str) -> Any:
    if isinstance(raw, dict):
        return raw.get(part)
    return raw[part] if isinstance(raw, list) and isinstance(part, int) and part < len(raw) else None


def _put_in(raw: Any, location: Location) -> None:
    for part in location[:-1]:
        raw = _get(raw, part)
    feeds: dict[str, Any] = {name: {} for name in list_indispensable()}
    placeholders = {**_PLACEHOLDERS, **feeds, "feeds": feeds}
    if isinstance(raw, dict) and location and location[-1] in placeholders:
        raw[str(location[-1])] = copy.deepcopy(placeholders[str(location[-1])])
