"""A suite of Great Expectations run over a frame of lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from include.expectations import open_context

if TYPE_CHECKING:
    from great_expectations.expectations.expectation import Expectation


@dataclass(frozen=True)
class Outcome:
    """What one expectation found. `rows` (int64) are the positions of the unexpected rows, ascending."""

    expectation: str
    meta: dict[str, Any]
    passed: bool
    rows: np.ndarray


@cache
def open_batches() -> Any:
    """Where frames are handed to Great Expectations: one context, made once in a process."""
    source = open_context().data_sources.add_pandas("lines")
    return source.add_dataframe_asset("day").add_batch_definition_whole_dataframe("whole")


def run_expectations(frame: pd.DataFrame, rules: list[Expectation]) -> list[Outcome]:
    """Validate a frame, whose index must be 0..n-1, and return an outcome for each rule, in their order.

    Raises RuntimeError where Great Expectations could not evaluate a rule: that is a mistake in the rule,
    never in the data.
    """
    batches = open_batches()
    import great_expectations as gx

    empty = {name for name in frame.columns if frame[name].isna().all()}
    clear = [rule for rule in rules if _find_column(rule) in empty and _skips_nulls(rule)]
    asked = [rule for rule in rules if rule not in clear]
    looked_at = set(map(_find_column, asked))
    frame = frame[[name for name in frame.columns if name in looked_at]]
    suite = gx.ExpectationSuite(name="contract", expectations=asked)
    validation = batches.get_batch({"dataframe": frame}).validate(
        suite, result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False}
    )
    # The order of the results is the validator's own.
    found = {_key(result.expectation_config.meta): _read_outcome(result) for result in validation.results}
    nothing = np.array([], dtype=np.int64)
    found |= {
        _key(rule.meta): Outcome(rule.expectation_type, dict(rule.meta or {}), True, nothing)
        for rule in clear
    }
    return [found[_key(rule.meta)] for rule in rules]


def _skips_nulls(rule: Expectation) -> bool:
    """Such a rule holds where its column has no value: then nothing need be looked at."""
    return rule.expectation_type != "expect_column_values_to_not_be_null"


def _find_column(rule: Expectation) -> str | None:
    """None for a rule of the whole table."""
    return getattr(rule, "column", None)


def _key(meta: dict[str, Any] | None) -> tuple[str, str]:
    """Column and reason, which are one rule's own."""
    return (meta or {})["column"], (meta or {})["reason"]


def _read_outcome(result: Any) -> Outcome:
    config = result.expectation_config
    details = result.result
    rows = np.array(sorted(details.get("unexpected_index_list") or []), dtype=np.int64)
    if "observed_value" not in details and len(rows) != details.get("unexpected_count"):
        raise RuntimeError(f"{config.type} on {config.kwargs} was not evaluated: {result.exception_info}")
    return Outcome(config.type, dict(config.meta), bool(result.success), rows)
