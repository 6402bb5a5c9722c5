"""How sure a mean is, told by drawing the users anew.

B. Efron: Bootstrap methods: another look at the jackknife, The Annals of Statistics 7(1), 1979. Clusters are
drawn whole, as in A. Davison, D. Hinkley: Bootstrap methods and their application, Cambridge 1997, 3.8.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from include.kernels import resample_sums

LOW: Final = 0.025
HIGH: Final = 0.975


class Intervals(NamedTuple):
    """Of each column (m,): its mean, and the ends of the mean's 95% interval."""

    mean: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]


def bootstrap_means(
    values: NDArray[np.float64],
    clusters: NDArray[np.integer],
    *,
    replicates: int = 1000,
    seed: int = 0,
    threads: int | None = None,
) -> Intervals:
    """The mean of each column of the values (n, m) over its rows, and its percentile interval.

    clusters (n,): the user of each row. In a replicate as many users are drawn with replacement as there are,
    each with all of its rows, so that the rows of one user need not be independent; a replicate's mean is the
    sum of the drawn rows divided by their number. All columns share the draws: an interval of a paired
    difference is that of a column of differences. A row whose value is NaN is no row of that column; the mean
    is NaN without any row, the interval with fewer than two users, of whom nothing can be told.

    The same bits for the same seed, whatever the order of the rows, the machine and its threads: values are
    rounded to a multiple of a power of two, which is 2**-52 of the largest sum that could be drawn or less,
    so that sums are exact. Raises ValueError for an infinite value and for fewer than one replicate.
    """
    if values.ndim != 2 or len(clusters) != len(values):
        raise ValueError(f"{len(clusters)} clusters do not go with values of shape {values.shape}.")
    if np.isinf(values).any():
        raise ValueError("An infinite value has no mean.")
    if replicates < 1:
        raise ValueError(f"A bootstrap takes at least one replicate; there are {replicates}.")
    users, user = np.unique(clusters, return_inverse=True)
    told = ~np.isnan(values)
    units = _choose_units(values, len(users), np.bincount(user).max(initial=1))
    columns = [np.rint(column / unit) for column, unit in zip(np.nan_to_num(values).T, units, strict=True)]
    partly = np.flatnonzero(~told.all(axis=0))
    columns += [np.ones(len(values)), *told[:, partly].T]
    counted_by = np.full(values.shape[1], values.shape[1])
    counted_by[partly] += 1 + np.arange(len(partly))

    rows = np.empty((len(users), len(columns)))
    for place, column in enumerate(columns):
        rows[:, place] = np.bincount(user, column, len(users))
    sums = np.vstack([rows.sum(axis=0), resample_sums(rows, replicates, seed=seed, threads=threads)])
    with np.errstate(invalid="ignore"):
        means = sums[:, : len(units)] / sums[:, counted_by] * units
    enough = (rows[:, counted_by] > 0).sum(axis=0) >= 2
    return Intervals(means[0], *_find_ends(means[1:], enough))


def _choose_units(values: NDArray[np.float64], users: int, most_rows: int) -> NDArray[np.float64]:
    """A power of two (m,) for each column: sums of users × most_rows values are below 2**52 of it."""
    largest = np.nanmax(np.abs(values), axis=0, initial=0)
    _, exponents = np.frexp(largest)
    return np.ldexp(1.0, exponents + (users * int(most_rows)).bit_length() - 52)


def _find_ends(
    means: NDArray[np.float64], enough: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The quantiles LOW and HIGH (m,) of the replicates' means (replicates, m), of those that have one."""
    ends = np.full((2, means.shape[1]), np.nan)
    for column in np.flatnonzero(enough):
        drawn = means[:, column]
        drawn = drawn[~np.isnan(drawn)]
        if len(drawn):
            ends[:, column] = np.quantile(drawn, (LOW, HIGH))
    return ends[0], ends[1]
