"""`dangol status` on a mall whose days are there, closed, refused, late and waiting, and on its releases."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include.commands.days import list_due_days
from include.commands.status import compose_status, report_status
from include.run import main
from include.settings import Schedule, read_advertiser
from tests.malls import DAY, Mall, busy_day, open_mall, purchase

pytestmark = pytest.mark.integration

DAYS = [DAY + timedelta(days=n) for n in range(7)]  # Monday to Sunday


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mall:
    schedule = {"start_date": DAY, "landing_deadline_hours": 12}
    return open_mall(
        tmp_path,
        monkeypatch,
        feeds={"purchases": {"complete": {"quiet_minutes": 0}}, "products": {"required": False}},
        calendar={"closed_weekdays": ["saturday"]},
        quarantine={"max_share": 0.2},
        schedule=schedule,
        window={"days": 7},
    )


def at(mall: Mall, day: date, hour: int) -> Callable[[], dict[str, Any]]:
    """The report at an hour of a day in Seoul."""
    advertiser = read_advertiser(mall.write_settings())
    now = datetime(day.year, day.month, day.day, hour, tzinfo=advertiser.zone).astimezone(UTC)
    return lambda: report_status(advertiser, now)


def test_every_day_is_told_with_why_it_is_not_there(
    shop: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    """There, with quarantined lines, refused, late, delivered and not ingested, closed, and waiting."""
    shop.deliver(DAYS[0], busy_day(DAYS[0]))
    shop.deliver(DAYS[1], [*busy_day(DAYS[1]), purchase("u1", "i1", DAYS[1], quantity="0")])
    shop.deliver(DAYS[2], [purchase("u1", "i1", DAYS[2], quantity="0")])
    assert main(["ingest", "--advertiser", "mall", "--from", str(DAYS[0]), "--to", str(DAYS[2])]) == 1
    shop.deliver(DAYS[4], busy_day(DAYS[4]))
    report = at(shop, DAYS[6] + timedelta(days=1), 8)()
    days = {day["day"]: day for day in report["days"] if day["feed"] == "purchases"}
    states = [days[day]["state"] for day in DAYS]
    assert states == ["there", "there", "refused", "late", "waiting", "closed", "waiting"]
    assert (report["first_day"], report["last_day"]) == (DAYS[0], DAYS[6])
    counts = report["feeds"]["purchases"]
    assert {state: counts[state] for state in ("there", "closed", "refused", "waiting", "late")} == {
        "there": 2, "closed": 1, "refused": 1, "waiting": 2, "late": 1,
    }  # fmt: skip
    assert counts["with_quarantined"] == 1
    assert report["feeds"]["products"]["skipped"] == 6
    assert report["feeds"]["products"]["closed"] == 1
    assert report["troubles"] == []
    shown = compose_status(report)
    assert f"late: purchases of {DAYS[3]}: " in shown
    assert f"refused: purchases of {DAYS[2]}: 1 of 1 lines (100.0%)" in shown
    assert f"waiting: purchases of {DAYS[4]}: delivered, and not ingested yet." in shown
    assert "purchases: 1 of 49 lines quarantined; 0 days with a warning" in shown
    assert "no release is out yet" in shown


def test_days_that_the_lake_lets_go_of_are_not_asked_for(shop: Mall) -> None:
    advertiser = read_advertiser(Mall(shop.folder, settings={"keep": {"partitions": 40}}).write_settings())
    now = datetime(2026, 4, 20, tzinfo=UTC)
    far = advertiser.model_copy(
        update={"schedule": Schedule(start_date=date(2020, 1, 1), end_date=date(2026, 4, 10))}
    )
    assert list_due_days(far, now, 5_000)[0] == date(2026, 4, 10) - timedelta(days=40)
    assert len(list_due_days(far, now, 7)) == 7


def test_a_day_is_late_after_its_deadline_alone(shop: Mall, warehouse: Engine) -> None:
    tuesday = DAYS[1]
    assert at(shop, tuesday, 11)()["feeds"]["purchases"]["waiting"] == 1
    assert at(shop, tuesday, 13)()["feeds"]["purchases"]["late"] == 1
    assert at(shop, DAY, 23)()["days"] == []
    assert "no day is over yet" in compose_status(at(shop, DAY, 23)())


def test_releases_are_told_with_their_rows_and_what_was_rejected_since(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    warehouse: Engine,
    stage: Callable[..., int],
    publish: Callable[..., Any],
) -> None:
    from include.warehouse.postgres.connection import Schemas
    from include.warehouse.postgres.locks import add_lock, name_staging, try_lock
    from include.warehouse.postgres.releases import reject_release
    from tests.warehouse.conftest import MONDAY, SCHEMA, TUESDAY, WEDNESDAY

    mall = open_mall(tmp_path, monkeypatch, name=SCHEMA)
    advertiser = read_advertiser(mall.write_settings())
    current = publish(MONDAY)
    rejected = stage(TUESDAY)
    reject_release(Schemas(warehouse, SCHEMA), rejected, "Too few rows.")
    staged = stage(WEDNESDAY)
    report = report_status(advertiser, datetime(2024, 1, 4, tzinfo=UTC))
    assert [(row["release_id"], row["status"]) for row in report["releases"]] == [
        (staged, "staged"), (rejected, "rejected"), (current.release_id, "published"),
    ]  # fmt: skip
    assert report["releases"][2]["rows"] == {
        "item_similarities": 60, "user_recommendations": 9, "best_sellers": 6, "recent_items": 9,
        "ad_candidates": 16, "products": 6, "item_audiences": 6,
    }  # fmt: skip
    shown = compose_status(report)
    assert f"release {current.release_id} of {MONDAY} is current, published" in shown
    assert "rows: ad_candidates 16, best_sellers 6, item_audiences 6, item_similarities 60" in shown
    assert f"release {rejected} of {TUESDAY} was rejected: Too few rows." in shown
    assert f"release {staged} of {WEDNESDAY} is staged since" in shown
    assert report["staging"] == []
    schemas = Schemas(warehouse, SCHEMA)
    add_lock(schemas, name_staging(TUESDAY))
    with schemas.begin() as connection:
        assert try_lock(connection, schemas, name_staging(TUESDAY))
        assert report_status(advertiser, datetime(2024, 1, 4, tzinfo=UTC))["staging"] == [TUESDAY]


def test_the_newest_evaluation_is_told_by_its_headline(shop: Mall, warehouse: Engine) -> None:
    from include.warehouse import open_warehouse
    from tests.warehouse.test_evaluations import make_metric

    report = at(shop, DAYS[6], 8)
    with open_warehouse("mall") as mall:
        assert report()["evaluation"] == []
        assert "evaluated" not in compose_status(report())
        own = make_metric(contender="ad_candidates", kind="ads", value=0.05, low=0.04, high=0.06)
        alone = dict.fromkeys(("difference", "difference_low", "difference_high"))
        rows = [
            own | alone,
            make_metric(contender="als", value=0.0577),
            make_metric(contender="popular", value=0.051, difference=0.001, difference_low=-0.002),
            make_metric(contender="untold", value=None, difference_low=None),
            *(make_metric(**other) for other in ({"purchases": "all"}, {"k": 10}, {"split": "2024-01-01"})),
        ]
        mall.record_metrics(date(2024, 1, 7), rows)
        mall.record_metrics(date(2023, 12, 31), [own | {"as_of_date": date(2023, 12, 31)}])
    assert [row["contender"] for row in report()["evaluation"]] == ["als", "popular", "ad_candidates"]
    told = compose_status(report()).splitlines()[-2:]
    assert told == [
        "  evaluated as of 2024-01-07: ndcg@20 of new purchases 0.0500 [0.0400, 0.0600], 740 lists",
        "    als is better: 0.0577, +0.0077 [+0.0021, +0.0133]",
    ]
    json.dumps(report(), default=str)


def test_a_warehouse_that_is_down_hides_no_days(
    shop: Mall, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    nowhere = {"conn_type": "postgres", "host": "127.0.0.1", "port": 1, "schema": "w"}
    monkeypatch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", json.dumps(nowhere))
    assert main(["status", "--days", "3"]) == 75
    shown = capsys.readouterr().out
    assert "  purchases     3" in shown
    assert "warehouse: The warehouse at 127.0.0.1:1, database w, does not answer" in shown
    assert "no release" not in shown


def test_a_wrong_yaml_stops_no_other_advertiser(
    shop: Mall, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop.folder / "advertisers" / "other.yaml").write_text("name: other\n")
    capsys.readouterr()
    assert main(["status", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert [report["advertiser"] for report in said["advertisers"]] == ["mall"]
    assert {trouble["advertiser"] for trouble in said["troubles"]} == {"other"}
    with warehouse.connect() as connection:
        schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'mall%'"
        assert connection.execute(text(schemas)).scalar_one() == 0, "looking makes no schema"
