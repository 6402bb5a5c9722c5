"""Tuning on a small mall of which it is known what matters: pairs of items that only two users share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from include.errors import MissingDataError, PermanentError, RefusedInputError, StorageError
from include.evaluation.configuration import Configuration
from include.evaluation.objective import Objective
from include.evaluation.tuning import Budget
from include.run import main
from include.settings import Advertiser, load_advertiser
from include.steps import tune as module
from include.steps.tune import Search, choose_days, find_file, make_space, read_objective, tune
from tests.malls import DAY, Mall, ingest_days, open_mall, purchase

PAIRS = 12
DAYS = 7
LAST = DAY + timedelta(days=DAYS - 1)
BUDGET = Budget(60.0, 14)
COSINE = Search(models=("cosine",))


def list_lines(day: date) -> list[str]:
    """On each day two users of each pair buy its first item, and those of the day before its second one."""
    before = day - timedelta(days=1)
    return [
        line
        for pair in range(PAIRS)
        for twin in range(2)
        for line in (
            purchase(f"u{day}-{pair}-{twin}", f"a{pair}", day),
            purchase(f"u{before}-{pair}-{twin}", f"b{pair}", day),
        )
    ]


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The mall's days, ingested once."""
    folder = tmp_path_factory.mktemp("mall")
    with pytest.MonkeyPatch.context() as monkeypatch:
        mall = make_mall(folder, monkeypatch)
        ingest_days(load_advertiser("mall"), mall, DAYS, list_lines)
        yield folder


