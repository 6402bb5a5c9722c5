"""What analysts may see of delivered values: numbers, dates and flags; of all else the shape."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from include.ingest.days import ingest_day
from include.ingest.masks import mask_value
from tests.ingest.conftest import DAY, Mall, make_purchases

SHOWN = """0 -1 1,000 1.299,00 12,50 $12.50 12.50- 1e13 8.80E+12 12000원 inf Y no 2026-03-10 10/03/2026
2026-03-10T23:59:59.999+09:00"""


@pytest.mark.parametrize("value", [*SHOWN.split(), "2026-03-10 오전 09:30", "10/03/2026 4:16 PM"])
def test_numbers_dates_and_flags_are_shown(value: str) -> None:
    assert mask_value(value) == value


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("buyer@example.com", "xxxxx@xxxxxxx.xxx"),
        ("01012345678", "99999999999"),
        ("010-1234-5678", "999-9999-9999"),
        ("900101-1234567", "999999-9999999"),
        ("4111 1111 1111 1111", "9999 9999 9999 9999"),
        ("김철수", "xxx"),
        ("서울시 강남구 12", "xxx xxx 99"),
        ("Kim", "xxx"),
        ("sold out", "xxxx xxx"),
        ("a\0\u202eb", "x??x"),
        ("x" * 100, "x" * 60),
    ],
)
def test_all_else_is_a_shape(value: str, shape: str) -> None:
    assert mask_value(value) == shape


def test_words_of_a_catalogues_availability_are_shown() -> None:
    assert mask_value("sold out", "is_available") == "sold out"
    assert mask_value("품절", "is_available") == "품절"
    assert mask_value("buyer@example.com", "is_available") == "xxxxx@xxxxxxx.xxx"


def test_an_item_that_a_number_type_spoilt_is_shown() -> None:
    assert mask_value("8801234567890123.0", "item_id", is_number=True) == "8801234567890123.0"
    assert mask_value("buyer@example.com", "item_id", is_number=True) == "xxxxx@xxxxxxx.xxx"


@given(st.text())
def test_a_shape_can_be_stored(value: str) -> None:
    shown = mask_value(value)
    assert shown.encode().decode() == shown
    assert "\0" not in shown


@pytest.mark.parametrize("column", ["item_id", "quantity", "price", "purchased_at"])
def test_no_table_or_message_holds_a_persons_value(make_mall: Callable[..., Mall], column: str) -> None:
    mall = make_mall()
    personal = ["buyer@example.com", "010-1234-5678", "김철수", "x" * 600]
    mall.deliver(make_purchases(5, **{column: [*personal, None]}))
    manifest = ingest_day(mall.advertiser, "purchases", DAY)
    text = manifest.to_json()
    for value in personal[:3]:
        assert value not in text
        assert value not in json.loads(json.dumps(text))
