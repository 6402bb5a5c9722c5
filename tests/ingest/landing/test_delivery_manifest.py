from __future__ import annotations

import pytest

from include.errors import RejectedDayError
from include.ingest.landing.delivery_manifest import ListedFile, match_files, parse_manifest

BOTH = [ListedFile("a.csv", 3), ListedFile("b 1.csv", None)]


@pytest.mark.parametrize(
    "text",
    [
        '{"files": [{"name": "a.csv", "lines": 3}, {"name": "b 1.csv"}]}',
        '\ufeff[{"Path": "a.csv", "row_count": "3"}, "b 1.csv"]',
        '{"a.csv": 3, "b 1.csv": null}',
        '{"files": {"a.csv": 3, "b 1.csv": null}}',
        "a.csv,3\nb 1.csv\n",
        "# of today\r\nfile;rows\r\na.csv;3\r\n\r\nb 1.csv\r\n",
        'a.csv\t3\n"b 1.csv"',
        "a.csv 3\nb 1.csv",
        "name\na.csv , 3\nb 1.csv",
    ],
)
def test_forms_of_a_manifest(text: str) -> None:
    assert parse_manifest("m", text.encode()) == BOTH


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"# nothing",
        b"{",
        b'{"files": []}',
        b'{"files": 3}',
        b'[{"lines": 3}]',
        b'[{"name": "a", "lines": -1}]',
        b'[{"name": "a", "lines": true}]',
        b'[{"name": "a", "lines": "many"}]',
        b"[" * 100_000,
        b"PAR1\0\0",
        b"a.csv,3\na.csv,4",
    ],
)
def test_what_is_no_manifest_is_refused_in_a_sentence(content: bytes) -> None:
    with pytest.raises(RejectedDayError, match=r"^the manifest m\.json .*\.$"):
        parse_manifest("m.json", content)


def test_files_are_found_by_the_end_of_their_path() -> None:
    listed = [
        ListedFile(f"{name}", 1) for name in ("s3://mall/in/dt=1/a.csv", "./hour=01/b.csv", "c.csv", "x/")
    ]
    names = ["a.csv", "hour=01/b.csv", "hour=02/c.csv"]
    assert [name for _, name in match_files(listed, names)] == ["a.csv", "hour=01/b.csv", None, None]


def test_the_form_of_letters_does_not_matter() -> None:
    ((_, name),) = match_files([ListedFile("caf\u00e9.csv", 1)], ["cafe\u0301.csv"])
    assert name == "cafe\u0301.csv"
