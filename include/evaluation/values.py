"""What was measured of each user at each split, and what it comes to: means, intervals, differences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from include.evaluation.bootstrap import Intervals, bootstrap_means

ALL_SPLITS: Final = "all"

Row = dict[str, Any]

# So many values are drawn anew at once, unless those of one contender are more.
_MOST_VALUES: Final = 20_000_000


@dataclass(eq=False)
class Values:
    """The values of users, of one kind of purchases and one number of test days.

    Each split adds a part: its name, the users' ids (n,), which of them are in each group, and by contender
    the values (n, metrics), NaN where one cannot be told. `together`: by split, group and contender, the
    metrics of all lists together.
    """

    metrics: Sequence[str] = ()
    names: list[str] = field(default_factory=list)
    ids: list[pa.StringArray] = field(default_factory=list)
    groups: list[Mapping[str, NDArray[np.bool_]]] = field(default_factory=list)
    values: dict[str, list[NDArray[np.float32]]] = field(default_factory=dict)
    together: dict[tuple[str, str, str], Mapping[str, float]] = field(default_factory=dict)

    def add_users(self, split: str, ids: pa.StringArray, groups: Mapping[str, NDArray[np.bool_]]) -> None:
        self.names.append(split)
        self.ids.append(ids)
        self.groups.append(groups)

    def add_values(self, contender: str, values: NDArray[np.float32]) -> None:
        self.values.setdefault(contender, []).append(values)

    @property
    def users(self) -> NDArray[np.int32]:
        """The code (n,) of the user of each value, over all splits: the same user, the same code."""
        return code_users(self.ids)

    def join(self, contender: str) -> NDArray[np.float32]:
        """The values (n, metrics) of all splits."""
        return np.concatenate([np.empty((0, len(self.metrics)), np.float32), *self.values[contender]])

    def select(self, group: str) -> NDArray[np.bool_]:
        """Which of the values (n,) are of the group."""
        return np.concatenate([np.empty(0, np.bool_), *(part[group] for part in self.groups)])


def code_users(ids: Sequence[pa.StringArray]) -> NDArray[np.int32]:
    """The code (n,) of each id of all parts, one part after the other: the same id, the same code."""
    chunks = pa.chunked_array(ids, pa.string()).dictionary_encode().unify_dictionaries().chunks
    return np.concatenate([np.empty(0, np.int32), *(chunk.indices.to_numpy() for chunk in chunks)])


def list_total_rows(
    values: Values, incumbent: str, groups: Mapping[str, Row], *, replicates: int, seed: int = 0
) -> Iterator[Row]:
    """The rows of all splits together, with intervals, of each group: its name, and what its rows say of it.

    A difference to the incumbent is of the same user at the same split. In a replicate of the bootstrap a
    user is drawn with all of its splits, the same users for every contender.
    """
    users = values.users
    for group, about in groups.items():
        chosen = values.select(group)
        place = {"split": ALL_SPLITS, "users": int(chosen.sum()), **about}
        own = values.join(incumbent)[chosen]
        # Several contenders at once, for the draws cost more than the sums.
        width = 2 * len(values.metrics)
        at_once = max(1, _MOST_VALUES // max(1, len(own) * width))
        contenders = list(values.values)
        for first in range(0, len(contenders), at_once):
            names = contenders[first : first + at_once]
            both = np.hstack([compare(values.join(name)[chosen], own) for name in names])
            found = bootstrap_means(both, users[chosen], replicates=replicates, seed=seed)
            for place_of, name in enumerate(names):
                columns = slice(place_of * width, (place_of + 1) * width)
                own_part = Intervals(*(part[columns] for part in found))
                yield from _list_means(values.metrics, name, incumbent, own_part, place)
        yield from _list_together(values, incumbent, values.names, group, place)


def list_split_rows(values: Values, incumbent: str, groups: Mapping[str, Row]) -> Iterator[Row]:
    """The rows of each split, of each group; without intervals."""
    for number, split in enumerate(values.names):
        for group, about in groups.items():
            chosen = values.groups[number][group]
            place = {"split": split, "users": int(chosen.sum()), **about}
            own = values.values[incumbent][number][chosen]
            for name, parts in values.values.items():
                means = average(compare(parts[number][chosen], own))
                unknown = np.full(len(means), np.nan)
                found = Intervals(means, unknown, unknown)
                yield from _list_means(values.metrics, name, incumbent, found, place)
            yield from _list_together(values, incumbent, [split], group, place)


def compare(values: NDArray[np.float32], own: NDArray[np.float32]) -> NDArray[np.float64]:
    """Values (n, m) and, beside them, what they are above the incumbent's own: (n, 2 m)."""
    wide = values.astype(np.float64)
    return np.hstack([wide, wide - own])


def average(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of each column (m,) without what is NaN; NaN where nothing is left."""
    told = ~np.isnan(values)
    with np.errstate(invalid="ignore"):
        means: NDArray[np.float64] = np.where(told, values, 0).sum(axis=0) / told.sum(axis=0)
    return means


def _list_means(
    metrics: Sequence[str], name: str, incumbent: str, found: Intervals, place: Row
) -> Iterator[Row]:
    """Rows of the means, of which the second half are those of the differences."""
    values = np.stack(found).astype(object)
    values[np.isnan(np.stack(found))] = None
    for number, metric in enumerate(metrics):
        mean, low, high = values[:, number]
        difference = values[:, len(metrics) + number] if name != incumbent else (None, None, None)
        yield make_row(name, metric, place, (mean, low, high), tuple(difference))


def _list_together(
    values: Values, incumbent: str, splits: Sequence[str], group: str, place: Row
) -> Iterator[Row]:
    """Rows of the metrics of all lists together: of several splits their mean, without an interval."""
    for name in values.values:
        found = [values.together.get((split, group, name), {}) for split in splits]
        owns = [values.together.get((split, group, incumbent), {}) for split in splits]
        for metric in dict.fromkeys(metric for part in found for metric in part):
            told = [(part[metric], own[metric]) for part, own in zip(found, owns, strict=True)]
            both = average(np.array([(value, value - own) for value, own in told]))
            value, difference = (None if np.isnan(each) else each for each in both)
            yield make_row(
                name,
                metric,
                place,
                (value, None, None),
                (None if name == incumbent else difference, None, None),
            )


def make_row(name: str, metric: str, place: Row, value: tuple[Any, ...], difference: tuple[Any, ...]) -> Row:
    return {
        "contender": name,
        **place,
        "metric": metric,
        **dict(zip(("value", "low", "high"), value, strict=True)),
        **dict(zip(("difference", "difference_low", "difference_high"), difference, strict=True)),
    }
