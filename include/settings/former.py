"""Keys that an advertiser's YAML had in former versions, moved to where they belong now.

A mall's file goes on working: what stands at the former place is read as if it stood at the present one, a
warning names both, and a mistake in it is told with its line. Where both places have a value, that is a
mistake, for nobody can tell which is meant.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any, Final

from include.models.registry import DEFAULT, load_params
from include.settings.models import name_models
from include.settings.unknown_keys import name_place
from include.settings.yaml_text import Location, Mistake, YamlText

log = logging.getLogger(__name__)

# Former place → present place. A model's name stands for it if the advertiser has it; * for each that it has.
_MOVED: Final[dict[Location, Location]] = {
    ("k", "item_similarities"): ("models", "*", "k"),
    ("k", "user_recommendations"): ("models", "als", "user_k"),
    ("k", "ad_candidates"): ("ads", "k"),
    ("als",): ("models", "als"),
    ("exclude_purchased",): ("ads", "exclude_purchased"),
    ("min_co_buyers",): ("ads", "min_co_buyers"),
    ("max_basket",): ("max_history",),
}


def move_former_keys(text: YamlText, file: str) -> None:
    """Move the former keys of a YAML, whose values are a mapping; those at both places become mistakes."""
    name_models(text)
    text.values = _copy(text.values)
    said = []
    for former, present in _MOVED.items():
        value = _take(text.values, former)
        if value is _NOTHING:
            continue
        targets = list(_find_targets(text.values, present))
        for source, target, part in _spread(former, targets, value):
            if _put(text.values, target, part):
                _move_lines(text, source, target)
            else:
                text.mistakes.append(_explain_both(text, source, target))
        _forget(text, former)
        now = " and ".join(map(name_place, targets)) or "nothing, as that model is not among models"
        said.append(f"{name_place(former)} → {now}")
    if said:
        log.warning(
            "%s: has keys of a former version, which are read as their new ones; rename them: %s.",
            file,
            "; ".join(said),
        )


_NOTHING: Final = object()


def _copy(value: Any) -> Any:
    """Sections copied, so that one which an alias repeats is changed at one place alone."""
    return {key: _copy(part) for key, part in value.items()} if isinstance(value, dict) else value


def _take(values: dict[Any, Any], place: Location) -> Any:
    """The value of a place, which is removed; a section that it leaves empty goes with it."""
    key = place[0]
    if len(place) == 1:
        return values.pop(key, _NOTHING)
    section = values.get(key)
    if not isinstance(section, dict) or place[1] not in section:
        return _NOTHING
    value = section.pop(place[1])
    if not section:
        del values[key]
    return value


def _find_targets(values: dict[Any, Any], present: Location) -> Iterator[Location]:
    """The places that are meant: of a model that the advertiser has not, none."""
    if present[0] != "models":
        yield present
        return
    section = values.get("models", {})
    section = dict.fromkeys(DEFAULT) if section == {} else section
    for name in section if isinstance(section, dict) else ():
        if present[1] in ("*", name) and _has_key(name, present[2:]):
            yield (present[0], name, *present[2:])


def _has_key(model: Any, key: Location) -> bool:
    try:
        return not key or key[0] in load_params(model).model_fields
    except KeyError:  # no such model, which is told as a mistake of its own
        return False


def _spread(
    former: Location, targets: list[Location], value: Any
) -> Iterator[tuple[Location, Location, Any]]:
    """Each place to be moved: of a section key by key, so that it may be given at both in part."""
    for target in targets:
        if isinstance(value, dict):
            for key, part in value.items():
                yield (*former, key), (*target, key), part
        else:
            yield former, target, value


def _put(values: dict[Any, Any], place: Location, value: Any) -> bool:
    """Set the value of a place; False where there is one, or where a section on the way is none."""
    if place[0] == "models" and values.get("models", {}) == {}:
        values["models"] = {name: {} for name in DEFAULT}
    inner = values
    for key in place[:-1]:
        if inner.get(key) is None:
            inner[key] = {}
        inner = inner[key]
        if not isinstance(inner, dict):
            return True  # that it is no section is told as a mistake of its own
    if inner.get(place[-1]) not in (None, {}):
        return False
    inner[place[-1]] = value
    return True


def _explain_both(text: YamlText, former: Location, present: Location) -> Mistake:
    lines = f"lines {text.find_line(present)} and {text.find_line(former)}"
    names = name_place(present), name_place(former)
    return Mistake(present, f"is what {names[1]} was, and both are given, in {lines}; keep {names[0]}")


def _move_lines(text: YamlText, source: Location, target: Location) -> None:
    size = len(source)
    for location, line in list(text.lines.items()):
        if location[:size] == source:
            text.lines[(*target, *location[size:])] = line
    for location, written in list(text.written.items()):
        if location[:size] == source:
            text.written[(*target, *location[size:])] = written


def _forget(text: YamlText, former: Location) -> None:
    """Scalars of the former place: there is no value there any more that they are the spelling of."""
    for location in [each for each in text.written if each[: len(former)] == former]:
        del text.written[location]
