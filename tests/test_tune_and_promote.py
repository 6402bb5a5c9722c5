"""docs/how-to/tune-and-promote.md is done as it stands, from a search to a promotion."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, text

from include.settings import ROOT
from tests.checkouts import Checkout, list_blocks
from tests.malls import DAY, Mall
from tests.steps.test_tune import DAYS, LAST, list_lines
from tests.test_add_an_advertiser import is_printed

PAGE = ROOT / "docs" / "how-to" / "tune-and-promote.md"

pytestmark = pytest.mark.integration


@pytest.fixture
def checkout(tmp_path: Path, warehouse: Engine) -> Checkout:
    """A corner shop whose items belong together in pairs, which two users of a window have both bought."""
    checkout = Checkout.copy(tmp_path)
    ads = {"sources": ["itemcf", "best_sellers"]}
    settings = {"feeds": {"purchases": {}}, "window": {"days": 2}, "models": {"cosine": {"k": 5}}, "ads": ads}
    mall = Mall(tmp_path / ".local", "corner_shop", settings)
    shutil.move(mall.write_settings(), tmp_path / "include" / "advertisers" / "corner_shop.yaml")
    for age in range(DAYS):
        day = DAY.fromordinal(DAY.toordinal() + age)
        mall.deliver(day, list_lines(day))
    checkout.run(f"dangol ingest --advertiser corner_shop --from {DAY} --to {LAST}")
    return checkout


def test_the_page_is_what_happens(checkout: Checkout, warehouse: Engine) -> None:
    printed, answers = "", list[dict[str, Any]]()
    for _, kind, block in list_blocks(PAGE):
        if kind == "yaml":
            checkout.change_settings("corner_shop", yaml.safe_load(block))
        elif kind == "sh":
            printed = checkout.run(block)
        elif kind == "sql":
            with warehouse.connect() as connection:
                answers = [dict(row) for row in connection.execute(text(block)).mappings()]
        else:
            assert is_printed(block, printed), f"{printed}\n\nis not\n\n{block}"
    proposal = (checkout.root / "proposal.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(proposal)["evaluation"]["challenger"]["ads"]["min_co_buyers"] <= 2
    assert "# It is better on the later days too." in proposal
    [row] = answers
    assert (row["by_whom"], row["as_of_date"]) == ("Kim Jiwoo", LAST)
    assert row["difference_high"] >= row["difference"] >= row["difference_low"] > 0
