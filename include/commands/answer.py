"""What a command says on stdout, and nothing else does."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from dataclasses import dataclass
from typing import Any, Final, TextIO

DONE: Final = 0
WRONG: Final = 1  # another try meets the same
MISUSED: Final = 2  # the command line is wrong, says argparse
LATER: Final = 75  # EX_TEMPFAIL of sysexits.h: try again
UNEXPECTED: Final = 70  # EX_SOFTWARE: nobody knows whether another try helps


@dataclass(frozen=True)
class Answer:
    """`value` as JSON, unless there is a text for people that is wanted instead."""

    value: Any
    text: str | None = None
    code: int = DONE

    def write(self, stream: TextIO) -> None:
        stream.write((self.text or json.dumps(self.value, indent=1, default=str, ensure_ascii=False)) + "\n")


Run = Callable[[Namespace], Answer]


@contextmanager
def divert_output() -> Iterator[TextIO]:
    """Send all that is printed within to stderr, by libraries and child processes too.

    Gives the stream that leads to stdout. Raises BrokenPipeError where nobody reads that any more.
    """
    own = sys.__stdout__
    if own is None or sys.stdout is not own or own.fileno() != 1:
        diverted = sys.stdout
        with redirect_stdout(sys.stderr):
            yield diverted
        return
    own.flush()
    kept = os.dup(1)
    stream = os.fdopen(kept, "w", encoding=own.encoding, errors="backslashreplace")
    os.dup2(2, 1)
    try:
        with redirect_stdout(sys.stderr):
            yield stream
        stream.flush()
    finally:
        os.dup2(kept, 1)
        with suppress(BrokenPipeError):
            stream.close()
