"""python -m benchmarks.quality: judge everything that is there, keep the figures, and write the page."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import say
from benchmarks.machine import ROOT, count_cores, describe_machine
from benchmarks.quality.choice import ABOUT, list_rivals, tabulate_choice
from benchmarks.quality.figures import BEFORE
from benchmarks.quality.judging import judge_mall, list_contenders
from benchmarks.quality.keep import RESULTS, keep_results, put_section, read_kept
from benchmarks.quality.malls import FOLDER, MALLS, Mall, prepare_mall
from benchmarks.quality.published import SPLITS, judge_split
from benchmarks.quality.report import IMAGES, PAGE, compose_page

CHOICE: Final = "choice"
PARTS: Final = (*(mall.name for mall in MALLS), CHOICE, *(split.name for split in SPLITS))


def main() -> None:
    options = _read_options()
    results = read_kept(options.to)
    if not options.redraw:
        os.environ["DANGOL_DATA"] = str(FOLDER)
        from include.compile_cache import choose_cache

        choose_cache()
        for part in options.only:
            _run_part(part, options, results)
    if options.to != RESULTS:
        print(f"Kept in {options.to}; the page is of {RESULTS.relative_to(ROOT)} alone.")
        return
    write_page(results)
    keep_results(results, options.to)


def _run_part(part: str, options: argparse.Namespace, results: dict[str, Any]) -> None:
    say(f"\n== {part}")
    _MAKERS.get(part, _judge)(part, options, results)
    results["machines"][part] = describe_machine()
    keep_results(results, options.to)


def _judge(part: str, options: argparse.Namespace, results: dict[str, Any]) -> None:
    """One mall, on its later days."""
    mall = next(mall for mall in MALLS if mall.name == part)
    if reason := mall.explain_absence(options.shared_data):
        section = {"name": mall.name, "title": mall.title, "about": mall.about, "absent": reason}
        say(f"{mall.title}: {reason}")
    else:
        advertiser = prepare_mall(mall, options.shared_data)
        section = judge_mall(
            mall,
            advertiser,
            list_contenders,
            mall.judged_on,
            k=results["k"],
            processes=options.threads,
        )
    put_section(results["malls"], section, [mall.name for mall in MALLS])


def _choose(part: str, options: argparse.Namespace, results: dict[str, Any]) -> None:
    """The settings, on the earlier days of both real malls."""
    malls = [mall for mall in MALLS if mall.chosen_on]
    if reasons := [reason for mall in malls if (reason := mall.explain_absence(options.shared_data))]:
        say(f"The choice keeps the figures that it had: {reasons[0]}")
        return
    records = {mall.title: _try_choices(mall, options, results["k"]) for mall in malls}
    dates = "; ".join(f"{mall.title} {', '.join(map(str, mall.chosen_on))}" for mall in malls)
    about = ABOUT.format(dates=dates, before=BEFORE)
    results["choice"] = {"about": about, "tables": [tabulate_choice(records)]}


def _try_choices(mall: Mall, options: argparse.Namespace, k: int) -> list[dict[str, Any]]:
    advertiser = prepare_mall(mall, options.shared_data)
    found = judge_mall(
        mall,
        advertiser,
        list_rivals,
        mall.chosen_on,
        k=k,
        processes=options.threads,
        incumbents=(BEFORE,),
    )
    records: list[dict[str, Any]] = found["records"]
    return records


def _reproduce(part: str, options: argparse.Namespace, results: dict[str, Any]) -> None:
    """One public data set."""
    split = next(split for split in SPLITS if split.name == part)
    section = judge_split(split, options)
    put_section(results["published"], section, [split.name for split in SPLITS])


_MAKERS: Final[Mapping[str, Callable[[str, argparse.Namespace, dict[str, Any]], None]]] = {
    CHOICE: _choose,
    **{split.name: _reproduce for split in SPLITS},
}


def write_page(results: dict[str, Any]) -> None:
    """The page, and a picture for each mall that was judged."""
    from benchmarks.quality.plots import draw_mall

    for mall in results["malls"]:
        mall.pop("picture", None)
        if not mall.get("absent"):
            draw_mall(mall, results["k"], IMAGES)
            mall["picture"] = f"{mall['name']}.svg"
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(compose_page(results), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}")


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.split(": ")[1])
    parser.add_argument(
        "--only", type=_read_parts, default=PARTS, metavar="NAMES", help=f"some of {', '.join(PARTS)}"
    )
    parser.add_argument(
        "--shared-data",
        type=Path,
        default=Path(os.environ.get("DANGOL_SHARED_DATA", ROOT.parent / "shared" / "data")),
        metavar="FOLDER",
        help="where Online Retail II and Gowalla lie (DANGOL_SHARED_DATA)",
    )
    parser.add_argument(
        "--ml-100k", type=Path, metavar="FILE", help="ML-100k as user, item, rating, timestamp"
    )
    parser.add_argument(
        "--threads", type=int, default=count_cores(), help="or processes, at once (all cores)"
    )
    parser.add_argument(
        "--redraw", action="store_true", help="the page and its pictures, from the kept figures"
    )
    parser.add_argument("--to", type=Path, default=RESULTS, metavar="FILE", help="where the figures are kept")
    return parser.parse_args()


def _read_parts(text: str) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in PARTS]:
        raise argparse.ArgumentTypeError(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    return names


if __name__ == "__main__":
    main()
