"""Every mistake of a YAML is told at once, with its line, what was probably meant, and where it belongs."""

from __future__ import annotations

from pathlib import Path

import pytest

from include.errors import SettingsError
from include.settings import ADVERTISERS, Advertiser, advertiser_files, read_advertiser
from include.settings.yaml_text import is_odd_number, read_yaml

RIGHT = """\
name: mall
time_zone: Asia/Seoul
landing: {uri: landing/mall}
feeds:
  purchases:
    columns: {user_id: Customer}
schedule:
  start_date: 2026-01-10
"""


def write(folder: Path, text: str) -> Path:
    path = folder / "mall.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def refuse(folder: Path, text: str) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        read_advertiser(write(folder, text))
    return str(refusal.value).splitlines()


def change(old: str, new: str) -> str:
    assert old in RIGHT
    return RIGHT.replace(old, new)


def test_all_mistakes_are_told_at_once_in_the_order_of_their_lines(tmp_path: Path) -> None:
    text = RIGHT.replace("Asia/Seoul", "Seoul").replace("2026-01-10", "soon")
    text = text.replace("user_id: Customer", "user: Customer").replace("{uri", "{url") + "window: 3\n"
    places = [line.split(": ")[1:3] for line in refuse(tmp_path, text)]
    assert places == [
        ["line 2", "time_zone"],
        ["line 3", "landing.uri"],
        ["line 3", "landing.url"],
        ["line 6", "feeds.purchases.columns.user"],
        ["line 8", "schedule.start_date"],
        ["line 9", "window"],
    ]


