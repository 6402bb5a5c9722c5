"""Great Expectations, quietly: without its hundreds of log lines, progress bars, files and statistics.

The import takes seconds, so nothing happens before the first validation of a process.
"""

from __future__ import annotations

import logging
import os
from typing import Any

_TALKATIVE = ("great_expectations", "great_expectations.data_context.types.base")
# It writes a stack trace for each query that a lost database ends; the exception is raised as well.
_TRACING = ("great_expectations.execution_engine.sqlalchemy_execution_engine",)


def import_expectations() -> Any:
    """The module `great_expectations.expectations`."""
    os.environ.setdefault("GX_ANALYTICS_ENABLED", "False")
    _hush()
    import great_expectations.expectations as expectations

    _hush()  # the import itself sets one of the loggers back
    return expectations


def open_context() -> Any:
    """A new context in memory."""
    import_expectations()
    import great_expectations as gx
    from great_expectations.data_context.types.base import (
        DataContextConfig,
        InMemoryStoreBackendDefaults,
        ProgressBarsConfig,
    )

    config = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False),
        analytics_enabled=False,
    )
    return gx.get_context(mode="ephemeral", project_config=config)


def _hush() -> None:
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in _TRACING:
        logging.getLogger(name).setLevel(logging.CRITICAL)
