"""Pairs as a window, and what of a test train does not know."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np

from include.evaluation.split_files.pairs import Pairs
from include.evaluation.split_files.reading import read_pairs
from include.evaluation.split_files.window import Strangers, count_strangers, make_window
from tests.evaluation.split_files.test_reading import list_pairs, write


def read(folder: Path, content: str) -> Pairs:
    return read_pairs(write(folder, content))[0]


def test_a_window_has_one_purchase_a_pair_and_the_plain_lists(tmp_path: Path) -> None:
    train = read(
        tmp_path, "a x 5 881250949\na y 1 881337349\nb y 2 881250950\nc y 2 881250950\nc x 1 881250951\n"
    )
    window = make_window(train)
    assert window.dataset.matrix().toarray().tolist() == [[1, 1], [0, 1], [1, 1]]
    assert (window.first, window.last) == (date(1997, 12, 4), date(1997, 12, 5))
    assert window.best_sellers["item_id"].to_pylist() == ["y", "x"]
    assert window.best_sellers["buyers"].to_pylist() == [3, 2]
    recent = list(zip(*(window.recent[name].to_pylist() for name in ("user_id", "item_id")), strict=True))
    assert recent == [("a", "y"), ("a", "x"), ("b", "y"), ("c", "x"), ("c", "y")]


def test_without_times_the_order_of_the_lines_is_that_of_time(tmp_path: Path) -> None:
    window = make_window(read(tmp_path, "a y\na x\na z\nb x\n"))
    assert (window.first, window.last) == (None, None)
    assert window.recent["item_id"].to_pylist() == ["z", "x", "y", "x"]


def test_one_user_and_one_item_are_a_window(tmp_path: Path) -> None:
    window = make_window(read(tmp_path, "a x\n"))
    assert window.dataset.matrix().toarray().tolist() == [[1]]
    assert window.best_sellers.num_rows == window.recent.num_rows == 1


def test_what_train_does_not_know_is_counted(tmp_path: Path) -> None:
    train = read(tmp_path, "a x\na y\nb y\nb x\n")
    test = read(tmp_path, "a y\na z\nb w\nb z\nc x\nc z\n")
    assert count_strangers(train, test) == Strangers(
        users=1, user_pairs=2, items=2, item_pairs=4, known_pairs=1
    )


def test_strangers_are_those_that_sets_find(tmp_path: Path) -> None:
    """The oracle: sets of pairs of text."""
    random = np.random.default_rng(5)
    train, test = (
        read(tmp_path, "".join(f"u{random.integers(9)} i{random.integers(12)}\n" for _ in range(60)))
        for _ in range(2)
    )
    had, asked = set(list_pairs(train)), list_pairs(test)
    users, items = {user for user, _ in had}, {item for _, item in had}
    assert count_strangers(train, test) == Strangers(
        len({user for user, _ in asked} - users),
        sum(user not in users for user, _ in asked),
        len({item for _, item in asked} - items),
        sum(item not in items for _, item in asked),
        len(had & set(asked)),
    )
