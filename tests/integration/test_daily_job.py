"""The whole daily job without Airflow, by its command line, on a real warehouse."""

from __future__ import annotations

import random
import shutil
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from include import settings
from include.run import main
from include.settings import ROOT
from tests.conftest import SHARED_DATA
from tests.malls import DAY, busy_day, open_mall, purchase

pytestmark = pytest.mark.integration


LOST_ZEROS = SHARED_DATA.parent / "cases" / "lost_zeros"


def run(step: str, as_of: date = DAY, *more: str, name: str = "mall") -> int:
    return main([step, "--advertiser", name, "--as-of", as_of.isoformat(), *more])


def read(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def fail(capsys: pytest.CaptureFixture[str], step: str, as_of: date = DAY, code: int = 1) -> str:
    """Run a step that must fail; its one sentence."""
    capsys.readouterr()
    assert run(step, as_of) == code
    sentence = capsys.readouterr().err.strip().splitlines()[-1]
    assert sentence.startswith(f"{step} failed: ")
    return sentence


PARTIAL_CATALOGUE: dict[str, Any] = {
    "catalogue": {"absent_items": "available"},
    "gates": {"min_known_items": 0},
}
TABLES = ("item_similarities", "user_recommendations", "best_sellers", "recent_items", "ad_candidates")


def snapshot(engine: Engine) -> dict[str, list[tuple[Any, ...]]]:
    return {table: sorted(map(str, read(engine, f"SELECT * FROM mall.{table}_current"))) for table in TABLES}


def test_landing_files_become_a_release_and_a_second_run_gives_the_same_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    # Its catalogue names two of eight items, which are all that it has to say something about.
    mall = open_mall(tmp_path, monkeypatch, **PARTIAL_CATALOGUE)
    mall.deliver(DAY, busy_day(DAY))
    mall.deliver(
        DAY,
        ["i0,Shoe,Shoes,Y", "i1,Bag,Bags,N"],
        feed="products",
        header="item_id,title,category,is_available",
    )
    assert run("ingest") == 0
    for step in ("window", "train", "candidates", "stage", "gate", "publish"):
        assert run(step) == 0, step

    first = snapshot(warehouse)
    assert all(first[table] for table in TABLES)
    assert read(warehouse, "SELECT title, is_available FROM mall.products_current ORDER BY item_id") == [
        ("Shoe", True),
        ("Bag", False),
    ]
    assert read(warehouse, "SELECT count(*) FROM mall.ad_candidates_current WHERE item_id = 'i1'") == [(0,)]
    assert read(warehouse, "SELECT as_of_date, status, is_current, users, items FROM mall.releases") == [
        (DAY, "published", True, 12, 8)
    ]
    stages = read(warehouse, "SELECT stages FROM mall.releases")[0][0]
    assert set(stages) == {"window", "train cosine", "train als", "candidates", "stage", "gate", "publish"}
    parts = {"als: factorise", "als: recommend", "als: explain", "als: similar items"}
    assert set(stages["train als"]["parts"]) == parts
    preflight = read(warehouse, "SELECT preflight FROM mall.releases")[0][0]
    assert set(preflight["stages"]) == {"train cosine", "train als", "candidates", "stage", "gate"}
    assert preflight["workload"]["squared_histories"] == 12 * 4**2
    assert preflight["tile_mb"] == 1024

    assert run("all") == 0
    assert snapshot(warehouse) == first
    assert read(warehouse, "SELECT status, is_current FROM mall.releases ORDER BY release_id") == [
        ("superseded", False),
        ("published", True),
    ]


def test_an_older_date_is_published_without_taking_current(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    days = [DAY + timedelta(days=offset) for offset in range(3)]
    for day in days:
        mall.deliver(day, busy_day(day))
    assert main(["ingest", "--advertiser", "mall", "--from", str(days[0]), "--to", str(days[-1])]) == 0
    for as_of in (days[2], days[1]):
        assert run("all", as_of) == 0
    assert read(
        warehouse, "SELECT as_of_date, is_current FROM mall.releases WHERE status = 'published' ORDER BY 1"
    ) == [(days[1], False), (days[2], True)]
    assert read(warehouse, "SELECT DISTINCT as_of_date FROM mall.item_similarities_current") == [(days[2],)]
    assert read(warehouse, "SELECT DISTINCT as_of_date FROM mall.item_similarities ORDER BY 1") == [
        (days[1],),
        (days[2],),
    ]


def test_a_window_with_missing_days_names_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    last = DAY + timedelta(days=2)
    mall.deliver(last, busy_day(last))
    assert run("ingest", last) == 0
    sentence = fail(capsys, "window", last)
    assert (
        "the window 2026-03-02 to 2026-03-04 lacks 2 of 3 days of purchases: 2026-03-02 to 2026-03-03"
        in sentence
    )
    assert "mall_ingest" in sentence


def test_a_window_that_does_not_fit_the_memory_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, run={"memory_mb": 50})
    mall.deliver(DAY, busy_day(DAY))
    assert run("ingest") == 0
    sentence = fail(capsys, "window")
    assert "mall 2026-03-02: the preflight expects " in sentence
    assert "and the limit is 50 MB (run.memory_mb); give it more memory and raise" in sentence
    assert not (tmp_path / "lake" / "mall" / "runs").exists()


def test_a_capped_history_changes_what_models_learn_and_not_what_is_excluded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1, "max_items": 2})
    mall.deliver(DAY, busy_day(DAY))
    assert run("ingest") == run("all") == 0
    [(preflight, users)] = read(warehouse, "SELECT preflight, users FROM mall.releases")
    assert preflight["workload"]["largest_history"] == 2
    assert preflight["workload"]["pairs"] == 2 * users
    bought = {tuple(line.split(",")[1:3]) for line in busy_day(DAY)}
    for table in ("user_recommendations", "ad_candidates"):
        shown = set(read(warehouse, f"SELECT user_id, item_id FROM mall.{table}_current"))
        assert shown
        assert not shown & bought
    assert len(read(warehouse, "SELECT user_id, item_id FROM mall.recent_items_current")) == len(bought)


