from __future__ import annotations

import pytest

from include.samples.titles import make_title


@pytest.mark.parametrize(
    ("product", "title"),
    [
        (
            ("FLUID MILK WHITE ONLY", "FLUID MILK PRODUCTS", "GROCERY", "Private", "1 GA"),
            "Fluid milk white only, private label, 1 GA",
        ),
        (
            ("SFT DRNK SNGL SRV BTL CARB (EX", "SOFT DRINKS", "GROCERY", "National", "20 OZ"),
            "Soft drink single serve bottle carbonated, national brand, 20 OZ",
        ),
        (
            ("SFT DRNK 2 LITER BTL CARB INCL", "SOFT DRINKS", "GROCERY", "National", "2 L"),
            "Soft drink 2 liter bottle carbonated, national brand, 2 L",
        ),
        (("PRIMAL", "BEEF", "MEAT", "National", None), "Primal (beef), national brand"),
        (("BUTTER", "BUTTER", "GROCERY", "Private", "1 LB"), "Butter, private label, 1 LB"),
        (
            ("EGGS - LARGE", "EGGS", "GROCERY", "Private", "ABD   1 DZ"),
            "Eggs - large, private label, 1 DZ",
        ),
        (
            ("CREAM CHEESE", "CHEESE", "GROCERY", "National", "L      8 OZ"),
            "Cream cheese, national brand, 8 OZ",
        ),
        (("CIGARETTES", "CIGARETTES", "GROCERY", "National", "CTN"), "Cigarettes, national brand"),
        (
            (None, "CANDY - PACKAGED", "DRUG GM", "National", "3 OZ"),
            "Candy - packaged 7, national brand, 3 OZ",
        ),
        ((None, None, "MISCELLANEOUS", "Private", None), "Miscellaneous 7, private label"),
        ((None, None, None, None, None), "Product 7"),
        (("(CORP USE ONLY)", None, "MISCELLANEOUS", None, None), "(corp use only)"),
    ],
)
def test_titles(product: tuple, title: str) -> None:
    assert make_title(7, *product) == title
