"""How one feed is delivered: where its files are, when they are complete, how their values are written."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from include.feeds.base import Guests
from include.feeds.registry import FEEDS, find_columns
from include.settings.base import FileName, Frozen, known_zone, list_distinct
from include.settings.day_path import check_path
from include.settings.sections import Quarantine
from include.settings.source import MappedSource, Source
from include.settings.time_formats import check_format

# Texts that mean "no value" in any column, and more of them where an id is asked for; there in any case.
NULLS: Final = ("", "NULL", "null", "None", "NaN", "nan", "NaT", r"\N")
ID_NULLS: Final = (
    *("NA", "N/A", "#N/A", "<NA>", "nil", "undefined", "(null)", "[null]", "<null>", "(not set)"),
    *("__HIVE_DEFAULT_PARTITION__", "#NULL!", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NUM!"),
)
_THOUSANDS: Final = ",.'_ \u2019\u00a0\u2009\u202f"


def known_feed(name: str) -> str:
    """Refuse a feed that the registry does not have."""
    if name not in FEEDS:
        near = get_close_matches(name, FEEDS, n=1, cutoff=0.6)
        meant = f", {near[0]} was probably meant" if near else ""
        raise ValueError(f"is no feed that Dangol knows{meant}; it knows {', '.join(FEEDS)}")
    return name


def _read_texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them; numbers of the YAML are the texts that files have."""
    texts = []
    for part in value if isinstance(value, list | tuple) else (value,):
        if isinstance(part, bool) or part is None:
            raise ValueError("must be texts: yes, no and null are none to YAML; put them in quotation marks")
        if not isinstance(part, str | int | float):
            raise ValueError("must be a list of texts or numbers")
        texts.append(str(part))
    return tuple(texts)


def _read_null_values(value: Any) -> Any:
    if isinstance(value, dict):
        return {column: _read_texts(texts) for column, texts in value.items()}
    return _read_texts(value)


def _read_formats(value: Any) -> Any:
    parts = value if isinstance(value, list | tuple) else (value,)
    if value is not None and not all(isinstance(part, str) for part in parts):
        raise ValueError("must be a format in quotation marks, or a list of formats")
    return value


Texts = Annotated[tuple[str, ...], BeforeValidator(_read_texts)]
OneCharacter = Annotated[str, Field(min_length=1, max_length=1)]


def _ascii(character: str) -> str:
    if not character.isascii() or character in "\r\n\0":
        raise ValueError("must be one ASCII character and no line end")
    return character


AsciiCharacter = Annotated[OneCharacter, AfterValidator(_ascii)]


def _known_encoding(name: str) -> str:
    try:
        "".encode(name)
    except LookupError:
        raise ValueError("must be an encoding that Python knows, such as utf-8 or cp949") from None
    return name


class CsvFormat(Frozen):
    """How CSV files are written.

    With `header: false` the mall's columns are their positions, from 1. `skip_lines` are lines above the
    header and `skip_last_lines` lines below the data that are no data. Quoted values may span lines; with
    `multiline: true` also such as look like lines of the file, which else is taken for a stray quote.
    """

    delimiter: AsciiCharacter = ","
    encoding: Annotated[str, AfterValidator(_known_encoding)] = "utf-8"
    quote: AsciiCharacter = '"'
    escape: AsciiCharacter | None = None
    quoting: Literal["minimal", "none"] = "minimal"
    multiline: bool = False
    header: bool = True
    skip_lines: Annotated[int, Field(ge=0, le=100)] = 0
    skip_last_lines: Annotated[int, Field(ge=0, le=100)] = 0

    @model_validator(mode="after")
    def _characters_differ(self) -> CsvFormat:
        if self.delimiter == self.quote or self.escape == self.delimiter:
            raise ValueError("delimiter, quote and escape must be different characters")
        return self


class Complete(Frozen):
    """By what a day's folder is complete.

    `marker`: a file of that name is there, such as _SUCCESS. `manifest`: a file of that name is there, and
    each file that it names, with as many lines as it says (`include.ingest.landing.delivery_manifest` has its
    form). Without either: no file has changed for `quiet_minutes`, and none is still being uploaded.
    """

    marker: FileName | None = None
    manifest: FileName | None = None
    quiet_minutes: Annotated[float, Field(ge=0, le=24 * 60)] = 5


class DuplicateKey(Frozen):
    """The columns of ours by which two lines are the same."""

    by: Annotated[tuple[str, ...], Field(min_length=1), AfterValidator(list_distinct)]


class Availability(Frozen):
    """Words of `is_available` beside true/false, yes/no, Y/N and 1/0, in any case; or counts of stock."""

    available: Texts = ()
    unavailable: Texts = ()
    stock_count: bool = False

    @model_validator(mode="after")
    def _words_mean_one_thing(self) -> Availability:
        sides = [{word.strip().casefold() for word in side} for side in (self.available, self.unavailable)]
        if both := sorted(sides[0] & sides[1]):
            raise ValueError(f"{', '.join(both)} is both in available and in unavailable; keep it in one")
        if "" in sides[0] | sides[1]:
            raise ValueError('must have no empty word: "" always means "no value"')
        return self


