"""A delivery read on trial says what is understood, what is not, and which settings would cure it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.ingest.days import ingest_day
from include.ingest.trial import Trial, try_delivery
from include.settings import Advertiser
from tests.ingest.conftest import DAY, Mall

HEADER = "order_id,user_id,item_id,quantity,price,purchased_at"


def deliver(mall: Mall, lines: list[str], header: str = HEADER) -> Mall:
    mall.deliver_text("\n".join([header, *lines]) + "\n")
    return mall


def rows(*, price: str = "2.5", time: str = "2026-03-10T10:00:00", user: str = "u{n}") -> list[str]:
    return [f"o{n},{user.format(n=n)},i{n},1,{price},{time}" for n in range(10)]


def cure(mall: Mall, trial: Trial) -> Advertiser:
    """The advertiser with all settings that the trial found, as somebody would write them."""
    settings: dict[str, Any] = mall.advertiser.model_dump(mode="json")
    for found in trial.cures:
        merge(settings, yaml.safe_load(found.setting))
    return Advertiser.model_validate(settings)


def merge(old: dict[str, Any], new: dict[str, Any]) -> None:
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            merge(old[key], value)
        else:
            old[key] = value


@pytest.mark.parametrize(
    ("lines", "header"),
    [
        (rows(price='"12,50"'), HEADER),
        (rows(price='"1.012,50"'), HEADER),
        (rows(time="10/03/2026 16:16"), HEADER),
        (rows(time="3/10/2026 4:16 PM"), HEADER),
        (rows(time="1773104400"), HEADER),
        (rows(time="1773104400000", price='"12,50"'), HEADER),
        ([line.replace(",", ";") for line in rows()], HEADER.replace(",", ";")),
        ([line.replace(",", "\t") for line in rows(time="10/03/2026 16:16")], HEADER.replace(",", "\t")),
        (rows(), "InvoiceNo,CustomerID,StockCode,Qty,UnitPrice,InvoiceDate"),
        ([f'{line},"Drawer 12\\""' for line in rows()], f"{HEADER},title"),
        ([f'{line},12" tube' if n else f'{line},"XL' for n, line in enumerate(rows())], f"{HEADER},title"),
    ],
)
def test_the_settings_that_are_found_cure_the_day(
    make_mall: Callable[..., Mall], lines: list[str], header: str
) -> None:
    mall = deliver(make_mall(quarantine={"max_share": 0.05}), lines, header)
    trial = try_delivery(mall.advertiser, "purchases", DAY)
    assert trial.refusal
    assert trial.cures
    assert not mall.partition().exists()
    assert ingest_day(cure(mall, trial), "purchases", DAY).accepted_rows == 10


def test_guests_are_offered_a_policy(make_mall: Callable[..., Mall]) -> None:
    mall = deliver(make_mall(quarantine={"max_share": 0.05}), [*rows(), *rows(user="")])
    trial = try_delivery(mall.advertiser, "purchases", DAY)
    assert trial.reasons == (("user_id is missing", 10),)
    assert [found.setting for found in trial.cures] == ["guests: drop"]
    assert ingest_day(cure(mall, trial), "purchases", DAY).guest_rows == 10


def test_a_good_delivery_is_told_as_ingest_finds_it(mall: Mall) -> None:
    deliver(mall, [*rows(), rows()[0], "o99,u99,i99,x,2.5,2026-03-10T10:00:00"])
    trial = try_delivery(mall.advertiser, "purchases", DAY)
    assert (trial.lines, trial.accepted, trial.duplicates) == (12, 10, 1)
    assert trial.reasons == (("quantity is not a number", 1),)
    quantity = {column.name: column for column in trial.columns}["quantity"]
    assert (quantity.read, quantity.empty, quantity.unread) == (11, 0, 1)
    assert quantity.examples[0] == "x"
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    assert (manifest.accepted_rows, manifest.duplicate_rows) == (trial.accepted, trial.duplicates)


def test_examples_are_masked(mall: Mall) -> None:
    deliver(mall, rows(user="buyer{n}@example.com"))
    trial = try_delivery(mall.advertiser, "purchases", DAY)
    assert "xxxxx9@xxxxxxx.xxx" in {column.name: column for column in trial.columns}["user_id"].examples
    assert "example.com" not in str(trial)


def test_nothing_there_is_said(mall: Mall) -> None:
    assert "is not there" in str(try_delivery(mall.advertiser, "purchases", DAY).refusal)


def test_the_command_tells_and_writes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from include.run import main
    from tests.malls import DAY as OPENED
    from tests.malls import open_mall, purchase

    mall = open_mall(tmp_path, monkeypatch)
    mall.deliver(OPENED, [purchase("u1", "i1"), purchase("u2", "i2", price="2,5")])
    command = ["try-delivery", "--advertiser", mall.name, "--day", str(OPENED)]
    assert main(command) == 1
    printed = capsys.readouterr().out
    assert "has 7 values" in printed
    mall.deliver(OPENED, [purchase("u1", "i1"), purchase("u2", "i2", price="x")])
    assert main(command) == 0
    printed = capsys.readouterr().out
    assert "price is not a number" in printed
    assert {path.name for path in tmp_path.iterdir()} == {"advertisers", "landing"}
