"""What a model is told by the step that trains it: capped histories, what was bought beyond them, tiles."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from include.dataset.dataset import Dataset
from include.dataset.events import COLUMNS
from include.errors import MissingDataError, RefusedInputError
from include.models.base import Context, Estimate, Params, RankedTable
from include.models.cosine import Params as CosineParams
from include.models.registry import load_model
from include.settings import load_advertiser
from include.steps.dataset import list_tables, pick_files, read_dataset
from include.steps.run_folder import RunFolder
from include.steps.train import train_model
from tests.dataset.events import make_simple_dataset
from tests.malls import DAY, open_mall
from tests.purchases import read_real_week

CAP = 3
MODELS = {"cosine": {}, "als": {"factors": 4, "iterations": 3}}


@pytest.fixture(scope="module")
def week() -> Dataset:
    return make_simple_dataset(read_real_week())


def leave_window(dataset: Dataset, **summary: Any) -> RunFolder:
    folder = RunFolder(load_advertiser("mall"), DAY)
    events = dataset.events["purchase"].read(COLUMNS)
    tables = list_tables(dataset.user_ids, dataset.item_ids, {"purchase": lambda: events})
    files = {name: folder.write_rows(name, make()) for name, make in tables.items()}
    folder.write_summary("window", {"facts": {}, "weights": {"purchase": 1.0}, **summary}, files)
    return folder


def train(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    dataset: Dataset,
    model: str,
    preflight: dict[str, Any] | None = None,
    **settings: Any,
) -> dict[str, pa.Table]:
    open_mall(tmp_path, monkeypatch, **({"models": MODELS} | settings))
    folder = leave_window(dataset, **({"preflight": preflight} if preflight else {}))
    summary = train_model(load_advertiser("mall"), DAY, model)
    _, files = folder.read_summary(f"train.{model}")
    return {table: folder.read_rows(f"{model}.{table}", files) for table in summary["tables"]}


def list_pairs(table: pa.Table) -> set[tuple[str, str]]:
    return set(zip(table["user_id"].to_pylist(), table["item_id"].to_pylist(), strict=True))


def test_models_see_capped_histories(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Dataset) -> None:
    made = train(tmp_path, monkeypatch, week, "cosine", window={"max_items": CAP})["item_similarities"]
    cosine, context = load_model("cosine"), Context(threads=1)
    assert made.equals(cosine.train(week.cap(CAP), CosineParams(), context)[0].rows)
    assert not made.equals(cosine.train(week, CosineParams(), context)[0].rows)


@pytest.mark.parametrize("exclude", [True, False])
def test_nothing_bought_beyond_the_cap_is_recommended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Dataset, exclude: bool
) -> None:
    made = train(
        tmp_path, monkeypatch, week, "als", window={"max_items": CAP}, ads={"exclude_purchased": exclude}
    )
    recommended = list_pairs(made["user_recommendations"])
    everything, capped = (list_pairs(each.interactions.to_table()) for each in (week, week.cap(CAP)))
    assert bool(recommended & (everything - capped)) is not exclude
    assert len(recommended) == 20 * len(week.user_ids), "lists stay full"


def test_what_is_read_again_is_what_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Dataset
) -> None:
    open_mall(tmp_path, monkeypatch)
    folder = leave_window(week)
    read = read_dataset(folder, *folder.read_summary("window"))
    assert read.user_ids.equals(week.user_ids) and read.item_ids.equals(week.item_ids)
    assert (read.matrix() != week.matrix()).nnz == 0
    assert read.purchased() is read.matrix()
    for made, left in zip(
        (*read.sequences(), *read.orders()), (*week.sequences(), *week.orders()), strict=True
    ):
        assert made.tolist() == left.tolist()
    for name in COLUMNS:
        column = getattr(read.events["purchase"], name)
        assert column.dtype == getattr(week.events["purchase"], name).dtype
        assert column.tobytes() == getattr(week.events["purchase"], name).tobytes()


def test_a_window_of_a_former_version_is_told_from_one_of_this(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_mall(tmp_path, monkeypatch)
    folder = RunFolder(load_advertiser("mall"), DAY)
    folder.write_summary("window", {}, {"interactions": "0"})
    with pytest.raises(MissingDataError, match="was built by an older version; run the steps from window on"):
        train_model(load_advertiser("mall"), DAY, "cosine")


def test_a_training_says_which_window_it_was_made_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Dataset
) -> None:
    open_mall(tmp_path, monkeypatch, models=MODELS)
    folder = leave_window(week)
    train_model(load_advertiser("mall"), DAY, "cosine")
    (_, window), (_, files) = (folder.read_summary(name) for name in ("window", "train.cosine"))
    assert pick_files(files) == pick_files(window) == window
    assert set(window) == {"users", "items", "events.purchase"}


def make_module(train: Callable[..., list[RankedTable]]) -> SimpleNamespace:
    return SimpleNamespace(
        Params=CosineParams, SCORES={}, train=train, estimate=lambda load, params: Estimate((), {})
    )


@pytest.mark.parametrize(
    ("error", "raised", "sentence"),
    [
        (RefusedInputError("Nothing to learn."), RefusedInputError, f"mall {DAY}: Nothing to learn."),
        (ValueError("operands could not be broadcast"), ValueError, "operands could not be broadcast"),
        (OverflowError("math range error"), OverflowError, "math range error"),
    ],
)
def test_a_refusal_names_the_day_and_a_bug_passes_as_what_it_is(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    week: Dataset,
    error: Exception,
    raised: type[Exception],
    sentence: str,
) -> None:
    def fail(*_: object) -> list[RankedTable]:
        raise error

    open_mall(tmp_path, monkeypatch, models=["cosine"])
    leave_window(week)
    monkeypatch.setattr("include.models.registry.import_module", lambda name: make_module(fail))
    with pytest.raises(raised) as caught:
        train_model(load_advertiser("mall"), DAY, "cosine")
    assert (type(caught.value), str(caught.value)) == (raised, sentence)


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Dataset, Context]]]:
    """What a model was given; it makes nothing of it."""
    seen: list[tuple[Dataset, Context]] = []

    def make_nothing(dataset: Dataset, params: Params, context: Context) -> list[RankedTable]:
        seen.append((dataset, context))
        return []

    # Settings have read the real models' parameters by now.
    monkeypatch.setattr("include.models.registry.import_module", lambda name: make_module(make_nothing))
    yield seen


def test_tiles_and_threads_are_those_of_the_preflight_and_of_the_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Dataset, told: list[tuple[Dataset, Context]]
) -> None:
    settings: dict[str, Any] = {"models": ["cosine"]}
    train(tmp_path, monkeypatch, week, "cosine", **settings)
    train(tmp_path, monkeypatch, week, "cosine", preflight={"tile_mb": 32}, run={"threads": 3}, **settings)
    train_model(load_advertiser("mall"), DAY, "cosine", tile_mb=16)
    assert [context.tile_mb for _, context in told] == [1024, 32, 16]
    assert [context.threads for _, context in told][1:] == [3, 3]
    assert all(dataset.bought is None for dataset, _ in told)


def test_what_was_bought_has_the_shape_of_what_the_model_sees(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, week: Dataset, told: list[tuple[Dataset, Context]]
) -> None:
    train(tmp_path, monkeypatch, week, "cosine", window={"max_items": CAP}, models=["cosine"])
    capped, purchased = week.cap(CAP), told[0][0].purchased()
    assert purchased.shape == capped.matrix().shape
    known = pc.is_in(week.interactions.to_table()["item_id"], value_set=capped.item_ids)
    assert purchased.nnz == pc.sum(known).as_py()
    for user, item in [(0, 0), (5, 7), (100, 3)]:
        column = week.item_ids.index(capped.item_ids[item]).as_py()
        assert purchased[user, item] == week.matrix()[user, column]
