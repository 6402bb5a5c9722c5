"""`dangol live`, `dangol block` and `dangol unblock`: what ads heed at this moment."""

from __future__ import annotations

import argparse
from argparse import Namespace
from datetime import datetime
from typing import Any

from include.commands.answer import Answer
from include.settings import load_advertiser


def add_commands(commands: Any) -> None:
    live = commands.add_parser(
        "live",
        help="the mall's live files → blocked_items and just_bought, which ads leave out at once",
        description="Reads blocked_items.csv and just_bought.csv in the folder live of the landing place, and"
        " deletes what is older than keep.just_bought days. Safe to repeat.",
    )
    live.set_defaults(run=_take)
    block = commands.add_parser(
        "block",
        help="take an item out of all ads from now on",
        description="The item is in no answer of ads_now and ads_for from the moment that this ends.",
    )
    block.add_argument("--reason", default="", metavar="TEXT", help="why, for whoever asks")
    block.add_argument(
        "--until",
        type=_read_moment,
        metavar="MOMENT",
        help="YYYY-MM-DDTHH:MM, in the advertiser's zone unless it has an offset (default: until unblock)",
    )
    block.set_defaults(run=_block)
    unblock = commands.add_parser(
        "unblock",
        help="let ads show a blocked item again",
        description="Ends a block. A live file that still has the item blocks it again.",
    )
    unblock.set_defaults(run=_unblock)
    for command in (live, block, unblock):
        command.add_argument("--advertiser", required=True, metavar="NAME")
    for command in (block, unblock):
        command.add_argument("--item", required=True, metavar="ID", help="its id, as in products")


def _read_moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no moment; write YYYY-MM-DDTHH:MM") from None


def _take(options: Namespace) -> Answer:
    from include.steps.live import take_live_rows

    return Answer(take_live_rows(load_advertiser(options.advertiser)))


def _block(options: Namespace) -> Answer:
    from include.steps.live import block_item

    advertiser, until = load_advertiser(options.advertiser), options.until
    if until and until.tzinfo is None:
        until = until.replace(tzinfo=advertiser.zone)
    return Answer(block_item(advertiser, options.item, options.reason, until))


def _unblock(options: Namespace) -> Answer:
    from include.steps.live import unblock_item

    return Answer(unblock_item(load_advertiser(options.advertiser), options.item))
