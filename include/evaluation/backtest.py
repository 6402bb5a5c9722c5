"""The backtest: the lists of every contender at every split, judged by what was bought from it on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from include.errors import RefusedInputError
from include.evaluation.case import Case, list_cases, list_cases_by_category
from include.evaluation.contender import Contender
from include.evaluation.leaks import check_split
from include.evaluation.registry import METRICS, load_metric
from include.evaluation.splits import SEGMENTS, Purchases, Split, choose_categories
from include.evaluation.suspicions import list_suspicions
from include.evaluation.values import Row, Values, list_split_rows, list_total_rows
from include.models.base import Context
from include.progress import Progress, show_progress

# By category only these are measured.
BY_CATEGORY: Final = ("recall", "ndcg")

Key = tuple[int | None, Purchases]


@dataclass(frozen=True, eq=False)
class Backtest:
    """values: of each user, by number of test days and kind of purchases. rows: what they come to, in the
    columns of `offline_metrics` that a backtest can fill. warnings: sentences on what is too good to be true.
    """

    incumbent: str
    values: Mapping[Key, Values]
    rows: Sequence[Row]
    warnings: Sequence[str]


@dataclass(eq=False)
class _Found:
    """The values so far, of all categories together and of those that are judged apart."""

    metrics: Sequence[str]
    most_categories: int
    optional: frozenset[str] = frozenset()
    refused: dict[str, str] = field(default_factory=dict)
    values: dict[Key, Values] = field(default_factory=dict)
    by_category: dict[Key, Values] = field(default_factory=dict)
    categories: Sequence[str] | None = None

    def forget(self, contender: str, reason: str) -> None:
        """Drop what was measured of a contender at the splits before."""
        self.refused[contender] = reason
        for values in (*self.values.values(), *self.by_category.values()):
            values.values.pop(contender, None)


def run_backtest(
    splits: Iterable[Split | Sequence[Split]],
    contenders: Sequence[Contender],
    *,
    incumbent: str,
    k: int,
    context: Context,
    metrics: Sequence[str] = tuple(METRICS),
    categories: int = 20,
    replicates: int = 1000,
    windows: int | None = None,
    optional: Collection[str] = (),
) -> Backtest:
    """Judge the contenders on the splits, each compared with the incumbent, which is one of them.

    The splits of one window may come as one sequence: then its lists are made once, for all of them. What is
    given one after the other is let go of before the next is asked for. For new purchases lists are without
    what a user bought in the window, for all and repeated ones with it, whatever `context` says. So many
    `categories` are judged apart, those with the most purchases in the first split. `windows`: how many
    come, for the progress. A contender that is `optional` and whose lists are refused is not judged, which a
    warning says. Raises LeakError where a split holds what was known later only.
    """
    names = [contender.name for contender in contenders]
    if incumbent not in names or len(set(names)) < len(names):
        raise ValueError(f"{incumbent} must be one of the contenders, each once: {', '.join(names)}")
    found = _Found(metrics, categories, frozenset(optional))
    total = None if windows is None else windows * len(names)
    with show_progress(total, "backtest", "lists") as progress:
        waiting = iter(splits)
        while _judge_next(waiting, contenders, k, context, found, progress):
            pass
    settings = {contender.name: contender for contender in contenders}
    rows = [
        {
            **row,
            "kind": settings[row["contender"]].kind,
            "settings": dict(settings[row["contender"]].settings),
            "k": k,
            "incumbent": incumbent,
        }
        for row in _list_rows(found, incumbent, replicates)
    ]
    refused = [f"{name} is not judged: {reason}" for name, reason in found.refused.items()]
    return Backtest(incumbent, found.values, rows, [*refused, *list_suspicions(rows)])


def _judge_next(
    waiting: Iterator[Split | Sequence[Split]],
    contenders: Sequence[Contender],
    k: int,
    context: Context,
    found: _Found,
    progress: Progress,
) -> bool:
    """Whether there was a window left to judge; nothing of it stays but the values."""
    given = next(waiting, None)
    if given is None:
        return False
    splits = [given] if isinstance(given, Split) else given
    for split in splits:
        check_split(split)
    if found.categories is None:
        found.categories = choose_categories(splits[0], found.most_categories)
    cases = [(case, found.values, found.metrics) for split in splits for case in list_cases(split)]
    asked = [name for name in BY_CATEGORY if name in found.metrics]
    cases += [
        (case, found.by_category, asked)
        for split in splits
        for case in list_cases_by_category(split, found.categories)
        if asked
    ]
    for case, into, _ in cases:
        case.add_users(into.setdefault(_name_key(case), Values()))
    for contender in contenders:
        progress.update(1)
        if contender.name in found.refused:
            continue
        try:
            with_bought, without = (
                contender.rank(splits[0].window, k, replace(context, exclude_purchased=exclude))
                for exclude in (False, True)
            )
        except RefusedInputError as error:
            if contender.name not in found.optional:
                raise
            found.forget(contender.name, str(error))
            continue
        for case, into, names in cases:
            lists = without if case.purchases == "new" else with_bought
            measures = {name: load_metric(name) for name in names}
            case.add_values(contender.name, lists, k, measures, into[_name_key(case)])
    return True


def _name_key(case: Case) -> Key:
    return case.split.test_days, case.purchases


def _list_rows(found: _Found, incumbent: str, replicates: int) -> Iterator[Row]:
    for (test_days, purchases), values in found.values.items():
        about = {"test_days": test_days, "purchases": purchases, "category": ""}
        groups: dict[str, Row] = {segment: {**about, "segment": segment} for segment in SEGMENTS}
        yield from list_total_rows(values, incumbent, groups, replicates=replicates)
        yield from list_split_rows(values, incumbent, {SEGMENTS[0]: groups[SEGMENTS[0]]})
    for (test_days, purchases), values in found.by_category.items():
        about = {"test_days": test_days, "purchases": purchases, "segment": SEGMENTS[0]}
        groups = {category: {**about, "category": category} for category in found.categories or ()}
        yield from list_total_rows(values, incumbent, groups, replicates=replicates)
