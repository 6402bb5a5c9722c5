"""Bytes of any kind under any name: a table of plain types, or one sentence that can be stored."""

from __future__ import annotations

import gzip

import pyarrow as pa
from hypothesis import example, given, settings
from hypothesis import strategies as st

from include.errors import RejectedDayError
from include.ingest.formats.parsing import parse_file
from include.settings import CsvFormat, Feed
from tests.ingest.formats.parsed import LIMITS

NAMES = ("a.csv", "a.csv.gz", "a.csv.zst", "a.jsonl", "a.parquet")
TEXTS = st.text(alphabet='ab1,;\t|"\\\n\r \0\ufeff단{}[]:=sep\u200b', max_size=60).map(str.encode)
FORMS = st.builds(
    CsvFormat,
    delimiter=st.sampled_from(",;\t|"),
    quote=st.sampled_from("\"'"),
    escape=st.sampled_from([None, "\\", '"']),
    quoting=st.sampled_from(["minimal", "none"]),
    multiline=st.booleans(),
    header=st.booleans(),
    skip_lines=st.integers(0, 2),
    skip_last_lines=st.integers(0, 2),
    encoding=st.sampled_from(["utf-8", "cp949", "utf-16", "utf-16-le", "utf-7", "latin-1", "ascii"]),
)


@given(st.sampled_from(NAMES), TEXTS | st.binary(max_size=60), FORMS, st.booleans())
@example("a.csv", b"a,b\n1,\\", CsvFormat(escape="\\"), False)
@example("a.csv", b"+2AA-", CsvFormat(encoding="utf-7"), False)
@settings(max_examples=1_500, deadline=None)
def test_any_bytes(name: str, content: bytes, form: CsvFormat, packed: bool) -> None:
    try:
        parsed = parse_file(name, gzip.compress(content) if packed else content, Feed(csv=form), LIMITS)
    except RejectedDayError as error:
        message = str(error)
        assert message.startswith(f"file {name}")
        assert message.endswith(".")
        assert message.isprintable()
        assert message.encode()
    else:
        assert name == "a.parquet" or set(parsed.table.schema.types) <= {pa.large_string()}
        parsed.table.validate(full=True)
