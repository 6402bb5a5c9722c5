"""`dangol fit` says what it has learned from, and where that is kept."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from include.run import main
from tests.malls import open_mall
from tests.steps.test_fit import advertiser, lake
from tests.steps.test_tune import LAST

__all__ = ["advertiser", "lake"]


@pytest.mark.usefixtures("advertiser")
def test_says_what_was_learned_from(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fit", "--advertiser", "mall", "--as-of", LAST.isoformat()]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["fitted_on"] == LAST.isoformat()
    assert Path(told["file"].removeprefix("file://")).name == f"fitted_on={LAST}.json"


def test_another_blend_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_mall(tmp_path, monkeypatch)
    assert main(["fit", "--advertiser", "mall"]) == 1
