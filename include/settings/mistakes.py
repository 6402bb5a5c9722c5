"""Every mistake of an advertiser's YAML at once, each as one sentence with its line and its cure."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher, get_close_matches
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import BaseModel, ValidationError

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
    "feeds": {"purchases": {}}, "schedule": {"start_date": date(2000, 1, 1)}, "start_date": date(2000, 1, 1),
    "by": ["item_id"], "purchases": {},
}  # fmt: skip
_MOST_ROUNDS: Final = 20
# A key of another section must be so much more alike than one of this section to be taken for what was meant.
_LEAD_ABROAD: Final = 0.1
_UNKNOWN: Final = "unknown key"
_KINDS: Final = {
    "model_type": "must be a section, with keys and values of its own",
    "dict_type": "must be a section, with keys and values of its own",
    "tuple_type": "must be a list, such as [a, b]",
    "string_type": "must be a text",
    "date_type": "must be a date such as 2026-01-31",
    "date_parsing": "must be a date such as 2026-01-31",
    "date_from_datetime_parsing": "must be a date such as 2026-01-31",
}


def list_mistakes(
    model: type[BaseModel], text: YamlText, our_columns: Mapping[str, Sequence[str]]
) -> list[Mistake]:
    """All that is wrong with a YAML whose values are to be `model`, in the order of its lines."""
    raw = _keep_text_keys(text.values)
    found = list(text.mistakes)
    for mistake in _list_odd_scalars(model, text):
        found.append(mistake)
        _replace(raw, mistake.location, text.written[mistake.location][0])
    for mistake in _list_wrong_columns(raw, our_columns):
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


def name_place(location: Location) -> str:
    return ".".join(str(part) for part in location) or "(the whole file)"


def _drop_repeated(mistakes: list[Mistake]) -> list[Mistake]:
    """The first of a place, and besides it that nobody knows its key."""
    kept: dict[Location, Mistake] = {}
    for mistake in mistakes:
        known = kept.setdefault(mistake.location, mistake)
        if known is not mistake and mistake.reason.startswith(_UNKNOWN):
            kept[mistake.location] = mistake
    return list(kept.values())


def _list_odd_scalars(model: type[BaseModel], text: YamlText) -> Iterator[Mistake]:
    flags, days = _list_fields(model, bool), _list_fields(model, date)
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


def _list_fields(model: type[BaseModel], kind: type) -> set[str]:
    """The names of the model's fields, those of its sections too, that hold values of a kind."""
    return {name for section in _list_sections(model) for name, field in section.model_fields.items()
            if _holds(field.annotation, kind)}  # fmt: skip


def _holds(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_holds(part, kind) for part in get_args(annotation))


def _list_sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _list_sections(field.annotation)
    else:
        for part in get_args(annotation):
            yield from _list_sections(part)


def _list_wrong_columns(raw: Any, our_columns: Mapping[str, Sequence[str]]) -> Iterator[Mistake]:
    """Keys of a column map that are no columns of ours."""
    feeds = raw.get("feeds") if isinstance(raw, dict) else None
    for feed, ours in our_columns.items():
        settings = feeds.get(feed) if isinstance(feeds, dict) else None
        columns = settings.get("columns") if isinstance(settings, dict) else None
        for name, theirs in list(columns.items()) if isinstance(columns, dict) else ():
            if isinstance(name, str) and name not in ours:
                yield Mistake(("feeds", feed, "columns", name), _explain_column(feed, name, theirs, ours))


def _explain_column(feed: str, name: str, theirs: Any, ours: Sequence[str]) -> str:
    known = f"our columns of {feed} are {', '.join(ours)}"
    if isinstance(theirs, str) and theirs in ours:
        return f"is the other way round: our column stands first; write {theirs}: {name}"
    if near := _find_near(name, ours):
        return f"is no column of ours, {near} was probably meant; {known}"
    return f"is no column of ours; {known}"


def _find_near(name: str, known: Sequence[str]) -> str | None:
    by_form = {_simplify(each): each for each in known}
    near = get_close_matches(_simplify(name), by_form, n=1, cutoff=0.6)
    return by_form[near[0]] if near else None


def _compare(name: str, known: str) -> float:
    """How alike they are, 0 to 1."""
    return SequenceMatcher(None, _simplify(name), _simplify(known)).ratio()


def _simplify(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")


def _explain(model: type[BaseModel], location: Location, details: Sequence[ErrorDetails]) -> Mistake:
    first = details[0]
    given = first["input"]
    if first["type"] == "extra_forbidden":
        return Mistake(location, _explain_unknown(model, location))
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


def _explain_unknown(model: type[BaseModel], location: Location) -> str:
    section = _find_model(model, location[:-1])
    name, allowed = str(location[-1]), list(section.model_fields)
    elsewhere = sorted({field for each in _list_sections(model) for field in each.model_fields})
    here, there = _find_near(name, allowed), _find_near(name, elsewhere)
    meant = ""
    if places := _find_places(model, name, location[:-1]):
        meant = f"; it belongs in {_name_places(places)}"
    elif here and there and _compare(name, here) >= _compare(name, there) - _LEAD_ABROAD:
        meant = f", {here} was probably meant"
    elif there and (places := _find_places(model, there, location[:-1])):
        meant = f", {there} in {_name_places(places)} was probably meant"
    return f"{_UNKNOWN}{meant}; allowed here: {', '.join(allowed)}"


def _name_places(places: Sequence[Location]) -> str:
    return " or ".join(name_place(place) for place in places[:3])


def _find_model(model: type[BaseModel], location: Location) -> type[BaseModel]:
    """The section at a place."""
    for part in location:
        if part in model.model_fields:
            model = next(_list_sections(model.model_fields[str(part)].annotation), model)
    return model


def _find_places(model: type[BaseModel], name: str, near: Location) -> list[Location]:
    """The sections that know a key, as places; of a feed, those of the feed that `near` is in."""
    found: list[Location] = []

    def search(section: type[BaseModel], place: Location) -> None:
        if name in section.model_fields:
            found.append(place)
        for key, field in section.model_fields.items():
            inner = next(_list_sections(field.annotation), None)
            if inner is None or key == "columns":
                continue
            below: Location = (key,)
            if key == "feeds":
                below = (key, near[1]) if near[:1] == ("feeds",) and len(near) > 1 else (key, "purchases")
            search(inner, (*place, *below))

    search(model, ())
    if not near:
        return [place for place in found if place]
    return [place or ("the file's top level",) for place in found]


def _take_out(raw: Any, location: Location) -> None:
    """Remove a place, or where its parts are not there the part that is."""
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
    elif isinstance(raw, list) and isinstance(part, int) and part < len(raw):
        # The others keep their numbers.
        raw[part] = copy.copy(next((each for each in raw if each is not raw[part]), raw[part]))


def _replace(raw: Any, location: Location, value: str) -> None:
    for part in location[:-1]:
        raw = _get(raw, part)
    if isinstance(raw, dict | list):
        raw[location[-1]] = value  # type: ignore[index]


def _get(raw: Any, part: int | str) -> Any:
    if isinstance(raw, dict):
        return raw.get(part)
    return raw[part] if isinstance(raw, list) and isinstance(part, int) and part < len(raw) else None


def _put_in(raw: Any, location: Location) -> None:
    for part in location[:-1]:
        raw = _get(raw, part)
    if isinstance(raw, dict) and location and location[-1] in _PLACEHOLDERS:
        raw[str(location[-1])] = copy.deepcopy(_PLACEHOLDERS[str(location[-1])])
