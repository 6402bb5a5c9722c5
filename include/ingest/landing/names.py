"""Names of delivered files: which are data, which are uploads in progress, and how a name is shown."""

from __future__ import annotations

import os
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from typing import Final

_UNFINISHED: Final = re.compile(
    r"\.(part|filepart|partial|tmp|temp|crdownload|download|inprogress|in_progress|writing|uploading|upload"
    r"|incomplete|swp|lock)$|~$|_COPYING_$",
    re.IGNORECASE,
)
# rsync writes `.NAME.RANDOM` until it has the whole file.
_RSYNC: Final = re.compile(r"\..+\.(?=[a-z]*[A-Z0-9])[A-Za-z0-9]{6}")
_SPARK_JOB: Final = "_temporary"


def is_unfinished(name: str) -> bool:
    """It is the name of an upload, or of a job's output, that is still in progress."""
    return bool(_UNFINISHED.search(name) or _RSYNC.fullmatch(name)) or name == _SPARK_JOB


def is_aside(name: str) -> bool:
    """It is a marker, hidden or checksum file or folder, such as _SUCCESS or .part-0.crc."""
    return name.startswith((".", "_")) or name.endswith(".crc")


def show_name(name: str) -> str:
    """The name as text that can be stored and seen.

    In a name that is not UTF-8 each byte beyond ASCII is such as `\\xc1`. A character that cannot be seen is
    such as `\\u200b`, a backslash two of them. Different names are shown differently.
    """
    if name.isprintable() and "\\" not in name:
        return name
    try:
        name.encode()
    except UnicodeEncodeError:
        with suppress(UnicodeEncodeError):  # a half character that comes from no file
            name = os.fsencode(name).decode("latin-1")
            return "".join(_show_character(character, is_byte=True) for character in name)
    return "".join(_show_character(character, is_byte=False) for character in name)


def _show_character(character: str, is_byte: bool) -> str:
    if character == "\\":
        return "\\\\"
    if character.isprintable() and (character.isascii() or not is_byte):
        return character
    return character.encode("unicode_escape").decode()


def find_lookalikes(names: Iterable[str]) -> list[list[str]]:
    """Names that differ only in case or in the form of their characters, as groups."""
    groups: dict[str, list[str]] = defaultdict(list)
    for name in names:
        groups[unicodedata.normalize("NFKC", name).casefold()].append(name)
    return [sorted(group) for group in groups.values() if len(group) > 1]
