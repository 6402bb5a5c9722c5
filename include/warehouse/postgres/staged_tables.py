"""Great Expectations over SQL: runs the checks of one staged table and says what they found."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import DBAPIError

from include.errors import WarehouseUnavailableError
from include.expectations import import_expectations, open_context
from include.warehouse.base import CheckResult
from include.warehouse.checks import Limit
from include.warehouse.postgres import names
from include.warehouse.postgres.checks import Question

if TYPE_CHECKING:
    from include.warehouse.postgres.connection import Schemas
    from include.warehouse.postgres.store import StoredTable


class StagedTables:
    """One quiet context and one connection for all tables of a release; close it when done."""

    def __init__(self, schemas: Schemas) -> None:
        engine = schemas.engine
        with engine.connect():
            pass  # A database that is down says so here, in our words and not those of the library.
        self._store = schemas.store
        sources: Any = open_context().data_sources
        self._source = sources.add_postgres(
            name="warehouse",
            connection_string=engine.url.render_as_string(hide_password=False).replace("$", "%24"),
            create_temp_table=False,
            # The joins with the window's ids fit into this much; compiling takes longer than it saves.
            kwargs={
                "connect_args": {
                    "options": "-c work_mem=64MB -c jit=off",
                    "application_name": "dangol gates",
                }
            },
        )

    def run_checks(self, leaf: StoredTable, questions: Sequence[Question]) -> list[CheckResult]:
        """The results in the order of `questions`. Raises DBAPIError where the database does."""
        try:
            return self._run_checks(leaf, questions)
        except Exception as error:
            # The library has an exception of its own for it, with the statement in it.
            if cause := _find_database_error(error):
                raise cause from None
            raise

    def _run_checks(self, leaf: StoredTable, questions: Sequence[Question]) -> list[CheckResult]:
        results = self._validate(leaf.name, [question for question in questions if not question.of_found])
        if of_found := [question for question in questions if question.of_found]:
            found = names.name_found(leaf.table, leaf.release_id, leaf.model)
            results |= self._validate(found, of_found)
        return [_read_result(leaf, question, results[question.check.name]) for question in questions]

    def _validate(self, name: str, questions: Sequence[Question]) -> dict[str, Any]:
        """What the library says of each check of one table of the store, by the check's name."""
        from great_expectations import ExpectationSuite

        if not questions:
            return {}
        with warnings.catch_warnings():
            # It would have the schema in the connection, where a name cannot be quoted.
            warnings.simplefilter("ignore", DeprecationWarning)
            asset = self._source.add_table_asset(name=name, table_name=name, schema_name=self._store)
        batch = asset.add_batch_definition_whole_table("all").get_batch()
        suite = ExpectationSuite(name, expectations=[_make_expectation(question) for question in questions])
        return {
            result.expectation_config.meta["check"]: result
            for result in batch.validate(suite, result_format="COMPLETE").results
        }

    def close(self) -> None:
        self._source.get_execution_engine().close()
        self._source.get_engine().dispose()


@cache
def _define_expectation() -> Any:
    from great_expectations.expectations import UnexpectedRowsExpectation

    class FoundRows(UnexpectedRowsExpectation):
        """Runs its query once; the original runs it a second time, to count what it found."""

        metric_dependencies = ("unexpected_rows_query.table",)

        def _validate(self, metrics: dict[str, Any], *args: Any, **kwargs: Any) -> Any:
            count = len(metrics["unexpected_rows_query.table"])
            return super()._validate({**metrics, "unexpected_rows_query.row_count": count}, *args, **kwargs)

    return FoundRows


def _make_expectation(question: Question) -> Any:
    gxe = import_expectations()

    check = question.check
    meta = {"check": check.name}
    if question.query:
        return _define_expectation()(unexpected_rows_query=question.query, meta=meta)
    assert isinstance(check, Limit)
    limits: dict[str, Any] = {"min_value": check.low, "max_value": check.high, "meta": meta}
    if check.covers:
        from great_expectations.expectations.row_conditions import Column

        somebody = Column(check.covers) != ""
        return gxe.ExpectColumnUniqueValueCountToBeBetween(
            column=check.covers, row_condition=somebody, **limits
        )
    if question.of_found:
        return gxe.ExpectColumnSumToBeBetween(column="size", **limits)
    return gxe.ExpectTableRowCountToBeBetween(**limits)


def _read_result(leaf: StoredTable, question: Question, result: Any) -> CheckResult:
    check = question.check
    if message := _find_exception(result.exception_info):
        raise WarehouseUnavailableError(
            f"The check {check.name} of {leaf.table} could not be run: {message}: it is tried again."
        )
    if isinstance(check, Limit):
        # A table without lists has no sum of their sizes.
        number = int(result.result["observed_value"] or 0)
        # Later releases read the row count back as a number.
        observed = str(number) if check.whole is None else f"{number:,} ({number / max(check.whole, 1):.1%})"
    else:
        rows = [dict(row) for row in result.result["details"]["unexpected_rows"]]
        observed = _describe_rows(rows) if rows else "none"
    return CheckResult(
        leaf.table, leaf.model, check.name, check.severity, result.success, observed, check.expected
    )


def _describe_rows(rows: Sequence[dict[str, Any]]) -> str:
    keys = ", ".join(repr(row["example"]) for row in rows if row["example"] is not None)
    return f"{int(rows[0]['unexpected_rows']):,} that break it{f', such as {keys}' if keys else ''}"


def _find_database_error(error: BaseException | None) -> DBAPIError | None:
    while error is not None and not isinstance(error, DBAPIError):
        error = error.__cause__ or error.__context__
    return error


def _find_exception(info: dict[str, Any]) -> str | None:
    """The first line of what went wrong; Great Expectations nests it by metric or not at all."""
    entries = [info, *(entry for entry in info.values() if isinstance(entry, dict))]
    for entry in entries:
        if entry.get("raised_exception"):
            return str(entry.get("exception_message")).splitlines()[0]
    return None
