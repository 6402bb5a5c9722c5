"""What is held out of each user's pairs: how much, which, and that nothing is lost."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from include.errors import RefusedInputError
from include.evaluation.split_files.forms import Way
from include.evaluation.split_files.held_out import hold_out
from include.evaluation.split_files.pairs import Pairs
from include.evaluation.split_files.reading import read_pairs
from tests.evaluation.split_files.test_reading import list_pairs, write


def make_pairs(folder: Path, *, times: bool = True) -> Pairs:
    """Users of 1 to 12 items, whose lines are in no order."""
    rows = [(f"u{user:02}", f"i{item:02}") for user in range(1, 13) for item in range(user)]
    rows = [rows[place] for place in np.random.default_rng(1).permutation(len(rows))]
    content = "".join(
        f"{user} {item} 1" + (f" {900000000 + place}\n" if times else "\n")
        for place, (user, item) in enumerate(rows)
    )
    return read_pairs(write(folder, content))[0]


@pytest.mark.parametrize("way", ["random", "last"])
@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 0.99])
def test_each_user_gives_its_share_and_keeps_a_pair(tmp_path: Path, share: float, way: Way) -> None:
    pairs = make_pairs(tmp_path)
    rest, held = hold_out(pairs, share, 0, way)
    assert sorted(list_pairs(rest) + list_pairs(held)) == list_pairs(pairs)
    for user in range(1, 13):
        mine = sum(owner == f"u{user:02}" for owner, _ in list_pairs(held))
        assert mine == min(int(share * user + 0.5), user - 1)


def test_the_last_are_the_newest_and_of_equal_times_the_last_by_id(tmp_path: Path) -> None:
    path = write(tmp_path, "a z 1 900000001\na x 1 900000005\na y 1 900000005\na w 1 900000003\n")
    rest, held = hold_out(read_pairs(path)[0], 0.25, 0, "last")
    assert list_pairs(held) == [("a", "y")]
    assert list_pairs(rest) == [("a", "w"), ("a", "x"), ("a", "z")]


def test_a_draw_goes_by_its_seed_and_not_by_the_order_of_the_lines(tmp_path: Path) -> None:
    pairs = make_pairs(tmp_path)
    content = "".join(f"{user} {item}\n" for user, item in reversed(list_pairs(pairs)))
    turned, _ = read_pairs(write(tmp_path, content))
    first, again, other = (
        hold_out(some, 0.3, seed)[1] for some, seed in ((pairs, 7), (turned, 7), (pairs, 8))
    )
    assert list_pairs(first) == list_pairs(again)
    assert list_pairs(first) != list_pairs(other)


def test_a_second_draw_of_the_same_seed_may_be_another(tmp_path: Path) -> None:
    pairs = make_pairs(tmp_path)
    first, second = (list_pairs(hold_out(pairs, 0.3, seed)[1]) for seed in (7, (7, 1)))
    assert first != second
    assert second == list_pairs(hold_out(pairs, 0.3, (7, 1))[1])


def test_every_pair_is_as_likely(tmp_path: Path) -> None:
    """Of 5 items 1 is drawn: over 2,000 seeds each 400 times, give or take 4 standard deviations."""
    path = write(tmp_path, "".join(f"a i{item}\n" for item in range(5)))
    pairs, _ = read_pairs(path)
    drawn = [list_pairs(hold_out(pairs, 0.2, seed)[1])[0][1] for seed in range(2000)]
    _, counts = np.unique(drawn, return_counts=True)
    assert len(counts) == 5
    assert np.abs(counts - 400).max() < 4 * np.sqrt(2000 * 0.2 * 0.8)


def test_what_cannot_be_held_out_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedInputError, match="the file has no timestamps"):
        hold_out(make_pairs(tmp_path, times=False), 0.2, 0, "last")
    lonely, _ = read_pairs(write(tmp_path, "a x\nb y\n"))
    with pytest.raises(RefusedInputError, match=r"No user has pairs enough that 0\.2 of them are one"):
        hold_out(lonely, 0.2, 0)
