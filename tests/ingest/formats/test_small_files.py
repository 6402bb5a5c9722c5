"""Files that are parsed together say what each says by itself."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.errors import RejectedDayError
from include.ingest.formats import small_files
from include.ingest.formats.parsing import parse_file
from include.ingest.formats.small_files import parse_files
from include.settings import CsvFormat, Feed
from tests.ingest.formats.parsed import LIMITS

LINES = [
    "1,2",
    "a,b",
    "",
    " ",
    '"x",y',
    '"x',
    "1",
    "1,2,",
    "1,2,3",
    "\\,1",
    "é,\u200b",
    "=,'",
    "1,2\r",
    "\0,1",
]


def expect_the_same(contents: list[bytes], feed: Feed) -> None:
    files = [(f"{number}.csv", content) for number, content in enumerate(contents)]
    found = list(parse_files(iter(files), feed, LIMITS))
    assert [(name, content) for name, content, _ in found] == files
    for name, content, parsed in found:
        try:
            expected = parse_file(name, content, feed, LIMITS)
        except RejectedDayError as error:
            assert str(parsed) == str(error)
        else:
            assert not isinstance(parsed, RejectedDayError), (parsed, content)
            assert parsed.table.equals(expected.table)
            assert (parsed.warnings, parsed.has_checksums) == (expected.warnings, expected.has_checksums)


@given(
    st.lists(
        st.builds(
            lambda header, lines, end: ("\n".join([header, *lines]) + end).encode(),
            st.sampled_from(["a,b", "a,b", "a,b", "b,a", "a", "sep=,", ""]),
            st.lists(st.sampled_from(LINES), max_size=3),
            st.sampled_from(["\n", "", "\n\n", "\r\n"]),
        ),
        max_size=6,
    ),
    st.sampled_from([{}, {"quoting": "none"}, {"escape": "\\"}, {"header": False}, {"skip_lines": 1}]),
)
def test_files_say_what_each_says(contents: list[bytes], csv: dict[str, object]) -> None:
    expect_the_same(contents, Feed(csv=CsvFormat.model_validate(csv)))


def test_one_bad_file_is_named_among_good_ones() -> None:
    contents = [b"a,b\n1,2\n", b"a,b\n1,2\n1,2,3\n", b"a,b\n3,4\n"]
    expect_the_same(contents, Feed())
    files = [(f"{number}.csv", content) for number, content in enumerate(contents)]
    refusals = [
        str(parsed) for _, _, parsed in parse_files(files, Feed(), LIMITS) if isinstance(parsed, Exception)
    ]
    assert len(refusals) == 1
    assert refusals[0].startswith("file 1.csv, line 3")


def test_good_files_are_parsed_together(monkeypatch: pytest.MonkeyPatch) -> None:
    spy: Mock | Callable[..., object] = Mock(side_effect=parse_file)
    monkeypatch.setattr(small_files, "parse_file", spy)
    files = [(f"{number}.csv", b"a,b\n1,2\n") for number in range(50)]
    found = list(parse_files(files, Feed(), LIMITS))
    assert [parsed.table.num_rows for _, _, parsed in found if not isinstance(parsed, Exception)] == [1] * 50
    assert spy.call_count == 1  # type: ignore[union-attr]
