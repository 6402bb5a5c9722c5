"""Packed files: read, or stopped at the limit."""

from __future__ import annotations

import gzip
import zlib
from dataclasses import replace

import pyarrow as pa
import pytest

from include.errors import EmptyFileError
from include.ingest.formats.parsing import parse_file
from include.memory import MB
from include.settings import Feed
from tests.ingest.formats.parsed import LIMITS, parse, refuse

CONTENT = b"a,b\n" + b"1,2\n" * 999
PACKED = gzip.compress(CONTENT, mtime=0)  # with a time in it, its bytes would differ between processes


def pack(content: bytes, codec: str) -> bytes:
    packed: bytes = pa.compress(content, codec, asbytes=True)
    return packed


@pytest.mark.parametrize("name", ["a.csv.gz", "A.CSV.GZ", "a.csv.zst", "a.csv"])
@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_packed_content_is_known_by_its_first_bytes(name: str, codec: str) -> None:
    parsed = parse(pack(CONTENT, codec), name=name)
    assert (parsed.table.num_rows, parsed.warnings) == (999, ())


def test_a_file_of_several_packed_parts() -> None:
    parts = [CONTENT[:2_000], CONTENT[2_000:]]
    for packed in (
        b"".join(map(gzip.compress, parts)) + b"\0" * 99,
        b"".join(pack(p, "zstd") for p in parts),
    ):
        assert parse(packed).table.num_rows == 999
    members = gzip.compress(b"a,b\n", mtime=0) + gzip.compress(b"1,2\n", mtime=0) * 20_000
    assert parse(members).table.num_rows == 20_000


def test_packed_twice_is_read_with_a_warning() -> None:
    parsed = parse(gzip.compress(pack(CONTENT, "zstd")), name="a.csv.gz")
    assert parsed.table.num_rows == 999
    assert parsed.warnings == ("file a.csv.gz is packed twice (zstd within another); it was read.",)
    assert "packed three times" in refuse(gzip.compress(gzip.compress(gzip.compress(CONTENT, mtime=0))))


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.csv.gz", b"not gzip", "gzip: it is damaged"),
        ("a.csv.gz", gzip.compress(CONTENT, mtime=0)[:-9], "gzip: it is cut short"),
        ("a.csv.gz", gzip.compress(CONTENT, mtime=0)[:12], "gzip: it is cut short"),
        ("a.csv.gz", gzip.compress(CONTENT, mtime=0)[:-8] + b"\0" * 8, "gzip: it is damaged"),
        (
            "a.csv.gz",
            gzip.compress(CONTENT, mtime=0) + b"junk",
            "gzip: it holds something else after its end",
        ),
        ("a.csv.zst", pack(CONTENT, "zstd")[:-9], "zstd: it is damaged or cut short"),
        ("a.csv.zst", pack(CONTENT, "zstd") + b"junk", "zstd: it is damaged or cut short"),
        ("a.csv.zst", b"x", "zstd: it is damaged or cut short"),
    ],
)
def test_damaged_ones_are_refused(name: str, content: bytes, why: str) -> None:
    message = refuse(content, name=name)
    assert why in message
    assert "delivered again" in message


@pytest.mark.parametrize("codec", ["gzip", "zstd"])
def test_a_small_file_that_unpacks_without_end(codec: str) -> None:
    packer = zlib.compressobj(wbits=31)
    if codec == "gzip":
        bomb = b"".join(packer.compress(bytes(MB)) for _ in range(256)) + packer.flush()
    else:
        bomb = pack(bytes(256 * MB), "zstd") * 8
    before = pa.total_allocated_bytes()
    message = refuse(bomb, name=f"a.csv.{'gz' if codec == 'gzip' else 'zst'}")
    assert "more than 128 MB when unpacked, which is limits.unpacked_mb" in message
    assert "the memory of this test" in message
    assert pa.total_allocated_bytes() - before < 256 * MB


def test_the_limit_is_for_unpacked_files_too() -> None:
    limits = replace(LIMITS, unpacked_bytes=2_000)
    content = b"a,b\n" + (b"x" * 50 + b",2\n") * 37
    assert parse(content, limits=limits).table.num_rows == 37
    assert "limits.unpacked_mb" in refuse(content + content[4:], limits=limits)


def test_nothing_packed_is_an_empty_file() -> None:
    for content in (b"", gzip.compress(b"", mtime=0), gzip.compress(b"\n", mtime=0)):
        with pytest.raises(EmptyFileError, match=r"file a.csv.gz is empty"):
            parse_file("a.csv.gz", content, Feed(), LIMITS)
