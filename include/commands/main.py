"""Run a command: its answer on stdout, a sentence on stderr where it fails, and an exit code that tells."""

from __future__ import annotations

import logging
import os
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from include.commands.answer import LATER, UNEXPECTED, WRONG, divert_output
from include.commands.parser import parse_arguments
from include.compile_cache import choose_cache
from include.errors import PermanentError, StorageError, TransientError

_INTERRUPTED = 130
_UNREAD = 141
_TALKATIVE = ("airflow.configuration", "airflow.settings")


def main(arguments: Sequence[str] | None = None) -> int:
    command = "dangol"
    try:
        try:
            options = parse_arguments(arguments)
        finally:
            sys.stdout.flush()  # the help, which nobody may be reading
        command = options.command
        choose_cache()
        with divert_output() as stream:
            logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
            for name in _TALKATIVE:
                logging.getLogger(name).setLevel(logging.WARNING)
            answer = options.run(options)
            if file := getattr(options, "answer", None):
                with explain_unwritten(file), file.open("w", encoding="utf-8") as answers:
                    answer.write(answers)
            answer.write(stream)
        return int(answer.code)
    except PermanentError as error:
        print(f"{command} failed: {error}", file=sys.stderr)
        return WRONG
    except TransientError as error:
        print(f"{command} failed: {error}", file=sys.stderr)
        return LATER
    except KeyboardInterrupt:
        print(f"\n{command}: interrupted; the same command begins again, on what is whole.", file=sys.stderr)
        return _INTERRUPTED
    except BrokenPipeError:
        with suppress(OSError, ValueError):
            # Else Python says at its end that it could not write.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNREAD
    except Exception:
        traceback.print_exc()
        print(f"{command} failed: the error above was not expected; tell who maintains it.", file=sys.stderr)
        return UNEXPECTED


@contextmanager
def explain_unwritten(file: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"The step is done, but its answer cannot be written to {file} ({error.strerror}); do it again."
        ) from None
