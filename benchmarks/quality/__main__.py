"""python -m benchmarks.quality: judge everything that is there, keep the figures, and write the page."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.harness import say
from benchmarks.machine import ROOT, count_cores, describe_machine
from benchmarks.quality.choice import ABOUT, choose_best, tabulate_choice, tabulate_sources
from benchmarks.quality.figures import BEFORE
from benchmarks.quality.judging import CHOICE, STUDIES, choose_dates, judge_mall
from benchmarks.quality.keep import RESULTS, keep_results, put_section, read_kept
from benchmarks.quality.malls import FOLDER, MALLS, Mall, prepare_mall
from benchmarks.quality.published import SPLITS, judge_split
from benchmarks.quality.report import IMAGES, PAGE, compose_page

ASKED: Final = tuple(name for name in STUDIES if name != CHOICE)
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
        asked = choose_dates(mall, options.studies, options.splits)
        section = judge_mall(mall, advertiser, asked, k=results["k"], processes=options.threads)
        section = keep_studies(results["malls"], section)
    put_section(results["malls"], section, [mall.name for mall in MALLS])


def keep_studies(sections: list[dict[str, Any]], section: dict[str, Any]) -> dict[str, Any]:
    """The section with those studies of the one of its name that were not judged anew."""
    before = next((each for each in sections if each["name"] == section["name"]), {})
    return {**{name: before[name] for name in ASKED if name in before}, **section}


def _choose(part: str, options: argparse.Namespace, results: dict[str, Any]) -> None:
    """The settings, and the best source alone, on the earlier days of both real malls."""
    malls = [mall for mall in MALLS if mall.chosen_on]
    if reasons := [reason for mall in malls if (reason := mall.explain_absence(options.shared_data))]:
        say(f"The choice keeps the figures that it had: {reasons[0]}")
        return
    records = {mall: _try_choices(mall, options, results["k"]) for mall in malls}
    dates = "; ".join(f"{mall.title} {', '.join(map(str, mall.chosen_on))}" for mall in malls)
    titled = {mall.title: some for mall, some in records.items()}
    results["choice"] = {
        "about": ABOUT.format(dates=dates, before=BEFORE),
        "tables": [tabulate_choice(titled), tabulate_sources(titled)],
        "best": {mall.name: choose_best(some) for mall, some in records.items()},
    }


def _try_choices(mall: Mall, options: argparse.Namespace, k: int) -> list[dict[str, Any]]:
    advertiser = prepare_mall(mall, options.shared_data)
    asked = {day: [CHOICE] for day in mall.chosen_on}
    section = judge_mall(mall, advertiser, asked, k=k, processes=options.threads)
    records: list[dict[str, Any]] = section[CHOICE]["records"]
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
    """The page, a picture for each mall that was judged, and one of what variety costs."""
    from benchmarks.quality.plots import draw_mall, draw_variety

    for mall in results["malls"]:
        mall.pop("picture", None)
        if "contenders" in mall:
            draw_mall(mall, results["k"], IMAGES)
            mall["picture"] = f"{mall['name']}.svg"
    results["variety_picture"] = draw_variety(results["malls"], results["k"], IMAGES)
    PAGE.parent.mkdir(parents=True, exist_ok=True)
    PAGE.write_text(compose_page(results), encoding="utf-8")
    print(f"Wrote {PAGE.relative_to(ROOT)}")


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__.split(": ")[1])
    parser.add_argument(
        "--only",
        type=lambda text: _read_names(text, PARTS),
        default=PARTS,
        metavar="NAMES",
        help=f"some of {', '.join(PARTS)}",
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
        "--splits", type=int, metavar="N", help="judge so many of the later dates, to try things"
    )
    parser.add_argument(
        "--studies",
        type=lambda text: _read_names(text, ASKED),
        default=ASKED,
        metavar="NAMES",
        help=f"of the malls, some of {', '.join(ASKED)}; the others keep their figures",
    )
    parser.add_argument(
        "--threads", type=int, default=count_cores(), help="or processes, at once (all cores)"
    )
    parser.add_argument(
        "--redraw", action="store_true", help="the page and its pictures, from the kept figures"
    )
    parser.add_argument("--to", type=Path, default=RESULTS, metavar="FILE", help="where the figures are kept")
    return parser.parse_args()


def _read_names(text: str, known: Sequence[str]) -> tuple[str, ...]:
    names = tuple(text.split(","))
    if unknown := [name for name in names if name not in known]:
        raise argparse.ArgumentTypeError(f"there is no {unknown[0]}; there are {', '.join(known)}")
    return names


if __name__ == "__main__":
    main()
