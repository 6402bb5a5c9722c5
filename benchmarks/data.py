"""What is measured: malls of any size and real purchases, made once and kept in `.local/bench/data`.

python -m benchmarks.data mall-1/16        landing files, lake, and the window's matrix of that share
python -m benchmarks.data completejourney  the last month of `make demo`
python -m benchmarks.data online_retail    a year of a British wholesaler, if its log is there
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, load_npz, save_npz

from benchmarks.harness import say
from benchmarks.machine import ROOT

if TYPE_CHECKING:
    from include.dataset.interactions import Interactions
    from include.settings import Advertiser

FOLDER = Path(os.environ.get("DANGOL_BENCH", ROOT / ".local" / "bench"))
SHARED_DATA = Path(os.environ.get("DANGOL_SHARED_DATA", ROOT.parent / "shared" / "data"))
RETAIL_LOG = SHARED_DATA / "online_retail_ii_2009_2010.parquet"

WHOLE = {"users": 600_000, "items": 400_000, "purchases": 6_000_000}
_DAYS: Final = 30
_AS_OF = {"ssg": date(2026, 1, 30), "completejourney": date(2017, 12, 31)}
# The factorisation whose factors the top-k scripts score: the defaults, and what completejourney.yaml says.
FACTORS = {
    "mall": {"factors": 64, "regularization": 0.01, "alpha": 1.0},
    "completejourney": {"factors": 64, "regularization": 50.0, "alpha": 10.0},
    "online_retail": {"factors": 64, "regularization": 0.01, "alpha": 1.0},
}
WARM_UP = "mall-1/256"


def scale_mall(share: str) -> dict[str, Any]:
    """Users, items and purchases of a mall of that share."""
    return {name: max(1, round(count * Fraction(share))) for name, count in WHOLE.items()}


def prepare(source: str) -> Path:
    """The folder of a source, made in a process of its own where it is not there."""
    folder = FOLDER / "data" / source.replace("/", "-of-")
    if not (folder / "facts.json").exists():
        say(f"preparing {source} in {folder}")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "benchmarks.data", source],
            cwd=ROOT,
            env={**os.environ, "DANGOL_DATA": str(folder), "DANGOL_BENCH": str(FOLDER)},
            check=True,
        )
    return folder


def explain_absence(source: str) -> str:
    """Why a source cannot be had here; '' where it can."""
    if source == "online_retail" and not RETAIL_LOG.exists():
        return f"{RETAIL_LOG.name} is not there: name its folder with DANGOL_SHARED_DATA"
    return ""


def read_facts(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "facts.json").read_text())
    return facts


def describe_facts(facts: dict[str, Any]) -> str:
    return (
        f"{facts['users']:,} users × {facts['items']:,} items, {facts['pairs']:,} distinct pairs from"
        f" {facts['lines']:,} lines, Σ history² {facts['squares']:,}"
    )


def load_matrix(folder: str | Path) -> csr_matrix:
    """Users × items, float32; the value is the number of purchase lines."""
    return load_npz(Path(folder) / "user_items.npz")


def load_binary(folder: str | Path) -> csr_matrix:
    matrix = load_matrix(folder)
    matrix.data[:] = 1
    return matrix


def load_factors(folder: str | Path, name: str) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """user_factors and item_factors that `prepare_factors` called `name`."""
    return tuple(np.load(Path(folder) / f"{name}.{side}.npy") for side in ("users", "items"))


def prepare_factors(folder: Path, factors: float, regularization: float, alpha: float) -> str:
    """Factors of `implicit` after 15 iterations, made where they are not there; their name."""
    name = f"factors-{factors:.0f}-{regularization:g}-{alpha:g}"
    if not (folder / f"{name}.items.npy").exists():
        say(f"preparing {name} in {folder}")
        code = (
            "from benchmarks.data import fit_factors;"
            f" fit_factors({str(folder)!r}, {name!r}, {factors:.0f}, {regularization}, {alpha})"
        )
        environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=environment, check=True)
    return name


def fit_factors(folder: str, name: str, factors: int, regularization: float, alpha: float) -> None:
    from implicit.cpu.als import AlternatingLeastSquares

    model = AlternatingLeastSquares(
        factors=factors, regularization=regularization, alpha=alpha, iterations=15, random_state=0
    )
    model.fit(load_matrix(folder), show_progress=False)
    np.save(Path(folder, f"{name}.users.npy"), model.user_factors)
    np.save(Path(folder, f"{name}.items.npy"), model.item_factors)


def open_advertiser(source: str) -> Advertiser:
    """The advertiser of a source, with a window of `_DAYS`; landing and lake are where DANGOL_DATA says."""
    from include.settings import load_advertiser

    return set_days(load_advertiser("ssg" if source.startswith("mall") else source), _DAYS)


def set_days(advertiser: Advertiser, days: int) -> Advertiser:
    """The advertiser with a window of so many days."""
    window = advertiser.window.model_copy(update={"days": days})
    return advertiser.model_copy(update={"window": window})


def find_window(source: str) -> tuple[date, date]:
    """First and last day of a source's window."""
    last = _AS_OF["ssg" if source.startswith("mall") else source]
    return last - timedelta(days=_DAYS - 1), last


def write_landing(source: str, advertiser: Advertiser) -> None:
    from include.samples.completejourney import write_completejourney
    from include.samples.ssg import Settings, write_ssg

    first, last = find_window(source)
    root = Path(advertiser.landing.url.removeprefix("file://"))
    if source.startswith("mall"):
        write_ssg(root, Settings(**scale_mall(source.removeprefix("mall-"))))
    else:
        write_completejourney(root, first, last)


def _make_source(source: str, folder: Path) -> None:
    """The matrix of a source and its ids, as files that load without our code."""
    from benchmarks import ours

    interactions, lines = (
        ours.read_retail_log(RETAIL_LOG) if source == "online_retail" else _make_window(source)
    )
    matrix = interactions.user_items
    save_npz(folder / "user_items.npz", matrix, compressed=False)
    ours.save_ids(folder, interactions)
    histories = np.diff(matrix.indptr).astype(np.int64)
    facts = {
        "users": matrix.shape[0],
        "items": matrix.shape[1],
        "pairs": int(matrix.nnz),
        "lines": lines,
        "squares": int((histories**2).sum()),
    }
    (folder / "facts.json").write_text(json.dumps(facts))


def _make_window(source: str) -> tuple[Interactions, int]:
    """Landing files → lake → window, and how many lines the lake accepted."""
    from benchmarks import ours
    from include.errors import MissingDataError
    from include.ingest.days import ingest_day
    from include.settings import days_between

    advertiser = open_advertiser(source)
    write_landing(source, advertiser)
    lines = 0
    for day in days_between(*find_window(source)):
        for feed in advertiser.feeds:
            try:
                manifest = ingest_day(advertiser, feed, day)
            except MissingDataError:
                continue
            lines += manifest.accepted_rows if feed == "purchases" else 0
    return ours.read_window(advertiser, find_window(source)[1]), lines


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data", description=__doc__.split("\n")[0])
    parser.add_argument("source", help="mall-SHARE such as mall-1/16, completejourney or online_retail")
    source = parser.parse_args().source
    folder = FOLDER / "data" / source.replace("/", "-of-")
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["DANGOL_DATA"] = str(folder)
    _make_source(source, folder)


if __name__ == "__main__":
    main()
