"""`views`: one line is one item that a user looked at."""

from __future__ import annotations

from typing import Final

from include.feeds.actions import make_action_feed

FEED: Final = make_action_feed("views", "view")
