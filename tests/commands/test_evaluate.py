"""`dangol evaluate`: a table for people on stderr, JSON on stdout, and rows where they are to be kept."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from include.commands.evaluate import compose_figures
from include.commands.main import main
from include.settings import load_advertiser
from tests.malls import DAY, Mall, busy_day, ingest_days, open_mall, purchase

LAST = DAY + timedelta(days=4)
ARGUMENTS = ["evaluate", "--advertiser", "mall", "--splits", "2", "--every", "1", "--test-days", "1,2"]


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mall:
    feeds = {"purchases": {"complete": {"quiet_minutes": 0}}}
    mall = open_mall(tmp_path, monkeypatch, window={"days": 2}, models={"cosine": {}}, feeds=feeds)
    advertiser = load_advertiser("mall")
    ingest_days(advertiser, mall, 5, list_lines)
    return mall


def list_lines(day: date) -> list[str]:
    age = (day - DAY).days
    return [*busy_day(day), purchase(f"guest{age}", "i1", day), purchase("u1", f"i{age}", day)]


def test_says_a_table_and_json(
    mall: Mall, capsys: pytest.CaptureFixture[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    answer = tmp_path / "answer.json"
    assert (
        main(
            [*ARGUMENTS, "--no-record", "--contenders", "popular,cosine", "--k", "3", "--answer", str(answer)]
        )
        == 0
    )
    said = capsys.readouterr()
    found = json.loads(said.out)
    assert found == json.loads(answer.read_text())
    assert (found["as_of"], found["k"], found["test_days"]) == (str(LAST), 3, [1, 2])
    assert found["splits"] == [str(LAST - timedelta(days=age)) for age in (2, 1)]
    assert found["contenders"] == ["ad_candidates", "cosine", "popular"]
    assert {figure["metric"] for figure in found["figures"]} >= {"ndcg", "recall", "coverage"}
    assert "2 splits, 1 test days, the first 3 items:" in caplog.text
    assert "2 splits, 2 test days, the first 3 items:" in caplog.text


@pytest.mark.integration
def test_records_the_rows(mall: Mall, warehouse: Any, capsys: pytest.CaptureFixture[str]) -> None:
    from sqlalchemy import text

    assert main([*ARGUMENTS, "--as-of", str(LAST), "--contenders", "popular", "--record"]) == 0
    found = json.loads(capsys.readouterr().out)
    with warehouse.connect() as connection:
        query = "SELECT contender, value FROM mall.offline_metrics WHERE split = 'all' AND segment = 'known'"
        rows = connection.execute(text(f"{query} AND category = '' AND metric = 'ndcg'")).all()
        count = connection.execute(text("SELECT count(*) FROM mall.offline_metrics")).scalar()
    assert count == found["rows"]
    expected = [
        (figure["contender"], figure["value"]) for figure in found["figures"] if figure["metric"] == "ndcg"
    ]
    # Where no known user bought any such item there is no value.
    assert sorted(map(tuple, rows), key=repr) == sorted(expected, key=repr)
    assert {name for name, _ in rows} == {"ad_candidates", "popular"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        (["--splits", "0"], "'0' is no number from 1 to 9999"),
        (["--test-days", "7,x"], "'x' is no number from 1 to 9999"),
        (["--as-of", "yesterday"], "'yesterday' is not a date"),
    ],
)
def test_a_wrong_command_line(
    mall: Mall, capsys: pytest.CaptureFixture[str], more: list[str], sentence: str
) -> None:
    with pytest.raises(SystemExit) as caught:
        main([*ARGUMENTS, *more])
    assert caught.value.code == 2
    assert sentence in capsys.readouterr().err


def test_what_cannot_be_judged_is_a_sentence(mall: Mall, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*ARGUMENTS, "--no-record", "--contenders", "nobody"]) == 1
    assert "There is no contender nobody; there are ad_candidates," in capsys.readouterr().err
    assert main([*ARGUMENTS, "--no-record", "--as-of", str(LAST + timedelta(days=9))]) == 1
    said = " ".join(capsys.readouterr().err.split())
    assert "There is nothing to judge by. mall: the window 2026-03-" in said


def test_what_there_is_not_is_a_dash() -> None:
    summary = {
        "test_days": [7],
        "splits": ["2026-03-02"],
        "k": 20,
        "figures": [],
        "notes": ["n"],
        "warnings": [],
    }
    figure = {"contender": "popular", "test_days": 7, "purchases": "all", "metric": "ndcg", "value": 0.25}
    figures = [figure | {"low": None, "high": None, "difference": None, "users": 1234}]
    told = list(compose_figures(summary | {"figures": figures}))
    assert told[-2].split() == ["popular", "1,234", "–", "–", "0.2500", "–", "–"]
    assert told[-1] == "n"
