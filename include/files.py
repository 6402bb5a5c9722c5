"""Replace a file of the local disk at once, and remove what a killed replacing has left in its folder."""

from __future__ import annotations

import fcntl
import os
import re
import time
import uuid
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

_UNFINISHED: Final = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")
# Where the file system knows no locks, a file that nobody has written to for so long is taken as left over.
_LOCKLESS_LIFE: Final = 86_400  # seconds


def replace_file(path: Path, content: bytes, mode: int = 0o666) -> None:
    """Readers meet the file as it was, or the whole new one, which is on the disk when this returns.

    A temporary file beside it takes its name. A process that is killed before leaves that file; the next
    replacing in the folder removes it. `mode` is less what the umask takes away. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished, file = _open_unfinished(path, mode)
    with file:  # whose lock ends here
        try:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            unfinished.replace(path)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # the new name itself
    finally:
        os.close(folder)
    _remove_unfinished(path.parent)


def _open_unfinished(path: Path, mode: int) -> tuple[Path, BinaryIO]:
    """A new file beside `path`, locked while it is open: the kernel unlocks what a killed writer had."""
    while True:
        unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
        file = os.fdopen(os.open(unfinished, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode), "wb")
        if _lock(file.fileno()) is not False and os.fstat(file.fileno()).st_nlink:
            return unfinished, file
        file.close()  # another writer has just taken it for one that is left over, and removes it


def _remove_unfinished(folder: Path) -> None:
    """Remove the temporary files that no process holds the lock of; what resists stays for the next time."""
    with suppress(OSError), os.scandir(folder) as entries:
        names = [entry.name for entry in entries if _UNFINISHED.fullmatch(entry.name)]
        for name in names:
            with suppress(OSError):
                _remove_if_left(folder / name)


def _remove_if_left(unfinished: Path) -> None:
    descriptor = os.open(unfinished, os.O_RDWR | os.O_NOFOLLOW)
    try:
        locked = _lock(descriptor)
        is_old = os.fstat(descriptor).st_mtime < time.time() - _LOCKLESS_LIFE
        if locked or (locked is None and is_old):
            unfinished.unlink()  # a name that is never given twice
    finally:
        os.close(descriptor)


def _lock(descriptor: int) -> bool | None:
    """Whether the lock is ours now; None where the file system knows none."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True
