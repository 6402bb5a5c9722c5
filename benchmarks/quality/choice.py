"""Settings tried on the earlier days of both real malls, and what each was worth there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from benchmarks.quality.before import make_former
from benchmarks.quality.figures import BEFORE, Record, find_record

if TYPE_CHECKING:
    from include.evaluation.contender import Contender

ABOUT: Final = """\
Each row is an ad list of one model alone, best sellers where it leaves a list short, with the settings that
the row names; what it does not name is the shipped default. Only days before the tables above were looked
at: {dates}. *Worth* is the mean over both malls of the NDCG of new purchases, divided by that of `{before}`
there; the default is the row that is worth most. NDCG of new / all purchases."""

# By model, what is tried; a list's sources are the model's, then best sellers.
_ALS: Final[Sequence[dict[str, Any]]] = (
    {"regularization": 0.01, "regularization_exp": 0.0, "bias": False},
    {"regularization": 10.0, "regularization_exp": 0.0, "bias": False},
    {"regularization": 10.0, "regularization_exp": 0.0, "bias": True},
    {"regularization": 15.0, "regularization_exp": 0.0, "bias": True},
    {"regularization": 0.2, "regularization_exp": 0.5, "bias": False},
    {"regularization": 0.1, "regularization_exp": 0.5, "bias": True},
    {"regularization": 0.15, "regularization_exp": 0.5, "bias": True},
    {"regularization": 0.2, "regularization_exp": 0.5, "bias": True},
)


def list_choices() -> list[Contender]:
    """A contender for each setting."""
    from include.evaluation.configuration import Configuration, make_contender
    from include.models.registry import load_params
    from include.settings.ads import Ads

    found = []
    for model, source, params in _list_settings():
        configuration = Configuration(
            {model: load_params(model)(**params)}, Ads(sources=(source, "best_sellers"))
        )
        found.append(make_contender(name_choice(source, params), configuration))
    return found


def list_rivals(advertiser: str) -> list[Contender]:
    from include.evaluation.configuration import make_contender

    return [make_contender(BEFORE, make_former(advertiser)), *list_choices()]


def _list_settings() -> list[tuple[str, str, dict[str, Any]]]:
    return [("als", "als", params) for params in _ALS]


def name_choice(source: str, params: Mapping[str, Any]) -> str:
    told = ", ".join(f"{name} {value:g}" for name, value in params.items())
    return f"{source}: {told}" if told else source


def tabulate_choice(malls: Mapping[str, Sequence[Record]]) -> dict[str, Any]:
    """A table, the best first. malls: the records by the mall's title."""
    names = list(dict.fromkeys(record["contender"] for records in malls.values() for record in records))
    rows = []
    for name in names:
        cells: list[Any] = [name]
        shares = []
        for records in malls.values():
            new, every, former = (
                find_record(records, who, purchases, "ndcg")
                for who, purchases in ((name, "new"), (name, "all"), (BEFORE, "new"))
            )
            assert new and every and former
            shares.append(new["value"] / former["value"])
            cells.append(f"{new['value']:.4f} / {every['value']:.4f}".replace("0.", "."))
        rows.append([*cells, round(sum(shares) / len(shares), 3)])
    rows.sort(key=lambda row: -row[-1])
    return {"title": "Lists of one model", "columns": ["", *malls, "worth"], "rows": rows}
