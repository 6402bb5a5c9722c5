"""docs/how-to/add-a-rerank-step.md is done as it stands, in a copy of the checkout, and shows in the ads."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from sqlalchemy import Engine, text

from include.settings import ROOT
from tests.checkouts import Checkout, list_blocks
from tests.malls import DAY, Mall, busy_day
from tests.test_add_an_advertiser import is_printed

PAGE = ROOT / "docs" / "how-to" / "add-a-rerank-step.md"

pytestmark = pytest.mark.integration


@pytest.fixture
def checkout(tmp_path: Path, warehouse: Engine) -> Checkout:
    """With a corner shop of eight items, of which i1 to i5 are worth an ad and in stock; one has no price."""
    checkout = Checkout.copy(tmp_path)
    mall = Mall(tmp_path / ".local", "corner_shop", {"window": {"days": 1}, "models": {"cosine": {}}})
    shutil.move(mall.write_settings(), tmp_path / "include" / "advertisers" / "corner_shop.yaml")
    mall.deliver(DAY, busy_day(DAY))
    catalogue = ["i0,1,Y", *(f"i{number},{number * 2.5},Y" for number in range(1, 5)), "i5,,Y", "i6,9,N"]
    mall.deliver(DAY, catalogue, feed="products", header="item_id,price,is_available")
    return checkout


def test_the_page_is_what_happens(checkout: Checkout, warehouse: Engine) -> None:
    assert f"--as-of {DAY}" in PAGE.read_text(encoding="utf-8")
    checkout.run(f"dangol ingest --advertiser corner_shop --as-of {DAY}")
    printed, told = "", 0
    for before, kind, block in list_blocks(PAGE):
        named = re.findall(r"`([\w/]+\.py)`", before)
        if kind == "python" and (registry := re.search(r"in `([A-Z_]+)`:\s*$", before)):
            checkout.add_line(named[-1], registry[1], block)
        elif kind == "python":
            checkout.add_file(named[-1], block)
        elif kind == "yaml":
            checkout.change_settings("corner_shop", yaml.safe_load(block))
        elif kind == "sh":
            printed = checkout.run(block)
        else:
            assert is_printed(block, printed), f"{printed}\n\nis not\n\n{block}"
            told += 1
    assert told == 1
    with warehouse.connect() as connection:
        shown = connection.execute(text("SELECT DISTINCT item_id FROM corner_shop.ad_candidates_current"))
        assert sorted(shown.scalars()) == ["i1", "i2", "i3", "i4", "i5"]
        lists = "SELECT array_agg(rank ORDER BY rank) FROM corner_shop.ad_candidates_current GROUP BY user_id"
        for (numbers,) in connection.execute(text(lists)):
            assert numbers == list(range(1, len(numbers) + 1))
        bought = connection.execute(text("SELECT DISTINCT item_id FROM corner_shop.best_sellers_current"))
        assert len(bought.all()) == 8, "the models learn from what is cheap and sold out, too"
