"""Trials one after the other: today's first, the same ones after an interruption, the best of them all."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import Field

from include.errors import PermanentError, RefusedInputError
from include.evaluation.configuration import Configuration
from include.evaluation.search_space import Space
from include.evaluation.studies import open_study
from include.evaluation.tuning import Budget, Found, Score, list_done, run_trials
from include.models import base
from include.models.base import Search
from include.settings.ads import Ads

LONG = 60.0  # minutes


class Params(base.Params):
    factors: Annotated[int, Field(ge=1), Search(16, 256, log=True)] = 64
    alpha: Annotated[float, Search(0.1, 10, log=True)] = 1.0


def make_space(params: Params | None = None, **changes: Any) -> Space:
    models = {"als": params or Params()}
    own = Configuration(models, Ads(sources=("als",)))
    return Space(**({"own": own, "models": models, "sources": ("als",), "ads": False} | changes))


def read(choice: Configuration) -> dict[str, Any]:
    return choice.models["als"].model_dump()


def score(choice: Configuration) -> Iterator[float]:
    """The nearer alpha is to 5, the better; the number of factors matters little."""
    params = read(choice)
    value = -abs(math.log(params["alpha"] / 5)) - 1e-4 * params["factors"]
    yield from (value - 0.1, value + 0.1, value)


def run(file: Path | None, trials: int, space: Space | None = None, score: Score = score) -> Found:
    with open_study(file, "mall") as study:
        return run_trials(study, space or make_space(), score, Budget(LONG, trials), seed=3)


def list_settings(file: Path) -> list[Any]:
    with open_study(file, "mall") as study:
        return [(trial.user_attrs["settings"], trial.value) for trial in list_done(study)]


def test_the_first_trial_is_todays_and_the_best_is_found() -> None:
    tried: list[Configuration] = []

    def note(choice: Configuration) -> Iterator[float]:
        tried.append(choice)
        return score(choice)

    space = make_space()
    found = run(None, 40, space, note)
    assert tried[0] == space.own
    assert found.trials == 40
    assert found.own_value == list(score(space.own))[-1]
    assert found.value == max(list(score(choice))[-1] for choice in tried) > found.own_value
    assert not found.is_own
    assert found.choice in tried
    assert read(found.choice)["alpha"] == pytest.approx(5, rel=0.2)


@pytest.mark.parametrize("own", [Params(factors=1000), Params(alpha=0.01)])
def test_todays_settings_are_tried_as_they_are_outside_of_what_is_searched_too(own: Params) -> None:
    tried: list[Configuration] = []

    def note(choice: Configuration) -> Iterator[float]:
        tried.append(choice)
        yield 1.0 if len(tried) == 1 else 0.0

    found = run(None, 5, make_space(own), note)
    assert read(tried[0]) == own.model_dump()
    assert found.is_own
    assert read(found.choice) == own.model_dump()


def test_where_nothing_is_better_today_wins_also_a_tie() -> None:
    space = make_space()
    found = run(None, 8, space, lambda choice: iter([0.25]))
    assert found.is_own
    assert found.choice == space.own
    assert (found.value, found.own_value) == (0.25, 0.25)


def test_a_second_run_goes_on_as_one_run_would_have(tmp_path: Path) -> None:
    whole = run(tmp_path / "whole.log", 14)
    for trials in (1, 5, 5, 14):
        parts = run(tmp_path / "parts.log", trials)
    assert parts == whole
    assert list_settings(tmp_path / "parts.log") == list_settings(tmp_path / "whole.log")
    assert len(list_settings(tmp_path / "whole.log")) == 14


def test_an_interruption_keeps_what_is_done(tmp_path: Path) -> None:
    run(tmp_path / "whole.log", 9)
    calls = 0

    def stop(choice: Configuration) -> Iterator[float]:
        nonlocal calls
        calls += 1
        yield 0.0
        if calls > 4:
            raise KeyboardInterrupt
        yield list(score(choice))[-1]

    def steps(choice: Configuration) -> Iterator[float]:
        yield 0.0
        yield list(score(choice))[-1]

    run(tmp_path / "whole.log", 9)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "parts.log", 9, score=stop)
    assert 4 <= len(list_settings(tmp_path / "parts.log")) < 9, (
        "a trial may be of settings that were tried before"
    )
    run(tmp_path / "parts.log", 9, score=steps)
    run(tmp_path / "other.log", 9, score=steps)
    assert list_settings(tmp_path / "parts.log") == list_settings(tmp_path / "other.log")


def test_a_killed_run_leaves_a_file_that_a_second_one_goes_on_with(tmp_path: Path) -> None:
    file, mark = tmp_path / "killed.log", tmp_path / "fourth"
    script = f"""
