"""The users most likely to want an item: recommendations from the other side, by the same factors."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from include.models.base import Context, RankedTable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

log = logging.getLogger(__name__)


class Audiences(BaseModel):
    """Which items have an audience: those named in `items`, and the `top` most bought. k: users of each."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)

    items: tuple[str, ...] = ()
    top: Annotated[int, Field(ge=0, le=100_000)] = 0
    k: Annotated[int, Field(ge=1, le=10_000)] = 1000

    @model_validator(mode="after")
    def _asks_for_an_item(self) -> Audiences:
        if not self.items and not self.top:
            raise ValueError("must name items, or say of how many of the most bought: top: 100")
        return self


def rank_audiences(
    model: str,
    dataset: Dataset,
    user_factors: NDArray[np.float32],
    item_factors: NDArray[np.float32],
    asked: Audiences,
    context: Context,
) -> RankedTable:
    """item_audiences: of each item asked for, the k users with the highest user_factors · item_factors.

    user_factors (users, f) and item_factors (items, f): float32, finite, C-contiguous, by the dataset's
    codes. Users who bought the item in the window are left out; so are items that the window does not have,
    or whose vector is zero. In order of score from the highest, then of user id. Memory is that of the lists,
    and a tile of scores for each thread.
    """
    import numpy as np
    import pyarrow as pa

    from include.columns import ITEM_AUDIENCES
    from include.kernels import number_ranks, rank_products
    from include.models.rows import refuse_overflow, take_ids
    from include.progress import show_progress

    items = choose_items(dataset, asked)
    items = items[item_factors[items].any(axis=1)]
    item_ids = dataset.item_ids.take(pa.array(items))
    buyers = dataset.purchased()[:, items].T.tocsr().sorted_indices()
    tables = [ITEM_AUDIENCES.empty_table()]
    with (
        refuse_overflow(f"The factors of {model}", f"raise models.{model}.regularization"),
        show_progress(len(items), f"{model}: recommend", "items") as progress,
    ):
        for start, stop, best in rank_products(
            np.ascontiguousarray(item_factors[items]),
            user_factors,
            asked.k,
            threads=context.threads,
            hidden=buyers,
            tick=progress.update,
        ):
            columns = [
                take_ids(item_ids, np.repeat(np.arange(start, stop), best.sizes)),
                pa.array(number_ranks(best.sizes)),
                take_ids(dataset.user_ids, best.items),
                pa.array(best.scores),
            ]
            tables.append(pa.table(columns, schema=ITEM_AUDIENCES))
    return RankedTable("item_audiences", model, pa.concat_tables(tables))


def choose_items(dataset: Dataset, asked: Audiences) -> NDArray[np.int64]:
    """The codes of the items asked for, in order, each once; of the most bought, ties by item id."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    named = pc.index_in(pa.array(asked.items, dataset.item_ids.type), dataset.item_ids)
    if unknown := [item for item, code in zip(asked.items, named.to_pylist(), strict=True) if code is None]:
        log.warning("Nobody bought %s in the window, so that it has no audience.", ", ".join(unknown))
    buyers = dataset.purchased().getnnz(axis=0)
    most = np.lexsort((np.arange(len(buyers)), -buyers))[: asked.top]
    codes = named.drop_null().to_numpy().astype(np.int64)
    chosen: NDArray[np.int64] = np.unique(np.concatenate([codes, most[buyers[most] > 0]])).astype(np.int64)
    return chosen


def plan_audiences(workload: Workload, factors: int, asked: Audiences) -> tuple[int, int]:
    """Multiplications for vectors of so many factors, of the kind that recommending has, and rows at most."""
    items = min(workload.items, len(asked.items) + asked.top)
    return items * workload.users * factors, items * min(asked.k, workload.users)
