"""The demo where LightGBM's library is missing: the days are made all the same, and it says what is not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from include.candidates.blends import ranker
from include.errors import RefusedInputError
from include.local import demo
from include.local.report import compose_blend
from include.settings import load_advertiser
from include.state import State


def run(monkeypatch: pytest.MonkeyPatch, state: State) -> list[str]:
    """What the demo runs, in order, and what it says."""
    ran: list[str] = []
    monkeypatch.setattr(demo, "start_server", lambda folder: SimpleNamespace())
    monkeypatch.setattr(demo, "prepare_database", lambda *given: None)
    monkeypatch.setattr(demo, "run_dag", lambda state, dag_id, conf, environment: ran.append(dag_id))
    monkeypatch.setattr(demo, "run_step", lambda state, step, environment: ran.append(step))
    monkeypatch.setattr(demo, "say", ran.append)
    demo.run_dags(state, load_advertiser(demo.NAME), {}, ingest_all=True)
    return ran


def test_it_goes_on_without_a_ranker_and_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    state = State(tmp_path)
    whole = ["completejourney_ingest", "fit", "all", "completejourney_recommendations"]
    assert run(monkeypatch, state) == whole

    def refuse() -> Any:
        raise RefusedInputError("no") from OSError("libgomp.so.1: cannot open shared object file")

    monkeypatch.setattr(ranker, "import_lightgbm", refuse)
    said = (
        "No ranker is fitted: LightGBM cannot be loaded (libgomp.so.1: cannot open shared object file):"
        " install libgomp1; the list is the fallback fusion until then"
    )
    assert run(monkeypatch, state) == [whole[0], said, *whole[2:]]


def test_the_report_says_why_a_list_is_fused() -> None:
    blended = {"name": "fusion", "in_place_of": "learned", "why": "LightGBM cannot be loaded (…)"}
    told = compose_blend({"candidates": {"seconds": 1.0, "blend": blended}})
    assert told == "The ad list is by fusion, not learned: LightGBM cannot be loaded (…)"
    assert compose_blend({"candidates": {"seconds": 1.0, "blend": {"name": "learned"}}}) == ""
    assert compose_blend({"candidates": {"seconds": 1.0}}) == ""