class Feed(Frozen):
    """How one feed is delivered.

    `columns` maps our column to the mall's; a column that is not named is read under our own name.
    `format` is only for files whose suffix does not tell. `time_zone` is that of times without an offset
    (default: the advertiser's). `timestamp_format` is a format of strptime, a named one, or several of them,
    of which the first that fits a value reads it. `null_values` as a list replaces the texts that mean "no
    value"; as a mapping it adds some to a column of ours. `redelivered`: where a file of the day repeats most
    orders of another one, the newest file's lines of an order count, or those of all files. `where` keeps the
    lines whose column of the mall's has one of the values. `guests` and `quarantine` are this feed's own, in
    place of the advertiser's.
    """

    path: Annotated[str, AfterValidator(check_path)] = "{feed}/dt={day}"
    format: Literal["parquet", "csv", "json_lines"] | None = None
    csv: CsvFormat = CsvFormat()
    columns: dict[str, MappedSource] = Field(default_factory=dict)
    where: dict[str, Annotated[Texts, Field(min_length=1)]] = Field(default_factory=dict)
    time_zone: Annotated[str, AfterValidator(known_zone)] | None = None
    timestamp_format: Annotated[str | tuple[str, ...] | None, BeforeValidator(_read_formats)] = None
    null_values: Annotated[
        tuple[str, ...] | dict[str, tuple[str, ...]], BeforeValidator(_read_null_values)
    ] = Field(default_factory=dict)
    decimal: Literal[".", ","] = "."
    thousands: OneCharacter | None = None
    id_case: Literal["keep", "lower", "upper"] = "keep"
    availability: Availability = Availability()
    duplicates: Literal["exact", "none"] | DuplicateKey = "exact"
    redelivered: Literal["newest", "keep"] = "newest"
    complete: Complete = Complete()
    guests: Guests | None = None
    quarantine: Quarantine | None = None
    required: bool = True

    @model_validator(mode="after")
    def _numbers_are_unambiguous(self) -> Feed:
        if self.thousands == self.decimal:
            raise ValueError(
                'decimal and thousands must be different characters: with thousands: ".", decimal is ","'
            )
        if self.thousands is not None and self.thousands not in _THOUSANDS:
            raise ValueError("thousands must be what stands between groups of digits: , . ' _ or a space")
        return self

    @model_validator(mode="after")
    def _times_can_be_read(self) -> Feed:
        try:
            formats = list_distinct(self.timestamp_formats)
            if self.timestamp_format is not None and not formats:
                raise ValueError("must name at least one; leave it away for ISO 8601")
            for text in formats:
                check_format(text)
        except ValueError as error:
            raise ValueError(f"timestamp_format {error}") from None
        return self

    @model_validator(mode="after")
    def _constants_make_sense(self) -> Feed:
        for column, source in self.columns.items():
            if source.constant is None:
                continue
            if any(ours.varies for ours in find_columns(column)):
                raise ValueError(
                    f"columns.{column} cannot be a constant: name the mall's column that holds it"
                )
            number = rf"[0-9]+({re.escape(self.decimal)}[0-9]*)?"
            is_number = any(ours.kind == "number" for ours in find_columns(column))
            if is_number and not re.fullmatch(number, source.constant):
                raise ValueError(
                    f"columns.{column} is the constant {source.constant!r} and must be a number such as"
                    f" 2{self.decimal}5"
                )
        return self

    @model_validator(mode="after")
    def _words_are_no_nulls(self) -> Feed:
        """A "no value" that is also a word of availability would never be read as that word."""
        nulls = {text.strip() for text in self.nulls("is_available")}
        words = (*self.availability.available, *self.availability.unavailable)
        if lost := sorted(nulls.intersection(word.strip() for word in words)):
            raise ValueError(f'availability has {", ".join(lost)}, which null_values takes for "no value"')
        return self

    def source(self, column: str) -> Source:
        """Where a column of ours comes from."""
        return self.columns.get(column) or Source(columns=(column,))

    def nulls(self, column: str) -> tuple[str, ...]:
        """The texts that mean "no value" in a column of ours."""
        if isinstance(self.null_values, tuple):
            return self.null_values
        is_id = any(ours.kind == "id" for ours in find_columns(column))
        defaults = (*NULLS, *ID_NULLS) if is_id else NULLS
        return (*defaults, *self.null_values.get(column, ()))

    @property
    def timestamp_formats(self) -> tuple[str, ...]:
        """Those to be tried, in order; none for ISO 8601."""
        if self.timestamp_format is None:
            return ()
        return (self.timestamp_format,) if isinstance(self.timestamp_format, str) else self.timestamp_format
