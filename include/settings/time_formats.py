"""Whether a time format can be right: what it lacks, says twice or contradicts is refused with the cure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

# Named ways to write a moment, beside strptime formats.
NAMED_FORMATS: Final = ("iso8601", "epoch_seconds", "epoch_milliseconds", "excel_serial")

_DIRECTIVE: Final = re.compile(r"%(.|$)", re.DOTALL)
_KNOWN: Final = frozenset("aAbBdfGHIjmMpSuUVwWyYzZ%")
_CURES: Final = {
    "s": "write epoch_seconds instead of a format",
    "T": "write %H:%M:%S",
    "R": "write %H:%M",
    "r": "write %I:%M:%S %p",
    "D": "write %m/%d/%y",
    "F": "write %Y-%m-%d",
    "e": "write %d, which reads one digit too",
    "k": "write %H, which reads one digit too",
    "l": "write %I, which reads one digit too",
    "-": "leave the - away: %d, %m and %H read one digit too",
    "L": "write %f, which reads fractions of a second",
    "N": "write %f, which reads fractions of a second",
    "": "write %% for a percent sign",
}
# Directives that say the same thing: a format has at most one of each group.
_ALIKE: Final = ("YyG", "mbB", "HI", "aAwu", "zZ", "UWV")
# A directive that means nothing without one of others, and those.
_NEEDS: Final = (("M", "HI"), ("S", "M"), ("f", "S"), ("p", "I"))

_UTC_NAMES: Final = frozenset(("Z", "UTC", "GMT", "UCT"))
_ZONE_NAMES: Final = frozenset(
    (
        *("KST", "JST", "CST", "HKT", "SGT", "IST", "WIB", "PHT", "ICT", "MSK"),
        *("EST", "EDT", "CDT", "MST", "MDT", "PST", "PDT", "BRT", "ART"),
        *("BST", "CET", "CEST", "WET", "WEST", "EET", "EEST"),
        *("AEST", "AEDT", "ACST", "AWST", "NZST", "NZDT"),
    )
)
_NAMES: Final = "|".join(sorted(_UTC_NAMES | _ZONE_NAMES))
_LITERAL_ZONE: Final = re.compile(
    rf"(?<![A-Za-z])(?:{_NAMES})(?![A-Za-z])|[+-][0-9]{{2}}:?[0-9]{{2}}(?![0-9])"
)


def check_format(text: str) -> str:
    """The format itself. Raises ValueError where no text can be read right by it."""
    if text in NAMED_FORMATS:
        return text
    given = _DIRECTIVE.findall(text)
    if not given:
        raise ValueError(
            f"{text!r} is no time format: it must be {', '.join(NAMED_FORMATS)}, or have directives of"
            " strptime such as %Y-%m-%d %H:%M:%S"
        )
    for letter in given:
        if letter not in _KNOWN:
            cure = _CURES.get(letter, "an example of a format is %d/%m/%Y %H:%M")
            raise ValueError(f"{text!r} has the directive %{letter}, which does not exist; {cure}")
    for group in (*_ALIKE, *sorted(_KNOWN - {"%"})):
        named = [letter for letter in given if letter in group]
        if len(named) > 1:
            raise ValueError(
                f"{text!r} has %{named[0]} and %{named[1]}, which say the same; keep one of them"
            )
    _check_date(text, set(given))
    _check_time(text, set(given))
    return text


def _check_date(text: str, given: set[str]) -> None:
    if not given & set("YyG"):
        raise ValueError(f"{text!r} lacks the year (%Y, or %y for two digits)")
    by_week = given & set("UWV") and given & set("aAwu")
    if "j" in given or by_week:
        if bool(given & {"G"}) != bool(given & {"V"}):
            raise ValueError(f"{text!r} must have %G and %V together: the year and the week of ISO 8601")
        return
    if "G" in given:
        raise ValueError(f"{text!r} has %G, which needs the week and the weekday (%V, %u); write %Y")
    if not given & set("mbB"):
        raise ValueError(f"{text!r} lacks the month (%m, or %b for its name); %M is the minute")
    if "d" not in given:
        raise ValueError(f"{text!r} lacks the day (%d)")


def _check_time(text: str, given: set[str]) -> None:
    if {"H", "p"} <= given:
        raise ValueError(
            f"{text!r} has %H, the hour of 24, with %p, which would be ignored; write %I, the hour of 12,"
            " or leave %p away"
        )
    if "I" in given and "p" not in given:
        raise ValueError(
            f"{text!r} has %I, the hour of 12, without %p, so that afternoons would be mornings; write %H, or"
            " add %p for AM and PM"
        )
    for letter, wanted in _NEEDS:
        if letter in given and not given & set(wanted):
            needed = " or ".join(f"%{one}" for one in wanted)
            raise ValueError(f"{text!r} has %{letter} without {needed}")


def check_literal_zone(texts: Sequence[str], zone: ZoneInfo) -> None:
    """Raises ValueError where a format skips letters that mean a zone, and its times get another, `zone`."""
    for text in texts:
        if text in NAMED_FORMATS:
            continue
        found = _LITERAL_ZONE.search(_DIRECTIVE.sub("%", text))
        if found is None or _is_of_zone(found[0], zone):
            continue
        if found[0] in _ZONE_NAMES:
            cure = f"set the feed's time_zone to the zone that {found[0]} stands for"
        elif found[0] in _UTC_NAMES:
            cure = "write %z in its place, or set the feed's time_zone: UTC"
        else:
            cure = "write %z in its place"
        raise ValueError(
            f"timestamp_format {text!r} skips {found[0]} as if it meant nothing, and reads times in"
            f" {zone.key}; {cure}"
        )


def _is_of_zone(name: str, zone: ZoneInfo) -> bool:
    seasons = [datetime(2026, month, 1, tzinfo=zone) for month in (1, 7)]
    if name in _UTC_NAMES:
        return all(moment.utcoffset() == timedelta(0) for moment in seasons)
    return name in {moment.tzname() for moment in seasons}