def test_an_as_of_date_before_the_start_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    open_mall(tmp_path, monkeypatch)
    assert "is before the start date 2026-03-02" in fail(capsys, "window", DAY - timedelta(days=1))


@pytest.mark.parametrize(
    "lines",
    [[], [purchase("u1", "i1"), purchase("u1", "i1", quantity="-1").replace("T12", "T13")]],
    ids=["no lines", "all cancelled"],
)
def test_a_window_with_no_interaction_is_refused_and_the_release_before_stays(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    warehouse: Engine,
    capsys: pytest.CaptureFixture[str],
    lines: list[str],
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1})
    mall.deliver(DAY, busy_day(DAY))
    assert run("ingest") == run("all") == 0
    before = snapshot(warehouse)
    mall.deliver(DAY, lines)
    assert run("ingest") == 0
    assert "nobody bought anything from 2026-03-02 to 2026-03-02" in fail(capsys, "window")
    assert snapshot(warehouse) == before


@pytest.mark.parametrize(
    "lines",
    [[purchase("u1", "i1"), purchase("u1", "i2")], [purchase("u1", "i1"), purchase("u2", "i1")]],
    ids=["one user", "one item"],
)
def test_one_user_or_one_item_passes_every_step_or_is_rejected_by_a_gate(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    warehouse: Engine,
    capsys: pytest.CaptureFixture[str],
    lines: list[str],
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    mall.deliver(DAY, lines)
    for step in ("ingest", "window", "train", "candidates", "stage"):
        assert run(step) == 0, step
    sentence = fail(capsys, "gate")
    assert "rejected" in sentence
    assert read(warehouse, "SELECT status, is_current FROM mall.releases") == [("rejected", False)]
    assert all(rows == [] for rows in snapshot(warehouse).values())
    assert "is rejected (" in fail(capsys, "publish")
    assert fail(capsys, "gate") == sentence, "the rows are still there, and as they were"


def test_a_rejected_release_changes_nothing_visible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1})
    mall.deliver(DAY, busy_day(DAY))
    assert run("ingest") == run("all") == 0
    before = snapshot(warehouse)

    strict = open_mall(
        tmp_path, monkeypatch, window={"days": 1}, gates={"min_rows": {"item_similarities": 100_000}}
    )
    strict.deliver(DAY, busy_day(DAY, users=20))
    assert run("ingest") == run("window") == run("train") == run("candidates") == run("stage") == 0
    sentence = fail(capsys, "gate")
    assert "100000" in sentence.replace(",", "")
    assert snapshot(warehouse) == before
    rejected = read(warehouse, "SELECT status, reason FROM mall.releases ORDER BY release_id DESC LIMIT 1")[0]
    assert rejected[0] == "rejected"
    assert rejected[1].rstrip(".") in sentence
    assert read(warehouse, "SELECT count(*) > 0 FROM mall.release_checks WHERE NOT passed") == [(True,)]


def test_a_warehouse_that_is_down_fails_ingest_before_the_lake_is_touched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    mall.deliver(DAY, busy_day(DAY))
    monkeypatch.setenv(
        "AIRFLOW_CONN_WAREHOUSE_DEFAULT",
        '{"conn_type": "postgres", "host": "127.0.0.1", "port": 9, "login": "dangol",'
        ' "password": "a-secret-word", "schema": "warehouse"}',
    )
    sentence = fail(capsys, "ingest", code=75)
    assert "127.0.0.1" in sentence
    assert "a-secret-word" not in sentence
    assert not (tmp_path / "lake").exists()


