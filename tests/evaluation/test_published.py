"""The figures of papers that ours stand beside."""

from __future__ import annotations

from include.evaluation.published import read_published


def test_each_figure_has_a_source_and_is_a_share() -> None:
    published = read_published()
    assert list(published) == ["gowalla", "yelp2018", "amazon-book", "ml-100k", "ta-feng"]
    for entry in published.values():
        assert entry.source and entry.protocol and entry.title
        assert entry.figures
        for values in entry.figures.values():
            assert tuple(values) == entry.metrics
            assert all(0 < value < 1 for value in values.values())


def test_the_figures_that_gates_compare_with_are_there() -> None:
    published = read_published()
    assert published["gowalla"].figures["SLIM"] == {"recall": 0.1699, "ndcg": 0.1382}
    assert published["ml-100k"].figures["iALS"] == {"precision": 0.3596, "recall": 0.2283}
    assert (published["gowalla"].k, published["ml-100k"].k) == (20, 10)
