"""Where processes keep the machine code of the kernels, so that only the first waits for the compiler."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Final

KERNELS: Final = Path(__file__).parent / "kernels"
PLAIN: Final = "DANGOL_PLAIN_KERNELS"  # what `kernels.intrinsics` makes of it is compiled in

_VARIABLE = "NUMBA_CACHE_DIR"
_PREFIX = "kernels-"
# Processes that began before a change of the sources may still use their folder.
_FORMER_LIFE = 86_400  # seconds


def choose_cache(kernels: Path = KERNELS) -> Path | None:
    """Choose the folder for compiled code of just these kernels, and remove those of former ones.

    An entry point calls it once, before it imports the kernels: a command, a task, a benchmark, the tests.
    Without it, or where no folder can be written (None), a process compiles what it uses and keeps nothing.
    The folder is in NUMBA_CACHE_DIR where that is set, else in __pycache__ beside the kernels, else in
    ~/.cache/dangol; processes that this one starts use it too.

    numba asks only whether a kernel's own file has changed, not those of the kernels that it calls; so the
    folder is called after the text of them all. One that nobody has written to for a day is removed.
    """
    name = _PREFIX + _digest_sources(kernels)
    for base in _list_bases(kernels):
        folder = base / name
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
            if os.access(folder, os.W_OK):
                _remove_former(base, folder)
                _tell_numba(str(folder))
                return folder
    return None


def _digest_sources(kernels: Path) -> str:
    texts = [source.read_bytes() for source in sorted(kernels.rglob("*.py"))]
    return hashlib.sha256(b"\0".join([os.environ.get(PLAIN, "").encode(), *texts])).hexdigest()[:16]


def _list_bases(kernels: Path) -> list[Path]:
    if given := os.environ.get(_VARIABLE):
        bases = [Path(given).parent if Path(given).name.startswith(_PREFIX) else Path(given)]
    else:
        bases = [kernels / "__pycache__"]
    with suppress(RuntimeError):  # nobody's home
        bases.append(Path.home() / ".cache" / "dangol")
    return bases


def _remove_former(base: Path, current: Path) -> None:
    for former in base.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if former != current and former.stat().st_mtime < time.time() - _FORMER_LIFE:
                shutil.rmtree(former, ignore_errors=True)


def _tell_numba(folder: str) -> None:
    os.environ[_VARIABLE] = folder
    if "numba" in sys.modules:  # which reads the variable when it is imported
        sys.modules["numba"].config.CACHE_DIR = folder
