"""Files of the landing place on a local disk, where somebody else writes: nothing outside it is opened.

A name may be a link, a pipe or a device. What is no regular file below the landing place is never opened:
a path is resolved first, and then opened folder by folder without following links, so that a link which
somebody puts there in between fails the read.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from include.ingest.storage import Entry

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC

TOO_DEEP: Final = "is a folder too deep below the day's folder; deliver its files higher up"


class NotRegularError(Exception):
    """What is opened is no regular file below the landing place."""


def explain_outside(root: Path, path: Path) -> str:
    """Why a path must not be followed: a link that leads out of `root`, or nowhere; '' where it may be.

    `root` is the resolved folder that nothing may lead out of, here and below.
    """
    try:
        real = path.resolve(strict=True)
    except (FileNotFoundError, NotADirectoryError, RuntimeError):  # the last of links in a circle
        return "is a broken link, which leads nowhere; have the file itself delivered"
    if not real.is_relative_to(root):
        return "is a link that leads out of the landing folder; have the file itself delivered"
    return ""


def walk_folder(root: Path, folder: Path, depth: int) -> Iterator[Entry]:
    """The files in the folder and in its folders, `depth` of them below each other, by name.

    A name has `/` between its parts. Hidden folders are found as such and not looked into. Raises
    FileNotFoundError, OSError.
    """
    seen = {_identify(folder.stat())}
    yield from _walk(root, folder, "", depth, seen)


def _identify(state: os.stat_result) -> tuple[int, int]:
    return state.st_dev, state.st_ino


def _walk(
    root: Path,
    folder: Path,
    prefix: str,
    depth: int,
    seen: set[tuple[int, int]],
) -> Iterator[Entry]:
    with os.scandir(folder) as found:
        for there in sorted(found, key=lambda there: there.name):
            name, path = prefix + there.name, Path(there.path)
            try:
                if there.is_symlink() and (problem := explain_outside(root, path)):
                    yield Entry(name, 0, False, None, problem)
                    continue
                state = there.stat()
            except FileNotFoundError:  # renamed or removed meanwhile
                continue
            if stat.S_ISREG(state.st_mode):
                yield Entry(name, state.st_size, False, datetime.fromtimestamp(state.st_mtime, UTC))
            elif not stat.S_ISDIR(state.st_mode):
                kind = _name_kind(state.st_mode)
                yield Entry(name, 0, False, None, f"is {kind} and no regular file; have it removed")
            elif there.name.startswith((".", "_")):
                yield Entry(name, 0, True, None)
            elif _identify(state) in seen:
                problem = "is a link to a folder that is read already; have it removed"
                yield Entry(name, 0, True, None, problem)
            elif depth == 0:
                yield Entry(name, 0, True, None, TOO_DEEP)
            else:
                seen.add(_identify(state))
                yield from _walk(root, path, f"{name}/", depth - 1, seen)


def _name_kind(mode: int) -> str:
    if stat.S_ISFIFO(mode):
        return "a pipe"
    return "a socket" if stat.S_ISSOCK(mode) else "a device"


def read_regular(root: Path, path: Path, at_most: int) -> bytes:
    """The first bytes of a regular file below `root`, `at_most` of them.

    Raises NotRegularError, FileNotFoundError, OSError.
    """
    real = os.path.realpath(path, strict=True)
    top = f"{root}/".replace("//", "/")
    if not real.startswith(top):
        raise NotRegularError
    descriptor = _open_below(root, real.removeprefix(top).split("/"))
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise NotRegularError
        return file.read(at_most)


def _open_below(root: Path, parts: list[str]) -> int:
    folder = os.open(root, _FOLDER)
    try:
        for part in parts[:-1]:
            inner = os.open(part, _FOLDER, dir_fd=folder)
            os.close(folder)
            folder = inner
        return os.open(parts[-1], _FILE, dir_fd=folder)
    finally:
        os.close(folder)
