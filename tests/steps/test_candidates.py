"""The ad list is made from the run folder; what it was made from, and why it is not made, is said."""

from __future__ import annotations

import hashlib
import json
import logging
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sqlalchemy import Engine

from include.columns import AD_CANDIDATES
from include.run import main
from include.settings import load_advertiser
from include.steps.candidates import make_candidates
from tests.malls import DAY, Mall, busy_day, open_mall, purchase

pytestmark = pytest.mark.integration

ARGUMENTS = ["candidates", "--advertiser", "mall", "--as-of", DAY.isoformat()]


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine) -> Mall:
    """A mall whose models are trained."""
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1})
    mall.deliver(DAY, busy_day(DAY))
    catalogue = [*(f"i{number},Y" for number in range(5)), "i5,", "i6,N"]
    mall.deliver(DAY, catalogue, feed="products", header="item_id,is_available")
    for step in ("ingest", "window", "train"):
        assert main([step, "--advertiser", "mall", "--as-of", DAY.isoformat()]) == 0
    return mall


def set_ads(mall: Mall, monkeypatch: pytest.MonkeyPatch, **ads: Any) -> None:
    open_mall(mall.folder, monkeypatch, window={"days": 1}, ads=ads)


def find_folder(mall: Mall) -> Path:
    return mall.folder / "lake" / "mall" / "runs" / f"as_of={DAY}"


def read_candidates(mall: Mall) -> list[dict]:
    rows = pq.read_table(find_folder(mall) / "ad_candidates.parquet").cast(AD_CANDIDATES)
    return rows.to_pylist()


def replace_rows(mall: Mall, step: str, file: str, rows: pa.Table) -> None:
    """Other rows of a table, with a summary that vouches for them."""
    path = find_folder(mall) / f"{file}.parquet"
    pq.write_table(rows, path)
    summary = json.loads((find_folder(mall) / f"{step}.json").read_text())
    summary["files"][file] = hashlib.sha256(path.read_bytes()).hexdigest()
    (find_folder(mall) / f"{step}.json").write_text(json.dumps(summary))


def test_it_leaves_its_rows_and_says_what_it_made_them_of(mall: Mall) -> None:
    summary = make_candidates(load_advertiser("mall"), DAY)
    rows = read_candidates(mall)
    assert rows == sorted(rows, key=lambda row: (row["user_id"], row["rank"]))
    assert summary["rows"] == len(rows) > 0
    assert list(summary["sources"]) == ["repurchase", "als", "best_of"]
    by_source = Counter(row["source"] for row in rows)
    assert summary["sources"] == {name: by_source[name] for name in summary["sources"]}
    assert summary["short_lists"] == 13, "the mall has 8 items, and a list 20"
    assert summary["rerank"] == {}
    assert {"seconds", "peak_rss_mb", "parts"} <= set(summary)
    assert {row["item_id"] for row in rows} == {f"i{number}" for number in range(6)}
    written = json.loads((find_folder(mall) / "candidates.json").read_text())
    of_window = json.loads((find_folder(mall) / "window.json").read_text())["files"]
    read = {"ad_candidates", "als.user_recommendations"}
    assert set(written["files"]) == read | set(of_window)


