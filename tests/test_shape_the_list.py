"""docs/how-to/shape-the-list.md is done as it stands in a copy of the checkout, and does what it says."""

from __future__ import annotations

import re
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
import yaml
from sqlalchemy import Engine, text

from include.columns import AD_CANDIDATES
from include.settings import ROOT
from tests.checkouts import Checkout, list_blocks
from tests.malls import DAY, Mall, purchase
from tests.test_add_an_advertiser import is_printed

PAGE = ROOT / "docs" / "how-to" / "shape-the-list.md"
AS_OF = DAY + timedelta(days=3)
DAYS = [DAY + timedelta(days=age) for age in range(4)]
# i10 is first bought on the last day, i11 and i12 by nobody; i9 is sold out, and i8 is not in the catalogue.
CATALOGUE = {
    "i0": "Green tea,Tea,Leaf,3,Y",
    "i1": "Black tea,Tea,Leaf,4,Y",
    "i2": "White tea,Tea,Bud,5,",
    "i3": "Red mug,Mugs,Clay,8,Y",
    "i4": "Blue mug,Mugs,Clay,9,Y",
    "i5": "Gift Card,Cards,,20,Y",
    "i6": "Spoon,Cutlery,Steel,1,Y",
    "i7": "Fork,Cutlery,Steel,,Y",
    "i9": "Old pot,Pots,Clay,30,N",
    "i10": "New pot,Pots,Clay,12,Y",
    "i11": "Oolong,Tea,Bud,6,Y",
    "i12": "Big mug,Mugs,Clay,14,Y",
}
CATEGORIES = {item: line.split(",")[1] for item, line in CATALOGUE.items()}

Lists = dict[str, list[str]]
Sources = dict[tuple[str, str], str]

pytestmark = pytest.mark.integration


@pytest.fixture
def checkout(tmp_path: Path, warehouse: Engine) -> Checkout:
    """With a corner shop of twelve users, who buy three neighbouring items of ten on each of four days."""
    checkout = Checkout.copy(tmp_path)
    settings = {
        "window": {"days": 4},
        "models": {"cosine": {}},
        "catalogue": {"absent_items": "available"},
    }
    mall = Mall(tmp_path / ".local", "corner_shop", settings)
    shutil.move(mall.write_settings(), tmp_path / "include" / "advertisers" / "corner_shop.yaml")
    for number, day in enumerate(DAYS):
        lines = [
            purchase(f"u{user}", f"i{(user + number * (user % 2) + step) % 10}", day)
            for user in range(12)
            for step in range(3)
        ]
        mall.deliver(day, [*lines, *([purchase("u1", "i10", day)] if day == AS_OF else [])])
        header = "item_id,title,category,brand,price,is_available"
        mall.deliver(day, [f"{item},{line}" for item, line in CATALOGUE.items()], "products", header)
    return checkout


def check_stock(lists: Lists, sources: Sources) -> None:
    assert {item for items in lists.values() for item in items} <= set(CATALOGUE) - {"i9"}


def check_price(lists: Lists, sources: Sources) -> None:
    assert {"i6", "i7", "i8"}.isdisjoint(item for items in lists.values() for item in items)


def check_repeats(lists: Lists, sources: Sources) -> None:
    bought = {(f"u{user}", f"i{(user + step) % 10}") for user in range(0, 12, 2) for step in range(3)}
    assert not [pair for pair in bought if pair[1] in lists[pair[0]]], "these bought the same every day"


def check_diversity(lists: Lists, sources: Sources) -> None:
    """Wherever there is a choice of three categories."""
    near = [tuple(CATEGORIES.get(item) for item in items[:2]) for items in lists.values() if len(items) > 1]
    assert all(one != other for one, other in near)


def check_campaigns(lists: Lists, sources: Sources) -> None:
    assert {items[0] for items in lists.values()} == {"i12"}
    # Who has bought it all has it from the source that fills; to the others the pin has brought it.
    assert {sources[user, "i12"] for user in lists} == {"campaigns", "best_of"}
    assert not any("i5" in items for items in lists.values())


def check_freshness(lists: Lists, sources: Sources) -> None:
    new = {"i10", "i11", "i12"}
    assert all(new & set(items[:4]) for items in lists.values())
    assert "freshness" in sources.values()


def check_cap(lists: Lists, sources: Sources) -> None:
    assert max(Counter(item for items in lists.values() for item in items).values()) < len(lists)


CHECKS: dict[str, Callable[[Lists, Sources], None]] = {
    "in_stock": check_stock,
    "price": check_price,
    "already_bought": check_repeats,
    "diversity": check_diversity,
    "campaigns": check_campaigns,
    "freshness": check_freshness,
    "popularity_cap": check_cap,
}


def read_lists(checkout: Checkout) -> tuple[Lists, Sources]:
    folder = checkout.root / ".local" / "lake" / "corner_shop" / "runs" / f"as_of={AS_OF}"
    lists, sources = defaultdict(list), {}
    for row in pq.read_table(folder / "ad_candidates.parquet").cast(AD_CANDIDATES).to_pylist():
        lists[row["user_id"]].append(row["item_id"])
        sources[row["user_id"], row["item_id"]] = row["source"]
    return lists, sources


def test_the_page_is_what_happens(checkout: Checkout, warehouse: Engine) -> None:
    checkout.run(f"dangol ingest --advertiser corner_shop --from {DAYS[0]} --to {AS_OF}")
    steps: list[Any] = []
    printed, seen = "", []
    for _, kind, block in list_blocks(PAGE):
        if kind == "yaml":
            settings = yaml.safe_load(block)
            checkout.change_settings("corner_shop", settings)
            steps = settings["ads"]["rerank"]
        elif kind == "sh":
            assert f"--as-of {AS_OF}" in block
            printed = checkout.run(block)
        else:
            assert is_printed(block, printed), f"{printed}\n\nis not\n\n{block}"
            [[name]] = steps
            CHECKS[name](*read_lists(checkout))
            seen.append(name)
    assert seen == list(CHECKS)
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.read_text(encoding="utf-8"), re.M)
    assert rows == seen
    with warehouse.connect() as connection:
        query = "SELECT user_id, item_id FROM corner_shop.ad_candidates_current ORDER BY user_id, rank"
        shown: Lists = defaultdict(list)
        for user, item in connection.execute(text(query)):
            shown[user].append(item)
    check_stock(shown, {})
    assert not any("i5" in items for items in shown.values()), "the gift card"
