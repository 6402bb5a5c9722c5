"""Lays sentences out for Airflow's log, which does not wrap lines."""

from __future__ import annotations

import functools
import logging
import re
import textwrap
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from include.compile_cache import choose_cache
from include.errors import DangolError

log = logging.getLogger(__name__)

WIDTH: Final = 100
_CLAUSE_END: Final = re.compile(r"(?<=[.;])\s+|\n+")

P = ParamSpec("P")
T = TypeVar("T")


def lay_out(message: str) -> list[str]:
    """Lines of at most 100 columns, addresses apart, in which each sentence, and what to do, begins one."""
    clauses = (clause.strip() for clause in _CLAUSE_END.split(message))
    return [line for clause in clauses if clause for line in _wrap(clause)]


def _wrap(clause: str) -> list[str]:
    return textwrap.wrap(clause, WIDTH, break_long_words=False, break_on_hyphens=False)


def say_errors(step: Callable[P, T]) -> Callable[P, T]:
    """Log what an error of ours says before it is raised: after it, the log has a stack trace, and the
    sentence in one line beside it.
    """

    @functools.wraps(step)
    def run(*arguments: P.args, **keywords: P.kwargs) -> T:
        choose_cache()  # a task's process begins here
        try:
            return step(*arguments, **keywords)
        except DangolError as error:
            for line in lay_out(str(error)):
                log.error("%s", line)
            raise

    return run
