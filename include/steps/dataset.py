"""The Dataset of one as-of date in its run folder: the window step writes it, later steps read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from include.errors import MissingDataError
from include.steps.run_folder import Files, RunFolder, Summary
from include.steps.window_events import list_day_starts

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from include.dataset.dataset import Dataset

_USERS: Final = "users"
_ITEMS: Final = "items"
_EVENTS: Final = "events."
# A file's columns, by the names that `include.dataset.events.COLUMNS` has for them.
_NAMES: Final = {
    "users": "user",
    "items": "item",
    "orders": "order",
    "timestamps": "occurred_at",
    "quantity": "quantity",
    "price": "price",
}


def list_tables(
    user_ids: pa.StringArray,
    item_ids: pa.StringArray,
    events: Mapping[str, Callable[[], Mapping[str, NDArray[Any]]]],
) -> dict[str, Callable[[], pa.Table]]:
    """The files of a dataset, each made when it is to be written.

    `events` return `include.dataset.events.list_events` of each type. Ids are in files of their own, by code,
    so that no text stands in a run folder twice.
    """
    import pyarrow as pa

    from include.columns import ITEM_ID, USER_ID

    def make_events(list_columns: Callable[[], Mapping[str, NDArray[Any]]]) -> pa.Table:
        return pa.table({_NAMES[name]: pa.array(column) for name, column in list_columns().items()})

    return {
        _USERS: lambda: pa.table({USER_ID: user_ids}),
        _ITEMS: lambda: pa.table({ITEM_ID: item_ids}),
        **{f"{_EVENTS}{name}": partial(make_events, some) for name, some in events.items()},
    }


def pick_files(files: Files) -> Files:
    """Those that a dataset is read from: two steps with the same ones have worked on the same window."""
    return {
        name: fingerprint
        for name, fingerprint in files.items()
        if name in (_USERS, _ITEMS) or name.startswith(_EVENTS)
    }


def read_window(folder: RunFolder) -> tuple[Summary, Files]:
    """The window's summary and fingerprints. Raises MissingDataError where an older version built it."""
    window, files = folder.read_summary("window")
    if not {"facts", "weights"} <= window.keys():
        raise MissingDataError(
            f"{folder.advertiser.name}, {folder.as_of}: the window in {folder.url} was built by an older"
            " version; run the steps from window on again."
        )
    return window, files


def read_training(folder: RunFolder, model: str, window: Files) -> tuple[Summary, Files]:
    """Raises MissingDataError where the window was built anew, with other rows, after the training."""
    made, files = folder.read_summary(f"train.{model}")
    if pick_files(files) != pick_files(window):
        raise MissingDataError(
            f"{folder.advertiser.name}, {folder.as_of}: {model} was trained on another window than the one"
            f" in {folder.url}; run the train step again."
        )
    return made, files


def read_dataset(folder: RunFolder, window: Summary, files: Files) -> Dataset:
    """The window that the summary of the step `window` is about, without a cap.

    Of the events, only users, items and times are read now; the rest, and the catalogue, when a model asks
    for it. Raises MissingDataError, StorageError.
    """
    from include.dataset.dataset import Dataset
    from include.dataset.events import Events

    def read(name: str, columns: Sequence[str]) -> dict[str, NDArray[Any]]:
        table = folder.read_rows(name, files, [_NAMES[column] for column in columns])
        return {column: table[_NAMES[column]].to_numpy() for column in columns}

    events = {
        name.removeprefix(_EVENTS): Events(
            window["weights"].get(name.removeprefix(_EVENTS), 0.0), partial(read, name)
        )
        for name in sorted(pick_files(files))
        if name.startswith(_EVENTS)
    }
    return Dataset.from_events(
        *read_ids(folder, files),
        events,
        lambda: folder.read_rows("products", files),
        list_day_starts(folder.advertiser, folder.as_of),
    )


def read_ids(folder: RunFolder, files: Files) -> tuple[pa.StringArray, pa.StringArray]:
    """The ids of the window's users and items, by code. Raises MissingDataError, StorageError."""
    from include.columns import ITEM_ID, USER_ID

    return (
        folder.read_rows(_USERS, files)[USER_ID].combine_chunks(),
        folder.read_rows(_ITEMS, files)[ITEM_ID].combine_chunks(),
    )
