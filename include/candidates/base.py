"""What a candidate source, a blend and a re-rank step are.

A source is a file in `sources` with `Params`, `read_source` and `expects_rows`; a blend is a file in
`blends` with `Params` and `open_blend`; a re-rank step is a file in `rerank` with `Params` and `apply`. Each
has a line in `registry`. Settings read that, and the parameters, whenever Airflow parses the DAGs, so these
files import NumPy, Arrow and the like only inside their functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.candidates.features import Features
    from include.candidates.inputs import Inputs
    from include.kernels import Interleaved, RankedLists


class Params(BaseModel):
    """What an advertiser may set of a source, a blend or a re-rank step, with defaults."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


@dataclass(frozen=True)
class Source:
    """module: the file that reads `table`, which `model` makes ('' where the table is the window's own).

    A source without a table, '', looks at the window itself, by `inputs.dataset`.

    A source that `fills` takes no turns: it comes after those that do, for lists that they leave short. One
    that `sums` looks at the neighbours of all that a user bought, not of the last items only. The neighbours
    of one that is not `by_buyers` need no co-buyers: what makes them alike is not who bought them. An
    advertiser that names no sources has those that are `usual`, whatever its models. weight: what a fusion
    gives it where nothing is said.
    """

    module: str
    table: str
    model: str = ""
    fills: bool = False
    sums: bool = False
    by_buyers: bool = True
    usual: bool = False
    weight: float = 1.0


class Proposals(NamedTuple):
    """Items for users [start, stop): a list for each of them, or one that is everybody's.

    because: (n,) the item that is the reason for each, or None where the source has no reasons.
    """

    lists: RankedLists
    because: NDArray[np.int32] | None = None


class Proposer(Protocol):
    """A source's table, read."""

    @property
    def costs(self) -> NDArray[np.int64]:
        """How many rows (users,) must be looked at for each user; memory is bounded by their sum."""

    def propose(self, start: int, stop: int, k: int, hidden: RankedLists) -> Proposals:
        """What the users [start, stop) may be shown, best first; of use are the first k not in `hidden`."""


P_contra = TypeVar("P_contra", bound=Params, contravariant=True)


class SourceModule(Protocol[P_contra]):
    """A source's file."""

    def read_source(self, rows: pa.Table, inputs: Inputs, params: P_contra) -> Proposer:
        """Read the source's table, which is without columns where it has none.

        Raises RefusedInputError for an id that the window does not hold.
        """

    def expects_rows(self, inputs: Inputs) -> bool:
        """Whether the table of a window like this one has rows, so that none mean that something is wrong."""


class Sources(NamedTuple):
    """names: of all sources of the list, those that only fill (`Source.fills`) after the others; `turns`: how
    many the others are. weights: `Source.weight` by name, 1 of one that is not there."""

    names: tuple[str, ...]
    turns: int
    weights: Mapping[str, float] = MappingProxyType({})

    @property
    def usual(self) -> dict[str, float]:
        """What a fusion gives each where nothing is said: nothing to those that only fill."""
        turns = self.names[: self.turns]
        return dict.fromkeys(self.names, 0.0) | {name: self.weights.get(name, 1.0) for name in turns}


class Blender(Protocol):
    """A blend, made ready for a window."""

    @property
    def depth(self) -> int | None:
        """How many items it wants of each source; None is as many as the list is to have."""

    @property
    def block(self) -> int:
        """The most proposals that one thread is to hold at once."""

    def merge(
        self, start: int, stop: int, proposed: Sequence[Proposals], k: int, hidden: RankedLists
    ) -> Interleaved:
        """Up to k different items for each of the users [start, stop), best first, none of them hidden.

        `proposed`: of each source, in the order of `Sources.names`. A row's source is the one that it is
        most owed to, its score what the blend says.
        """


class BlendModule(Protocol[P_contra]):
    """A blend's file."""

    def open_blend(self, sources: Sources, inputs: Inputs, params: P_contra) -> Blender:
        """Make the blend ready for the lists of this window."""


class RerankStep(Protocol[P_contra]):
    """A re-rank step's file.

    It may also say `ADDS = True`: it brings items into lists, whose source is then the step's name.
    `WHOLE = True`: `apply` is asked once, for the lists of all users. `SPARE`: so many times k more items
    than are published it wants to choose from, 1 without a word. And it may have two functions of (features,
    params), of all users: `find_blocked` returns the items (items,) that no step may add; `list_doubts`
    returns sentences to be logged, such as that no item has a category that is named.
    """

    def apply(
        self, lists: RankedLists, features: Features, params: P_contra
    ) -> tuple[RankedLists, Mapping[str, int]]:
        """Change the lists of a block of users: leave items out, order them anew, score them anew, add some.

        `lists` are longer than what is published, best first, and what is returned is cut to the first k. It
        holds as many lists, and in each no item twice; one that was not in the list before only where the
        step ADDS and `Features.find_allowed`. The counts are summed over all blocks; what was dropped, moved
        and added need not be among them.
        """
