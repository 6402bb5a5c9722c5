"""Texts as numbers: what is well-formed by the feed's settings, and what is not guessed at."""

from __future__ import annotations

import pyarrow as pa
import pytest

from include.ingest.values.number_texts import NumberFormat, read_numbers

GERMAN = NumberFormat(",", ".")
ENGLISH = NumberFormat(".", ",")
SWISS = NumberFormat(".", "'")
FRENCH = NumberFormat(",", " ")
ANY_MONEY = NumberFormat(".", ",", "")
KOREAN_MONEY = NumberFormat(".", ",", "KRW")


@pytest.mark.parametrize(
    ("form", "text", "number"),
    [
        (NumberFormat(), "12.50", 12.5),
        (NumberFormat(), "+12.5", 12.5),
        (NumberFormat(), "12.50-", -12.5),
        (NumberFormat(), "\u221212.50", -12.5),
        (NumberFormat(), "\uff0d12.50", -12.5),
        (NumberFormat(), "(12.50)", -12.5),
        (NumberFormat(), "- 12", -12.0),
        (NumberFormat(), "1.5e+3", 1500.0),
        (NumberFormat(), "12,50", None),
        (NumberFormat(), "1,299", None),
        (NumberFormat(), "₩100", None),
        (NumberFormat(), "-5-", None),
        (NumberFormat(), "(-5)", None),
        (NumberFormat(), "(5", None),
        (NumberFormat(), "5)", None),
        (NumberFormat(), "--5", None),
        (NumberFormat(), "-", None),
        (NumberFormat(), ".", None),
        (NumberFormat(), "1 2", None),
        (NumberFormat(","), "12,50", 12.5),
        (NumberFormat(","), "12", 12.0),
        (NumberFormat(","), ",5-", -0.5),
        (NumberFormat(","), "1,5E+3", 1500.0),
        (NumberFormat(","), "12.50", None),
        (NumberFormat(","), "1,299,00", None),
        (GERMAN, "1.299,00", 1299.0),
        (GERMAN, "1.299", 1299.0),
        (GERMAN, "1.299.000,5", 1299000.5),
        (GERMAN, "1299,5", 1299.5),
        (GERMAN, "-1.299,50", -1299.5),
        (GERMAN, "12.50", None),
        (GERMAN, "0.500", None),
        (GERMAN, "1,299.00", None),
        (ENGLISH, "1,299.50", 1299.5),
        (ENGLISH, "1,50", None),
        (ENGLISH, "1,2999", None),
        (ENGLISH, ",500", None),
        (ENGLISH, "12,34,567", None),
        (ENGLISH, "1299,000", None),
        (SWISS, "1'299.50", 1299.5),
        (SWISS, "1\u2019299", 1299.0),
        (FRENCH, "1 299,50", 1299.5),
        (FRENCH, "1\u00a0299\u202f000,50", 1299000.5),
        (FRENCH, "1 29", None),
        (FRENCH, "1  299", None),
        (ANY_MONEY, "₩1,000", 1000.0),
        (ANY_MONEY, "1,000 원", 1000.0),
        (ANY_MONEY, "1000円", 1000.0),
        (ANY_MONEY, "$ 12.50", 12.5),
        (ANY_MONEY, "$-12.50", -12.5),
        (ANY_MONEY, "-$12.50", -12.5),
        (ANY_MONEY, "($12.50)", -12.5),
        (ANY_MONEY, "12.50- $", -12.5),
        (ANY_MONEY, "12.50\u00a0€", 12.5),
        (ANY_MONEY, "USD 12.50", 12.5),
        (ANY_MONEY, "12.50USD", 12.5),
        (ANY_MONEY, "£12", 12.0),
        (ANY_MONEY, "12 PCS", None),
        (ANY_MONEY, "$12$", None),
        (ANY_MONEY, "$", None),
        (KOREAN_MONEY, "1,000원", 1000.0),
        (KOREAN_MONEY, "krw 1,000", 1000.0),
        (KOREAN_MONEY, "$12.50", None),
        (KOREAN_MONEY, "12 EUR", None),
        (NumberFormat(",", ".", "EUR"), "1.299,00 €", 1299.0),
        (NumberFormat(".", None, "GBP"), "£12.50", 12.5),
        (NumberFormat(".", None, "our points"), "$12.50", 12.5),
    ],
)
def test_a_number(form: NumberFormat, text: str, number: float | None) -> None:
    column = pa.array([text, None, "7", text], pa.large_string())
    assert read_numbers(column, form).to_pylist() == [number, None, 7.0, number]


@pytest.mark.parametrize("form", [NumberFormat(), GERMAN, ANY_MONEY])
def test_empty_columns(form: NumberFormat) -> None:
    numbers = read_numbers(pa.array([], pa.large_string()), form)
    assert (numbers.type, len(numbers)) == (pa.float64(), 0)
    assert read_numbers(pa.nulls(2, pa.large_string()), form).to_pylist() == [None, None]
