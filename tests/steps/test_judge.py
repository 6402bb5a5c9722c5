"""The newest day's purchases against the lists that were out on it."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.commands.main import main
from include.settings import load_advertiser
from include.steps.judge import judge_day, measure_lists
from include.warehouse import look_into_warehouse
from tests.malls import DAY, busy_day, open_mall, purchase


def judge_slowly(lists: list[list[str]], bought: list[set[str]], k: int) -> dict[str, float]:
    """The metrics as their definitions say, a user at a time."""
    found: dict[str, float] = dict.fromkeys(("hit_rate", "recall", "ndcg"), 0.0)
    for items, right in zip(lists, bought, strict=True):
        hits = [item in right for item in items[:k]]
        gains = [1 / math.log2(rank + 1) for rank in range(1, k + 1)]
        found["hit_rate"] += any(hits)
        found["recall"] += sum(hits) / len(right)
        found["ndcg"] += sum(gain for gain, hit in zip(gains, hits, strict=False) if hit) / sum(
            gains[: min(k, len(right))]
        )
    return {name: total / len(lists) for name, total in found.items()}


@pytest.mark.parametrize("seed", range(20))
def test_lists_are_measured_as_the_definitions_say(seed: int) -> None:
    chance = random.Random(seed)
    ids = [f"i{number}" for number in range(12)]
    lists = [chance.sample(ids, chance.randint(0, 8)) for _ in range(chance.randint(1, 9))]
    bought = [set(chance.sample([*ids, "unknown"], chance.randint(1, 7))) for _ in lists]
    found = measure_lists(lists, bought, 5)
    assert found == pytest.approx(judge_slowly(lists, bought, 5))


def test_one_user_with_an_empty_list() -> None:
    assert measure_lists([[]], [{"i1"}], 3) == {"hit_rate": 0.0, "recall": 0.0, "ndcg": 0.0}


@pytest.mark.integration
def test_a_day_is_judged_by_the_lists_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    days = [DAY + timedelta(days=number) for number in range(3)]
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, models={"cosine": {}}, ads={"k": 3})
    mall.deliver(days[0], busy_day(days[0]))
    mall.deliver(days[1], busy_day(days[1]))
    # u0 buys what is new to them, and again what they had; a stranger buys too.
    mall.deliver(days[2], [purchase("u0", item, days[2]) for item in ("i4", "i0")])
    advertiser = load_advertiser("mall")
    name = ["--advertiser", "mall"]
    assert main(["ingest", *name, "--from", str(days[0]), "--to", str(days[2])]) == 0
    assert judge_day(advertiser, days[0])["note"].startswith("no release of an earlier date is out")
    for day in days[:2]:
        assert main(["all", *name, "--as-of", str(day)]) == 0

    summary = judge_day(advertiser, days[2])
    assert summary["note"] == ""
    with look_into_warehouse("mall") as opened:
        rows: list[dict[str, Any]] = opened.read_judgements(1)
    assert {(row["contender"], row["metric"]) for row in rows} == {
        (contender, metric)
        for contender in ("ads", "popular", "before")
        for metric in ("hit_rate", "recall", "ndcg")
    }
    assert {(row["as_of_date"], row["purchases"], row["users"], row["k"]) for row in rows} == {
        (days[2], "new", 1, 3)
    }
    assert {row["contender"]: row["lists_as_of"] for row in rows} == {
        "ads": days[1],
        "popular": days[1],
        "before": days[0],
    }
    with warehouse.connect() as connection:
        query = "SELECT 'i4' = ANY(array_agg(item_id)) FROM mall.ad_candidates_current WHERE user_id = 'u0'"
        shown = connection.execute(text(query)).scalar_one()
    assert {row["value"] for row in rows if (row["contender"], row["metric"]) == ("ads", "hit_rate")} == {
        float(shown)
    }
    assert judge_day(advertiser, days[2])["figures"] == summary["figures"], "judged again, replaced"
    closed = judge_day(advertiser, days[2] + timedelta(days=1))
    assert closed["note"].startswith("the lake has no purchases")
