"""Texts as numbers: with a decimal point or comma, groups of thousands, currencies, and minus signs anywhere.

What is not well-formed does not parse, rather than being guessed at: 1,50 is no number where the comma
groups thousands, and 12 EUR is none in a mall whose currency is KRW.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from include.ingest.values.text import replace_regex

_PLAIN: Final = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
_WHOLE: Final = r"^[+-]?[0-9]+$"
_EXPONENT: Final = r"(?:[eE][+-]?[0-9]{1,3})?"
_BLANK: Final = r"[\s\p{Zs}]*"
_MINUS: Final = r"[\x{2212}\x{fe63}\x{ff0d}]"
# What stands for a space, and for an apostrophe, between groups of thousands.
_SAME: Final = {
    **dict.fromkeys(" \u00a0\u2009\u202f", r"[ \x{a0}\x{2009}\x{202f}]"),
    **dict.fromkeys("'\u2019", r"['\x{2019}]"),
}
# How currencies are written beside their codes.
_SIGNS: Final = {
    "KRW": ("₩", "￦", "원"),
    "USD": ("$", "US$"),
    "EUR": ("€",),
    "GBP": ("£",),
    "JPY": ("¥", "￥", "円"),
    "CNY": ("¥", "￥", "元", "RMB"),
    "TWD": ("$", "NT$", "元"),
    "HKD": ("$", "HK$"),
    "SGD": ("$", "S$"),
    "AUD": ("$", "A$", "AU$"),
    "NZD": ("$", "NZ$"),
    "CAD": ("$", "C$", "CA$"),
    "MXN": ("$", "MX$"),
    "BRL": ("R$",),
    "INR": ("₹", "Rs", "Rs."),
    "VND": ("₫", "đ"),
    "THB": ("฿",),
    "PHP": ("₱",),
    "IDR": ("Rp", "Rp."),
    "MYR": ("RM",),
    "TRY": ("₺", "TL"),
    "RUB": ("₽", "руб."),
    "UAH": ("₴",),
    "PLN": ("zł",),
    "CZK": ("Kč",),
    "HUF": ("Ft",),
    "SEK": ("kr", "kr."),
    "NOK": ("kr", "kr."),
    "DKK": ("kr", "kr."),
    "CHF": ("Fr.", "SFr."),
    "ZAR": ("R",),
    "ILS": ("₪",),
    "AED": (),
    "SAR": (),
}


@dataclass(frozen=True)
class NumberFormat:
    """How a feed writes numbers.

    `currency` is the code of the only currency that may stand beside them; "" is any. With None there may
    be none, as in a quantity.
    """

    decimal: str = "."
    thousands: str | None = None
    currency: str | None = None

    @cached_property
    def plain(self) -> str:
        """What needs no rewriting."""
        return _PLAIN if self.decimal == "." else _WHOLE

    @cached_property
    def pattern(self) -> str:
        """What can be rewritten: signs (a to d), currencies (e, f) and brackets (g, h) around a number."""
        point = re.escape(self.decimal)
        whole = "[0-9]+"
        if self.group is not None:
            whole = f"(?:[0-9]+|[1-9][0-9]{{0,2}}(?:{self.group}[0-9]{{3}})+)"
        number = f"(?P<number>(?:{whole}(?:{point}[0-9]*)?|{point}[0-9]+){_EXPONENT})"
        names = "|".join(re.escape(name) for name in sorted(self._list_currencies(), key=len, reverse=True))
        before, after = (f"(?P<{letter}>{names})?" if names else f"(?P<{letter}>)" for letter in "ef")
        parts = [r"(?P<g>\()?", "(?P<a>[+-])?", before, "(?P<b>[+-])?", number]
        parts += ["(?P<c>-)?", after, "(?P<d>-)?", r"(?P<h>\))?"]
        return f"^{_BLANK.join(parts)}$"

    @property
    def group(self) -> str | None:
        """The pattern of what stands between groups of thousands."""
        if self.thousands is None:
            return None
        return _SAME.get(self.thousands, re.escape(self.thousands))

    def _list_currencies(self) -> set[str]:
        if self.currency is None:
            return set()
        codes = [self.currency.upper()] if self.currency.upper() in _SIGNS else list(_SIGNS)
        return {name for code in codes for name in (code, code.lower(), *_SIGNS[code])}


PLAIN: Final = NumberFormat()


def read_numbers(text: pa.Array, form: NumberFormat) -> pa.Array:
    """Each text (large_string) as float64: null where there is none and where it is no number."""
    plain = pc.fill_null(pc.match_substring_regex(text, form.plain), False)
    numbers = pc.if_else(plain, text, pa.scalar(None, text.type)).cast(pa.float64())
    others = pc.and_(pc.invert(plain), pc.is_valid(text))
    if not pc.any(others).as_py():
        return numbers
    written = text.filter(others).dictionary_encode()  # a mall has few different prices
    return pc.replace_with_mask(
        numbers, others, _read_written(written.dictionary, form).take(written.indices)
    )


def _read_written(text: pa.Array, form: NumberFormat) -> pa.Array:
    parts = pc.extract_regex(replace_regex(text, _MINUS, "-"), form.pattern)
    part = {field.name: pc.struct_field(parts, field.name) for field in parts.type}
    there = {name: np.array(pc.not_equal(part[name], "").fill_null(False)) for name in "abcdefgh"}
    signs = sum(there[name].astype(int) for name in "abcd")
    minus = there["g"] | there["c"] | there["d"]
    for name in "ab":
        minus |= np.array(pc.equal(part[name], "-").fill_null(False))
    # One sign at most, or brackets in its place; one currency at most.
    good = (signs + there["g"] <= 1) & (there["g"] == there["h"]) & ~(there["e"] & there["f"])
    digits = part["number"]
    if form.group is not None:
        digits = replace_regex(digits, form.group, "")
    digits = pc.replace_substring(digits, form.decimal, ".")
    numbers = pc.if_else(pa.array(good), digits, pa.scalar(None, digits.type)).cast(pa.float64())
    return pc.if_else(pa.array(minus), pc.negate(numbers), numbers)
