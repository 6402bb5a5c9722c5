"""Where a column of ours comes from, as the YAML says it."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator

from include.settings.base import Frozen


class Source(Frozen):
    """Where a column of ours comes from: one column of the mall's, several joined, or a constant.

    In the YAML a name, a position (of files without a header, from 1), a list of names (joined by a space),
    `{join: [style, colour], by: "-"}`, or `{constant: 1}`.
    """

    columns: tuple[str, ...] = ()
    by: str = " "
    constant: str | None = None

    @property
    def label(self) -> str:
        """How a message names it."""
        return f"constant {self.constant}" if self.constant is not None else " + ".join(self.columns)


def _read_source(value: Any) -> Any:
    if isinstance(value, bool) or value is None:
        raise ValueError("must name a column of the mall's; put names such as yes or null in quotation marks")
    if isinstance(value, str | int):
        return {"columns": [str(value)]}
    if isinstance(value, list | tuple) and value:
        return {"columns": _read_names(value)}
    if isinstance(value, dict) and set(value) == {"constant"} and value["constant"] is not None:
        if isinstance(value["constant"], list | tuple | dict):
            raise ValueError("constant must be one text or number")
        return {"constant": str(value["constant"])}
    if isinstance(value, dict) and "join" in value and set(value) <= {"join", "by"}:
        return {"columns": _read_names(value["join"]), "by": value.get("by", " ")}
    if isinstance(value, dict) and set(value) <= {"columns", "by", "constant"} and value:
        return value
    if isinstance(value, Source):
        return value
    raise ValueError(
        "must be a column's name or position, a list of names, {join: [a, b], by: '-'} or {constant: 1}"
    )


def _read_names(value: Any) -> list[str]:
    good = isinstance(value, list | tuple) and value
    if not good or any(isinstance(part, bool) or not isinstance(part, str | int) for part in value):
        raise ValueError(
            "join must be a list of the mall's columns, by name or position; put names such as yes or null in"
            " quotation marks"
        )
    return [str(part) for part in value]


MappedSource = Annotated[Source, BeforeValidator(_read_source)]
