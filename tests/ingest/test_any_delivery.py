"""Whatever a mall delivers ends as a valid partition or as one sentence."""

from __future__ import annotations

import gzip
import io
import shutil
import uuid
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from include.errors import PermanentError
from include.feeds.registry import load_feed
from include.ingest.days import ingest_day
from include.ingest.lake import read_partition, read_quarantine
from tests.ingest.conftest import DAY, Mall

SECRET = "buyer@example.com"
HEADER = "order_id,user_id,item_id,quantity,price,purchased_at"
COLUMNS = HEADER.split(",")
VIEWS_HEADER = "session_id,user_id,item_id,quantity,price,occurred_at"  # the columns in the order of HEADER

# What breaks readers: quotes, escapes, delimiters, line ends, invisible and unpaired characters.
NASTY = [
    '"',
    "\\",
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    "\0",
    "\ufeff",
    "\u200b",
    "'",
    "=",
    "é",
    "단골",
    "\x85",
    "\u2028",
]
VALUES = [
    "o1", SECRET, "0012", "17850.0", "1", "-1", "0", "2.5", "12,50", "1e5", "8.80E+12", "NaN", "inf", "NULL",
    "", "2026-03-10T10:00:00", "2026-03-10 10:00:00+09:00", "1773104400", "9" * 400, '="0012"', "Y", "25",
]  # fmt: skip
values = st.one_of(st.sampled_from(VALUES), st.lists(st.sampled_from(NASTY), max_size=8).map("".join))
lines = st.lists(values, min_size=0, max_size=8).map(",".join)


@st.composite
def texts(draw: st.DrawFn, header: str = HEADER) -> bytes:
    """A CSV that begins well and goes on as it likes, in some encoding."""
    first = draw(st.sampled_from([header, header.upper(), "", "sep=,", "item_id,title,is_available"]))
    body = [
        f"o{n},{draw(values)},{draw(values)},1,{draw(values)},2026-03-10T10:00:00"
        for n in range(draw(st.integers(0, 4)))
    ]
    text = draw(st.sampled_from(["\n", "\r\n", "\r"])).join(
        [first, *body, *draw(st.lists(lines, max_size=3))]
    )
    content = text.encode(
        draw(st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-8-sig"])), errors="replace"
    )
    return gzip.compress(content) if draw(st.booleans()) else content


TYPES: list[tuple[pa.DataType, st.SearchStrategy[Any]]] = [
    (pa.string(), values),
    (pa.large_string(), values),
    (pa.string_view(), values),
    (pa.binary(), st.binary(max_size=6)),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.uint64(), st.integers(0, 2**64 - 1)),
    (pa.float64(), st.floats()),
    (pa.float32(), st.floats(width=32)),
    (pa.bool_(), st.booleans()),
    (pa.decimal128(38, 3), st.integers(-(10**30), 10**30).map(lambda n: Decimal(n).scaleb(-3))),
    (pa.timestamp("ns"), st.integers(-(2**63), 2**63 - 1)),
    (pa.timestamp("us", tz="UTC"), st.integers(-(2**62), 2**62)),
    (pa.date32(), st.integers(-(2**31), 2**31 - 1)),
    (pa.time64("us"), st.integers(0, 86_399_999_999)),
    (pa.duration("s"), st.integers(-(2**40), 2**40)),
    (pa.list_(pa.string()), st.lists(values, max_size=2)),
    (pa.struct([("a", pa.string())]), st.fixed_dictionaries({"a": values})),
    (pa.dictionary(pa.int8(), pa.string()), values),
    (pa.null(), st.none()),
]


RIGHT: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "quantity": (pa.int64(), st.integers(-2, 5)),
    "price": (pa.float64(), st.floats(0, 100)),
    "purchased_at": (pa.timestamp("us", tz="UTC"), st.just(1_773_104_400_000_000)),
    "occurred_at": (pa.timestamp("us", tz="UTC"), st.just(1_773_104_400_000_000)),
    "is_available": (pa.bool_(), st.booleans()),
}


