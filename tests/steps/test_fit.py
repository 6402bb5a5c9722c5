"""Fitting on a small mall: what is kept, which list takes it, and which does not and says so."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from include.candidates.blends.learned import Params
from include.candidates.blends.ranker import Ranker
from include.errors import MissingDataError, PermanentError, StorageError
from include.evaluation import configuration, fitting
from include.evaluation.fitting import list_training_dates
from include.models.base import Context
from include.run import main
from include.settings import ROOT, Advertiser, load_advertiser
from include.settings.ads import Ads
from include.steps.candidates import choose_blend
from include.steps.evaluation_splits import LakePast, read_splits_of
from include.steps.fit import fit
from include.steps.rankers import find_ranker, list_fitted
from tests.malls import DAY, Mall, ingest_days, open_mall
from tests.steps.test_tune import DAYS, LAST, list_lines

ARGUMENTS = ("--advertiser", "mall", "--as-of", LAST.isoformat())
LEARNED = {"splits": 4, "fewest": 2, "every": 1, "test_days": 1, "rounds": 5, "min_rows": 1, "leaves": 3}


def open_learning(folder: Path, monkeypatch: pytest.MonkeyPatch, **changes: Any) -> Advertiser:
    settings: dict[str, Any] = {
        "feeds": {"purchases": {}},
        "window": {"days": 2},
        "models": {"cosine": {"k": 5}},
        "ads": {"blend": {"learned": LEARNED}, "min_co_buyers": 1},
        "evaluation": {"splits": 2, "every": 1, "test_days": [1], "k": 4},
    }
    open_mall(folder, monkeypatch, **(settings | changes))
    return load_advertiser("mall")


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("mall")
    with pytest.MonkeyPatch.context() as monkeypatch:
        advertiser = open_learning(folder, monkeypatch)
        ingest_days(advertiser, Mall(folder), DAYS, list_lines)
        yield folder


@pytest.fixture
def advertiser(lake: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Advertiser]:
    yield open_learning(lake, monkeypatch)
    for file in (lake / "lake" / "mall" / "blends").glob("*"):
        file.unlink()


def test_the_same_weeks_give_the_same_bits(advertiser: Advertiser) -> None:
    summary = fit(advertiser)
    assert summary["fitted_on"] == LAST.isoformat()
    assert summary["splits"][-1] == LAST.isoformat() and summary["bought"] > 0
    file = Path(summary["file"].removeprefix("file://"))
    first = file.read_bytes()
    fit(advertiser)
    assert file.read_bytes() == first
    assert Ranker.from_text(first.decode()).to_text().encode() == first


def test_a_list_takes_the_newest_that_has_seen_nothing_later(advertiser: Advertiser) -> None:
    for age in (0, 2):
        fit(advertiser, LAST - timedelta(days=age))
    assert list_fitted(advertiser) == [LAST - timedelta(days=2), LAST]
    for age, fitted in ((0, 0), (1, 2), (2, 2)):
        ranker, reason = find_ranker(advertiser, LAST - timedelta(days=age))
        assert ranker and ranker.fitted_on == str(LAST - timedelta(days=fitted)) and not reason
    _, blended = choose_blend(advertiser, LAST)
    assert blended == {"name": "learned", "fitted_on": LAST.isoformat()}
    ranker, reason = find_ranker(advertiser, LAST - timedelta(days=3))
    assert ranker is None and "no ranker was fitted on or before" in reason


def test_without_a_ranker_the_list_is_fused_and_says_so(
    advertiser: Advertiser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        _, blended = choose_blend(advertiser, LAST)
    assert (blended["name"], blended["in_place_of"]) == ("fusion", "learned")
    assert "the list is fused, not ranked: no ranker was fitted" in caplog.text
    assert f"dangol fit --advertiser mall --as-of {LAST}" in caplog.text


def run_without_lightgbm(command: str, stubs: Path) -> subprocess.CompletedProcess[str]:
    """The command as of the newest day, in a process that finds a LightGBM without its library."""
    package = stubs / "lightgbm"
    package.mkdir(exist_ok=True)
    missing = 'raise OSError("libgomp.so.1: cannot open shared object file")\n'
    (package / "__init__.py").write_text(missing)
    arguments = [command, "--advertiser", "mall", "--as-of", LAST.isoformat()]
    return subprocess.run(
        [sys.executable, "-m", "include.run", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(stubs)},
        capture_output=True,
        text=True,
    )


def test_where_lightgbm_cannot_be_loaded_the_list_is_fused_and_says_so(
    advertiser: Advertiser, lake: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fit(advertiser)
    assert main(["window", *ARGUMENTS]) == main(["train", *ARGUMENTS]) == 0
    done = run_without_lightgbm("candidates", tmp_path)
    why = (
        "LightGBM cannot be loaded (libgomp.so.1: cannot open shared object file): install libgomp1; the list"
        " is the fallback fusion until then"
    )
    assert done.returncode == 0, done.stderr
    assert f"mall {LAST}: the list is fused, not ranked: {why}." in done.stderr
    assert json.loads(done.stdout)["blend"] == {"name": "fusion", "in_place_of": "learned", "why": why}
    fused = read_list(lake)
    open_learning(lake, monkeypatch, ads={"blend": "fusion", "min_co_buyers": 1})
    assert main(["candidates", *ARGUMENTS]) == 0
    assert read_list(lake) == fused and len(fused) > 0


def test_who_fits_where_lightgbm_cannot_be_loaded_is_told_what_to_install(
    advertiser: Advertiser, tmp_path: Path
) -> None:
    done = run_without_lightgbm("fit", tmp_path)
    assert done.returncode == 1
    assert "LightGBM cannot be loaded (libgomp.so.1" in done.stderr.splitlines()[-1]
    assert "apt-get install libgomp1" in done.stderr and "Traceback" not in done.stderr
    assert "weeks to learn from" not in done.stderr, "nothing is read for nothing"
    assert list_fitted(advertiser) == []


def read_list(lake: Path) -> list[dict[str, Any]]:
    """The ad list that the newest day's run folder has."""
    [file] = (lake / "lake" / "mall" / "runs" / f"as_of={LAST}").glob("ad_candidates*.parquet")
    return pq.read_table(file).to_pylist()


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        (
            {"ads": {"blend": {"learned": LEARNED}, "sources": ["cosine"]}},
            "it knows the sources repurchase, itemcf",
        ),
        ({"window": {"days": 3}}, "the parameters"),
        (
            {"ads": {"blend": {"learned": LEARNED}, "min_co_buyers": 1, "exclude_purchased": False}},
            "ads.exclude_purchased: true",
        ),
    ],
)
def test_one_of_other_settings_is_not_taken(
    advertiser: Advertiser,
    lake: Path,
    monkeypatch: pytest.MonkeyPatch,
    changes: dict[str, Any],
    why: str,
) -> None:
    sources = {"ads": {"blend": {"learned": LEARNED}, "min_co_buyers": 1}}
    fit(open_learning(lake, monkeypatch, **sources), LAST)
    ranker, reason = find_ranker(open_learning(lake, monkeypatch, **changes), LAST)
    assert ranker is None and why in reason


