"""The ranked list against dictionaries, with a ranker of which it is known what it says; and the bits."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np
import pytest

from include.candidates.base import Proposals, Sources
from include.candidates.blends import fusion
from include.candidates.blends.learned import Params, open_ranked
from include.candidates.blends.ranker import Ranker, import_lightgbm
from include.candidates.blends.ranking_features import name_features
from include.errors import RefusedInputError
from include.evaluation.fitting import fit_trees
from include.evaluation.ranker_samples import Sample
from tests.candidates.blending import make_inputs
from tests.candidates.blends.test_fusion import list_chosen
from tests.evaluation.windows import make_purchases, make_window
from tests.kernels.test_interleave import list_rows
from tests.kernels.test_union import unite_slowly

NAMES = ("als", "cosine", "best_sellers")


class FewBuyers(Ranker):
    """The fewer bought an item, the better."""

    def score(self, features: np.ndarray) -> np.ndarray:
        buyers = features[:, list(self.features).index("buyers")]
        return (1 / (1 + buyers)).astype(np.float32)


def draw_proposals(rng: np.random.Generator, users: int, items: int) -> list[Proposals]:
    from include.kernels import RankedLists

    made = []
    for size in (users, users, 1):
        sizes = rng.integers(0, 8, size)
        n = int(sizes.sum())
        lists = RankedLists(
            np.append(0, np.cumsum(sizes)),
            rng.integers(0, items, n).astype(np.int32),
            rng.random(n).astype(np.float32),
        )
        made.append(Proposals(lists))
    return made


@pytest.mark.parametrize("exclude", [True, False])
@pytest.mark.parametrize("seed", range(8))
def test_agrees_with_dictionaries(seed: int, exclude: bool) -> None:
    rng, inputs = np.random.default_rng(seed), make_inputs(make_window(make_purchases(0)), exclude=exclude)
    fallback = fusion.Params(constant=1.0, weights={"als": 0.5}, segments={"none": {"best_sellers": 2.0}})
    users, items, hidden = len(inputs.user_ids), len(inputs.item_ids), inputs.list_hidden()
    proposed = draw_proposals(rng, users, items)
    ranker = FewBuyers(NAMES, name_features(NAMES), {}, exclude, "2026-03-09", {}, "")
    params = Params(depth=5, candidates=1000, fallback=fallback)
    sources = Sources(NAMES, 2)
    blender = open_ranked(sources, inputs, params, ranker)
    chosen = list_chosen(blender.merge(0, users, proposed, 6, hidden))
    fused = list_chosen(fusion.open_blend(sources, inputs, fallback).merge(0, users, proposed, 6, hidden))
    strangers = [user for user in range(users) if not inputs.purchased[user].nnz]
    assert strangers == [0], "whoever the window does not know, of whom nothing was learned"
    lists = [each.lists for each in proposed]
    buyers = np.bincount(inputs.purchased.indices, minlength=items)
    for user, found in enumerate(unite_slowly(lists, 5, hidden)):
        order = sorted(found, key=lambda item: (buyers[item], min(found[item].values())[0], item))[:6]
        own = chosen[user]
        if user in strangers:
            assert own == fused[user]
            continue
        assert [row[0] for row in own[: len(order)]] == order
        for item, score, source, row in own[: len(order)]:
            assert score == pytest.approx(1 / (1 + buyers[item]))
            assert found[item][source] == (min(rank for rank, _ in found[item].values()), row)
        # The rest only fills: what `depth` has cut of the source that does.
        barred = {item for item, _ in list_rows(hidden)[user]}
        assert {row[2] for row in own[len(order) :]} <= {2}
        assert not barred & {row[0] for row in own}
        scores = [row[1] for row in own]
        assert scores == sorted(scores, reverse=True) and len({row[0] for row in own}) == len(own)


def make_sample() -> Sample:
    rng = np.random.default_rng(0)
    features = rng.random((400, len(name_features(NAMES)))).astype(np.float32)
    return Sample(features, (features[:, 0] > 0.7).astype(np.int8), np.full(40, 10))


def test_the_same_sample_is_the_same_text_and_learns_what_is_there() -> None:
    sample, params = make_sample(), Params(rounds=20, min_rows=5)
    text = fit_trees(sample, params, name_features(NAMES))
    assert text == fit_trees(sample, params, name_features(NAMES))
    ranker = Ranker(NAMES, name_features(NAMES), {}, True, "2026-03-09", {}, text)
    again = Ranker.from_text(ranker.to_text())
    scores = again.score(sample.features)
    assert scores.dtype == np.float32 and scores.min() > 0 and scores.max() < 1
    assert scores[sample.bought == 1].min() > scores[sample.bought == 0].max()
    assert len(again.score(sample.features[:0])) == 0


def test_a_missing_library_is_said_with_its_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = builtins.__import__

    def refuse(name: str, *rest: Any) -> Any:
        if name == "lightgbm":
            raise OSError("libgomp.so.1: cannot open shared object file")
        return plain(name, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(RefusedInputError, match="apt-get install libgomp1"):
        import_lightgbm()


def test_a_text_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="this is no ranker"):
        Ranker.from_text('{"sources": []}')
