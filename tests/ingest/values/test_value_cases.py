"""Small deliveries that went in wrong or could not be cured: their values, as they are read now."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
import yaml

from include.errors import SettingsError
from include.ingest.values.typed_columns import type_columns
from include.settings import Advertiser, read_advertiser
from tests.conftest import SHARED_DATA

CASES = SHARED_DATA.parent / "cases"

pytestmark = pytest.mark.skipif(
    not CASES.exists(), reason=f"there is no folder {CASES} of small deliveries that failed"
)


def read_case(case: str, **feed: Any) -> pa.Table:
    """The lines of a case's purchases in our columns, under its settings and `feed`."""
    settings = yaml.safe_load((CASES / case / f"{case}.yaml").read_text(encoding="utf-8"))
    settings["feeds"]["purchases"] |= feed
    advertiser = Advertiser.model_validate(settings)
    return pa.concat_tables(
        type_columns(advertiser, "purchases", read_file(path, advertiser)).table
        for path in sorted(CASES.glob(f"{case}/landing/**/*.*"))
        if path.is_file()
    )


def read_file(path: Path, advertiser: Advertiser) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path, partitioning=None)
    return pa.csv.read_csv(
        path,
        parse_options=pa.csv.ParseOptions(delimiter=advertiser.feeds["purchases"].csv.delimiter),
        convert_options=pa.csv.ConvertOptions(
            default_column_type=pa.large_string(),
            strings_can_be_null=False,
            column_types=dict.fromkeys(
                ("order_id", "user_id", "item_id", "quantity", "price", "purchased_at"), pa.large_string()
            ),
        ),
    )


def test_big_float_ids() -> None:
    lines = read_case("big_float_ids")
    exact = dict(
        zip(lines.column("order_id").to_pylist(), lines.column("user_id_exact").to_pylist(), strict=True)
    )
    assert exact.pop("o9") is False
    assert set(exact.values()) == {None}


def test_scientific_ids() -> None:
    lines = read_case("scientific_ids")
    assert lines.column("item_id_exact").to_pylist() == [False] * lines.num_rows
    assert lines.column("user_id_exact").null_count == lines.num_rows


def test_na_user() -> None:
    assert read_case("na_user").column("user_id").to_pylist() == [None, None, "u2"]


def test_guest_zero() -> None:
    lines = read_case("guest_zero", null_values={"user_id": ["0"]})
    assert lines.select(["user_id", "price"]).to_pydict() == {"user_id": [None, "u1"], "price": [2.5, 0.0]}


def test_excel_formula_id() -> None:
    assert read_case("excel_formula_id").column("item_id").to_pylist() == ["0012"]


def test_decimal_comma() -> None:
    assert read_case("decimal_comma").column("price_parsed").to_pylist() == [False]
    assert read_case("decimal_comma", decimal=",").column("price").to_pylist() == [2.55]


@pytest.mark.parametrize(("case", "cure"), [("hour_with_pm", "write %I"), ("literal_utc", "write %z")])
def test_formats_that_contradict_themselves(case: str, cure: str) -> None:
    with pytest.raises(SettingsError, match=f"^{case}.yaml: .*{cure}"):
        read_advertiser(CASES / case / f"{case}.yaml")


@pytest.mark.parametrize(
    ("case", "feed", "timestamp"),
    [
        ("hour_with_pm", {"timestamp_format": "%m/%d/%Y %I:%M %p"}, datetime(2026, 3, 10, 7, 16, tzinfo=UTC)),
        ("literal_utc", {"timestamp_format": "%Y-%m-%d %H:%M:%S %z"}, datetime(2026, 3, 10, 5, tzinfo=UTC)),
        ("literal_utc", {"time_zone": "UTC"}, datetime(2026, 3, 10, 5, tzinfo=UTC)),
    ],
)
def test_their_cures(case: str, feed: dict[str, Any], timestamp: datetime) -> None:
    assert read_case(case, **feed).column("purchased_at").to_pylist() == [timestamp]
