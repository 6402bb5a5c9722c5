"""Files as papers publish them, and as people save them: the same pairs from each, or a sentence."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given

from include.errors import RefusedInputError
from include.evaluation.split_files import text
from include.evaluation.split_files.pairs import Pairs, merge_pairs
from include.evaluation.split_files.reading import read_pairs


def write(folder: Path, content: str | bytes, name: str = "train.txt") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def list_pairs(pairs: Pairs) -> list[tuple[str, str]]:
    users, items = pairs.user_ids.to_pylist(), pairs.item_ids.to_pylist()
    return [(users[u], items[i]) for u, i in zip(pairs.users, pairs.items, strict=True)]


SAME = [("a", "x"), ("a", "y"), ("b", "x")]


@pytest.mark.parametrize(
    "content",
    [
        "a x\na y\nb x\n",
        "a x\na y\nb x",
        "b\tx\na\ty\na\tx\n",
        "a,x\na,y\nb,x\n",
        "a, x\na , y\nb,x\n",
        "a;x\na;y\nb;x\n",
        "a::x\na::y\nb::x\n",
        "a   x\n a y\nb\tx  \n",
        "\n\na x\n\n   \na y\nb x\n\n",
        "a x\r\na y\r\nb x\r\n",
        "a x\ra y\rb x\r",
        "\ufeffa x\na y\nb x\n",
        '"a","x"\n"a","y"\nb,"x"\n',
        "a x 5\na y 3.5\nb x 1\n",
        "a x 5 881250949\na y 3 881250950\nb x 1 881250951\n",
        "user_id:token\titem_id:token\trating:float\na\tx\t1\na\ty\t2\nb\tx\t1\n",
        "userId,movieId\na,x\na,y\nb,x\n",
        "item,user\nx,a\ny,a\nx,b\n",
        "timestamp,asin,price,reviewerID\n1,x,9,a\n2,y,9,a\n3,x,9,b\n",
        "a x y\nb x\n",
        "a x y \nb x \n",
        "c\na x y\nb x\n",
        "a x y x\nb x\n",
        "a x\na y\nb x\na x\n",
    ],
)
def test_the_pairs_are_the_same_however_they_are_written(tmp_path: Path, content: str) -> None:
    pairs, _ = read_pairs(write(tmp_path, content))
    assert list_pairs(pairs) == SAME
    packed, _ = read_pairs(write(tmp_path, gzip.compress(content.encode()), "train.txt.gz"))
    assert list_pairs(packed) == SAME


@pytest.mark.parametrize(
    ("content", "layout"),
    [
        ("1 5\n2 7\n", "pairs"),  # the same in both
        ("1 5 9\n1 7 3\n", "pairs"),  # a user in two lines
        ("1 5 4.5\n2 7 3\n", "pairs"),  # a fraction is no item
        ("1,5,9\n2,7,3\n", "pairs"),  # lists have spaces or tabs
        ("u i r\n1 5 9\n2 7 3\n", "pairs"),  # a header
        ("1 5 9\n2 7\n", "lists"),
        ("1 5 9\n2\n", "lists"),
        ("1 5 9 4 8\n2 7 3 5 6\n", "lists"),
        ("1\t5\t9\n2\t7\n", "lists"),
    ],
)
def test_the_layout_is_recognised(tmp_path: Path, content: str, layout: str) -> None:
    assert read_pairs(write(tmp_path, content))[1] == layout


def test_a_file_that_may_be_either_is_refused_and_read_as_it_is_called(tmp_path: Path) -> None:
    path = write(tmp_path, "1 5 9\n2 7 3\n")
    with pytest.raises(RefusedInputError, match=r"train\.txt: every line has 3 fields .* say --layout pairs"):
        read_pairs(path)
    as_pairs, as_lists = [("1", "5"), ("2", "7")], [("1", "5"), ("1", "9"), ("2", "3"), ("2", "7")]
    assert list_pairs(read_pairs(path, "pairs")[0]) == as_pairs
    assert list_pairs(read_pairs(path, "lists")[0]) == as_lists
    assert list_pairs(read_pairs(path, otherwise="lists")[0]) == as_lists
    once = write(tmp_path, "1 5 9 3\n1 7 2 3\n")
    with_repeated_user = [("1", "2"), ("1", "3"), ("1", "5"), ("1", "7"), ("1", "9")]
    assert list_pairs(read_pairs(once, "lists")[0]) == with_repeated_user


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("", "train.txt holds nothing; name a file with pairs of user and item."),
        ("\n \n", "train.txt holds nothing; name a file with pairs of user and item."),
        ("user,item\n", "train.txt holds a header and no pair; name a file with pairs."),
        ("a\nb\n", "train.txt holds no pair of user and item; name a file with pairs."),
        ("a|x\na|y\na|x\n", "train.txt, line 1: has no item beside the user; say --separator"),
        ("a,x\na,y,3\n", "train.txt, line 2: has 3 fields, and the lines before have 2; correct it"),
        ("a x 1\n\na y\na z 1\n", "train.txt, line 3: has 2 fields, and the lines before have 3; correct it"),
        ("user,item,rating\na,x,1\nb,y\n", "train.txt, line 3: has 2 fields, and the lines before have 3"),
        ("a x 1 2 3\na y 1 2 3\n", "train.txt, line 1: has 5 fields, and a pair has two to four"),
        ("a,x,1\na,,2\n", "train.txt, line 2: the item is empty; correct the line or take it out."),
        ("a,x,1\n,x,2\n", "train.txt, line 2: the user is empty; correct the line or take it out."),
        ("a x 1\na y nan\n", "train.txt, line 2: the rating is 'nan', which is no number"),
        ("a x 1\na y inf\n", "train.txt, line 2: the rating is 'inf', which is no number"),
        ("a,x,1\na,y,\n", "train.txt, line 2: the rating is '', which is no number"),
        ("a x 1\na y 2\na z 3\na v bad\na w bad\n", "train.txt, line 4: the rating is 'bad'"),
        ("a x 1 5\na y 2 later\n", "train.txt, line 2: the timestamp is 'later', which is no number"),
        ("a x 1 5\na y 2 1e40\n", "train.txt, line 2: the timestamp is '1e40', which is no time"),
        (
            "user,item,date\na,x,2018-01-31\na,y,2018-02-31\n",
            "train.txt, line 3: the timestamp is '2018-02-31', which is no date like the others",
        ),
        (
            "0\t1 2 3\n1\t4\n",
            "train.txt, line 1: the id '1 2 3' has a space in it; say --separator tab where",
        ),
        (
            b"a x\na \xff\n",
            "train.txt, line 2: holds bytes that are no text in UTF-8; save the file as UTF-8.",
        ),
        ("a x\na y\n".encode("utf-16"), "train.txt, line 1: holds bytes that are no text in UTF-8"),
        (b"a x\nb\0c y\n", "train.txt, line 2: holds bytes that are no text in UTF-8"),
        (
            gzip.compress(b"a x\n" * 99, mtime=0)[:-9],
            "train.txt is packed by gzip and not whole; fetch it again.",
        ),
        (b"PK\x03\x04rest", "train.txt is a zip archive; unpack it and name the file that it holds."),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(
    tmp_path: Path, content: str | bytes, sentence: str
) -> None:
    with pytest.raises(RefusedInputError) as refused:
        read_pairs(write(tmp_path, content))
    assert str(refused.value).startswith(sentence)


def test_a_file_that_is_not_there_and_a_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(RefusedInputError, match="none is not there; name a file that is"):
        read_pairs(tmp_path / "none")
    with pytest.raises(RefusedInputError, match="is a folder; name a file in it"):
        read_pairs(tmp_path)


def test_lines_are_found_across_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = "".join(f"u{row % 7} i{row % 11}\n" for row in range(100))
    whole, _ = read_pairs(write(tmp_path, content))
    monkeypatch.setattr(text, "_BLOCK", 10)
    assert list_pairs(read_pairs(write(tmp_path, content))[0]) == list_pairs(whole)
    assert len(whole) == 77
    with pytest.raises(RefusedInputError, match=r"train\.txt, line 101: has 3 fields"):
        read_pairs(write(tmp_path, content + "u1 i1 3\n"))
    with pytest.raises(RefusedInputError, match=r"train\.txt, line 101: holds bytes"):
        read_pairs(write(tmp_path, content.encode() + b"u1 \xc3"))


def test_counts_tell_what_was_read(tmp_path: Path) -> None:
    pairs, _ = read_pairs(write(tmp_path, "a x 5\na x 4\na y 1\n\nb x 2\n"), min_rating=2)
    assert list_pairs(pairs) == [("a", "x"), ("b", "x")]
    assert (pairs.lines, pairs.duplicates, pairs.unrated, pairs.empty_users) == (4, 1, 1, 0)
    assert pairs.item_ids.to_pylist() == ["x"]  # y has no pair any more
    lists, _ = read_pairs(write(tmp_path, "a x y x\nb\nc z z z z\n"))
    assert (lists.lines, lists.duplicates, lists.unrated, lists.empty_users) == (3, 4, 0, 1)
    assert lists.user_ids.to_pylist() == ["a", "c"]
    with pytest.raises(RefusedInputError, match="has no ratings; leave --min-rating out"):
        read_pairs(write(tmp_path, "a x\na y\n"), min_rating=2)
    with pytest.raises(RefusedInputError, match="holds no pair"):
        read_pairs(write(tmp_path, "a x 1\na y 1\n"), min_rating=2)


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        (("881250949", "881250950"), datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        (("881250949000", "881250950000"), datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        (("881250949000000", "881250950000000"), datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        (("881250949000000000", "881250950000000000"), datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        (("8.81250949e8", "881250950.0"), datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        (("1997-12-04", "1997-12-05"), datetime(1997, 12, 4, tzinfo=UTC)),
        (("1997-12-04 15:55:49", "1997-12-05 00:00:00"), datetime(1997, 12, 4, 15, 55, 49, tzinfo=UTC)),
        (
            ("1997-12-04T15:55:49+09:00", "1997-12-05T00:00:00+09:00"),
            datetime(1997, 12, 4, 6, 55, 49, tzinfo=UTC),
        ),
    ],
)
def test_timestamps_are_read_in_every_usual_form(
    tmp_path: Path, written: Sequence[str], moment: datetime
) -> None:
    content = f"user,item,timestamp\na,x,{written[0]}\na,y,{written[1]}\n"
    pairs, _ = read_pairs(write(tmp_path, content))
    assert pairs.has_times
    assert pairs.timestamps[0] == int(moment.timestamp()) * 1_000_000


def test_a_third_field_that_is_a_time_is_no_rating(tmp_path: Path) -> None:
    pairs, _ = read_pairs(write(tmp_path, "a x 881250950\na y 881250949\n"))
    assert pairs.has_times
    assert pairs.timestamps.tolist() == [881250950000000, 881250949000000]
    rated, _ = read_pairs(write(tmp_path, "a x 5\na y 3\n"))
    assert not rated.has_times
    assert rated.timestamps.tolist() == [0, 1]


def test_a_pair_keeps_its_latest_time_and_counts_once(tmp_path: Path) -> None:
    pairs, _ = read_pairs(write(tmp_path, "a x 1 900000000\na x 1 900000007\na x 1 900000003\n"))
    assert pairs.timestamps.tolist() == [900000007000000]
    matrix = pairs.to_dataset().matrix()
    assert matrix.toarray().tolist() == [[1.0]]


def test_a_dataset_has_the_pairs_in_order_of_time(tmp_path: Path) -> None:
    content = "a z 1 900000002\nb x 1 900000000\na x 1 900000003\na y 1 900000001\n"
    dataset = read_pairs(write(tmp_path, content))[0].to_dataset()
    assert dataset.matrix().toarray().tolist() == [[1, 1, 1], [1, 0, 0]]
    indptr, items = dataset.sequences()
    assert (indptr.tolist(), items.tolist()) == ([0, 3, 4], [1, 2, 0, 0])


ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(-9, 9)), max_size=30)


@given(ROWS)
def test_merging_is_as_a_dictionary_does_it(rows: list[tuple[int, int, int]]) -> None:
    expected: dict[tuple[int, int], int] = {}
    for user, item, time in rows:
        expected[user, item] = max(time, expected.get((user, item), time))
    columns = np.array(rows, np.int64).reshape(-1, 3)
    users, items, times = merge_pairs(
        columns[:, 0].astype(np.int32), columns[:, 1].astype(np.int32), columns[:, 2]
    )
    assert list(zip(users.tolist(), items.tolist(), times.tolist(), strict=True)) == [
        (*pair, time) for pair, time in sorted(expected.items())
    ]
