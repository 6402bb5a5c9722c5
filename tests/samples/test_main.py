from __future__ import annotations

from pathlib import Path

import pytest

from include.samples.__main__ import main

SMALL = ["--users", "20", "--items", "30", "--purchases", "100", "--days", "3"]


def test_a_sample_is_written_and_then_reused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["ssg", "--to", str(tmp_path), *SMALL]
    assert main(command) == 0
    first = capsys.readouterr().out
    assert f"ssg: 102 purchase lines of 3 days in {tmp_path}: 5 files written, 0 reused" in first
    assert "purchases: 100" in first
    assert main(command) == 0
    again = capsys.readouterr().out
    assert "0 files written, 5 reused" in again
    assert "purchases: 100" in again
    assert main([*command, "--force"]) == 0
    assert "5 files written, 0 reused" in capsys.readouterr().out


def test_feeds_are_written_where_they_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ssg", "--to", str(tmp_path), *SMALL, "--feeds", "views, carts"]) == 0
    printed = capsys.readouterr().out
    assert "11 files written" in printed
    assert "views: in all " in printed
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == [
        "carts",
        "products",
        "purchases",
        "views",
    ]


def test_the_real_sample_takes_a_range(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    days = ["--from", "2017-12-24", "--until", "2017-12-25"]
    assert main(["completejourney", "--to", str(tmp_path), *days]) == 0
    assert "purchase lines of 2 days" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "purchases").iterdir()) == [
        "dt=2017-12-24",
        "dt=2017-12-25",
    ]


def test_what_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, sentence in (
        (["ssg", "--to", str(tmp_path), *SMALL, "--users", "0"], "users must be from 1 to"),
        (
            ["completejourney", "--to", str(tmp_path), "--from", "2018-02-01"],
            "covers 2017-01-01 to 2017-12-31",
        ),
        (["ssg", "--to", str(tmp_path), *SMALL, "--feeds", "clicks"], "not clicks"),
        (["ssg", "--to", "/proc/nowhere", *SMALL], "/proc/nowhere: No such file or directory; give a folder"),
    ):
        assert main(arguments) == 1
        message = capsys.readouterr().err
        assert message.startswith("include.samples: ")
        assert sentence in message
        assert message.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (
            ["completejourney", "--to", "x", "--from", "1.5.2017"],
            "'1.5.2017' is not a date such as 2017-12-31",
        ),
        (["ssg", "--to", "x", "--users", "many"], "invalid int value: 'many'"),
        (["ssg"], "the following arguments are required: --to"),
        ([], "required: SAMPLE"),
        (["promotions"], "invalid choice: 'promotions'"),
    ],
)
def test_wrong_options_are_explained(
    arguments: list[str], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize("sample", ["completejourney", "ssg"])
def test_help_says_what_there_is(sample: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main([sample, "--help"])
    assert caught.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert "--to DIR the landing folder" in text
    assert "carried on by the same command" in text
