from __future__ import annotations

import sys
from pathlib import Path

import pytest

from include.models.ranked import Options
from include.models.registry import MODELS, load_model
from tests.purchases import make_interactions

TOY = '''
import pyarrow as pa

from include.columns import ITEM_SIMILARITIES
from include.models.base import RankedTable


def train(interactions, options):
    """Each item is like the next one in the order of ids."""
    ids = interactions.item_ids.to_pylist()
    rows = [
        {"item_id": item, "rank": 1, "similar_item_id": other, "score": 0.5, "co_buyers": 0}
        for item, other in zip(ids, ids[1:])
    ]
    return [RankedTable("item_similarities", "toy", pa.Table.from_pylist(rows, ITEM_SIMILARITIES))]
'''


def test_a_model_is_one_file_and_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "toy_model.py").write_text(TOY)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(MODELS, "toy", "toy_model")
    [table] = load_model("toy")(make_interactions([[1, 1, 1]], ["a", "b", "c"]), Options(k={}))
    assert table.model == "toy"
    assert table.rows["similar_item_id"].to_pylist() == ["b", "c"]
    sys.modules.pop("toy_model")


@pytest.mark.parametrize("name", MODELS)
def test_every_registered_model_loads(name: str) -> None:
    assert callable(load_model(name))


def test_an_unknown_model_is_named() -> None:
    with pytest.raises(KeyError, match="word2vec"):
        load_model("word2vec")
