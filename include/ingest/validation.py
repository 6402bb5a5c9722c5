"""A suite of Great Expectations run over a frame of lines."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

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


def run_expectations(table: pa.Table, rules: list[Expectation]) -> list[Outcome]:
    """Validate a table and return an outcome for each rule, in their order.

    A rule that skips nulls holds for a column without a value; such rules are most, and are not evaluated.
    Raises RuntimeError where Great Expectations could not evaluate a rule: that is a mistake in the rule,
    never in the data.
    """
    batches = open_batches()
    import great_expectations as gx

    asked = [rule for rule in rules if not _holds_for_nulls(table, rule)]
    columns = {getattr(rule, "column", None) for rule in asked}
    names = [name for name in table.column_names if name in columns] or table.column_names[:1]
    # Great Expectations sees a nullable flag as a flag only so.
    frame = table.select(names).to_pandas(types_mapper={pa.bool_(): pd.BooleanDtype()}.get)
    suite = gx.ExpectationSuite(name="contract", expectations=asked)
    validation = batches.get_batch({"dataframe": frame}).validate(
        suite, result_format={"result_format": "COMPLETE", "return_unexpected_index_query": False}
    )
    # The order of the results is the validator's own.
    found = {
        _key(result.expectation_config.type, result.expectation_config.meta): result
        for result in validation.results
    }
    return [
        _read_outcome(found[_key(rule.expectation_type, rule.meta)])
        if not _holds_for_nulls(table, rule)
        else Outcome(rule.expectation_type, dict(rule.meta or {}), True, np.array([], dtype=np.int64))
        for rule in rules
    ]


def _holds_for_nulls(table: pa.Table, rule: Expectation) -> bool:
    column = getattr(rule, "column", None)
    if column is None or rule.expectation_type == "expect_column_values_to_not_be_null":
        return False
    return bool(table.column(column).null_count == table.num_rows)


def _key(kind: str, meta: dict[str, Any] | None) -> tuple[str, str]:
    return kind, (meta or {})["column"]


def _read_outcome(result: Any) -> Outcome:
    config = result.expectation_config
    details = result.result
    rows = np.array(sorted(details.get("unexpected_index_list") or []), dtype=np.int64)
    if "observed_value" not in details and len(rows) != details.get("unexpected_count"):
        raise RuntimeError(f"{config.type} on {config.kwargs} was not evaluated: {result.exception_info}")
    return Outcome(config.type, dict(config.meta), bool(result.success), rows)
