"""`carts`: one line is one item that a user put into the cart. What is taken out again is no line."""

from __future__ import annotations

from typing import Final

from include.feeds.actions import make_action_feed

FEED: Final = make_action_feed("carts", "cart")