def test_the_sources_take_turns_in_the_order_of_the_yaml(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    first = {}
    for sources in (["cosine", "als"], ["als", "cosine"]):
        set_ads(mall, monkeypatch, sources=sources, blend="turns", min_co_buyers=1)
        assert list(make_candidates(load_advertiser("mall"), DAY)["sources"]) == sources
        first[tuple(sources)] = {row["source"] for row in read_candidates(mall) if row["rank"] == 1}
    assert first == {("cosine", "als"): {"cosine"}, ("als", "cosine"): {"als"}}


@pytest.mark.parametrize(
    ("params", "gone"),
    [
        ({}, {"i5", "i6", "i7"}),
        ({"unknown": "keep"}, {"i6", "i7"}),
        ({"absent": "keep"}, {"i5", "i6"}),
        ({"unknown": "keep", "absent": "keep"}, {"i6"}),
    ],
)
def test_in_stock_keeps_what_the_catalogue_calls_available_and_lists_stay_full(
    mall: Mall,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    params: dict[str, str],
    gone: set[str],
) -> None:
    settings = {"window": {"days": 1}, "catalogue": {"absent_items": "available"}}
    sources = ["cosine", "als", "best_sellers"]
    ads = {"k": 2, "rerank": [{"in_stock": params}], "sources": sources, "blend": "turns"}
    open_mall(mall.folder, monkeypatch, **settings, ads=ads)
    assert main(["window", *ARGUMENTS[1:]]) == main(["train", *ARGUMENTS[1:]]) == 0
    with caplog.at_level(logging.INFO):
        summary = make_candidates(load_advertiser("mall"), DAY)
    rows = read_candidates(mall)
    assert {row["item_id"] for row in rows} == {f"i{number}" for number in range(8)} - gone
    counted = summary["rerank"]["in_stock"]
    assert (counted["dropped"] > 0) is (len(gone) > 1), "i6 is in no list anyway"
    lengths = Counter(row["user_id"] for row in rows)
    assert (
        counted["short_lists"] == summary["short_lists"] == sum(lengths[f"u{user}"] < 2 for user in range(12))
    )
    assert summary["short_lists"] < 6, "of what is left out most is made up for"
    assert (
        f"re-rank step in_stock: dropped {counted['dropped']}, moved 0, added 0, short_lists" in caplog.text
    )


def test_in_stock_without_a_catalogue_is_a_sentence(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    warehouse: Engine,
    capsys: pytest.CaptureFixture[str],
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, ads={"rerank": ["in_stock"]})
    mall.deliver(DAY, busy_day(DAY))
    for step in ("ingest", "window", "train"):
        assert main([step, *ARGUMENTS[1:]]) == 0
    assert main(ARGUMENTS) == 1
    assert "in_stock would drop every item, for the catalogue names none of them" in capsys.readouterr().err


def test_a_source_whose_table_is_empty_is_a_sentence(
    mall: Mall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    set_ads(mall, monkeypatch, sources=["cosine", "als"])
    rows = pq.read_table(find_folder(mall) / "cosine.item_similarities.parquet")
    replace_rows(mall, "train.cosine", "cosine.item_similarities", rows.slice(0, 0))
    assert main(ARGUMENTS) == 1
    sentence = " ".join(capsys.readouterr().err.split())
    assert "the candidate source cosine reads item_similarities of cosine, which is empty" in sentence
    assert not (find_folder(mall) / "ad_candidates.parquet").exists()


def test_a_source_whose_table_its_model_does_not_make_is_a_sentence(
    mall: Mall, capsys: pytest.CaptureFixture[str]
) -> None:
    path = find_folder(mall) / "train.als.json"
    summary = json.loads(path.read_text())
    del summary["files"]["als.user_recommendations"]
    path.write_text(json.dumps(summary))
    assert main(ARGUMENTS) == 1
    sentence = " ".join(capsys.readouterr().err.split())
    assert "the candidate source als reads user_recommendations, which als did not make" in sentence


@pytest.mark.parametrize(
    "lines",
    [[purchase("u1", "i1"), purchase("u2", "i1")], [purchase("u1", "i1"), purchase("u1", "i2")]],
    ids=["one item", "one user"],
)
def test_a_window_in_which_no_model_can_find_anything_is_no_mistake(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, lines: list[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1})
    mall.deliver(DAY, lines)
    for step in ("ingest", "window", "train", "candidates"):
        assert main([step, *ARGUMENTS[1:]]) == 0
    rows = read_candidates(mall)
    assert {(row["user_id"], row["source"]) for row in rows} == {("", "best_of")}, "whom nobody knows"


def test_a_blend_that_is_refused_is_a_sentence(
    mall: Mall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that names an item of no purchase."""
    set_ads(mall, monkeypatch, sources=["cosine", "als"])
    rows = pq.read_table(find_folder(mall) / "cosine.item_similarities.parquet")
    strange = [{**row, "similar_item_id": "nobody-bought-it", "co_buyers": 99} for row in rows.to_pylist()]
    strange_rows = pa.Table.from_pylist(strange, rows.schema)
    replace_rows(mall, "train.cosine", "cosine.item_similarities", strange_rows)
    assert main(ARGUMENTS) == 1
    assert "nobody-bought-it" in capsys.readouterr().err
