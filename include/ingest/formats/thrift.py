"""Thrift's compact protocol, as far as Parquet's footer and page headers need it.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from __future__ import annotations

from typing import Any, Final

_DEEPEST: Final = 32


class ThriftError(Exception):
    """The bytes are no such structure."""


class ThriftReader:
    """Structs as {field's number: value}; texts, doubles and lists of anything but structs are None."""

    def __init__(self, content: memoryview, position: int = 0) -> None:
        self.content = content
        self.position = position

    def read_struct(self, depth: int = 0) -> dict[int, Any]:
        if depth > _DEEPEST:
            raise ThriftError
        fields: dict[int, Any] = {}
        field = 0
        while head := self._read_byte():
            field = field + (head >> 4) if head >> 4 else self._read_signed()
            fields[field] = self._read_value(head & 15, depth)
        return fields

    def _read_value(self, kind: int, depth: int) -> Any:
        if kind in (1, 2):
            return kind == 1
        if kind == 3:
            return self._read_byte()
        if kind in (4, 5, 6):
            return self._read_signed()
        if kind == 7:
            self.position += 8
        elif kind == 8:
            length = self._read_unsigned()
            self.position += length
        elif kind in (9, 10):
            return self._read_list(depth)
        elif kind == 12:
            return self.read_struct(depth + 1)
        else:
            raise ThriftError
        return None

    def _read_list(self, depth: int) -> list[Any] | None:
        head = self._read_byte()
        length = head >> 4 if head >> 4 < 15 else self._read_unsigned()
        if length > len(self.content) or depth > _DEEPEST:
            raise ThriftError
        if head & 15 == 12:
            return [self.read_struct(depth + 1) for _ in range(length)]
        for _ in range(length):
            if head & 15 in (1, 2):
                self.position += 1
            else:
                self._read_value(head & 15, depth + 1)
        return None

    def _read_byte(self) -> int:
        if not 0 <= self.position < len(self.content):
            raise ThriftError
        value = self.content[self.position]
        self.position += 1
        return value

    def _read_unsigned(self) -> int:
        value = shift = 0
        while shift < 64:
            byte = self._read_byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ThriftError

    def _read_signed(self) -> int:
        value = self._read_unsigned()
        return (value >> 1) ^ -(value & 1)
