"""JSON lines, one object a line, as a table of texts."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pyarrow as pa

from include.errors import EmptyFileError, RejectedDayError
from include.ingest.formats.decoding import decode
from include.ingest.limits import SizeLimits, too_large, too_many_rows, too_much, value_too_long

_BATCH: Final = 20_000
_BATCH_BYTES: Final = 1 << 25
_LONGEST_LINE: Final = 1 << 24
_POINTER_BYTES: Final = 8


def parse_json_lines(name: str, content: bytes, encoding: str, limits: SizeLimits) -> pa.Table:
    """Every value as text: numbers as they are written, true and false, nested values as JSON.

    A column is a key of any line; where a line lacks it, or it is null, the value is null. Raises
    EmptyFileError where there is no line, RejectedDayError with the line.
    """
    text = decode(name, content, encoding)
    columns: dict[str, int] = {}
    rows: list[dict[str, str | None]] = []
    batches: list[list[pa.Array]] = []
    sizes = [0, 0]  # rows and bytes so far
    pending = 0  # characters that are in no batch yet
    for number, line, values in _read_objects(name, text, limits):
        if not values.keys() <= columns.keys():
            for key in values:
                columns.setdefault(key, len(columns))
            if len(columns) > limits.columns:
                raise too_large(name, f"more than {limits.columns:,} keys", "columns", limits.columns)
        if 2 * len(line) > limits.value_bytes:  # nested values are written with blanks in between
            _check_lengths(f"{name}, line {number}", values, limits)
        rows.append(values)
        sizes[0] += 1
        if sizes[0] > limits.day_rows:
            raise too_many_rows(name, limits)
        pending += len(line)
        if len(rows) == _BATCH or len(rows) * len(columns) > 64 * _BATCH or pending > _BATCH_BYTES:
            _flush(name, rows, columns, batches, sizes, limits)
            pending = 0
    _flush(name, rows, columns, batches, sizes, limits)
    if not sizes[0]:
        raise EmptyFileError(f"file {name} is empty: it has no line.")
    nothing = pa.large_string()
    chunks = [
        pa.chunked_array(
            [batch[place] if place < len(batch) else pa.nulls(len(batch[0]), nothing) for batch in batches],
            nothing,
        )
        for place in range(1, len(columns) + 1)
    ]
    return pa.table(chunks, names=list(columns))


def _flush(
    name: str,
    rows: list[dict[str, str | None]],
    columns: dict[str, int],
    batches: list[list[pa.Array]],
    sizes: list[int],
    limits: SizeLimits,
) -> None:
    """Move rows to a batch of arrays, of which the first has no column's values, only their count."""
    if not rows:
        return
    batch = [pa.nulls(len(rows), pa.bool_())]
    batch += [pa.array([row.get(key) for row in rows], pa.large_string()) for key in columns]
    sizes[1] += sum(column.nbytes for column in batch)
    absent = _POINTER_BYTES * sizes[0] * len(columns)  # keys that came late are null in all batches
    if max(sizes[1], absent) > limits.table_bytes:
        raise too_much(name, limits)
    batches.append(batch)
    rows.clear()


def _check_lengths(place: str, values: dict[str, str | None], limits: SizeLimits) -> None:
    for column, value in enumerate(values.values(), 1):
        length = len(value.encode()) if value else 0
        if length > limits.value_bytes:
            raise value_too_long(place, column, length, limits)


def _read_objects(
    name: str, text: bytes, limits: SizeLimits
) -> Iterator[tuple[int, bytes, dict[str, str | None]]]:
    """Each line's number, the line, and its values as text. Blank lines count, and are no objects."""
    number, start = 0, 0
    while start < len(text):
        end = text.find(b"\n", start)
        end = len(text) if end < 0 else end
        number += 1
        if end - start > max(_LONGEST_LINE, 4 * limits.value_bytes):
            raise RejectedDayError(
                f"file {name}, line {number}: is longer than 16 MB; deliver one object a line (JSON lines)."
            )
        line = bytes(text[start:end]).strip(b" \t\r")
        start = end + 1
        if line:
            yield number, line, _read_object(name, number, line)


def _read_object(name: str, number: int, line: bytes) -> dict[str, str | None]:
    place = f"file {name}, line {number}"
    try:
        values = _DECODER.decode(line.decode())
        if type(values) is dict:
            for key, value in values.items():
                if value is not None and type(value) is not str:
                    values[key] = _write(value)
            if b"\\u" in line:
                "".join([*values, *filter(None, values.values())]).encode()  # no lone surrogates
            return values
    except _RepeatedKeyError:
        raise RejectedDayError(f"{place}: has a key twice; ask for it to be delivered again.") from None
    except (ValueError, RecursionError):
        raise RejectedDayError(
            f"{place}: is not JSON; each line must be one whole object. Ask for it to be delivered again."
        ) from None
    what = "begins an array" if line.startswith(b"[") else "is no object"
    raise RejectedDayError(f"{place}: {what}; deliver one object a line (JSON lines).")


class _RepeatedKeyError(ValueError):
    pass


class _Number(str):
    """A number as it is written."""

    __slots__ = ()


def _collect(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        raise _RepeatedKeyError
    return values


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_collect, parse_int=_Number, parse_float=_Number, parse_constant=_Number
)


def _write(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, _Number) else _dump(value)


def _dump(value: Any) -> str:
    """JSON with numbers as they are written."""
    if isinstance(value, dict):
        return (
            "{"
            + ", ".join(
                f"{json.dumps(key, ensure_ascii=False)}: {_dump(part)}" for key, part in value.items()
            )
            + "}"
        )
    if isinstance(value, list):
        return "[" + ", ".join(map(_dump, value)) + "]"
    return str(value) if isinstance(value, _Number) else json.dumps(value, ensure_ascii=False)
