"""What the mall wants shown more, first, or never: rules by date, category, brand, item and title."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from pydantic import AfterValidator, Field, model_validator

from include.candidates import base

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.candidates.features import Features
    from include.kernels import RankedLists

ADDS = True


def _compiling(pattern: str) -> str:
    try:
        re.compile(pattern, re.IGNORECASE)
    except re.error as error:
        raise ValueError(
            f"is no regular expression: {error}; write \\ before a character that stands for itself"
        ) from None
    return pattern


def _some(given: tuple[Any, ...]) -> tuple[Any, ...]:
    if not given:
        raise ValueError("must have at least one entry")
    return given


Texts = Annotated[tuple[str, ...], AfterValidator(_some)]


class Rule(base.Params):
    """One of: block (never shown), pin (put at that slot, from 1), boost (its rank is divided by that: 2 puts
    what is tenth fifth), up (by so many slots).

    It is for items that are all of what is said: one of `items`, one of `categories`, one of `brands`, a
    title in which the regular expression `title` is found, whatever the case. It holds on as-of dates from
    start_date to end_date, both included, and without them always.
    """

    block: bool = False
    pin: Annotated[int, Field(ge=1, le=1000)] | None = None
    boost: Annotated[float, Field(gt=0, le=1000)] | None = None
    up: Annotated[int, Field(ge=1, le=1000)] | None = None
    items: Texts | None = None
    categories: Texts | None = None
    brands: Texts | None = None
    title: Annotated[str, Field(min_length=1), AfterValidator(_compiling)] | None = None
    start_date: date | None = None
    end_date: date | None = None

    @model_validator(mode="after")
    def _check_rule(self) -> Rule:
        said = [name for name in ("pin", "boost", "up") if getattr(self, name) is not None]
        said += ["block"] if self.block else []
        if len(said) != 1:
            raise ValueError(
                f"must be one of block: true, pin, boost and up; it is {' and '.join(said) or 'none'}"
            )
        if self.items is self.categories is self.brands is self.title is None:
            raise ValueError(
                f"is for no items; say which it is to {said[0]}: items, categories, brands or title"
            )
        if self.start_date and self.end_date and self.end_date < self.start_date:
            raise ValueError(
                f"end_date must not be before start_date: {self.end_date} is before {self.start_date}"
            )
        return self

    def holds_on(self, day: date | None) -> bool:
        """Where no day is known, a rule with dates does not hold."""
        if day is None:
            return self.start_date is None and self.end_date is None
        return (self.start_date or day) <= day <= (self.end_date or day)


class Params(base.Params):
    """rules: blocks come first, then boosts and moves in their order, then pins from the first slot on."""

    rules: Annotated[tuple[Rule, ...], AfterValidator(_some)]


class Active(NamedTuple):
    """A rule that holds, and the items (items,) that it is for."""

    rule: Rule
    is_meant: NDArray[np.bool_]


def apply(lists: RankedLists, features: Features, params: Params) -> tuple[RankedLists, dict[str, int]]:
    import numpy as np

    from include.candidates.lists import keep_rows, rank_rows
    from include.kernels import order_lists

    active = _find_active(features, params)
    blocked = find_blocked(features, params)[lists.items]
    lists = keep_rows(lists, ~blocked)
    keys, boosted = rank_rows(lists) + 1.0, np.zeros(len(lists.items), np.bool_)
    for rule, is_meant in active:
        if rule.boost is None and rule.up is None:
            continue
        rows = is_meant[lists.items]
        boosted |= rows
        # Half a slot more: it comes before the item that stands there.
        keys[rows] = keys[rows] / rule.boost if rule.boost else keys[rows] - (rule.up or 0) - 0.5
    lists = order_lists(lists, keys)
    lists, pinned = _pin(lists, features, active)
    return lists, {"blocked": int(blocked.sum()), "boosted": int(boosted.sum()), "pinned": pinned}


def _pin(lists: RankedLists, features: Features, active: list[Active]) -> tuple[RankedLists, int]:
    """Each pin's item at its slot: the first of the list that is meant, else the best seller of those meant.

    Of two pins of a slot the second comes after the first.
    """
    import numpy as np

    from include.candidates.lists import insert_rows, keep_rows

    pins = sorted((each for each in active if each.rule.pin is not None), key=lambda each: each.rule.pin or 0)
    chosen = np.full((len(pins), len(lists.sizes)), -1)
    scores = np.zeros(chosen.shape, np.float32)
    for number, (_, is_meant) in enumerate(pins):
        chosen[number], scores[number], kept = _take_first(lists, is_meant)
        lists = keep_rows(lists, kept)
    for number, (_, is_meant) in enumerate(pins):
        chosen[number] = _add_missing(lists, features, is_meant, chosen, number)
    pinned, after = 0, np.full(len(lists.sizes), -1)
    for (rule, _), items, its_scores in zip(pins, chosen, scores, strict=True):
        owners = np.flatnonzero(items >= 0)
        places = np.maximum((rule.pin or 1) - 1, after[owners] + 1)
        after[owners] = places
        lists = insert_rows(lists, owners, places, items[owners].astype(np.int32), its_scores[owners])
        pinned += len(owners)
    return lists, pinned


def _take_first(
    lists: RankedLists, is_meant: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.float32], NDArray[np.bool_]]:
    """Of each list (lists,) the first item that is meant, or -1, and its score; the rows (n,) that stay."""
    import numpy as np

    from include.candidates.lists import list_owners

    owners, rows = list_owners(lists), np.flatnonzero(is_meant[lists.items])
    users, first = np.unique(owners[rows], return_index=True)
    items, scores = np.full(len(lists.sizes), -1), np.zeros(len(lists.sizes), np.float32)
    items[users], scores[users] = lists.items[rows[first]], lists.scores[rows[first]]
    kept = np.ones(len(lists.items), np.bool_)
    kept[rows[first]] = False
    return items, scores, kept


def _add_missing(
    lists: RankedLists,
    features: Features,
    is_meant: NDArray[np.bool_],
    chosen: NDArray[np.int64],
    number: int,
) -> NDArray[np.int64]:
    """The pin's items (lists,), and where there is none the best seller of those meant that may be added."""
    import numpy as np

    items = chosen[number].copy()
    meant = np.flatnonzero(is_meant & features.may_add)
    for item in meant[np.lexsort((meant, -features.buyers[meant]))]:
        users = np.flatnonzero(items < 0)
        if not len(users):
            break
        users = users[(chosen[:, users] != item).all(axis=0)]
        allowed = features.find_allowed(users, np.full(len(users), item, np.int32))
        items[users[allowed]] = item
    return items


