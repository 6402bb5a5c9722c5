"""A file of interactions as pairs: its form is found out, and its mistakes are named."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from include.dataset.id_codes import encode_ids
from include.errors import RefusedInputError
from include.evaluation.split_files.forms import Layout
from include.evaluation.split_files.layout import (
    MOST_FIELDS,
    Columns,
    choose_layout,
    find_columns,
    find_header,
    find_ragged,
)
from include.evaluation.split_files.pairs import Pairs, merge_pairs
from include.evaluation.split_files.text import Lines, read_lines
from include.evaluation.split_files.values import read_numbers, read_times


def read_pairs(
    path: Path,
    layout: Layout | None = None,
    separator: str | None = None,
    *,
    otherwise: Layout | None = None,
    min_rating: float | None = None,
) -> tuple[Pairs, Layout]:
    """The pairs of `user item [rating] [timestamp]` or of `user item item …` lines, and which they are.

    Each pair counts once, however often it is there. A rating says nothing beside that there is one, but
    pairs below `min_rating` are left out. `layout` and `separator` (a key of `forms.SEPARATORS`) are found
    out where they are not given; `otherwise` is the layout where that cannot be told. Raises
    RefusedInputError, with the file and the line, for what cannot be read.
    """
    given, lines = separator, read_lines(path, separator)
    header = find_header(lines)
    if header:
        lines = lines.drop_first()
    if not len(lines.counts):
        raise RefusedInputError(f"{path.name} holds a header and no pair; name a file with pairs.")
    layout = layout or ("pairs" if header else choose_layout(lines) or otherwise)
    if layout is None:
        raise RefusedInputError(
            f"{path.name}: every line has {lines.counts[0]} fields and no user comes twice, so that they may"
            " be `user item rating` or `user item item`; say --layout pairs or --layout lists."
        )
    if layout == "lists":
        return _read_lists(lines), layout
    return _read_columns(
        lines, header or find_columns(lines), min_rating, separated=given is not None
    ), layout


def _read_lists(lines: Lines) -> Pairs:
    """From lines of a user and its items, which may be none."""
    users, user_ids = encode_ids(lines.column(0))
    _refuse_empty(lines, users, user_ids, "user")
    values = pa.chunked_array([piece.flatten() for piece in lines.fields], pa.string())
    is_item = np.ones(len(values), np.bool_)
    is_item[np.cumsum(lines.counts) - lines.counts] = False
    items, item_ids = encode_ids(values.filter(pa.array(is_item)))
    owners = np.repeat(np.arange(len(users)), lines.counts - 1)
    _refuse_empty(lines, items, item_ids, "item", owners)
    empty = int((lines.counts == 1).sum())
    return _finish(lines, users[owners], items, user_ids, item_ids, None, empty_users=empty)


def _read_columns(lines: Lines, columns: Columns, min_rating: float | None, *, separated: bool) -> Pairs:
    """From lines of a pair each. A space in an id is meant where the separator was given."""
    if columns.width > MOST_FIELDS and not columns.has_header:
        raise RefusedInputError(
            f"{lines.name(0)}: has {columns.width} fields, and a pair has two to four: user item [rating]"
            " [timestamp]; add a header that names them, or say --layout lists where they are items."
        )
    ragged = find_ragged(lines, columns.width)
    if ragged is not None:
        raise RefusedInputError(
            f"{lines.name(ragged)}: has {lines.counts[ragged]} fields, and the lines before have"
            f" {columns.width}; correct it, or say --layout lists where each line is a user and its items."
        )
    if columns.width < 2:
        raise RefusedInputError(
            f"{lines.name(0)}: has no item beside the user; say --separator where it is none of tab, space,"
            " comma, semicolon and ::."
        )
    users, user_ids = encode_ids(lines.column(columns.user))
    items, item_ids = encode_ids(lines.column(columns.item))
    for codes, ids, what in ((users, user_ids, "user"), (items, item_ids, "item")):
        _refuse_empty(lines, codes, ids, what)
        if not separated:
            _refuse_spaces(lines, codes, ids)
    kept = None
    if columns.rating >= 0:
        ratings = read_numbers(lines, lines.column(columns.rating), "rating")
        kept = ratings >= min_rating if min_rating is not None else kept
    elif min_rating is not None:
        raise RefusedInputError(f"{lines.path.name} has no ratings; leave --min-rating out.")
    times = read_times(lines, lines.column(columns.timestamp)) if columns.timestamp >= 0 else None
    return _finish(lines, users, items, user_ids, item_ids, times, kept)


def _finish(
    lines: Lines,
    users: NDArray[np.int32],
    items: NDArray[np.int32],
    user_ids: pa.StringArray,
    item_ids: pa.StringArray,
    times: NDArray[np.int64] | None,
    kept: NDArray[np.bool_] | None = None,
    empty_users: int = 0,
) -> Pairs:
    timestamps = np.arange(len(users)) if times is None else times
    if kept is not None:
        users, items, timestamps = users[kept], items[kept], timestamps[kept]
    if not len(users):
        raise RefusedInputError(f"{lines.path.name} holds no pair of user and item; name a file with pairs.")
    merged = merge_pairs(users, items, timestamps)
    return Pairs(
        *merged,
        user_ids,
        item_ids,
        has_times=times is not None,
        lines=len(lines.counts),
        duplicates=len(users) - len(merged[0]),
        unrated=0 if kept is None else int((~kept).sum()),
        empty_users=empty_users,
    ).compact()


def _refuse_empty(
    lines: Lines,
    codes: NDArray[np.int32],
    ids: pa.StringArray,
    what: str,
    owners: NDArray[np.int64] | None = None,
) -> None:
    """The empty text sorts before every other."""
    if len(ids) and ids[0].as_py() == "":
        row = int(np.flatnonzero(codes == 0)[0])
        line = row if owners is None else int(owners[row])
        raise RefusedInputError(f"{lines.name(line)}: the {what} is empty; correct the line or take it out.")


def _refuse_spaces(lines: Lines, codes: NDArray[np.int32], ids: pa.StringArray) -> None:
    spaced = np.flatnonzero(pc.match_substring_regex(ids, r"\s").to_numpy(zero_copy_only=False))
    if len(spaced):
        row = int(np.flatnonzero(np.isin(codes, spaced))[0])
        raise RefusedInputError(
            f"{lines.name(row)}: the id {ids[int(codes[row])].as_py()!r} has a space in it; say --separator"
            f" {lines.separator} where that is meant, or --separator space."
        )
