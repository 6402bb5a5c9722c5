"""The truth of the synthetic mall is what its lines are drawn from."""

from __future__ import annotations

import numpy as np
import pytest

from include.samples import shoppers
from include.samples.catalogue import Catalogue, make_catalogue
from include.samples.shoppers import FAVOURITE_SHARE, FAVOURITES, draw_lines, draw_shoppers, tell_chances


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return make_catalogue(100, np.random.default_rng(5))


def tell_slowly(catalogue: Catalogue, favourites: list[int]) -> list[float]:
    weights = np.diff(catalogue.popularity).tolist()
    starts = catalogue.cluster_starts.tolist()
    chances = [(1 - FAVOURITE_SHARE) * weight / sum(weights) for weight in weights]
    for cluster in favourites:
        items = range(starts[cluster], starts[cluster + 1])
        inside = sum(weights[item] for item in items)
        for item in items:
            chances[item] += FAVOURITE_SHARE / FAVOURITES * weights[item] / inside
    return chances


def test_agrees_with_spreading_shares_one_by_one(catalogue: Catalogue) -> None:
    favourites = draw_shoppers(catalogue, 20, 100, 3, 0, np.random.default_rng(2)).favourites
    assert favourites.shape == (20, FAVOURITES)
    chances = tell_chances(catalogue, favourites)
    expected = [tell_slowly(catalogue, row) for row in favourites.tolist()]
    np.testing.assert_allclose(chances, expected, rtol=1e-12)
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)
    assert len({tuple(row) for row in chances.tolist()}) > 10, "users differ"
    assert tell_chances(catalogue, favourites[:0]).shape == (0, 100)


@pytest.mark.parametrize("repeats", [0.0, shoppers.REPEAT_SHARE])
def test_lines_are_drawn_with_these_chances(
    catalogue: Catalogue, repeats: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counts of 8,000 users, item by item, within what chance allows; repeats change no chance."""
    monkeypatch.setattr(shoppers, "REPEAT_SHARE", repeats)
    drawn = draw_shoppers(catalogue, 8_000, 200_000, 30, 0, np.random.default_rng(3))
    chances = tell_chances(catalogue, drawn.favourites)
    lines = np.bincount(drawn.lines.user, minlength=8_000)
    expected = lines @ chances
    spread = np.sqrt(lines @ (chances * (1 - chances)))
    found = np.bincount(drawn.lines.item, minlength=100)
    assert np.abs((found - expected) / spread).max() < (4 if repeats == 0 else 6)
    # And user by user: what a user's chances make likely is what the user buys.
    own = chances[drawn.lines.user, drawn.lines.item].sum()
    assert own == pytest.approx((lines[:, None] * chances**2).sum(), rel=0.01)
    assert own > 1.1 * (chances.mean(axis=0)[drawn.lines.item]).sum(), "users are told apart"


def test_the_lines_are_those_without_the_truth(catalogue: Catalogue) -> None:
    told = draw_shoppers(catalogue, 50, 400, 7, 2, np.random.default_rng(1)).lines
    lines = draw_lines(catalogue, 50, 400, 7, 2, np.random.default_rng(1))
    for name in ("user", "item", "time", "quantity"):
        np.testing.assert_array_equal(getattr(told, name), getattr(lines, name))
