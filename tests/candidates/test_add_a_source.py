"""A candidate source is one file and one line: the test adds one in a copy of the checkout and publishes."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from tests.checkouts import Checkout
from tests.malls import DAY, Mall, busy_day

pytestmark = pytest.mark.integration

# What a user bought last, once more, for a mall of things that run out.
FILE = """
from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from include.candidates import base
from include.candidates.base import Proposals


class Params(base.Params):
    newest: int = 100


@dataclass(frozen=True)
class Bought:
    recent: object

    @property
    def costs(self):
        return self.recent.sizes

    def propose(self, start, stop, k, hidden):
        from include.kernels import take_block

        return Proposals(take_block(self.recent, start, stop))


def read_source(rows, inputs, params):
    from include.candidates.inputs import group_recent

    newest = rows.filter([rank <= params.newest for rank in rows["rank"].to_pylist()])
    return Bought(group_recent(newest, inputs.user_ids, inputs.item_ids))


def expects_rows(inputs):
    return True
"""
LINE = '    "again": Source("include.candidates.sources.again", "recent_items"),'


def test_a_source_is_one_file_and_one_line(tmp_path: Path, warehouse: Engine) -> None:
    checkout = Checkout.copy(tmp_path)
    checkout.add_file("include/candidates/sources/again.py", FILE)
    checkout.add_line("include/candidates/registry.py", "SOURCES", LINE)
    ads = {
        "sources": ["cosine", "again"],
        "source_params": {"again": {"newest": 2}},
        "blend": "turns",
        "exclude_purchased": False,
        "k": 4,
    }
    settings = {"window": {"days": 1}, "models": {"cosine": {}}, "ads": ads}
    mall = Mall(tmp_path / ".local", "corner_shop", settings)
    shutil.move(mall.write_settings(), tmp_path / "include" / "advertisers" / "corner_shop.yaml")
    mall.deliver(DAY, busy_day(DAY))
    for step in ("ingest", "all"):
        checkout.run(f"dangol {step} --advertiser corner_shop --as-of {DAY}")
    with warehouse.connect() as connection:
        query = "SELECT user_id, rank, source, item_id FROM corner_shop.ad_candidates_current"
        rows = connection.execute(text(query)).all()
    assert {row.source for row in rows if row.rank == 1} == {"cosine"}
    again = {(row.user_id, row.item_id) for row in rows if row.source == "again"}
    assert len(again) >= 12
    assert max(Counter(user for user, _ in again).values()) == 2
    assert again <= {tuple(line.split(",")[1:3]) for line in busy_day(DAY)}
