"""Settings tried on the earlier days of both real malls, and what each was worth there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from benchmarks.quality.figures import BEFORE, Record, find_record, list_contenders
from benchmarks.quality.formats import tell_short

if TYPE_CHECKING:
    from include.evaluation.contender import Contender

ABOUT: Final = """\
Each row is an ad list of one source alone, best sellers where it leaves a list short, with the settings
that the row names. Only days before those of the tables above were looked at: {dates}. The figures are
NDCG of new / all purchases. *Worth* is the mean over both malls of the NDCG of new purchases, divided by
that of `{before}` there.

The settings with `regularization_exp` 0.5 are worth most, and are those of Complete Journey. They are not
the default: with this exponent vectors are held the shorter the more users and items a mall has, and on
Gowalla, with 30,000 users, little is left of them (see below). The default is what is worth most of the
rest of ALS: it is better than `{before}` on both malls and does not depend on the size. Of the source
cosine, the rows with `min_co_buyers` show what neighbours are worth that few people bought together.

Two things to know. Some sixty other settings of ALS were tried by hand on these earlier days before; the
rows are what was left of them, so that the best row's worth is a little flattered here, and not in the
tables of the later days. And that the exponent was given up as a default was decided with a tenth of
Gowalla's test users in view: its rows `als`, defaults and as Complete Journey, are no independent test of
that decision. That `als` stands before `ease` among the sources was decided with the later days of both
malls in view; no list of this page depends on it. That a list of which nothing is said weighs `repurchase`
2 was decided with the synthetic mall in view, whose rows are therefore no test of it; on the earlier days
of the real malls, where 4 had been chosen, both are level for new purchases.

The sources alone have the mall's own settings, as in the tables above. The best of a mall's is bold: it is
the one that the shipped list is held against."""

_ALS: Final[Sequence[dict[str, Any]]] = (
    {"regularization": 0.01, "regularization_exp": 0.0, "bias": False},
    {"regularization": 10.0, "regularization_exp": 0.0, "bias": False},
    {"regularization": 10.0, "regularization_exp": 0.0, "bias": True},
    {"regularization": 0.2, "regularization_exp": 0.5, "bias": False},
    {"regularization": 0.2, "regularization_exp": 0.5, "bias": True},
)
_COSINE: Final[Sequence[dict[str, Any]]] = (
    {"k": 50, "history_discount": 0.0, "shrink": 0.0},
    {"k": 200, "history_discount": 0.0, "shrink": 10.0},
    {"k": 200, "history_discount": 0.0, "shrink": 30.0},
    {"k": 200, "history_discount": 0.5, "shrink": 3.0},
)
_CHOSEN: Final = _COSINE[-1]
# Of the source cosine, how many must have bought a neighbour with an item.
_LEAST: Final = (1, 3, 5, 20)


def list_choices() -> list[Contender]:
    """A contender for each setting: the list of a source, best sellers where it leaves it short."""
    tried = [_make_choice("als", "als", params, {"k": 1, **params}) for params in _ALS]
    tried += [_make_choice("itemcf", "cosine", params, params) for params in _COSINE]
    for least in _LEAST:
        tried.append(_make_choice("cosine", "cosine", {"min_co_buyers": least}, {}, min_co_buyers=least))
    return tried


def _make_choice(
    source: str, model: str, told: Mapping[str, Any], params: Mapping[str, Any], **ads: Any
) -> Contender:
    from include.evaluation.configuration import Configuration, make_contender
    from include.models.registry import load_params
    from include.settings.ads import Ads

    name = f"{source}: {', '.join(f'{key} {value}' for key, value in told.items())}"
    models = {model: load_params(model)(**params)}
    told = {"sources": [source, "best_sellers"], "blend": "turns", **ads}
    return make_contender(name, Configuration(models, Ads.model_validate(told)))


def make_chosen_sums() -> Contender:
    """The best of those of the source itemcf, which is not the default."""
    return replace(_make_choice("itemcf", "cosine", _CHOSEN, _CHOSEN), name="itemcf, chosen", kind="source")


def tabulate_choice(malls: Mapping[str, Sequence[Record]]) -> dict[str, Any]:
    """A table, the best first. malls: the records by the mall's title."""
    rows = []
    for name in _list_names(malls, "ads"):
        cells: list[Any] = [name]
        shares = []
        for records in malls.values():
            new, every, former = (
                find_record(records, who, purchases, "ndcg")
                for who, purchases in ((name, "new"), (name, "all"), (BEFORE, "new"))
            )
            assert new and every and former
            shares.append(new["value"] / former["value"])
            cells.append(_tell_both(new, every))
        rows.append([*cells, round(sum(shares) / len(shares), 3)])
    rows.sort(key=lambda row: -row[-1])
    return {"title": "Lists of one model", "columns": ["", *malls, "worth"], "rows": rows}


def tabulate_sources(malls: Mapping[str, Sequence[Record]]) -> dict[str, Any]:
    """The same of each source alone, the best of new purchases first; the best of a mall is bold."""
    best = {title: choose_best(records) for title, records in malls.items()}
    rows = []
    for name in _list_names(malls, "source"):
        cells = [name]
        worth = 0.0
        for title, records in malls.items():
            both = {kind: find_record(records, name, kind, "ndcg") for kind in ("new", "all")}
            bold = [kind for kind in both if best[title].get(kind) == name]
            cells.append(_tell_both(both["new"], both["all"], bold))
            worth += both["new"]["value"] if both["new"] else 0.0
        rows.append((worth, cells))
    rows.sort(key=lambda row: -row[0])
    columns = ["", *malls]
    return {"title": "Sources alone", "columns": columns, "rows": [cells for _, cells in rows]}


def choose_best(records: Sequence[Record]) -> dict[str, str]:
    """The source that is best alone, of new and of all purchases: by NDCG, then by name."""
    found = {}
    for purchases in ("new", "all"):
        rows = [row for row in list_contenders(records, purchases) if row["kind"] == "source"]
        if rows:
            found[purchases] = rows[0]["contender"]
    return found


def _list_names(malls: Mapping[str, Sequence[Record]], kind: str) -> list[str]:
    rows = [row for records in malls.values() for row in records if row["kind"] == kind]
    return list(dict.fromkeys(row["contender"] for row in rows))


def _tell_both(new: Record | None, every: Record | None, bold: Sequence[str] = ()) -> str:
    parts = []
    for kind, record in (("new", new), ("all", every)):
        told = tell_short(record["value"]) if record else "–"
        parts.append(f"**{told}**" if kind in bold else told)
    return " / ".join(parts)