def find_blocked(features: Features, params: Params) -> NDArray[np.bool_]:
    """The items (items,) that are blocked on the as-of date."""
    import numpy as np

    blocks = [is_meant for rule, is_meant in _find_active(features, params) if rule.block]
    return np.logical_or.reduce([np.zeros(len(features.item_ids), np.bool_), *blocks])


def list_doubts(features: Features, params: Params) -> list[str]:
    return [
        f"no item is meant by the rule {rule.model_dump(mode='json', exclude_defaults=True)}."
        for rule, is_meant in _find_active(features, params)
        if not is_meant.any()
    ]


def _find_active(features: Features, params: Params) -> list[Active]:
    def find(all_: Features) -> list[Active]:
        holding = [rule for rule in params.rules if rule.holds_on(all_.as_of)]
        return [Active(rule, _find_meant(all_, rule)) for rule in holding]

    return features.remember((__name__, params.model_dump_json()), find)


def _find_meant(features: Features, rule: Rule) -> NDArray[np.bool_]:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    catalogue = features.catalogue
    columns: list[tuple[pa.Array | pa.ChunkedArray, tuple[str, ...] | None]] = [
        (features.item_ids, rule.items),
        (catalogue["category"], rule.categories),
        (catalogue["brand"], rule.brands),
    ]
    found = np.ones(len(features.item_ids), np.bool_)
    for column, texts in columns:
        if texts is not None:
            is_one = pc.is_in(column.cast(pa.string()), value_set=pa.array(texts))
            found &= np.asarray(is_one)
    if rule.title is not None:
        pattern = re.compile(rule.title, re.IGNORECASE)
        titles = catalogue["title"].to_pylist()
        found &= np.array([bool(pattern.search(title or "")) for title in titles], np.bool_)
    return found
