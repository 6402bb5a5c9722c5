"""Write docs/how-to/query.md: every query for analysts with its first rows, from the demo's release.

`make docs` runs it on the local warehouse after `make demo`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine

from include.settings import ROOT

QUERIES: Final = ROOT / "include" / "sql" / "queries"
PAGE: Final = ROOT / "docs" / "how-to" / "query.md"
_ROWS: Final = 8

_HEAD = """\
# Query the tables

Every query below is a file in `include/sql/queries/` and runs as it stands: paste it into Redash, or

```sh
make sql Q="$(cat include/sql/queries/similar_items.sql)"
```

They read the views of the schema `completejourney`; for another advertiser change that name. `*_current`
shows the current release; the same name without it shows every published as-of date, so state one
(`WHERE as_of_date = '2017-12-31'`). `item_similarities_available`, `user_recommendations_available` and
`best_sellers_available` are the current lists less what cannot be bought any more; an ad server reads these.
What each column means is in the [data dictionary](../data-dictionary.md), and in the schema browser.

The queries `quality_*` ask what an [evaluation](evaluate.md) found. The results are the first rows on the
release that `make demo` publishes, and on an evaluation of the same date. `make docs` writes this page.
"""


def evaluate_sample() -> None:
    """Judge the demo's ad list on the weeks before its as-of date; the lake gets the days for it, those from
    which the ranker of the first of them learns among them."""
    from include.local.demo import AS_OF, DAY_BEFORE, NAME
    from include.settings import load_advertiser
    from include.steps.evaluate import evaluate
    from include.steps.fit import find_first_day
    from include.steps.ingest import ingest_days

    advertiser = load_advertiser(NAME)
    judged = advertiser.evaluation
    reach = timedelta(days=max(judged.test_days) + judged.every * (judged.splits - 1))
    earliest, demo = find_first_day(advertiser, AS_OF - reach), find_first_day(advertiser, DAY_BEFORE)
    if earliest < demo:
        ingest_days(advertiser, earliest, demo - timedelta(days=1))
    evaluate(advertiser, AS_OF)


def write_query_page(engine: Engine) -> Path:
    """Run every query and write the page. Raises what the database says of a query that fails."""
    parts = [_HEAD]
    for path in sorted(QUERIES.glob("*.sql")):
        query = path.read_text(encoding="utf-8")
        columns, rows = run_query(engine, query)
        parts.append(_compose_part(path, query, columns, rows[:_ROWS]))
    PAGE.write_text("\n".join(parts), encoding="utf-8")
    return PAGE


def run_query(engine: Engine, query: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """The names of the result's columns, and its rows. Nothing is bound, so a % means itself."""
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        cursor.execute(query)
        return [column[0] for column in cursor.description or ()], list(cursor.fetchall())


def _compose_part(path: Path, query: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    title = path.stem.replace("_", " ").capitalize()
    table = [columns, ["---"] * len(columns), *([_show(value) for value in row] for row in rows)]
    lines = ["| " + " | ".join(row) + " |" for row in table]
    return f"## {title}\n\n```sql\n{query.strip()}\n```\n\n" + "\n".join(lines) + "\n"


def _show(value: Any) -> str:
    if value is None:
        return ""
    shown = f"{value:%Y-%m-%d %H:%M}" if hasattr(value, "hour") else str(value)
    return shown.replace("|", "\\|")
