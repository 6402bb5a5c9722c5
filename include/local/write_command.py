"""Write .venv/bin/dangol of a checkout: `python include/local/write_command.py CHECKOUT`.

Only the standard library, and no package to build: so the command needs no network and is there at once.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path

_SCRIPT = """\
#!/bin/sh
# The command dangol of {root}; make setup writes it.
PYTHONPATH={root}${{PYTHONPATH:+:$PYTHONPATH}}
export PYTHONPATH
# -P: a folder include/ where it is called from is another one.
exec {python} -P -m include.run "$@"
"""


def write_command(checkout: Path) -> Path:
    """Write the command where it is not as it must be, and return its path."""
    path = checkout / ".venv" / "bin" / "dangol"
    python = path.parent / "python"
    text = _SCRIPT.format(root=shlex.quote(str(checkout)), python=shlex.quote(str(python)))
    if not (path.is_file() and os.access(path, os.X_OK) and path.read_text(encoding="utf-8") == text):
        unfinished = path.with_name(f".dangol.{os.getpid()}")
        unfinished.write_text(text, encoding="utf-8")
        unfinished.chmod(0o755)
        unfinished.replace(path)
    return path


if __name__ == "__main__":
    write_command(Path(sys.argv[1]))
