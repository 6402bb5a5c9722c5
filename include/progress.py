"""How far a long stage has come: a bar in a terminal, a line every few seconds in a log."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, Protocol

from tqdm import tqdm
from tqdm.contrib.logging import logging_redirect_tqdm

log = logging.getLogger(__name__)

# Between two lines of a log, and before the first: what is done sooner says nothing.
SECONDS_BETWEEN_LINES: Final = 5.0

_parts: ContextVar[dict[str, float] | None] = ContextVar("parts", default=None)


class Progress(Protocol):
    def update(self, n: int) -> object:
        """So many more are done."""


@contextmanager
def show_progress(
    total: int | None,
    text: str,
    unit: str = "rows",
    every: float = SECONDS_BETWEEN_LINES,
    clock: Callable[[], float] = time.monotonic,
) -> Iterator[Progress]:
    """Show how much of `total` is done while the block runs, as it calls `update`.

    In a terminal a bar on stderr, above which log lines appear whole. Elsewhere one line of the log (INFO)
    each `every` seconds, with rate and time left, and a last one if the block took longer than that. Without
    a `total` nobody knows how much is left.
    """
    start = clock()
    if sys.stderr.isatty():
        with logging_redirect_tqdm(), tqdm(total=total, desc=text, unit=f" {unit}", unit_scale=True) as bar:
            yield bar
    else:
        lines = _LogLines(total, text, unit, every, clock)
        yield lines
        lines.finish()
    if (parts := _parts.get()) is not None:
        parts[text] = parts.get(text, 0.0) + clock() - start


@contextmanager
def time_parts() -> Iterator[dict[str, float]]:
    """Collect the seconds of everything that shows its progress in the block, by its text."""
    parts: dict[str, float] = {}
    token = _parts.set(parts)
    try:
        yield parts
    finally:
        _parts.reset(token)


class _LogLines:
    """What `update` is told, as lines of the log."""

    def __init__(
        self, total: int | None, text: str, unit: str, every: float, clock: Callable[[], float]
    ) -> None:
        self._total, self._text, self._unit, self._every, self._clock = total, text, unit, every, clock
        self._done = 0
        self._start = self._said = clock()

    def update(self, n: int) -> None:
        self._done += n
        now = self._clock()
        if now - self._said < self._every or self._done == self._total:
            return
        self._said = now
        spent = now - self._start
        rate = _shorten(self._done / spent)
        if self._total is None:
            log.info("%s: %s %s, %s %s/s", self._text, f"{self._done:,}", self._unit, rate, self._unit)
        else:
            left = spent / self._done * (self._total - self._done) if self._done else None
            log.info(
                "%s: %s of %s %s (%.0f%%), %s %s/s, %s left",
                self._text,
                f"{self._done:,}",
                f"{self._total:,}",
                self._unit,
                100 * self._done / self._total,
                rate,
                self._unit,
                tqdm.format_interval(left) if left is not None else "?",
            )

    def finish(self) -> None:
        spent = self._clock() - self._start
        if spent >= self._every:
            log.info(
                "%s: %s %s in %s, %s %s/s",
                self._text,
                f"{self._done:,}",
                self._unit,
                tqdm.format_interval(spent),
                _shorten(self._done / spent),
                self._unit,
            )


def _shorten(rate: float) -> str:
    """14200 as 14.2k, and 0.25 as it is."""
    return f"{rate:.2g}" if rate < 10 else tqdm.format_sizeof(rate)
