"""An advertiser's YAML is read whole or refused with a sentence."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from include import settings
from include.errors import SettingsError
from include.settings import ADVERTISERS, Advertiser, Place, Window, advertiser_files, read_advertiser

MINIMAL = {
    "name": "mall",
    "time_zone": "Asia/Seoul",
    "landing": {"uri": "landing/mall"},
    "feeds": {"purchases": {}},
    "schedule": {"start_date": date(2026, 1, 10)},
}


def write(folder: Path, changes: dict[str, object], name: str = "mall") -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(MINIMAL | changes), encoding="utf-8")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(SettingsError) as error:
        read_advertiser(path)
    return str(error.value)


@pytest.mark.parametrize("path", advertiser_files(), ids=lambda path: path.stem)
def test_the_shipped_advertisers_load(path: Path) -> None:
    assert read_advertiser(path).name == path.stem


def test_the_template_loads_also_with_every_commented_line_switched_on() -> None:
    path = ADVERTISERS / "template.yaml"
    assert read_advertiser(path).name == "my_mall"
    switched_on = [
        line.replace("# ", "", 1) if line.lstrip().startswith("# ") and ":" in line else line
        for line in path.read_text(encoding="utf-8").splitlines()[4:]
    ]
    advertiser = Advertiser.model_validate(yaml.safe_load("\n".join(switched_on)))
    assert (advertiser.keep.releases, advertiser.keep.partitions) == (14, 1100)
    assert advertiser.lake.uri == "lake"


def test_the_template_shows_every_setting() -> None:
    text = (ADVERTISERS / "template.yaml").read_text(encoding="utf-8")
    missing = [key for key in Advertiser.model_fields if f"{key}:" not in text]
    assert missing == []


def test_an_unknown_key_is_refused_with_the_allowed_ones(tmp_path: Path) -> None:
    assert refusal(write(tmp_path, {"windows": {"days": 3}})).startswith(
        "mall.yaml: line 9: windows: unknown key, window was probably meant; allowed here: name"
    )
    message = refusal(write(tmp_path, {"feeds": {"purchases": {"colums": {}}}}))
    assert (
        "feeds.purchases.colums: unknown key, columns was probably meant; allowed here: path, format"
        in message
    )


@pytest.mark.parametrize(
    "name", ['a"; drop schema', "Mall", "1mall", "pg_mall", "public", "mall-1", "x" * 24, "mall_store", ""]
)
def test_a_name_that_is_no_schema_is_refused(tmp_path: Path, name: str) -> None:
    assert "name: must be 1 to 23 lower-case letters" in refusal(write(tmp_path, {"name": name}))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"time_zone": "Seoul"}, "time_zone: must be an IANA time zone such as Asia/Seoul, not 'Seoul'."),
        ({"time_zone": "../etc/passwd"}, "time_zone: must be an IANA time zone"),
        ({"window": {"days": 0}}, "window.days: input should be greater than or equal to 1, not 0."),
        ({"window": 14}, "line 9: window: must be a section, with keys and values of its own, not 14."),
        (
            {"keep": {"partitions": 57}},
            "line 3: keep: partitions must be at least 58, for the 30 days of a window and the 28 before"
            " them, which tell what a day usually has; it is 57.",
        ),
        ({"keep": {"quarantine": 10**9}}, "keep.quarantine: input should be less than or equal to 100000"),
        ({"window": {"days": 31}, "keep": {"partitions": 58}}, "keep: partitions must be at least 59"),
        (
            {"models": ["cosin"]},
            "models.cosin: unknown model, cosine was probably meant; registered: cosine",
        ),
        ({"models": []}, "models: must name at least one of cosine"),
        ({"feeds": {"products": {}}}, "feeds must contain purchases"),
        ({"feeds": {"purchases": {"path": "p"}}}, "path must contain {day}"),
        ({"cancellations": {"rule": "order_id_prefix"}}, "prefix is given with the rule order_id_prefix"),
        ({"quarantine": {"max_share": 2}}, "quarantine.max_share: input should be less than or equal to 1"),
        (
            {"schedule": {"start_date": "soon"}},
            "schedule.start_date: must be a date such as 2026-01-31, not 'soon'",
        ),
        (
            {"schedule": {"start_date": date(2026, 1, 2), "end_date": date(2026, 1, 1)}},
            "end_date must not be before start_date",
        ),
        (
            {"schedule": {"start_date": date(2026, 1, 2), "ingest": "@daily"}},
            "schedule.ingest: must be a cron expression of five fields",
        ),
        *(
            (
                {"schedule": {"start_date": date(2026, 1, 2), "recommendations": cron}},
                "schedule.recommendations: must be once a day, a minute and an hour such as 30 4 * * *",
            )
            for cron in ("0 3 * * 1", "0 */6 * * *", "0 3,15 * * *", "0 3 1 * *", "60 3 * * *", "0 24 * * *")
        ),
        ({"landing": {}}, "landing.uri: field required"),
        (
            {"feeds": {"purchases": {"csv": {"encoding": "utf9"}}}},
            "feeds.purchases.csv.encoding: must be an encoding that Python knows",
        ),
        (
            {"feeds": {"purchases": {"columns": {"user": "member"}}}},
            "feeds.purchases.columns.user: is no column of ours, user_id was probably meant; our columns of",
        ),
        ({"name": "other"}, "name: must be mall, as the file is called, and is 'other'"),
    ],
)
def test_a_wrong_value_is_refused_with_its_key(
    tmp_path: Path, changes: dict[str, object], sentence: str
) -> None:
    message = refusal(write(tmp_path, changes))
    assert message.startswith("mall.yaml: ")
    assert sentence in message


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "\xff"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mall.yaml"
    path.write_bytes(text.encode("latin-1"))
    assert refusal(path).startswith("mall.yaml: ")


def test_an_advertiser_that_is_not_there_is_named_with_those_that_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {})
    monkeypatch.setattr(settings, "ADVERTISERS", tmp_path)
    with pytest.raises(
        SettingsError, match=r"mal.yaml: there is no such advertiser; mall was probably meant; known: mall\."
    ):
        settings.load_advertiser("mal")
    with pytest.raises(SettingsError, match="is not an advertiser's name"):
        settings.load_advertiser("../mall")


def test_a_wrong_file_stops_no_other_advertiser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {})
    write(tmp_path, {"foo": 1}, name="broken")
    monkeypatch.setattr(settings, "ADVERTISERS", tmp_path)
    assert [advertiser.name for advertiser in settings.load_advertisers()] == ["mall"]


def test_an_advertiser_cannot_be_changed() -> None:
    advertiser = Advertiser.model_validate(MINIMAL)
    with pytest.raises(ValueError, match="frozen"):
        advertiser.window = Window(days=1)  # type: ignore[misc]


def test_the_window_is_inclusive_and_a_young_advertiser_s_is_shorter() -> None:
    advertiser = Advertiser.model_validate(MINIMAL)
    assert advertiser.find_window(date(2026, 3, 1)) == (date(2026, 1, 31), date(2026, 3, 1))
    assert advertiser.find_window(date(2026, 1, 12)) == (date(2026, 1, 10), date(2026, 1, 12))


@pytest.mark.parametrize(
    ("interval_end", "as_of"),
    [
        (datetime(2026, 1, 14, 15, tzinfo=UTC), date(2026, 1, 14)),  # midnight in Seoul
        (datetime(2026, 1, 14, 18, tzinfo=UTC), date(2026, 1, 14)),  # 03:00 in Seoul
        (datetime(2026, 1, 14, 14, 59, tzinfo=UTC), date(2026, 1, 13)),
    ],
)
def test_the_as_of_date_is_the_last_whole_local_day(interval_end: datetime, as_of: date) -> None:
    assert Advertiser.model_validate(MINIMAL).as_of_date(interval_end) == as_of


def test_a_day_that_the_calendar_of_a_place_left_out_is_no_day() -> None:
    """Apia went from 29 to 31 December 2011."""
    apia = Advertiser.model_validate({**MINIMAL, "time_zone": "Pacific/Apia"})
    midnight = datetime(2011, 12, 30, 10, tzinfo=UTC)
    assert apia.as_of_date(midnight) == date(2011, 12, 29)
    assert apia.find_end(date(2011, 12, 29)) == midnight


def test_the_end_of_a_day_follows_the_clocks() -> None:
    new_york = Advertiser.model_validate({**MINIMAL, "time_zone": "America/New_York"})
    days = {date(2026, 3, 8): 23, date(2026, 3, 9): 24, date(2026, 11, 1): 25}
    for day, hours in days.items():
        ended = new_york.find_end(day)
        assert ended - new_york.find_end(day - timedelta(days=1)) == timedelta(hours=hours)
        assert new_york.as_of_date(ended) == day


def test_places_follow_the_data_root(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DANGOL_DATA", "s3://bucket/prefix")
    assert Place(uri="lake").url == "s3://bucket/prefix/lake"
    assert Place(uri="lake").connection == "aws_default"
    assert Place(uri="s3://other/x", conn_id="mall_s3").connection == "mall_s3"
    monkeypatch.setenv("DANGOL_DATA", str(tmp_path))
    assert Place(uri="lake").url == f"file://{tmp_path}/lake"
    assert Place(uri="lake", conn_id="mall_s3").connection is None
    assert Place(uri="/data/lake").url == "file:///data/lake"
