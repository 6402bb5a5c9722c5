"""What `quarantine.max_share_of` may name: a column of ours, or why a line is quarantined, in its words."""

from __future__ import annotations

from difflib import get_close_matches

from include.feeds.registry import list_reasons
from include.feeds.rules import GUEST


def known_keys(shares: dict[str, float]) -> dict[str, float]:
    """Refuse a key that is neither a reason nor a column that a reason is about."""
    reasons = list_reasons()
    columns = dict.fromkeys(reasons.values())
    for key in shares:
        if key not in reasons and key not in columns:
            near = get_close_matches(key, [*reasons, *columns], n=2, cutoff=0.5)
            hint = f"; did you mean {' or '.join(map(repr, near))}" if near else ""
            raise ValueError(
                f"{key!r} is neither one of our columns ({', '.join(columns)}) nor a reason of the"
                f" quarantine in its words, such as {GUEST!r}{hint}"
            )
    return shares
