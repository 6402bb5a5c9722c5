"""Where everything local is: one ignored folder, `.local/`, or the one that DANGOL_STATE names."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from include.errors import LocalServiceError
from include.settings import ROOT

_DEFAULT: Final = ROOT / ".local"
_MARK: Final = ".dangol-state"


@dataclass(frozen=True)
class State:
    folder: Path

    @property
    def postgres(self) -> Path:
        return self.folder / "postgres"

    @property
    def airflow(self) -> Path:
        return self.folder / "airflow"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def pids(self) -> Path:
        return self.folder / "pids"

    @property
    def is_ours(self) -> bool:
        """Whether the whole folder may be removed: it is the usual one, or began as an empty one."""
        return self.folder == _DEFAULT or (self.folder / _MARK).exists()


def find_state() -> State:
    return State(Path(os.environ.get("DANGOL_STATE") or _DEFAULT).absolute())


def mark_state(state: State) -> None:
    """Make the state folder, and mark one that is new as ours to remove."""
    try:
        state.folder.mkdir(parents=True, exist_ok=True)
        if not any(state.folder.iterdir()):
            (state.folder / _MARK).touch()
    except OSError as error:
        raise LocalServiceError(
            f"The state folder {state.folder} cannot be used ({error.strerror}): set DANGOL_STATE to another."
        ) from None