def test_a_damaged_one_is_said(advertiser: Advertiser, lake: Path) -> None:
    file = Path(fit(advertiser)["file"].removeprefix("file://"))
    told = json.loads(file.read_text())
    told.pop("model")
    file.write_text(json.dumps(told))
    with pytest.raises(StorageError, match=r"is damaged .* dangol fit"):
        find_ranker(advertiser, LAST)


def test_a_young_mall_is_told(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    young = open_learning(lake, monkeypatch, ads={"blend": {"learned": {**LEARNED, "fewest": 4}}})
    with pytest.raises(MissingDataError, match=r"weeks to learn from before .* at least 4"):
        fit(young, DAY + timedelta(days=3))


def test_another_blend_is_not_fitted(lake: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(PermanentError, match=r"ads.blend is fusion, which learns nothing"):
        fit(open_learning(lake, monkeypatch, ads={}))


def test_nothing_is_learned_from_after_the_last_day(advertiser: Advertiser) -> None:
    params = Params(splits=3)
    for age in range(7):
        last = date(2026, 3, 1) + timedelta(days=age)
        dates = list_training_dates(last, params)
        assert len(dates) == 3
        assert last - timedelta(days=6) < dates[-1] + timedelta(days=params.test_days) <= last + timedelta(1)


def test_the_judgement_learns_from_the_weeks_before_each_split(
    advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[date] = []
    own = LakePast.read_split

    def spy(self: LakePast, split_date: date, test_days: int):  # type: ignore[no-untyped-def]
        read.append(split_date)
        return own(self, split_date, test_days)

    monkeypatch.setattr(LakePast, "read_split", spy)
    fitting._samples.clear()
    [split] = read_splits_of(advertiser, LAST, (1,))
    made = configuration.make_lists(
        split.window, configuration.Configuration.from_advertiser(advertiser), 4, Context(threads=1)
    )
    assert read and max(read) + timedelta(days=1) <= LAST
    assert len(made.sizes) == len(split.window.user_ids) + 1
    rankers = next(value for key, value in split.window.memo.items() if key[0] == "rankers")
    assert {ranker.fitted_on for ranker in rankers.values()} == {str(LAST - timedelta(days=1))}
    assert set(rankers) == {False, True}


def test_lists_that_differ_in_what_comes_after_have_the_same_rankers(
    advertiser: Advertiser, monkeypatch: pytest.MonkeyPatch
) -> None:
    fitted: list[configuration.Configuration] = []
    own = configuration.fit_rankers

    def spy(past, last, told, kinds, context):  # type: ignore[no-untyped-def]
        fitted.append(told)
        return own(past, last, told, kinds, context)

    monkeypatch.setattr(configuration, "fit_rankers", spy)
    [split] = read_splits_of(advertiser, LAST, (1,))
    shipped = configuration.Configuration.from_advertiser(advertiser)
    step = Ads.model_validate({"rerank": [{"popularity_cap": {"share": 0.5}}]}).rerank
    capped = replace(shipped, ads=shipped.ads.model_copy(update={"rerank": step}))
    fewer = replace(shipped, ads=shipped.ads.model_copy(update={"sources": shipped.sources[:1]}))
    for each in (shipped, capped, fewer):
        configuration.make_lists(split.window, each, 4, Context(threads=1))
    assert fitted == [shipped, fewer]