def test_a_read_only_warehouse_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    mall.deliver(DAY, busy_day(DAY))
    with warehouse.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    assert "read-only" in fail(capsys, "ingest", code=75)
    assert not (tmp_path / "lake").exists()


def test_a_range_goes_on_after_a_bad_day_and_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch)
    mall.deliver(DAY, busy_day(DAY))
    mall.deliver(DAY + timedelta(days=2), busy_day(DAY + timedelta(days=2)))
    arguments = ["ingest", "--advertiser", "mall", "--from", "2026-03-02", "--to", "2026-03-04"]
    capsys.readouterr()
    assert main(arguments) == 1
    sentence = capsys.readouterr().err
    assert "dt=2026-03-03" in sentence
    ((day, reason),) = read(
        warehouse, "SELECT day, reason FROM mall.data_quality WHERE severity = 'table' AND NOT passed"
    )
    assert day == DAY + timedelta(days=1)
    assert reason in " ".join(sentence.split())
    assert read(warehouse, "SELECT day, accepted_rows FROM mall.partitions ORDER BY day") == [
        (DAY, 48),
        (DAY + timedelta(days=2), 48),
    ]


def test_whatever_ingest_accepts_can_be_released(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    """Else one odd line would stop every window that holds its day."""
    # Characters of four bytes that do not compress: the longest that an index row has to hold.
    longest = "".join(random.Random(0).choices([chr(code) for code in range(0x20000, 0x2A000)], k=512))
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, **PARTIAL_CATALOGUE)
    odd = [
        purchase(longest, longest, quantity="1e9", price="1e12"),
        purchase("u1", longest, quantity="0.000001", price="0"),
        purchase("u1", longest, quantity="-1e9"),
        purchase("u2", "i1", quantity="8801234567890"),
        purchase("u2", "i1", price="1e308"),
        purchase("u2", longest + "x"),
        purchase(longest + "x", "i1"),
    ]
    mall.deliver(DAY, [*busy_day(DAY), *odd])
    catalogue = [f"{longest},{longest}", f"i1,{longest}x"]
    mall.deliver(DAY, catalogue, feed="products", header="item_id,category")
    assert run("ingest") == run("all") == 0
    assert read(warehouse, "SELECT quarantined_rows FROM mall.partitions ORDER BY feed") == [(1,), (4,)]
    of_all = f"SELECT revenue FROM mall.best_sellers_current WHERE category = '' AND item_id = '{longest}'"
    assert read(warehouse, of_all) == [(1e21,)]
    assert read(warehouse, f"SELECT count(*) FROM mall.best_sellers WHERE category = '{longest}'") == [(1,)]


def test_a_mall_without_a_catalogue_is_released_with_a_warning_that_reads_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    # Of eight items a second source has nothing of its own to say.
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, ads={"sources": ["als", "best_of"]})
    mall.deliver(DAY, busy_day(DAY))
    assert run("ingest") == run("all") == 0
    query = (ROOT / "include/sql/queries/releases_and_gates.sql").read_text()
    [row] = read(warehouse, query.replace("completejourney.", "mall."))
    assert row[-3:] == (0, 1, "products row_count: 0")


def test_what_left_the_catalogue_is_in_no_ad_and_no_available_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, gates={"min_user_coverage": 0})
    mall.deliver(DAY, busy_day(DAY))
    catalogue = [f"i{n}," for n in range(5)] + ["i5,N"]
    mall.deliver(DAY, catalogue, feed="products", header="item_id,is_available")
    assert run("ingest") == run("all") == 0
    gone = {"i5", "i6", "i7"}
    shown = "SELECT DISTINCT item_id FROM mall.ad_candidates_current ORDER BY 1"
    assert read(warehouse, shown) == [(f"i{n}",) for n in range(5)]
    for table, column in (
        ("item_similarities", "similar_item_id"),
        ("user_recommendations", "item_id"),
        ("best_sellers", "item_id"),
    ):
        listed = read(warehouse, f"SELECT DISTINCT {column} FROM mall.{table}_current")
        assert {item for (item,) in listed} > gone, "the models learn from all that was bought"
        available = read(warehouse, f"SELECT DISTINCT {column} FROM mall.{table}_available")
        assert {item for (item,) in available} == {item for (item,) in listed} - gone
    query = "SELECT known_item_share, absent_items, is_young, days_with_lines FROM mall.releases_current"
    assert read(warehouse, query) == [(0.75, "unavailable", False, 1)]


