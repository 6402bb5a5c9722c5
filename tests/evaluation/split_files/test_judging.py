"""Figures on a split of pairs: a small one worked out by hand, and random ones beside plain Python."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from include.evaluation.configuration import Configuration
from include.evaluation.split_files.contenders import make_contenders
from include.evaluation.split_files.judging import ALL_USERS, METRICS, Judgement, judge_contenders
from include.evaluation.split_files.pairs import Pairs
from include.evaluation.split_files.reading import read_pairs
from include.evaluation.split_files.window import make_split, make_window
from include.models.base import Context
from tests.evaluation.split_files.test_reading import list_pairs, write

CONTEXT = Context(threads=1)


def read(folder: Path, content: str) -> Pairs:
    return read_pairs(write(folder, content))[0]


def judge(train: Pairs, test: Pairs, *names: str, k: int) -> Judgement:
    configuration = Configuration({}).add_defaults(("cosine", "als"))
    contenders = make_contenders(names, configuration, {})
    return judge_contenders(make_split(make_window(train), test), contenders, (k,), CONTEXT)


def take(judged: Judgement, contender: str, column: str = "value") -> dict[str, float]:
    return {row["metric"]: row[column] for row in judged.rows if row["contender"] == contender}


def test_figures_are_those_worked_out_by_hand(tmp_path: Path) -> None:
    """Buyers: w 4, x 3, y 2, z 1. The lists of two of popular, without what each user had:

    a (had w, x): y z.  b (had w, y): x z.  c (had w, x, y, z): none.  d (had w, x): y z.  e is not in train.
    """
    train = read(tmp_path, "a w\na x\nb w\nb y\nc w\nc x\nc y\nc z\nd w\nd x\n")
    # a: z is hit at rank 2, v is not in train, and w is left out, for a had it. b: x is hit at rank 1.
    # d: nothing new, so d is not judged. e: train does not know e, who gets what is popular: w x.
    test = read(tmp_path, "a z\na v\na w\nb x\nc u\nd w\ne y\ne x\ne z\n")
    judged = judge(train, test, "popular", k=2)
    assert {row["users"] for row in judged.rows} == {4}
    discount = 1 / math.log2(3)
    both = 1 + discount
    expected = {
        "recall": [1 / 2, 1, 0, 1 / 3],
        "ndcg": [discount / both, 1, 0, discount / both],
        "precision": [1 / 2, 1 / 2, 0, 1 / 2],
        "hit_rate": [1, 1, 0, 1],
        "map": [1 / 2 / 2, 1, 0, 1 / 2 / 2],
    }
    assert take(judged, "popular") == pytest.approx({name: sum(each) / 4 for name, each in expected.items()})
    assert {row["segment"] for row in judged.rows} == {ALL_USERS}


def test_whom_train_does_not_know_has_best_sellers_alone(tmp_path: Path) -> None:
    train, test = read(tmp_path, "a w\na x\nb w\n"), read(tmp_path, "b x\nc w\n")
    judged = judge(train, test, "itemcf", "best_sellers", "popular", k=3)
    assert take(judged, "itemcf")["recall"] == 0
    assert take(judged, "best_sellers")["recall"] == take(judged, "popular")["recall"] == 1
    assert take(judged, "popular", "difference")["recall"] == 1


def test_nobody_to_judge_is_an_empty_judgement(tmp_path: Path) -> None:
    train = read(tmp_path, "a w\na x\nb w\n")
    judged = judge(train, read(tmp_path, "a w\n"), "popular", k=3)
    assert {(row["users"], row["value"]) for row in judged.rows} == {(0, None)}


def measure_by_hand(had: set[tuple[str, str]], asked: set[tuple[str, str]], k: int) -> dict[str, float]:
    """What popular comes to, by sets and loops."""
    buyers: dict[str, int] = {}
    for _, item in had:
        buyers[item] = buyers.get(item, 0) + 1
    order = sorted(buyers, key=lambda item: (-buyers[item], item))
    sums, users = dict.fromkeys(METRICS, 0.0), 0
    for user in sorted({user for user, _ in asked}):
        own = {item for owner, item in had if owner == user}
        relevant = {item for owner, item in asked if owner == user} - own
        if not relevant:
            continue
        users += 1
        shown = [item for item in order if item not in own][:k]
        hits = [rank for rank, item in enumerate(shown, 1) if item in relevant]
        most = min(k, len(relevant))
        sums["recall"] += len(hits) / len(relevant)
        sums["precision"] += len(hits) / k
        sums["hit_rate"] += bool(hits)
        ideal = sum(1 / math.log2(rank + 1) for rank in range(1, most + 1))
        sums["ndcg"] += sum(1 / math.log2(rank + 1) for rank in hits) / ideal
        sums["map"] += sum(place / rank for place, rank in enumerate(hits, 1)) / most
    return {name: value / users for name, value in sums.items()}


@pytest.mark.parametrize("seed", range(4))
def test_figures_are_those_of_loops_over_all_items_but_trains(tmp_path: Path, seed: int) -> None:
    random = np.random.default_rng(seed)

    def draw(count: int) -> Pairs:
        rows = zip(random.integers(0, 30, count), random.zipf(1.4, count) % 40, strict=True)
        return read(tmp_path, "".join(f"u{user} i{item}\n" for user, item in rows))

    train, test = draw(250), draw(150)
    judged = judge(train, test, "popular", k=10)
    expected = measure_by_hand(set(list_pairs(train)), set(list_pairs(test)), 10)
    assert take(judged, "popular") == pytest.approx(expected, abs=1e-6)
    low, high = take(judged, "popular", "low"), take(judged, "popular", "high")
    assert all(low[name] <= value <= high[name] for name, value in expected.items())


def test_a_shorter_list_is_the_beginning_of_a_longer_one(tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    train, test = (
        read(tmp_path, "".join(f"u{random.integers(20)} i{random.integers(30)}\n" for _ in range(200)))
        for _ in range(2)
    )
    contenders = make_contenders(("popular", "als"), Configuration({}).add_defaults(("als",)), {})
    split = make_split(make_window(train), test)
    both = judge_contenders(split, contenders, (10, 3), CONTEXT)
    alone = judge_contenders(split, contenders, (3,), CONTEXT)
    assert [row for row in both.rows if row["k"] == 3] == list(alone.rows)
    assert set(both.seconds) == {"popular", "als"}