import time
from pathlib import Path
from tests.evaluation.test_tuning import Path, run, score
calls = 0
def hang(choice):
    global calls
    calls += 1
    if calls == 4:
        Path({str(mark)!r}).touch()
        time.sleep(600)
    return score(choice)
run(Path({str(file)!r}), 9, score=hang)
"""
    process = subprocess.Popen([sys.executable, "-c", script], cwd=Path(__file__).parents[2])
    try:
        while not mark.exists():
            assert process.poll() is None
            time.sleep(0.05)
        with pytest.raises(PermanentError, match=r"Another process is tuning with .*killed.log; wait until"):
            run(file, 9)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    with file.open("ab") as torn:
        torn.write(b'{"op_code":5,"worker_id":"half a li')
    assert len(list_settings(file)) == 3
    run(file, 9)
    run(tmp_path / "whole.log", 9)
    assert list_settings(file) == list_settings(tmp_path / "whole.log")


def test_a_fresh_study_forgets_and_another_name_has_its_own(tmp_path: Path) -> None:
    file = tmp_path / "study.log"
    run(file, 3)
    with open_study(file, "other") as study:
        assert list_done(study) == []
    with open_study(file, "mall", fresh=True) as study:
        assert list_done(study) == []
    assert list_settings(file) == []
    os.truncate(file, 0)
    with open_study(file, "mall") as study:
        assert list_done(study) == []


def test_settings_that_a_model_refuses_are_counted_and_passed() -> None:
    def refuse(choice: Configuration) -> Iterator[float]:
        if read(choice)["alpha"] > 1:
            raise RefusedInputError("did not stay finite.")
        yield 0.0

    found = run(None, 12, score=refuse)
    assert 0 < found.refused < 12
    assert found.trials == 12
    assert found.is_own


def test_todays_settings_must_be_worth_something() -> None:
    def refuse(choice: Configuration) -> Iterator[float]:
        raise RefusedInputError("did not stay finite.")
        yield

    with pytest.raises(RefusedInputError, match="finite"):
        run(None, 3, score=refuse)
    with pytest.raises(RefusedInputError, match="Nobody bought anything on the days"):
        run(None, 3, score=lambda choice: iter([math.nan]))


def test_a_trial_that_falls_behind_is_stopped_and_never_proposed() -> None:
    def trap(choice: Configuration) -> Iterator[float]:
        """Bad at first is bad for good, but for the value that nobody should come to see."""
        alpha = read(choice)["alpha"]
        yield alpha
        yield alpha
        yield 100.0 if alpha < 0.5 else alpha

    with open_study(None, "mall") as study:
        found = run_trials(study, make_space(), trap, Budget(LONG, 40), seed=3)
        whole = [trial for trial in list_done(study) if trial.state.name == "COMPLETE"]
        assert found.stopped == 40 - len(whole) > 0
        assert found.value == max(trial.value for trial in whole if trial.value is not None)


def test_minutes_that_are_over_allow_todays_trial_alone() -> None:
    with open_study(None, "mall") as study:
        found = run_trials(study, make_space(), score, Budget(0.0))
        assert (found.trials, found.is_own) == (1, True)
        times = iter(range(0, 10_000, 60))
        found = run_trials(study, make_space(), score, Budget(5.0), clock=lambda: float(next(times)))
    assert 1 < found.trials < 6


def test_a_space_without_anything_new_ends_early() -> None:
    class Few(base.Params):
        bias: Annotated[bool, Search(0, 1)] = False

    own = Configuration({"als": Few()}, Ads(sources=("als",)))
    calls: list[Configuration] = []

    def note(choice: Configuration) -> Iterator[float]:
        calls.append(choice)
        yield 0.5

    found = run(None, 500, Space(own, {"als": Few()}, ("als",), ads=False), note)
    assert found.trials < 100
    assert len(calls) == 2, "settings that were tried are not tried again"
