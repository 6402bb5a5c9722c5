"""`python -m tests.without_airflow COMMAND … [+ COMMAND …]`: `dangol` where Airflow is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType


class NoAirflow:
    """Finds nothing, before the others find what is installed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name.partition(".")[0] == "airflow":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        return None


def run_commands(arguments: Sequence[str]) -> int:
    """The first exit code that is not 0."""
    from include.run import main

    command: list[str] = []
    for word in (*arguments, "+"):
        if word != "+":
            command.append(word)
        elif code := main(command):
            return code
        else:
            command.clear()
    return 0


if __name__ == "__main__":
    sys.meta_path.insert(0, NoAirflow())
    code = run_commands(sys.argv[1:])
    assert not [name for name in sys.modules if name.partition(".")[0] == "airflow"]
    sys.exit(code)