def test_a_mistake_of_one_section_hides_no_other(tmp_path: Path) -> None:
    """What two keys say together is judged although a third is wrong, and the whole although a feed is."""
    text = change("columns: {user_id: Customer}", "thousands: '.'\n    decimal: '.'")
    found = refuse(
        tmp_path, f"{text}  end_date: 2025-01-01\ncancellations: {{rule: order_id_prefix}}\nk: {{als: 1}}\n"
    )
    assert [line.split(": ")[2] for line in found] == [
        "feeds.purchases",
        "schedule",
        "cancellations",
        "k.als",
    ]


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "columns: {",
            "colums: {",
            "feeds.purchases.colums: unknown key, columns was probably meant; allowed",
        ),
        (
            "columns: {user_id: Customer}",
            "delimiter: ';'",
            "feeds.purchases.delimiter: unknown key; it belongs in feeds.purchases.csv; allowed here: path",
        ),
        (
            "name: mall",
            "name: mall\nmax_share: 1",
            "max_share: unknown key; it belongs in quarantine; allowed",
        ),
        ("name: mall", "name: mall\nWindow-Days: 1", "is now window.days; move its value there"),
        ("name: mall", "name: mall\nwindows: {}", "unknown key, window was probably meant"),
        (
            "{uri:",
            "{time_zone: UTC, uri:",
            "landing.time_zone: unknown key; it belongs in the file's top level",
        ),
        (
            "user_id: Customer",
            "Customer: user_id",
            "columns.Customer: is the other way round: our column stands first; write user_id: Customer.",
        ),
        (
            "user_id:",
            "users:",
            "columns.users: is no column of ours, user_id was probably meant; our columns",
        ),
        (
            "user_id:",
            "zzz:",
            "columns.zzz: is no column of ours; our columns of purchases are order_id, user_id",
        ),
        ("{uri: landing/mall}", "", "landing: is empty; give it a value, or {} where the defaults"),
        (
            "{uri: landing/mall}",
            "landing/mall",
            "landing: must be a section, with keys and values of its own",
        ),
    ],
)
def test_what_was_probably_meant_is_named(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in refuse(tmp_path, change(old, new))[0]


def test_two_of_our_columns_may_come_from_one_of_theirs(tmp_path: Path) -> None:
    mall = read_advertiser(write(tmp_path, change("user_id: Customer", "user_id: Key, order_id: Key")))
    assert mall.feeds["purchases"].source("order_id") == mall.feeds["purchases"].source("user_id")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("time_zone:", "name: mall\ntime_zone:", "line 2: name: stands twice, in lines 1 and 2; keep one."),
        ("user_id: Customer", "user_id: a, user_id: b", "columns.user_id: stands twice, in lines 6 and 6"),
        (
            "columns: {user_id: Customer}",
            "null_values: [NO]",
            "null_values.0: NO is the flag false to YAML: write 'NO'",
        ),
        ("columns: {user_id: Customer}", "null_values: {user_id: [off]}", "off is the flag false to YAML"),
        (
            "columns: {user_id: Customer}",
            "null_values: [007]",
            "007 is the number 7 to YAML: write 7, or '007'",
        ),
        (
            "columns: {user_id: Customer}",
            "null_values: [1.50]",
            "1.50 is the number 1.5 to YAML: write '1.50'",
        ),
        (
            "columns: {user_id: Customer}",
            "null_values: [1900-01-01]",
            "1900-01-01 is the date 1900-01-01 to YAML",
        ),
        (
            "columns: {user_id: Customer}",
            "null_values: [null]",
            "null_values.0: null is nothing to YAML: write 'null'",
        ),
        ("columns: {user_id: Customer}", "where: {on: [a]}", "where.on: the key is the flag true to YAML"),
        ("user_id: Customer", "user_id: 0x1F", "0x1F is the number 31 to YAML"),
        ("name: mall", "name: mall\nk: {best_sellers: 010}", "k.best_sellers: 010 is the number 8 to YAML"),
        ("name: mall", "name: mall\nwindow:\n  days: yes", "window.days: yes is the flag true to YAML"),
        ("2026-01-10", "2026-01-10\n  landing_deadline_hours: 1:30", "1:30 is the number 90 to YAML"),
        ("2026-01-10", "20260110", "schedule.start_date: 20260110 is a number to YAML; a date is written"),
        ("2026-01-10", "2026-01-10\n  window_wait_minutes: .inf", "input should be a finite number, not inf"),
        (
            "name: mall",
            "name: mall\ngates: {max_change: .nan}",
            "gates.max_change: input should be a finite number",
        ),
        ("    columns: {", "\tcolumns: {", "line 6: holds a tab where YAML wants spaces"),
        (
            "2026-01-10",
            "2026-01-10\n  ingest: * * * * *",
            "line 9: a value that begins with * % @ or ` must be in",
        ),
        ("name: mall", "name: mall: x", "a colon within a value must be in quotation marks"),
        (
            "columns: {user_id: Customer}",
            r"csv: {delimiter: \t}",
            r'csv.delimiter: a tab is written "\t", in double',
        ),
    ],
)
def test_what_yaml_makes_of_plain_words_is_refused(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert sentence in "\n".join(refuse(tmp_path, change(old, new)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("columns: {user_id: Customer}", "null_values: [0, -1, 'NO', '', 1.5]"),
        ("columns: {user_id: Customer}", "csv: {escape: null, header: no}\n    required: yes"),
        ("columns: {user_id: Customer}", "csv: {header: false}\n    columns: {user_id: 2}"),
        ("name: mall", "name: mall\nlimits: {file_mb: 1_000}\ncalendar: {closed_dates: [2026-12-25]}"),
        ("name: mall", "\ufeffname: mall"),
        ("{uri: landing/mall}", "&place {uri: landing/mall}\nlake: {<<: *place, uri: lake}"),
    ],
)
def test_what_yaml_reads_as_it_is_written_stays_allowed(tmp_path: Path, old: str, new: str) -> None:
    assert read_advertiser(write(tmp_path, change(old, new))).name == "mall"


def test_a_file_that_is_not_utf_8_is_told_with_its_byte(tmp_path: Path) -> None:
    (tmp_path / "mall.yaml").write_bytes(RIGHT.encode() + "description: 단골".encode("cp949"))
    with pytest.raises(SettingsError, match=r"mall.yaml: must be saved as UTF-8; byte \d+ is not\."):
        read_advertiser(tmp_path / "mall.yaml")


def test_aliases_of_aliases_and_a_section_in_itself_come_to_an_end(tmp_path: Path) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert "more than 20,000 values" in refuse(tmp_path, "\n".join(rows))[0]
    assert refuse(tmp_path, "name: &a [*a]")[0].startswith("mall.yaml: ")
    assert refuse(tmp_path, "[" * 3000)[0].startswith("mall.yaml: ")


def test_no_advertiser_at_all_is_told_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=f"there is none yet in {tmp_path}: copy template.yaml"):
        read_advertiser(tmp_path / "mall.yaml")


@pytest.mark.parametrize(
    "path", [*advertiser_files(), ADVERTISERS / "template.yaml"], ids=lambda path: path.stem
)
def test_the_values_are_those_of_plain_yaml(path: Path) -> None:
    import yaml

    plain = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert read_yaml(path).values == plain
    assert read_advertiser(path) == Advertiser.model_validate(plain)


@pytest.mark.parametrize(
    ("text", "value", "is_odd"),
    [("010", 8, True), ("1_000", 1000, False), ("1e3", 1000.0, False), ("+5", 5, False), ("0", 0, False),
     ("-0.5", -0.5, False), ("0b11", 3, True), ("1:30", 90, True), ("00", 0, True), (".5", 0.5, False)],
)  # fmt: skip
def test_a_number_is_odd_where_it_is_another_than_people_read(text: str, value: float, is_odd: bool) -> None:
    assert is_odd_number(text, value) is is_odd
