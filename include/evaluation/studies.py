"""The file that keeps what a tuning has tried: Optuna's journal, which a second run goes on with."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from include.errors import PermanentError, StorageError

if TYPE_CHECKING:
    from optuna import Study

log = logging.getLogger(__name__)

_BLOCK: Final = 1 << 16


@contextmanager
def open_study(file: Path | None, name: str, *, fresh: bool = False) -> Iterator[Study]:
    """The study of that name in the file, with the trials that it has; a new one where it has none.

    Without a file it is gone when the process ends. `fresh` forgets the trials that there are. The file is
    one process's alone while it is open. What a killed process was writing is cut off, and a trial that it
    had in work is given up. Raises PermanentError where another process has the file, StorageError.
    """
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    if file is None:
        yield optuna.create_study(study_name=name, direction="maximize")
        return
    with _hold(file):
        _cut_torn_line(file)
        storage = optuna.storages.JournalStorage(JournalFileBackend(str(file), cast("Any", _HeldAnyway())))
        with suppress(KeyError):
            if fresh:
                optuna.delete_study(study_name=name, storage=storage)
        study = optuna.create_study(
            study_name=name, storage=storage, direction="maximize", load_if_exists=True
        )
        for trial in study.get_trials(deepcopy=False, states=(optuna.trial.TrialState.RUNNING,)):
            study.tell(trial.number, state=optuna.trial.TrialState.FAIL)
        yield study


class _HeldAnyway:
    """The journal's own lock would outlive a process that is killed."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None:
        pass


@contextmanager
def _hold(file: Path) -> Iterator[None]:
    """Keep other processes from the file; the kernel ends that for one that is killed."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.with_name(f"{file.name}.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise PermanentError(
                    f"Another process is tuning with {file}; wait until it ends, or end it: a second one goes"
                    " on with what it has found."
                ) from None
            yield
    except OSError as error:
        raise StorageError(f"The trials cannot be kept in {file}: {error.strerror}.") from None


def _cut_torn_line(file: Path) -> None:
    """Cut off what follows the last line's end, which a kill has left half written."""
    if not file.exists():
        return
    with file.open("r+b") as content:
        end = content.seek(0, 2)
        while end:
            start = max(0, end - _BLOCK)
            content.seek(start)
            if (newline := content.read(end - start).rfind(b"\n")) >= 0:
                end = start + newline + 1
                break
            end = start
        content.truncate(end)
