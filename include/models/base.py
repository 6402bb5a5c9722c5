"""What a model is: its parameters, what it is given, what it returns, and what it will cost.

A model is a file beside this one with `Params`, `train(dataset, params, context) -> list[RankedTable]`,
`estimate(workload, params) -> Estimate` and `SCORES`, the ranges of the scores that it publishes; and a line
in `registry.MODELS`. Settings read the parameters whenever Airflow parses the DAGs, so a model's file imports
NumPy, Arrow and the like only inside its functions.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    import pyarrow as pa

    from include.dataset.dataset import Dataset
    from include.dataset.workload import Workload

L = TypeVar("L")

Cutoff = Annotated[int, Field(ge=1, le=1000)]


class Search(NamedTuple):
    """Beside a parameter, as `Annotated[int, Field(ge=1), Search(16, 256, log=True)]`: what tuning tries.

    All from low to high, both included, of the parameter's type; `log` tries small values as often as large.
    """

    low: float
    high: float
    log: bool = False


class Params(BaseModel):
    """What an advertiser may set of a model, with defaults; k is a rank cutoff.

    days: the model learns from the newest so many days of the window, or from all. half_life: so many days
    before the window's last day an event counts half, or all count alike (`dataset.recency`).
    """

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)

    k: Cutoff = 50
    days: Annotated[int, Field(ge=1, le=3660)] | None = None
    half_life: Annotated[float, Field(gt=0, le=3660)] | None = None


@dataclass(frozen=True)
class Context:
    """What a model is told beside its parameters; only `exclude_purchased` changes a list or a score.

    threads: how many it may use. tile_mb: the most memory in MB for the lists that it holds in the making.
    exclude_purchased: recommendations to a user leave out what the user has bought in the window. tables:
    those of a model's tables that somebody reads, which may be all that it makes; None is all of them.
    reasons: whether somebody reads because_item_id, which may be null everywhere if not. memo: what a model
    has learnt from the same dataset with the same parameters, where it is asked more than once.
    """

    threads: int
    tile_mb: int = 1024
    exclude_purchased: bool = True
    tables: tuple[str, ...] | None = None
    reasons: bool = True
    memo: dict[str, Any] | None = field(default=None, compare=False, repr=False)

    def wants(self, table: str) -> bool:
        return self.tables is None or table in self.tables

    def learn(self, learn: Callable[[], L]) -> L:
        """What `learn` returns, which must not depend on `exclude_purchased`; from the memo the next time."""
        if self.memo is None:
            return learn()
        if "learnt" not in self.memo:
            self.memo["learnt"] = learn()
        learnt: L = self.memo["learnt"]
        return learnt


@dataclass(frozen=True)
class RankedTable:
    """Rows of one published table, in rank order.

    `table` is a key of `include.columns.RELEASE_TABLES` and `rows` has exactly that schema, sorted by the
    table's key with `rank` running 1..n within it. `model` is the registry name of the model that made it, or
    '' where the table has no model column.
    """

    table: str
    model: str
    rows: pa.Table


class ScoreRange(NamedTuple):
    """What the gates ask of a published table's scores, which are finite in any case.

    low and high are the ends of the range, both in it unless `above_low`; None where there is no bound.
    co_buyers: the least that a row of a table with that column has.
    """

    low: float | None
    high: float | None
    above_low: bool = False
    co_buyers: int = 0

    def __str__(self) -> str:
        """In the notation of intervals: (0, 1]."""
        low = "(-∞" if self.low is None else f"{'(' if self.above_low else '['}{self.low:g}"
        high = "∞)" if self.high is None else f"{self.high:g}]"
        return f"{low}, {high}"


class Part(NamedTuple):
    """A part of a training: the text of its progress, or '' for what the other parts leave of its seconds.

    Its seconds grow with `work`, a count; what does not grow with that grows with `lesser`. Work that leaves
    out more of its pairs the more there are is what it is expected to do, not all pairs.
    """

    text: str
    work: float
    lesser: float = 1.0


@dataclass(frozen=True)
class Estimate:
    """What a training will cost on a window, as counts; a machine's calibration makes seconds and MB of them.

    parts: where the seconds go; without any, they are unknown. rows: at most so many of each published table.
    arrays: bytes of what the model holds at once beside the dataset and its rows, by what that is.
    lists_in_making: bytes of what it makes in tiles and holds to `Context.tile_mb`. cures: what an advertiser
    can change about one of the arrays, about "the rows of TABLE" or about "the lists in the making".
    """

    parts: tuple[Part, ...]
    rows: Mapping[str, int]
    arrays: Mapping[str, float] = field(default_factory=dict)
    lists_in_making: float = 0.0
    cures: Mapping[str, str] = field(default_factory=dict)


P = TypeVar("P", bound=Params)


class Model(Protocol[P]):
    """A model's module, which is what `registry.load_model` returns."""

    @property
    def Params(self) -> type[P]:
        """What an advertiser may set; its defaults are those of an advertiser that sets nothing."""

    @property
    def SCORES(self) -> Mapping[str, ScoreRange]:
        """The scores of each table that the model publishes; a table that is missing may have any."""

    def train(self, dataset: Dataset, params: P, context: Context) -> list[RankedTable]:
        """The model's ranked tables of a window, the same bits on any number of threads."""

    def estimate(self, workload: Workload, params: P) -> Estimate:
        """What `train` will cost, before it is run."""
