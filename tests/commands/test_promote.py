"""`dangol promote`: figures and a person, or a refusal of one sentence that records nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from include.evaluation.configuration import Configuration
from include.run import main
from include.settings import Advertiser, read_advertiser
from include.warehouse import open_warehouse
from tests.malls import Mall, open_mall

pytestmark = pytest.mark.integration

SUNDAY = date(2026, 3, 29)
CHALLENGER = {
    "models": {"als": {"factors": 8}},
    "ads": {"sources": ["als", "best_sellers"]},
    "weights": {"purchase": 2.0},
}
Change = Callable[[list[dict[str, Any]]], list[dict[str, Any]]]


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine) -> Mall:
    return open_mall(
        tmp_path,
        monkeypatch,
        ads={"k": 7, "sources": ["cosine", "als", "best_sellers"]},
        evaluation={"splits": 2, "k": 10, "challenger": CHALLENGER},
    )


def read(mall: Mall) -> Advertiser:
    return read_advertiser(mall.write_settings())


def make_rows(advertiser: Advertiser, **changes: Any) -> list[dict[str, Any]]:
    """What an evaluation of two split times records of the ad list and the challenger."""
    assert advertiser.challenger
    usual = {
        "kind": "ads", "purchases": "new", "segment": "known", "category": "", "metric": "ndcg",
        "incumbent": "ad_candidates", "test_days": 7, "k": 10, "users": 90, "data_fingerprint": "ab",
        "code_version": "v1", "as_of_date": SUNDAY, "evaluated_at": datetime.now(UTC) - timedelta(days=3),
    }  # fmt: skip
    rows = []
    for split in ("2026-03-15", "2026-03-22", "all"):
        of_all = split == "all"
        rows.append(usual | {
            "contender": "ad_candidates", "split": split, "value": 0.05,
            "settings": Configuration.from_advertiser(advertiser).to_json(),
        })  # fmt: skip
        rows.append(usual | {
            "contender": "challenger", "split": split, "value": 0.06, "difference": 0.01,
            "difference_low": 0.002 if of_all else None, "difference_high": 0.018 if of_all else None,
            "settings": Configuration.from_advertiser(advertiser.challenger).to_json(),
        })  # fmt: skip
    return [row | changes for row in rows]


def record(mall: Mall, rows: list[dict[str, Any]], day: date = SUNDAY) -> None:
    with open_warehouse(mall.name) as warehouse:
        warehouse.record_metrics(day, rows)


def read_promotions(warehouse: Engine) -> list[dict[str, Any]]:
    with warehouse.begin() as connection:
        return [dict(row) for row in connection.execute(text("SELECT * FROM mall.promotions")).mappings()]


def promote(*more: str) -> int:
    return main(["promote", "--advertiser", "mall", "--by", "Jiwoo", *more])


def test_a_challenger_that_is_better_is_promoted_and_recorded(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    before = read(mall)
    record(mall, make_rows(before))
    assert promote("--note", "as the weekly figures say") == 0
    [row] = read_promotions(warehouse)
    assert (row["by_whom"], row["note"]) == ("Jiwoo", "as the weekly figures say")
    assert (row["as_of_date"], row["difference"]) == (SUNDAY, 0.01)
    assert (row["difference_low"], row["difference_high"]) == (0.002, 0.018)
    assert row["settings_before"]["ads"]["sources"] == ["cosine", "als", "best_sellers"]
    assert row["settings_after"]["models"]["als"]["factors"] == 8
    assert row["settings_after"]["weights"]["purchase"] == 2.0

    printed = capsys.readouterr().out
    assert "put these in the place of models and ads and weights" in printed
    sections = yaml.safe_load(printed)
    assert sections["models"] == {"cosine": {}, "als": {"factors": 8, "iterations": 3}}
    assert sections["ads"] == {"k": 7, "sources": ["als", "best_sellers"]}
    mall.settings = {**mall.settings, **sections, "evaluation": {"splits": 2, "k": 10}}
    after = read(mall)
    assert before.challenger
    assert Configuration.from_advertiser(after) == Configuration.from_advertiser(before.challenger)
    assert after.event_weights == before.challenger.event_weights


def leave(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows


def of_challenger(**changes: Any) -> Change:
    return lambda rows: [row | (changes if row["contender"] == "challenger" else {}) for row in rows]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (
            lambda rows: [],
            "has no ndcg@10 of new purchases of the challenger for 7 test days; run `dangol ev",
        ),
        (lambda rows: [row for row in rows if row["contender"] != "challenger"], "has no ndcg@10 of new"),
        (of_challenger(purchases="all"), "has no ndcg@10 of new purchases"),
        (of_challenger(segment="heavy"), "has no ndcg@10 of new purchases"),
        (of_challenger(k=20), "has no ndcg@10 of new purchases"),
        (
            lambda rows: [row for row in rows if row["split"] != "2026-03-15"],
            "has 1 split times, and mall asks for 2 (evaluation.splits)",
        ),
        (of_challenger(difference_low=None), "did not compare the challenger with ad_candidates"),
        (of_challenger(incumbent="als"), "did not compare the challenger with ad_candidates"),
        (
            of_challenger(difference_low=0.0),
            "is not known to be better: by the evaluation of 2026-03-29 its ndcg@10 of new purchases differs"
            " from today's by +0.0100 [+0.0000, +0.0180]",
        ),
        (of_challenger(difference=-0.1, difference_low=-0.2), "is not known to be better"),
        (
            of_challenger(settings={"ads": {}}),
            "settings of the challenger in mall.yaml are others than those",
        ),
        (
            lambda rows: [
                row | ({"settings": {}} if row["contender"] == "ad_candidates" else {}) for row in rows
            ],
            "settings of the ad list in mall.yaml are others than those",
        ),
        (
            lambda rows: [row | {"evaluated_at": datetime.now(UTC) - timedelta(days=16)} for row in rows],
            "is 16 days old, and at most 14 are allowed; evaluate again.",
        ),
    ],
)
def test_anything_else_is_refused_in_a_sentence_and_recorded_nowhere(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str], change: Change, sentence: str
) -> None:
    record(mall, change(make_rows(read(mall))))
    assert promote() == 1
    said = capsys.readouterr()
    assert said.out == ""
    [told] = [line for line in said.err.splitlines() if line.startswith("promote failed:")]
    assert sentence in told
    assert read_promotions(warehouse) == []


def test_an_older_evaluation_is_enough_where_that_is_said(mall: Mall, warehouse: Engine) -> None:
    record(mall, make_rows(read(mall), evaluated_at=datetime.now(UTC) - timedelta(days=16)))
    assert promote("--most-days", "20") == 0
    assert len(read_promotions(warehouse)) == 1


def test_only_the_newest_evaluation_counts(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    record(mall, make_rows(read(mall)))
    later = SUNDAY + timedelta(days=7)
    rows = of_challenger(difference_low=-0.001)(make_rows(read(mall), as_of_date=later))
    record(mall, rows, later)
    assert promote() == 1
    assert "by the evaluation of 2026-04-05" in capsys.readouterr().err


def test_settings_that_changed_since_are_to_be_evaluated_first(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    record(mall, make_rows(read(mall)))
    changed = {**CHALLENGER, "weights": {"purchase": 3.0}}
    mall.settings = {**mall.settings, "evaluation": {"splits": 2, "k": 10, "challenger": changed}}
    read(mall)
    assert promote() == 1
    assert "settings of the challenger in mall.yaml are others" in capsys.readouterr().err


def test_without_a_challenger_or_a_person_nothing_is_promoted(
    mall: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    record(mall, make_rows(read(mall)))
    assert main(["promote", "--advertiser", "mall", "--by", " "]) == 1
    assert "Say who decides it: --by NAME." in capsys.readouterr().err
    mall.settings = {**mall.settings, "evaluation": {"splits": 2}}
    read(mall)
    assert promote() == 1
    assert "mall has no challenger: write the settings to try under evaluation.challenger in mall.yaml" in (
        capsys.readouterr().err
    )
    with pytest.raises(SystemExit):
        promote("--most-days", "0")