@st.composite
def parquets(draw: st.DrawFn, names: Sequence[str]) -> bytes:
    """A Parquet file whose columns have our names, or some of them, mostly of the right type, else of any."""
    rows = draw(st.integers(0, 4))
    arrays, chosen = [], []
    for name in [*names, draw(st.sampled_from(["extra", "reason", "source_file", "a\nb", "item_id", ""]))]:
        if draw(st.integers(0, 19)) == 0:
            continue
        right = RIGHT.get(name, (pa.string(), st.text("ab1", min_size=1, max_size=3)))
        kind, one = right if draw(st.integers(0, 3)) else draw(st.sampled_from(TYPES))
        cells = draw(st.lists(st.one_of(st.none(), one), min_size=rows, max_size=rows))
        try:
            array = pa.array(cells, kind)
            sink = io.BytesIO()
            pq.write_table(pa.table({"c": array}), sink)
        except (pa.ArrowException, OverflowError, UnicodeEncodeError, ValueError):
            array = pa.nulls(rows, pa.string())
        arrays.append(array)
        chosen.append(name)
    sink = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, names=chosen) if arrays else pa.table({"x": [1]}), sink)
    content = sink.getvalue()
    if draw(st.integers(0, 4)) == 0:
        place = draw(st.integers(0, len(content) - 1))
        content = (
            content[:place] + bytes([content[place] ^ (1 << draw(st.integers(0, 7)))]) + content[place + 1 :]
        )
    return content


def expect_partition_or_sentence(
    folder: Path, feed: str, files: dict[str, bytes], **feed_settings: Any
) -> None:
    home = folder / uuid.uuid4().hex
    mall = Mall(home, feeds={"purchases": {}, "products": {"required": False}} | {feed: feed_settings})
    for name, content in files.items():
        (mall.landing(feed=feed) / name).write_bytes(content)
    try:
        manifest = ingest_day(mall.advertiser, feed, DAY)
    except PermanentError as error:
        sentence = str(error)
        assert sentence.encode()
        assert "\0" not in sentence
        assert "\n" not in sentence
        assert SECRET not in sentence
        assert len(sentence) < 2_000
        assert not mall.partition(feed=feed).exists()
    else:
        accepted = read_partition(mall.advertiser, feed, DAY)
        assert accepted.schema == load_feed(feed).get_schema()
        assert accepted.num_rows == manifest.accepted_rows
        assert read_quarantine(mall.advertiser, feed, DAY).num_rows == manifest.quarantined_rows
        assert sum(accepted[name].null_count for name in load_feed(feed).required) == 0
        if feed == "purchases":
            assert pc.all(pc.is_finite(accepted["price"])).as_py() is not False
        text = manifest.to_json()
        assert text.encode()
        assert "\0" not in text
        assert not any(SECRET in warning for warning in manifest.warnings)
        assert not any(SECRET in rule.sample for rule in manifest.rules)
    finally:
        shutil.rmtree(home)


slowly = settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@slowly
@given(content=st.binary(max_size=200), suffix=st.sampled_from([".csv", ".parquet", ".csv.gz", ".jsonl"]))
def test_any_bytes(tmp_path: Path, content: bytes, suffix: str) -> None:
    expect_partition_or_sentence(tmp_path, "purchases", {f"a{suffix}": content})


@slowly
@given(content=texts(), other=texts(), quoting=st.sampled_from(["minimal", "none"]))
def test_any_csv(tmp_path: Path, content: bytes, other: bytes, quoting: str) -> None:
    expect_partition_or_sentence(
        tmp_path, "purchases", {"a.csv": content, "b.csv": other}, csv={"quoting": quoting}
    )


@slowly
@given(content=texts())
def test_any_catalogue(tmp_path: Path, content: bytes) -> None:
    expect_partition_or_sentence(tmp_path, "products", {"a.csv": content})


@slowly
@given(content=texts(VIEWS_HEADER))
def test_any_views(tmp_path: Path, content: bytes) -> None:
    expect_partition_or_sentence(tmp_path, "views", {"a.csv": content})


@slowly
@given(content=parquets(COLUMNS), other=parquets(COLUMNS))
def test_any_parquet(tmp_path: Path, content: bytes, other: bytes) -> None:
    expect_partition_or_sentence(tmp_path, "purchases", {"a.parquet": content, "b.parquet": other})


@pytest.mark.parametrize("feed", ["products", "views"])
@slowly
@given(data=st.data())
def test_any_parquet_of_another_feed(tmp_path: Path, feed: str, data: st.DataObject) -> None:
    content = data.draw(parquets(load_feed(feed).names))
    expect_partition_or_sentence(tmp_path, feed, {"a.parquet": content})


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".csv.gz", ".jsonl"])
def test_nothing_at_all(tmp_path: Path, suffix: str) -> None:
    expect_partition_or_sentence(tmp_path, "purchases", {f"a{suffix}": b""})
