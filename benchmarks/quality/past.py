"""The past of a window, read and trained on once for all contenders that learn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from include.evaluation.memo import RecentMemo

if TYPE_CHECKING:
    from include.evaluation.splits import Split
    from include.steps.evaluation_splits import LakePast

# So many past windows, with the tables that models made of them, are held by a process. A contender asks for
# those of its weeks one after the other, so that fewer than these would be none.
MOST: Final = 14

_splits: RecentMemo = RecentMemo(MOST)


@dataclass(frozen=True, eq=False)
class RememberedPast:
    """A past whose splits stay in memory while they are asked for.

    A contender's samples are of its sources alone; what those are made of is shared by all contenders: the
    window, and in its memo every model that was trained on it. A split that is kept is known by the lake's
    days and by all settings of the advertiser, so that it is never one of other settings.
    """

    past: LakePast
    splits: RecentMemo = field(default_factory=lambda: _splits)
    fingerprints: dict[Any, str] = field(default_factory=dict)

    @property
    def window_days(self) -> int:
        return self.past.window_days

    def read_split(self, split_date: date, test_days: int) -> Split | None:
        fingerprint = self.take_fingerprint(split_date, test_days)
        key = (fingerprint, split_date, test_days, self.past.advertiser.model_dump_json())
        if key not in self.splits:
            self.splits[key] = self.past.read_split(split_date, test_days)
        split: Split | None = self.splits[key]
        return split

    def take_fingerprint(self, split_date: date, test_days: int) -> str:
        """Taken once: the lake does not change while lists are judged."""
        key = split_date, test_days
        if key not in self.fingerprints:
            self.fingerprints[key] = self.past.take_fingerprint(split_date, test_days)
        return self.fingerprints[key]


def remember_past(splits: Sequence[Split]) -> list[Split]:
    """The same splits of one window, whose past is read once."""
    window = splits[0].window
    remembered = replace(window, past=RememberedPast(window.past))
    return [replace(split, window=remembered) for split in splits]
