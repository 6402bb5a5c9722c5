"""A YAML file as plain values, with what a reader of YAML meets unawares: lines, repeated keys, odd scalars.

PyYAML keeps the last of two equal keys without a word, and takes `NO` for a flag, `010` for 8 and `1:30`
for 90. All of that is found here, by place; what a place may hold is none of this module's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import yaml

from include.errors import SettingsError

Location = tuple[int | str, ...]

# More than any hand writes; aliases of aliases may stand for more than memory holds.
_MOST_NODES = 20_000


@dataclass(frozen=True)
class Mistake:
    """What is wrong at one place, as the rest of a sentence that begins with the place."""

    location: Location
    reason: str


@dataclass
class YamlText:
    """`lines` tells the line, from 1, of each place, and `written` how its plain scalar is written."""

    values: Any = None
    lines: dict[Location, int] = field(default_factory=dict)
    written: dict[Location, tuple[str, Any]] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def find_line(self, location: Location) -> int | None:
        """The line of the place, or of the nearest section around it."""
        while location:
            if location in self.lines:
                return self.lines[location]
            location = location[:-1]
        return None


def read_yaml(path: Path) -> YamlText:
    """Raises SettingsError where the file is no YAML, and FileNotFoundError."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path.name}: must be saved as UTF-8; byte {error.start + 1} is not.") from None
    except FileNotFoundError:
        raise
    except OSError as error:
        raise SettingsError(f"{path.name}: cannot be read: {error.strerror}.") from None
    try:
        loader = yaml.SafeLoader(text)
        try:
            node = loader.get_single_node()
            found = YamlText()
            if node is not None:
                for _ in _list_parts(loader, node, (), found):
                    if len(found.lines) > _MOST_NODES:
                        raise SettingsError(f"{path.name}: holds more than {_MOST_NODES:,} values.")
                found.values = loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        raise SettingsError(f"{path.name}: {_explain(error, text)}") from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        said = " ".join(str(error).split()) or "it is nested too deeply"
        raise SettingsError(f"{path.name}: not readable as YAML: {said}.") from None
    return found


def _list_parts(
    loader: yaml.SafeLoader, node: yaml.Node, location: Location, found: YamlText
) -> Iterator[None]:
    """Note every place below `node`. A section that holds itself ends at the limit of places."""
    found.lines.setdefault(location, node.start_mark.line + 1)
    yield
    if isinstance(node, yaml.SequenceNode):
        for number, part in enumerate(node.value):
            yield from _list_parts(loader, part, (*location, number), found)
    elif isinstance(node, yaml.MappingNode):
        first: dict[Any, int] = {}
        for key_node, part in node.value:
            if key_node.tag == "tag:yaml.org,2002:merge":
                continue
            key, line = _read_key(loader, key_node), key_node.start_mark.line + 1
            word = key_node.value if isinstance(key_node, yaml.ScalarNode) else "a list or mapping"
            place = (*location, str(word))
            if not isinstance(key, str):
                said = f"the key is {name_value(key)} to YAML: write it in quotation marks"
                is_word = isinstance(key_node, yaml.ScalarNode)
                found.mistakes.append(
                    Mistake(place, said if is_word else "a list or mapping cannot be a key")
                )
            if key in first:
                found.mistakes.append(
                    Mistake(place, f"stands twice, in lines {first[key]} and {line}; keep one")
                )
            first.setdefault(key, line)
            found.lines[place] = line
            yield from _list_parts(loader, part, place, found)
    elif isinstance(node, yaml.ScalarNode) and node.style is None:
        found.written[location] = node.value, loader.construct_object(node)


def _read_key(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_object(node)
    return id(node)


def name_value(value: Any) -> str:
    """A value that YAML made of a plain word, in words."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the flag {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case date():
            return f"the date {value}"
        case _:
            return repr(value)


def is_odd_number(text: str, value: Any) -> bool:
    """Whether a plain number is another one than people read: octal, hexadecimal, binary or sexagesimal."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    if value != value or value in (float("inf"), float("-inf")):
        return False
    try:
        return Decimal(text.replace("_", "")) != Decimal(str(value)) or bool(re.match(r"[-+]?0[0-9_]", text))
    except InvalidOperation:
        return True


def _explain(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark or error.context_mark
    where = f"line {mark.line + 1}: " if mark else ""
    line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(error.problem):
        return f"{where}holds a tab where YAML wants spaces; replace each tab by spaces."
    if re.search(r":\s+\*", line) or re.search(r":\s+[%@`]", line):
        return f"{where}a value that begins with * % @ or ` must be in quotation marks."
    said = " ".join(str(error.problem or error.context or error).split())
    hint = ""
    if "mapping values are not allowed" in said:
        hint = ": a colon within a value must be in quotation marks, and keys of a section begin alike"
    elif "expected <block end>" in said or "could not find expected" in said:
        hint = ": look at the indentation and at brackets and quotation marks of this line and the one above"
    return f"{where}not readable as YAML: {said}{hint}."
