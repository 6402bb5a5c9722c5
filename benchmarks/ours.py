"""Where the scripts meet our code: the one file to change when a stage's functions do."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from include.columns import INTERACTIONS, ITEM_ID, OCCURRED_AT, USER_ID, WEIGHT
from include.dataset.dataset import Dataset
from include.dataset.interactions import Interactions
from include.kernels import RankedLists, count_cores, rank_neighbours
from include.models import als, cosine
from include.models.base import Context
from include.models.rows import rank_nearest_items

if TYPE_CHECKING:
    from include.settings import Advertiser

Factors = NDArray[np.float32]


def read_window(advertiser: Advertiser, as_of: date) -> Interactions:
    """Run the window step and read what it leaves for the models."""
    from include.steps.dataset import read_dataset
    from include.steps.run_folder import RunFolder
    from include.steps.window import build_window

    build_window(advertiser, as_of)
    folder = RunFolder(advertiser, as_of)
    return read_dataset(folder, *folder.read_summary("window")).interactions


def read_lines(advertiser: Advertiser, days: Iterable[date]) -> Interactions:
    """Partitions → net purchases → matrix: the part of the window step that makes the matrix."""
    from include.dataset.events import PURCHASE
    from include.steps.events import open_event_files

    return Interactions.from_lines(open_event_files(advertiser, list(days))[PURCHASE].read_lines())


def read_retail_log(log: Path) -> tuple[Interactions, int]:
    """A year of Online Retail II: its lines with a customer that cancel nothing, and how many they are."""
    lines = pq.read_table(log, columns=["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "CustomerID"])
    wanted = pc.and_(pc.is_valid(lines["CustomerID"]), pc.greater(lines["Quantity"], 0))
    lines = lines.filter(pc.and_(wanted, pc.invert(pc.starts_with(lines["InvoiceNo"], "C"))))
    keys = lines.group_by(["CustomerID", "StockCode"]).aggregate([("InvoiceDate", "max"), ([], "count_all")])
    customers = keys["CustomerID"].cast(pa.int64()).cast(pa.string())
    columns = [customers, keys["StockCode"].cast(pa.string()), keys["count_all"], keys["InvoiceDate_max"]]
    types = [INTERACTIONS.field(name).type for name in (USER_ID, ITEM_ID, WEIGHT, OCCURRED_AT)]
    arrays = [column.cast(kind) for column, kind in zip(columns, types, strict=True)]
    table = pa.table(arrays, names=[USER_ID, ITEM_ID, WEIGHT, OCCURRED_AT])
    return Interactions.from_table(table), lines.num_rows


def save_ids(folder: Path, interactions: Interactions) -> None:
    for name, ids in (("user_ids", interactions.user_ids), ("item_ids", interactions.item_ids)):
        pq.write_table(pa.table({"id": ids}), folder / f"{name}.parquet")
    np.save(folder / "occurred_at.npy", interactions.occurred_at)


def load_interactions(folder: str | Path, user_items: csr_matrix) -> Interactions:
    """What `save_ids` and `data.load_matrix` have of a prepared window."""
    ids = [
        pq.read_table(Path(folder, f"{name}.parquet"))["id"].combine_chunks()
        for name in ("user_ids", "item_ids")
    ]
    return Interactions(user_items, ids[0], ids[1], np.load(Path(folder, "occurred_at.npy")))


def rank_cosine(interactions: Interactions, k: int) -> pa.Table:
    """item_similarities of the model cosine."""
    return cosine.train(Dataset(interactions), cosine.Params(k=k), Context(count_cores()))[0].rows


def rank_cosine_codes(user_items: csr_matrix, k: int, threads: int) -> list[tuple[int, RankedLists]]:
    """The same as integer codes, which is what the peers give: each block's first item, and its lists."""
    ones = csr_matrix(
        (np.ones(user_items.nnz, np.int32), user_items.indices, user_items.indptr), user_items.shape
    )
    return [(start, lists) for start, _, lists, _ in rank_neighbours(ones, k, threads=threads)]


def factorise(user_items: csr_matrix, parameters: dict[str, Any], threads: int) -> tuple[Factors, Factors]:
    """user_factors and item_factors of the model als, with the objective that the peers have."""
    return als.factorise(user_items, als.Params(regularization_exp=0, bias=False, **parameters), threads)


def recommend_items(
    interactions: Interactions, user_factors: Factors, item_factors: Factors, k: int, threads: int
) -> pa.Table:
    """user_recommendations of the model als: bought items left out."""
    return als.recommend_items(
        Dataset(interactions), user_factors, item_factors, als.Params(user_k=k), Context(threads)
    )


def compare_items(interactions: Interactions, item_factors: Factors, k: int, threads: int) -> pa.Table:
    """item_similarities of the model als."""
    every = np.arange(len(item_factors))
    dataset, context = Dataset(interactions), Context(threads)
    return rank_nearest_items("als", dataset, every, item_factors, k, context).rows


def find_codes(ids: pa.StringArray, column: pa.ChunkedArray) -> NDArray[np.int64]:
    """The row of each id in a sorted id map."""
    return pc.index_in(column, value_set=ids).to_numpy().astype(np.int64)
