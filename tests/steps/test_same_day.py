"""Two runs of one as-of date at the same time: one gives way with a sentence, and nothing is mixed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from include.errors import MissingDataError, RejectedReleaseError, StorageError
from include.settings import Advertiser, load_advertiser
from include.steps.candidates import make_candidates
from include.steps.ingest import ingest_days
from include.steps.release import gate_release, publish_release, stage_release
from include.steps.train import train_model
from include.steps.window import build_window
from tests.malls import DAY, Mall, busy_day, open_mall

pytestmark = pytest.mark.integration


@pytest.fixture
def mall(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, warehouse: Engine) -> Mall:
    mall = open_mall(tmp_path, monkeypatch, window={"days": 1}, models=["cosine"])
    mall.deliver(DAY, busy_day(DAY))
    return mall


def begin(advertiser: Advertiser) -> None:
    ingest_days(advertiser, DAY, DAY)
    build_window(advertiser, DAY)


def train(advertiser: Advertiser) -> None:
    train_model(advertiser, DAY, "cosine")
    make_candidates(advertiser, DAY)


def deliver_again(mall: Mall) -> None:
    mall.deliver(DAY, busy_day(DAY, users=20, items=9))


def count_users(warehouse: Engine) -> list[tuple[str, int]]:
    query = "SELECT status, users FROM mall.releases ORDER BY release_id"
    with warehouse.connect() as connection:
        return [(row.status, row.users) for row in connection.execute(text(query))]


def test_a_run_whose_window_was_replaced_before_it_staged_gives_way(mall: Mall, warehouse: Engine) -> None:
    advertiser = load_advertiser("mall")
    begin(advertiser)
    train_model(advertiser, DAY, "cosine")
    deliver_again(mall)
    begin(advertiser)  # another run, which the first one knows nothing of
    with pytest.raises(MissingDataError, match="cosine was trained on another window"):
        stage_release(advertiser, DAY, "first")
    train(advertiser)
    release_id = stage_release(advertiser, DAY, "second")["release_id"]
    gate_release(advertiser, DAY, release_id)
    publish_release(advertiser, DAY, release_id)
    assert count_users(warehouse) == [("published", 20)]


def test_a_run_whose_release_was_staged_again_does_not_publish(mall: Mall, warehouse: Engine) -> None:
    advertiser = load_advertiser("mall")
    begin(advertiser)
    train(advertiser)
    first = stage_release(advertiser, DAY, "first")["release_id"]
    gate_release(advertiser, DAY, first)
    deliver_again(mall)
    begin(advertiser)
    train(advertiser)
    second = stage_release(advertiser, DAY, "second")["release_id"]
    with pytest.raises(RejectedReleaseError, match=r"Staged again before it was published\."):
        publish_release(advertiser, DAY, first)
    gate_release(advertiser, DAY, second)
    publish_release(advertiser, DAY, second)
    assert count_users(warehouse) == [("rejected", 12), ("published", 20)]


def test_rows_that_another_run_is_replacing_are_not_read_by_a_former_summary(
    mall: Mall, warehouse: Engine
) -> None:
    """The second run has written its interactions and not yet its summary."""
    advertiser = load_advertiser("mall")
    begin(advertiser)
    runs = mall.folder / "lake" / "mall" / "runs" / f"as_of={DAY}"
    former = (runs / "window.json").read_bytes()
    deliver_again(mall)
    begin(advertiser)
    (runs / "window.json").write_bytes(former)
    with pytest.raises(StorageError, match="another run of 2026-03-02 is writing"):
        train_model(advertiser, DAY, "cosine")
