"""How one feed is delivered: where its files are, when they are complete, how their values are written."""

from __future__ import annotations

from string import Formatter
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from include.settings.base import Frozen, known_zone, list_distinct

# Texts that mean "no value" in any column, and more of them where an id is asked for.
NULLS: Final = ("", "NULL", "null", "None", "NaN", "nan", "NaT", r"\N")
ID_NULLS: Final = ("NA", "N/A", "#N/A", "undefined", "none", "__HIVE_DEFAULT_PARTITION__", "(not set)")
IDS: Final = ("order_id", "user_id", "item_id")

# Named ways to write a moment as a number, beside strptime formats.
NAMED_FORMATS: Final = ("epoch_seconds", "epoch_milliseconds", "excel_serial")


def _read_text(value: Any) -> Any:
    """Numbers of the YAML as the texts that files have; yes and no, which YAML takes for flags, are none."""
    if isinstance(value, bool):
        raise ValueError("is yes or no to YAML: put it in quotation marks")
    return str(value) if isinstance(value, int | float) else value


Texts = tuple[Annotated[str, BeforeValidator(_read_text)], ...]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError("must be an encoding that Python knows, such as utf-8 or cp949") from None
    return name


class CsvFormat(Frozen):
    """How CSV files are written.

    With `header: false` the mall's columns are their positions, from 1. `skip_lines` are lines above the
    header and `skip_last_lines` lines below the data that are no data.
    """

    delimiter: OneCharacter = ","
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    quote: OneCharacter = '"'
    escape: OneCharacter | None = None
    quoting: Literal["minimal", "none"] = "minimal"
    header: bool = True
    skip_lines: Annotated[int, Field(ge=0, le=100)] = 0
    skip_last_lines: Annotated[int, Field(ge=0, le=100)] = 0

    @model_validator(mode="after")
    def _characters_differ(self) -> CsvFormat:
        if self.delimiter == self.quote or self.escape == self.delimiter:
            raise ValueError("delimiter, quote and escape must be different characters")
        return self


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
        return {"columns": [str(part) for part in value]}
    if isinstance(value, dict) and set(value) == {"constant"} and value["constant"] is not None:
        return {"constant": str(value["constant"])}
    if isinstance(value, dict) and "join" in value and set(value) <= {"join", "by"} and value["join"]:
        return {"columns": [str(part) for part in value["join"]], "by": value.get("by", " ")}
    if isinstance(value, dict) and set(value) <= {"columns", "by", "constant"} and value:
        return value
    if isinstance(value, Source):
        return value
    raise ValueError(
        "must be a column's name or position, a list of names, {join: [a, b], by: '-'} or {constant: 1}"
    )


class Complete(Frozen):
    """By what a day's folder is complete.

    `marker`: a file of that name is there, such as _SUCCESS. `manifest`: a file of that name is there, and
    each file that it names, with as many lines as it says. Without either: no file has changed for
    `quiet_minutes`.
    """

    marker: str | None = None
    manifest: str | None = None
    quiet_minutes: Annotated[float, Field(ge=0, le=24 * 60)] = 5


class DuplicateKey(Frozen):
    """The columns of ours by which two lines are the same."""

    by: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(list_distinct)]


class Availability(Frozen):
    """Words of `is_available` beside true/false, yes/no, Y/N and 1/0, in any case; or counts of stock."""

    available: Texts = ()
    unavailable: Texts = ()
    stock_count: bool = False


class Feed(Frozen):
    """How one feed is delivered.

    `columns` maps our column to the mall's; a column that is not named is read under our own name.
    `format` is only for files whose suffix does not tell. `time_zone` is that of times without an offset
    (default: the advertiser's). `null_values` as a list replaces the texts that mean "no value"; as a
    mapping it adds some to a column of ours. `redelivered`: where a file of the day repeats most orders of
    another one, the newest file's lines of an order count, or those of all files. `where` keeps the lines
    whose column of the mall's has one of the values.
    """

    path: str = "{feed}/dt={day}"
    format: Literal["parquet", "csv", "json_lines"] | None = None
    csv: CsvFormat = CsvFormat()
    columns: dict[str, Annotated[Source, BeforeValidator(_read_source)]] = Field(default_factory=dict)
    where: dict[str, Texts] = Field(default_factory=dict)
    time_zone: Annotated[str, AfterValidator(known_zone)] | None = None
    timestamp_format: str | tuple[str, ...] | None = None
    null_values: Texts | dict[str, Texts] = Field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    thousands: OneCharacter | None = None
    id_case: Literal["keep", "lower", "upper"] = "keep"
    availability: Availability = Availability()
    duplicates: Literal["exact", "none"] | DuplicateKey = "exact"
    redelivered: Literal["newest", "keep"] = "newest"
    complete: Complete = Complete()
    required: bool = True

    @model_validator(mode="after")
    def _path_has_a_day(self) -> Feed:
        names = {name for _, name, _, _ in Formatter().parse(self.path) if name is not None}
        if "day" not in names or names - {"day", "feed"}:
            raise ValueError("path must contain {day}, which stands for the date, and may contain {feed}")
        return self

    @model_validator(mode="after")
    def _numbers_are_unambiguous(self) -> Feed:
        if self.thousands == self.decimal:
            raise ValueError("decimal and thousands must be different characters")
        return self

    def source(self, column: str) -> Source:
        """Where a column of ours comes from."""
        return self.columns.get(column) or Source(columns=(column,))

    def nulls(self, column: str) -> tuple[str, ...]:
        """The texts that mean "no value" in a column of ours."""
        if isinstance(self.null_values, tuple):
            return self.null_values
        defaults = (*NULLS, *ID_NULLS) if column in IDS else NULLS
        return (*defaults, *self.null_values.get(column, ()))

    @property
    def timestamp_formats(self) -> tuple[str, ...]:
        """Those to be tried, in order; none for ISO 8601."""
        if self.timestamp_format is None:
            return ()
        return (self.timestamp_format,) if isinstance(self.timestamp_format, str) else self.timestamp_format
