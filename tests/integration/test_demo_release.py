"""The release of the real purchases, and what analysts read from it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine, create_engine, text

from include.local.query_pages import PAGE, QUERIES, run_query
from include.run import main
from include.samples.completejourney import write_completejourney
from include.settings import ADVERTISERS
from tests.conftest import lend_database

pytestmark = pytest.mark.integration

FIRST, LAST = date(2017, 12, 2), date(2017, 12, 31)
# Of one split time, whose window ends a week before.
EVALUATED = date(2017, 11, 25)
NAME = "completejourney"


@pytest.fixture(scope="module")
def release(postgres: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The demo's releases and an evaluation in a database of its own, made by the steps' command line."""
    folder = tmp_path_factory.mktemp("demo")
    with lend_database(postgres) as database:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DANGOL_DATA", str(folder))
            patch.setattr("include.settings.ADVERTISERS", write_short_settings(folder / "advertisers"))
            patch.setenv("AIRFLOW_CONN_WAREHOUSE_DEFAULT", postgres.connection_json(database))
            write_completejourney(folder / "landing" / NAME, EVALUATED, LAST)
            assert main(["ingest", "--advertiser", NAME, "--from", str(EVALUATED), "--to", str(LAST)]) == 0
            for day in (LAST - timedelta(days=1), LAST):
                assert main(["all", "--advertiser", NAME, "--as-of", str(day)]) == 0
            evaluate = ["evaluate", "--advertiser", NAME, "--as-of", str(LAST), "--splits", "1"]
            assert main([*evaluate, "--test-days", "7", "--contenders", "cosine,popular", "--record"]) == 0
        # As Redash reads: the analyst's role, without a search path.
        engine = create_engine(postgres.url(database, "analyst"))
        yield engine
        engine.dispose()


def write_short_settings(folder: Path) -> Path:
    """The demo's settings with a month for a window, which has a third of the days to ingest."""
    settings = yaml.safe_load((ADVERTISERS / f"{NAME}.yaml").read_text(encoding="utf-8"))
    folder.mkdir()
    short = yaml.safe_dump(settings | {"window": {"days": 30}}, sort_keys=False)
    (folder / f"{NAME}.yaml").write_text(short, encoding="utf-8")
    return folder


def read(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_the_window_is_what_the_sample_holds(release: Engine) -> None:
    lines = (
        "SELECT count(*), sum(accepted_rows), sum(quarantined_rows), sum(duplicate_rows)"
        f" FROM {NAME}.partitions WHERE feed = 'purchases' AND day >= '{FIRST}'"
    )
    assert read(release, lines) == [(30, 125_653 - 782, 782, 0)]
    reasons = (
        f"SELECT reason, sum(unexpected_rows) FROM {NAME}.data_quality"
        f" WHERE severity = 'row' AND unexpected_rows > 0 AND day >= '{FIRST}' GROUP BY reason"
    )
    assert read(release, reasons) == [("quantity is zero", 782)]
    assert read(release, f"SELECT window_start, window_end, users FROM {NAME}.releases WHERE is_current") == [
        (FIRST, LAST, 2_050)
    ]


def test_every_household_has_ads_and_no_product_is_like_itself(release: Engine) -> None:
    counts = "count(DISTINCT user_id) FILTER (WHERE user_id <> ''), count(*) FILTER (WHERE user_id = '')"
    assert read(release, f"SELECT {counts} FROM {NAME}.ad_candidates_current") == [(2_050, 20)]
    assert read(
        release, f"SELECT count(*) FROM {NAME}.item_similarities_current WHERE item_id = similar_item_id"
    ) == [(0,)]


def test_neighbours_agree_with_a_plain_count(release: Engine, postgres: Any) -> None:
    """Milk's cosine neighbours, counted again from the households' recent items of the same release."""
    query = f"""
        SELECT item_id, similar_item_id, score, co_buyers FROM {NAME}.item_similarities_current
        WHERE model = 'cosine' AND item_id = (
            SELECT item_id FROM {NAME}.best_sellers_current WHERE category = '' AND rank = 1
        ) ORDER BY rank
    """
    buyers = dict(
        read(release, f"SELECT item_id, buyers FROM {NAME}.best_sellers_current WHERE category = ''")
    )
    neighbours = read(release, query)
    assert len(neighbours) == 50
    checked = [row for row in neighbours if row[1] in buyers]
    assert len(checked) >= 10
    for item, similar, score, co_buyers in checked:
        assert score == pytest.approx(co_buyers / (buyers[item] * buyers[similar]) ** 0.5, rel=1e-6)


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.sql")), ids=lambda path: path.stem)
def test_a_query_for_analysts_runs_as_redash_runs_it(release: Engine, path: Path) -> None:
    query = path.read_text(encoding="utf-8")
    columns, rows = run_query(release, query)
    assert 0 < len(rows) <= 1000
    assert len(set(columns)) == len(columns), "Redash renames columns that share a name"
    values = [value for row in rows for value in row]
    assert not any(isinstance(value, float) and value != value for value in values)
    json.dumps(values, default=str)
    assert re.search(r"\bLIMIT \d+;\s*$", query), "a query for people ends with a LIMIT"
    page = PAGE.read_text(encoding="utf-8")
    assert query.strip() in page, "make docs writes the page anew"
    assert "| " + " | ".join(columns) + " |" in page


def test_what_the_readme_asks_has_an_answer(release: Engine) -> None:
    readme = (PAGE.parents[2] / "README.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```sql\n(.*?)```", readme, flags=re.S)
    queries = [query for query in block.split(";") if query.strip()]
    assert len(queries) == 2
    for query in queries:
        assert run_query(release, query)[1]
