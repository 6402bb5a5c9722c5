"""The malls that are judged: their days, and how their landing files become lake partitions."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from benchmarks.data import set_days
from benchmarks.harness import say
from benchmarks.machine import ROOT

if TYPE_CHECKING:
    from include.settings import Advertiser

# Settings that are not the advertiser's own: of a mall that ships none, and of models that its list does not
# read.
SETTINGS: Final = Path(__file__).with_name("settings") / "malls"
FOLDER: Final = Path(os.environ.get("DANGOL_DATA") or ROOT / ".local" / "quality")
# Of the windows that are judged, but where longer ones are held against them.
DAYS: Final = 30
RETAIL_FILE: Final = "online_retail_ii_2009_2010.parquet"


@dataclass(frozen=True)
class Mall:
    """name: the advertiser's. yaml: its settings. first, last: the days that there are.

    chosen_on: split dates on which settings were chosen; judged_on: later ones, on which nothing was. A split
    tests the `test_days` from its date on. studies: what is judged, by name in `judging.STUDIES`; the lists
    that are changed on `changed_on` of the dates alone.
    """

    name: str
    title: str
    about: str
    yaml: Path
    first: date
    last: date
    chosen_on: tuple[date, ...]
    judged_on: tuple[date, ...]
    write: Callable[[Path, Path], None]
    file: str = ""
    test_days: int = 7
    studies: tuple[str, ...] = ("contenders", "changed", "history", "variety")
    changed_on: int = 4

    def explain_absence(self, shared_data: Path) -> str:
        """Why the mall cannot be judged here; '' where it can."""
        if self.file and not (shared_data / self.file).exists():
            return f"{self.file} is not there; name its folder with --shared-data or DANGOL_SHARED_DATA"
        return ""

    def open_advertiser(self) -> Advertiser:
        """Its settings, with windows of `DAYS`, and with those of `SETTINGS` laid over them where there is a
        file of its name."""
        from include.settings import read_advertiser

        advertiser = set_days(read_advertiser(self.yaml), DAYS)
        own = SETTINGS / f"{self.name}.yaml"
        return lay_over(advertiser, own) if own.exists() else advertiser


def lay_over(advertiser: Advertiser, path: Path) -> Advertiser:
    """The advertiser with the sections of that file, by the rules of a challenger: a model of it is added,
    or its parameters changed; what the file does not say is the advertiser's.

    Raises ValidationError where the file says what settings may not.
    """
    from include.settings.evaluation import Challenger
    from include.settings.yaml_text import read_yaml

    challenger = Challenger.model_validate(read_yaml(path).values)
    evaluation = advertiser.evaluation.model_copy(update={"challenger": challenger})
    laid = advertiser.model_copy(update={"evaluation": evaluation}).challenger
    assert laid is not None
    return laid


def prepare_mall(mall: Mall, shared_data: Path) -> Advertiser:
    """The advertiser with every day in the lake: landing files are written and ingested where they are not.

    No warehouse is asked: days are ingested by the function that the task calls for each.
    """
    from include.errors import MissingDataError
    from include.ingest.days import ingest_day
    from include.ingest.lake import list_days
    from include.settings import days_between

    advertiser = mall.open_advertiser()
    done = {feed: set(list_days(advertiser, feed)) for feed in advertiser.feeds}
    wanted = days_between(mall.first, mall.last)
    if set(wanted) <= done["purchases"]:
        return advertiser
    landing = Path(advertiser.landing.url.removeprefix("file://"))
    say(f"{mall.name}: writing landing files in {landing}")
    mall.write(shared_data, landing)
    say(f"{mall.name}: ingesting {len(wanted)} days")
    for day in wanted:
        for feed in advertiser.feeds:
            if day in done[feed]:
                continue
            try:
                ingest_day(advertiser, feed, day)
            except MissingDataError:
                if feed == "purchases":
                    raise
    return advertiser


def list_dates(first: date, count: int, *, apart: int) -> tuple[date, ...]:
    """So many dates from the first one on, `apart` days from each other."""
    return tuple(first + timedelta(days=apart * number) for number in range(count))


def _write_completejourney(shared_data: Path, landing: Path) -> None:
    from include.samples.completejourney import write_completejourney

    write_completejourney(landing)


def _write_online_retail(shared_data: Path, landing: Path) -> None:
    """A folder for every day of the log; that of a day on which the wholesaler was closed is empty."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from include.settings import days_between

    log = pq.read_table(shared_data / RETAIL_FILE)
    days = pc.floor_temporal(log.column("InvoiceDate"), unit="day").to_numpy()
    for day in days_between(ONLINE_RETAIL.first, ONLINE_RETAIL.last):
        folder = landing / "purchases" / f"dt={day}"
        folder.mkdir(parents=True, exist_ok=True)
        rows = log.filter(pa.array(days == np.datetime64(day)))
        if rows.num_rows:
            pq.write_table(rows, folder / "lines.parquet")


def _write_ssg(shared_data: Path, landing: Path) -> None:
    from include.samples.ssg import Settings, write_ssg

    write_ssg(landing, Settings(users=20_000, items=10_000, purchases=600_000, days=90))


COMPLETE_JOURNEY: Final = Mall(
    name="completejourney",
    title="Complete Journey",
    about="1,469,307 purchase lines of 2,469 households of an American grocer, 2017.",
    yaml=ROOT / "include" / "advertisers" / "completejourney.yaml",
    first=date(2017, 1, 1),
    last=date(2017, 12, 31),
    chosen_on=list_dates(date(2017, 2, 1), 3, apart=50),
    judged_on=list_dates(date(2017, 7, 5), 6, apart=30),
    write=_write_completejourney,
)
ONLINE_RETAIL: Final = Mall(
    name="online_retail",
    title="Online Retail II",
    about="525,461 raw lines of a British wholesaler of gifts, December 2009 to December 2010.",
    yaml=ROOT / "tests" / "advertisers" / "online_retail.yaml",
    first=date(2009, 12, 1),
    last=date(2010, 12, 9),
    chosen_on=list_dates(date(2010, 1, 6), 7, apart=27),
    judged_on=list_dates(date(2010, 7, 1), 8, apart=20),
    write=_write_online_retail,
    file=RETAIL_FILE,
)
SSG: Final = Mall(
    name="ssg",
    title="The synthetic mall",
    about="600,000 purchase lines of 20,000 users over 10,000 items in 90 days, drawn with seed 0 by"
    " `python -m include.samples ssg`.",
    yaml=ROOT / "include" / "advertisers" / "ssg.yaml",
    first=date(2026, 1, 1),
    last=date(2026, 3, 31),
    chosen_on=(),
    judged_on=list_dates(date(2026, 2, 1), 3, apart=25),
    write=_write_ssg,
    studies=("contenders", "variety"),
)

MALLS: Final[Sequence[Mall]] = (COMPLETE_JOURNEY, ONLINE_RETAIL, SSG)