@pytest.mark.skipif(not LOST_ZEROS.exists(), reason="the small deliveries lie beside the repository only")
def test_a_catalogue_with_other_zeros_than_the_purchases_is_rejected_for_that_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copytree(LOST_ZEROS / "landing", tmp_path / "landing")
    monkeypatch.setenv("DANGOL_DATA", str(tmp_path))
    monkeypatch.setattr(settings, "ADVERTISERS", LOST_ZEROS)
    as_of = date(2026, 3, 10)
    capsys.readouterr()
    assert run("ingest", as_of, name="lost_zeros") == 0
    assert run("all", as_of, name="lost_zeros") == 1
    sentence = capsys.readouterr().err.strip().splitlines()[-1]
    assert "window failed known_items: observed 0 of " in sentence
    assert "bought items (0.0%) are in the catalogue, and " in sentence
    assert "more would be if neither leading zeros nor case counted" in sentence
    assert "10877" not in sentence


def test_a_day_of_a_few_lines_is_rejected_until_the_calendar_or_the_mall_explains_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 2})
    last = DAY + timedelta(days=21)
    for age in (0, 1, 7, 8, 14, 15):
        day = last - timedelta(days=age)
        mall.deliver(day, busy_day(day) if age else busy_day(day)[:3])
        assert run("ingest", day) == 0
    for step in ("window", "train", "candidates", "stage"):
        assert run(step, last) == 0
    sentence = fail(capsys, "gate", last)
    assert (
        "window failed day_lines: observed 2026-03-23 has 3 lines, usually 48, expected: each day" in sentence
    )
    assert "have the mall deliver the day again and ingest it again" in sentence
    assert read(warehouse, "SELECT count(*) FROM mall.releases_current") == [(0,)]

    open_mall(tmp_path, monkeypatch, window={"days": 2}, calendar={"closed_dates": [last]})
    assert run("all", last) == 0
    mall.deliver(last, busy_day(last))
    open_mall(tmp_path, monkeypatch, window={"days": 2})
    assert run("ingest", last) == run("all", last) == 0
    query = "SELECT count(*) FROM mall.release_checks WHERE NOT passed AND table_name = 'window'"
    assert read(warehouse, query) == [(1,)], "that of the release that was rejected"


def test_a_closed_day_does_not_empty_the_catalogue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 2}, **PARTIAL_CATALOGUE)
    closed = DAY + timedelta(days=1)
    mall.deliver(DAY, busy_day(DAY))
    mall.deliver(DAY, ["i0,Y", "i1,N"], feed="products", header="item_id,is_available")
    for feed in ("purchases", "products"):
        mall.landing(feed, closed).mkdir(parents=True)
    for day in (DAY, closed):
        assert run("ingest", day) == 0
    assert run("all", closed) == 0
    assert read(warehouse, "SELECT item_id FROM mall.products_current ORDER BY 1") == [("i0",), ("i1",)]
    assert read(warehouse, "SELECT count(*) FROM mall.ad_candidates_current WHERE item_id = 'i1'") == [(0,)]


def test_steps_in_the_wrong_order_are_sentences_and_a_finished_one_may_run_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1})
    mall.deliver(DAY, busy_day(DAY))
    for step in ("gate", "publish"):
        assert "no release is staged; run the stage step first" in fail(capsys, step)
    for step in ("train", "candidates", "stage"):
        assert "run the steps before this one first" in fail(capsys, step)
    assert run("ingest") == run("window") == run("train") == run("candidates") == run("stage") == 0
    assert "has not been gated; run the gate step first" in fail(capsys, "publish")
    assert run("gate") == run("gate") == run("publish") == 0
    before = snapshot(warehouse)
    assert run("publish") == run("gate") == run("publish") == 0
    assert snapshot(warehouse) == before
    assert read(warehouse, "SELECT status FROM mall.releases") == [("published",)]


def test_a_date_older_than_those_kept_is_refused_and_not_published_to_be_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, keep={"releases": 1})
    newer = DAY + timedelta(days=1)
    for day in (DAY, newer):
        mall.deliver(day, busy_day(day))
        assert run("ingest", day) == 0
    assert run("all", newer) == run("window") == run("train") == run("candidates") == 0
    sentence = fail(capsys, "stage")
    assert "keep.releases is 1 and so many newer dates are published" in sentence
    assert read(warehouse, "SELECT as_of_date, status FROM mall.releases") == [(newer, "published")]
    assert run("all", newer) == 0, "a kept date may be made anew"


def test_a_range_that_is_not_there_is_not_a_page_of_errors(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    open_mall(tmp_path, monkeypatch)
    assert main(["ingest", "--advertiser", "mall", "--from", "2026-03-02", "--to", "2026-05-02"]) == 1
    sentence = capsys.readouterr().err.strip().splitlines()[-1]
    assert "dt=2026-03-06 " in sentence
    assert "dt=2026-03-07" not in sentence
    assert "And 57 more, which the log names." in sentence
