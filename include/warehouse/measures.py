"""What the gates measure of a staged table: shares, and between which bounds an advertiser wants them.

How each is counted stands in `include/sql/<table>/measures/<name>.sql`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from include.warehouse.checks import Check

if TYPE_CHECKING:
    from include.models.base import ScoreRange
    from include.settings import Gates
    from include.warehouse.base import AdList

# A hundred items are much of a mall that sells fewer: how concentrated its lists are says nothing.
FEW_ITEMS: Final = 1_000
# Lists of fewer items that have a category say nothing of how they differ.
LEAST_ITEMS: Final = 5
TOP_ITEMS: Final = 100
# Lists whose categories are looked at, chosen by a hash of the user.
_SAMPLE: Final = 10_000


@dataclass(frozen=True)
class Measure(Check):
    """A check that a share lies from `low` to `high`; file: what counts it, with `values` in it."""

    file: str = ""
    low: float = 0.0
    high: float = 1.0
    values: Mapping[str, Any] = field(default_factory=dict)

    def is_met(self, part: int, whole: int) -> bool:
        """Of nothing there is no share, and nothing to object to. A share is compared as it is counted."""
        return not whole or (part >= self.low * whole - 1e-9 and part <= self.high * whole + 1e-9)


def list_measures(
    table: str, limits: Gates, ads: AdList, sold_items: int, users: int, scores: ScoreRange | None
) -> Iterator[Measure]:
    """The measures of a table. sold_items: the window's items that somebody bought; users: those it knows."""
    if table == "ad_candidates":
        found = [*_measure_sizes(limits, ads, sold_items), *_measure_variety(limits, sold_items, users)]
        found += [*_measure_sources(limits, ads), *_measure_blocks(limits)]
    elif table == "item_similarities":
        found = [_measure_evidence(limits, ads, scores)]
    else:
        return
    for measure in found:
        severity = "critical" if measure.file in limits.critical else "warning"
        yield Measure(
            measure.name, measure.expected, severity, measure.file, measure.low, measure.high, measure.values
        )


def count_asked(k: int, sold_items: int) -> int:
    """How many rows make a list full: k, or a tenth of the sold items, for who has bought most of them."""
    return min(k, math.ceil(sold_items / 10))


def _measure_sizes(limits: Gates, ads: AdList, sold_items: int) -> Iterator[Measure]:
    asked = count_asked(ads.k, sold_items)
    least = limits.min_full_lists
    full = f"at least {least:.1%} of the lists have {asked:,} rows"
    unknown = f"The list of the user '', whom the window does not know, has {asked:,} rows"
    short = "any, for no source of the list fills it up"
    values = {"asked": asked}
    yield Measure(
        "full_lists",
        full if ads.fillers else short,
        file="full_lists",
        low=least if ads.fillers else 0.0,
        values=values,
    )
    yield Measure(
        "unknown_user_list",
        unknown if ads.fillers else short,
        file="unknown_user_list",
        low=1.0 if ads.fillers else 0.0,
        values=values,
    )


def _measure_variety(limits: Gates, sold_items: int, users: int) -> Iterator[Measure]:
    yield Measure(
        "one_category_lists",
        f"at most {limits.max_one_category_lists:.1%} of the lists are of one category",
        file="one_category_lists",
        high=limits.max_one_category_lists,
        values={"least": LEAST_ITEMS, "every": max(1, users // _SAMPLE)},
    )
    yield Measure(
        "shown_items",
        f"at least {limits.min_shown_items:.1%} as many items in lists as are sold",
        file="shown_items",
        low=limits.min_shown_items,
        values={"sold": sold_items},
    )
    is_few = sold_items < FEW_ITEMS
    few = f"any, with fewer than {FEW_ITEMS:,} items sold"
    item, top = limits.max_lists_of_item, limits.max_top_items
    yield Measure(
        "most_shown_item",
        few if is_few else f"at most {item:.1%} of the lists have the item that is shown most",
        file="most_shown_item",
        high=1.0 if is_few else item,
    )
    yield Measure(
        "top_items",
        few if is_few else f"at most {top:.1%} of the rows are of the {TOP_ITEMS} items that are shown most",
        file="top_items",
        high=1.0 if is_few else top,
        values={"top": TOP_ITEMS},
    )


def _measure_blocks(limits: Gates) -> Iterator[Measure]:
    """What has been blocked since, or sold out at noon, is no fault of the list, but leaves holes in it."""
    most = limits.max_blocked_rows
    yield Measure(
        "blocked_rows",
        f"at most {most:.1%} of the rows are of items that blocked_items keeps from ads now",
        file="blocked_rows",
        high=most,
    )


def _measure_sources(limits: Gates, ads: AdList) -> Iterator[Measure]:
    chosen = [name for name in ads.sources if name not in ads.fillers]
    if chosen and ads.fillers:
        yield Measure(
            "filled_rows",
            f"at most {limits.max_filled_rows:.1%} of the rows are of {' or '.join(ads.fillers)}",
            file="filled_rows",
            high=limits.max_filled_rows,
            values={"fillers": list(ads.fillers)},
        )
    for name in chosen:
        yield Measure(
            f"rows_of_{name}",
            f"at least {limits.min_rows_of_source:.1%} of the rows are of {name}",
            file="rows_of_source",
            low=limits.min_rows_of_source,
            values={"source": name},
        )


def _measure_evidence(limits: Gates, ads: AdList, scores: ScoreRange | None) -> Measure:
    counts = scores is not None and scores.co_buyers > 0
    least = limits.min_evidence
    return Measure(
        "enough_co_buyers",
        f"at least {least:.1%} of the rows have {ads.min_co_buyers:,} co_buyers or more"
        if counts
        else "any, for the model does not go by co_buyers",
        file="enough_co_buyers",
        low=least if counts else 0.0,
        values={"least": ads.min_co_buyers},
    )