def make_mall(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Mall:
    settings: dict[str, Any] = {
        "feeds": {"purchases": {}},
        "window": {"days": 2},
        "models": {"cosine": {"k": 5}},
        "ads": {"sources": ["itemcf", "best_sellers"], "min_co_buyers": 3},
        "evaluation": {"splits": 2, "every": 1, "test_days": [1], "k": 4},
    }
    return open_mall(folder, monkeypatch, **(settings | changes))


@pytest.fixture
def mall(lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Advertiser]:
    """mall(…): the advertiser with these sections, on the days of the lake."""
    (tmp_path / "lake").symlink_to(lake / "lake")

    def make(**changes: Any) -> Advertiser:
        make_mall(tmp_path, monkeypatch, **changes)
        return load_advertiser("mall")

    return make


def test_the_parameter_that_matters_is_found_and_holds_on_later_days(
    mall: Callable[..., Advertiser],
) -> None:
    advertiser = mall()
    found = tune(advertiser, BUDGET, COSINE)
    assert found["chosen_by"] == [DAY + timedelta(days=age) for age in (3, 4)]
    assert found["held_out"] == [DAY + timedelta(days=age) for age in (5, 6)]
    assert found["until"] == DAY + timedelta(days=4)
    assert found["is_better"]
    assert found["sections"]["ads"]["min_co_buyers"] <= 2
    assert found["gain"]["value"] == pytest.approx(1.0), "the second item of a pair stands first"
    assert found["gain"]["own_value"] < 0.5
    assert found["gain"]["users"] == found["later_gain"]["users"] == 2 * 2 * PAIRS
    assert found["later_gain"]["low"] > 0
    assert found["later_gain"]["difference"] == pytest.approx(
        found["later_gain"]["value"] - found["later_gain"]["own_value"]
    )

    challenged = mall(evaluation={"splits": 2, "every": 1, "test_days": [1], "k": 4,
                                  "challenger": found["sections"]})  # fmt: skip
    assert challenged.challenger
    days = choose_days(advertiser, COSINE)
    objective = read_objective(advertiser, days.chosen_by, days.test_days, "new")
    *_, value = objective.score(Configuration.from_advertiser(challenged.challenger))
    assert value == pytest.approx(found["gain"]["value"])


def test_nothing_is_proposed_where_nothing_is_better(mall: Callable[..., Advertiser]) -> None:
    found = tune(mall(ads={"min_co_buyers": 1, "sources": ["cosine"]}), Budget(60.0, 6), COSINE)
    assert not found["is_better"]
    assert found["sections"] == {}
    assert found["later_gain"] is None
    assert found["gain"]["difference"] == 0.0


def test_what_comes_later_is_not_looked_at(
    mall: Callable[..., Advertiser], lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The search is the same where the later days are garbage, on which it would stop."""
    advertiser = mall()
    tune(advertiser, BUDGET, COSINE)
    trials = read_trials(advertiser)
    (tmp_path / "lake").unlink()
    garbage = copy_lake(lake / "lake", tmp_path / "lake")
    advertiser = mall()
    space = make_space(advertiser, COSINE)
    days = choose_days(advertiser, COSINE)
    spoiled = [file for file in garbage if any(f"dt={day}" in str(file) for day in days.held_out)]
    assert len(spoiled) >= len(days.held_out)
    for file in spoiled:
        file.write_bytes(b"garbage")
    monkeypatch.setattr(module, "read_objective", only(read_objective, days.chosen_by))
    find_file(advertiser).unlink()
    with pytest.raises(LookupError, match="later"):
        tune(advertiser, BUDGET, COSINE)
    assert read_trials(advertiser) == trials
    assert space.own == Configuration.from_advertiser(advertiser)
    with pytest.raises(StorageError):
        read_objective(advertiser, days.held_out, days.test_days, "new")


def only(read: Callable[..., Objective], dates: tuple[date, ...]) -> Callable[..., Objective]:
    def read_these(advertiser: Advertiser, asked: tuple[date, ...], *others: Any) -> Objective:
        if asked != dates:
            raise LookupError("later")
        return read(advertiser, asked, *others)

    return read_these


def copy_lake(source: Path, target: Path) -> list[Path]:
    files = []
    for file in sorted(path for path in source.rglob("*") if path.is_file()):
        copy = target / file.relative_to(source)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
        if copy.suffix != ".json":
            files.append(copy)
    return files


def read_trials(advertiser: Advertiser) -> list[Any]:
    import optuna
    from optuna.storages.journal import JournalFileBackend

    storage = optuna.storages.JournalStorage(JournalFileBackend(str(find_file(advertiser))))
    [name] = optuna.get_all_study_names(storage)
    trials = optuna.load_study(study_name=name, storage=storage).trials
    return [(trial.params, trial.value, trial.user_attrs) for trial in trials]


def test_a_second_run_goes_on_and_other_settings_begin_anew(mall: Callable[..., Advertiser]) -> None:
    advertiser = mall()
    with pytest.raises(PermanentError, match="has no trials of mall with these settings, data and days"):
        tune(advertiser, Budget(60.0, 2), replace(COSINE, study="resume"))
    assert tune(advertiser, Budget(60.0, 3), COSINE)["trials"] == 3
    first = read_trials(advertiser)
    assert tune(advertiser, Budget(0.0), replace(COSINE, study="resume"))["trials"] == 3
    assert tune(advertiser, Budget(60.0, 5), COSINE)["trials"] == 5
    assert read_trials(advertiser)[:3] == first
    assert first[0][2]["settings"] == Configuration.from_advertiser(advertiser).to_json() | {
        "weights": {"cart": 0.0, "purchase": 1.0, "view": 0.0}
    }
    assert tune(advertiser, Budget(60.0, 2), replace(COSINE, study="fresh"))["trials"] == 2
    assert tune(advertiser, Budget(60.0, 1), replace(COSINE, purchases="all"))["trials"] == 1
    assert tune(mall(ads={"min_co_buyers": 4}), Budget(60.0, 1), COSINE)["trials"] == 1


def test_until_a_day_leaves_the_later_ones_and_without_days_it_says_so(
    mall: Callable[..., Advertiser],
) -> None:
    advertiser = mall()
    until = replace(COSINE, until=LAST, splits=1)
    days = choose_days(advertiser, until)
    assert (days.chosen_by, days.held_out) == ((LAST,), ())
    found = tune(advertiser, BUDGET, until)
    assert found["later_gain"] is None
    assert found["is_better"]
    with pytest.raises(MissingDataError, match="Tuning looks at the days up to 2026-03-02 alone"):
        choose_days(advertiser, Search(until=DAY))


def test_other_weights_are_judged_on_the_same_users(mall: Callable[..., Advertiser]) -> None:
    advertiser = mall(ads={"min_co_buyers": 1})
    days = choose_days(advertiser, COSINE)
    objective = read_objective(advertiser, days.chosen_by, days.test_days, "new")
    own = Configuration.from_advertiser(advertiser)
    heavier = replace(own, weights={**(own.weights or {}), "purchase": 3.0})
    for values, others in zip(objective.measure(own), objective.measure(heavier), strict=True):
        assert values.tolist() == others.tolist()
        assert len(values) == 2 * PAIRS


def test_nobody_who_buys_is_refused(mall: Callable[..., Advertiser]) -> None:
    """Whoever buys again on the test days buys something new: of repeated purchases there are none."""
    advertiser = mall()
    days = choose_days(advertiser, COSINE)
    objective = read_objective(advertiser, days.chosen_by, days.test_days, "repeat")  # type: ignore[arg-type]
    values = list(objective.score(Configuration.from_advertiser(advertiser)))
    assert len(values) == 2
    assert all(value != value for value in values)
    assert issubclass(RefusedInputError, PermanentError)


def test_the_command_prints_and_writes_a_proposal_that_is_yaml(
    mall: Callable[..., Advertiser], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mall()
    out = tmp_path / "proposal.yaml"
    line = ["tune", "--advertiser", "mall", "--minutes", "60", "--trials", "14", "--models", "cosine"]
    assert main([*line, "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert out.read_text(encoding="utf-8") == printed
    assert "ndcg@4 of new purchases in 1 days; 14 trials" in printed
    assert "which flatters it: 1.0000, today" in printed
    assert "# It is better on the later days too." in printed
    sections = yaml.safe_load(printed)["evaluation"]["challenger"]
    assert sections["ads"]["min_co_buyers"] <= 2
    mall(ads={"min_co_buyers": 1, "sources": ["cosine"]})
    assert main([*line[:6], "2", *line[7:]]) == 0
    assert "# Nothing that was tried is better than today's settings, 1.0000." in capsys.readouterr().out


@pytest.mark.parametrize(
    "wrong",
    [["--minutes", "-1"], ["--minutes", "soon"], ["--minutes", "1", "--models", "cosin"],
     ["--minutes", "1", "--trials", "0"], ["--minutes", "1", "--fresh", "--resume"]],
)  # fmt: skip
def test_a_wrong_command_line_is_refused(wrong: list[str]) -> None:
    with pytest.raises(SystemExit):
        main(["tune", "--advertiser", "mall", *wrong])
