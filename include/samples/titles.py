"""Readable product titles from the grocer's shelf words.

The package's catalogue has no titles: a product is a type in capitals, cut at 30 letters and abbreviated
("SFT DRNK SNGL SRV BTL CARB (EX"), a brand ("National" or "Private") and a package size.
"""

from __future__ import annotations

import re

_WORDS = {
    "ALEMALT": "ale, malt",
    "APPL": "apple",
    "BEERALEMALT": "beer, ale, malt",
    "BN": "bean",
    "BR": "bread",
    "BRD": "breaded",
    "BRKFST": "breakfast",
    "BTL": "bottle",
    "CAR": "carbonated",
    "CARB": "carbonated",
    "CATFD": "cat food",
    "CHIX": "chicken",
    "CHOC": "chocolate",
    "CHOCOCLATE": "chocolate",
    "CLEANG": "cleaning",
    "CND": "canned",
    "CONC": "concentrate",
    "CRBNTD": "carbonated",
    "CRMD": "creamed",
    "CRYSTL": "crystal",
    "DISPOSIBLE": "disposable",
    "DNR": "dinner",
    "DNRS": "dinners",
    "DRNK": "drink",
    "DRNKING": "drinking",
    "DRNKNG": "drinking",
    "DRNKS": "drinks",
    "DRSNG": "dressing",
    "DSH": "dish",
    "EXCP": "except",
    "FD": "food",
    "FLVRD": "flavored",
    "FRZ": "frozen",
    "FRZN": "frozen",
    "GDS": "goods",
    "JCE": "juice",
    "MACH": "machine",
    "MLK": "milk",
    "MLT": "multi",
    "MNERAL": "mineral",
    "MNRL": "mineral",
    "MXS": "mixes",
    "PKLD": "pickled",
    "PLSTC": "plastic",
    "PNT": "peanut",
    "PREM": "premium",
    "PREP": "prepared",
    "PWDR": "powder",
    "PWDRS": "powders",
    "REFRGRATD": "refrigerated",
    "REFRIG": "refrigerated",
    "REG": "regular",
    "SALD": "salad",
    "SAUCESSALSAPICANTEE": "sauces, salsa, picante",
    "SFT": "soft",
    "SGL": "single",
    "SNDWCH": "sandwich",
    "SNGL": "single",
    "SPECILATY": "specialty",
    "SPLY": "supplies",
    "SPRD": "spread",
    "SRV": "serve",
    "SUP": "super",
    "TISS": "tissue",
    "VEG": "vegetable",
    "VEND": "vending",
    "WHL": "whole",
    "WT": "weight",
    "WTR": "water",
}
_BRANDS = {"National": "national brand", "Private": "private label"}
# Codes before the size, such as "ABD   1 DZ": they say in which stores it is sold, not how big it is.
_STORE_CODES = re.compile(r"^(?:ALL ?|[ABCDLQ]{1,4}(?: [ABCDLQ]{1,4})* +)(?=\d)")


def make_title(
    product_id: int,
    product_type: str | None,
    category: str | None,
    department: str | None,
    brand: str | None,
    package_size: str | None,
) -> str:
    """A title such as "Fluid milk white only, private label, 1 GA"; never empty.

    A type of one word that says little alone names its category too: "Primal (beef)". Without a type,
    the category or the department and the product's id stand for it.
    """
    if product_type:
        name = _spell_out(product_type)
        if category and " " not in name and not _share_a_word(product_type, category):
            name = f"{name} ({_spell_out(category)})"
    else:
        name = f"{_spell_out(category or department or 'Product')} {product_id}"
    size = _STORE_CODES.sub("", " ".join((package_size or "").split()))
    parts = (name, _BRANDS.get(brand or "", brand), size if re.search(r"\d", size) else None)
    return _capitalise(", ".join(part for part in parts if part))


def _spell_out(words: str) -> str:
    """Lower case, abbreviations in full, without the parenthesis that the cut left open."""
    text = re.sub(r"\s*\([^)]*$| INCL$", "", " ".join(words.split())) or words
    spelled = re.sub(r"[A-Z]+", lambda found: _WORDS.get(found[0], found[0].lower()), text)
    return spelled.strip(" -/&:")


def _share_a_word(product_type: str, category: str) -> bool:
    return any(word[:4] in category for word in product_type.split())


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
