"""`python -m include.run COMMAND`: what `dangol COMMAND` is where the set-up environment is not at hand."""

from __future__ import annotations

import sys

from include.commands.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
