from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from include.ingest.days import ingest_day
from include.ingest.usual import find_usual_lines
from tests.ingest.conftest import DAY, Mall, make_purchases


def ingest(mall: Mall, count: int, day: date) -> tuple[str, ...]:
    mall.deliver(make_purchases(count, purchased_at=[f"{day}T09:30:00"] * count), day)
    return ingest_day(mall.advertiser, "purchases", day).warnings


def test_the_median_of_the_same_weekdays_before(make_mall: Callable[..., Mall]) -> None:
    weeks = [DAY - timedelta(weeks=age) for age in range(1, 6)]
    mall = make_mall(calendar={"closed_dates": [weeks[1]]})
    ingest(mall, 1000, DAY - timedelta(days=1))
    assert find_usual_lines(mall.advertiser, "purchases", DAY) is None
    assert ingest(mall, 100, weeks[0]) == ()
    ingest_day(mall.advertiser, "purchases", weeks[1])
    assert find_usual_lines(mall.advertiser, "purchases", DAY) is None
    ingest(mall, 40, weeks[2])
    assert find_usual_lines(mall.advertiser, "purchases", DAY) == 70
    ingest(mall, 60, weeks[3])
    ingest(mall, 900, weeks[4])
    assert find_usual_lines(mall.advertiser, "purchases", DAY) == 60
    (mall.partition(weeks[3]) / "manifest.json").write_text("{")
    assert find_usual_lines(mall.advertiser, "purchases", DAY) == 70


def test_a_day_with_far_fewer_lines_warns(mall: Mall) -> None:
    for age in (1, 2, 3):
        ingest(mall, 100, DAY - timedelta(weeks=age))
    assert ingest(mall, 50, DAY) == ()
    (warning,) = ingest(mall, 10, DAY)
    assert warning.startswith("the day has 10 accepted lines, 10% of the 100 that a Tuesday usually has")
    assert "gates.warn_day_share" in warning
