"""What was probably meant by a key that nobody knows: one that is alike, or the section it belongs in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher, get_close_matches
from typing import Any, Final, get_args

from pydantic import BaseModel

from include.feeds.registry import FEEDS
from include.settings.yaml_text import Location

# A key of another section must be so much more alike than one of this section to be taken for what was meant.
_LEAD_ABROAD: Final = 0.2
UNKNOWN: Final = "unknown "


def name_place(location: Location) -> str:
    return ".".join(str(part) for part in location) or "(the whole file)"


def explain_unknown(model: type[BaseModel], location: Location) -> str:
    section = _find_model(model, location[:-1])
    name, allowed = str(location[-1]), list(section.model_fields)
    elsewhere = sorted({field for each in list_sections(model) for field in each.model_fields})
    here, there = find_near(name, allowed), find_near(name, elsewhere)
    meant = ""
    if places := _find_places(model, name, location[:-1]):
        meant = f"; it belongs in {_name_places(places)}"
    elif here and there and _compare(name, here) >= _compare(name, there) - _LEAD_ABROAD:
        meant = f", {here} was probably meant"
    elif there and (places := _find_places(model, there, location[:-1])):
        meant = f", {there} in {_name_places(places)} was probably meant"
    kind = getattr(section, "entry", "key")
    known = "allowed here" if kind == "key" else "registered"
    return f"{UNKNOWN}{kind}{meant}; {known}: {', '.join(allowed)}"


def _name_places(places: Sequence[Location]) -> str:
    return " or ".join(name_place(place) for place in places[:3])


def _find_model(model: type[BaseModel], location: Location) -> type[BaseModel]:
    """The section at a place."""
    for part in location:
        if part in model.model_fields:
            model = next(list_sections(model.model_fields[str(part)].annotation), model)
    return model


def _find_places(model: type[BaseModel], name: str, near: Location) -> list[Location]:
    """The sections that know a key, as places; of a feed, those of the feed that `near` is in.

    Of a section that stands both for the advertiser and for a feed, the advertiser's.
    """
    found: dict[type[BaseModel], Location] = {}

    def search(section: type[BaseModel], place: Location) -> None:
        if name in section.model_fields:
            found[section] = min(found.get(section, place), place, key=len)
        for key, field in section.model_fields.items():
            inner = next(list_sections(field.annotation), None)
            if inner is None or key == "columns":
                continue
            below: Location = (key,)
            if key == "feeds":
                below = (
                    (key, near[1]) if near[:1] == ("feeds",) and len(near) > 1 else (key, next(iter(FEEDS)))
                )
            search(inner, (*place, *below))

    search(model, ())
    if not near:
        return [place for place in found.values() if place]
    return [place or ("the file's top level",) for place in found.values()]


def list_fields(model: type[BaseModel], kind: type) -> set[str]:
    """The names of the model's fields, those of its sections too, that hold values of a kind."""
    return {name for section in list_sections(model) for name, field in section.model_fields.items()
            if _holds(field.annotation, kind)}  # fmt: skip


def _holds(annotation: Any, kind: type) -> bool:
    return annotation is kind or any(_holds(part, kind) for part in get_args(annotation))


def list_sections(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from list_sections(field.annotation)
    else:
        for part in get_args(annotation):
            yield from list_sections(part)


def find_near(name: str, known: Sequence[str]) -> str | None:
    by_form = {simplify(each): each for each in known}
    near = get_close_matches(simplify(name), by_form, n=1, cutoff=0.6)
    return by_form[near[0]] if near else None


def _compare(name: str, known: str) -> float:
    """How alike they are, 0 to 1."""
    return SequenceMatcher(None, simplify(name), simplify(known)).ratio()


def simplify(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(" ", "")
