"""The steps of the daily job, named as the DAGs' tasks are, in their order."""

from __future__ import annotations

import argparse
import logging
import os
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from include.commands.answer import LATER, Answer, Run
from include.settings import Advertiser, advertiser_files, load_advertiser

if TYPE_CHECKING:
    from include.steps.waiting import Wait

log = logging.getLogger(__name__)

_HELP: Final = {
    "wait_for_landing": "look once whether the day's delivery is complete; exit code 75 while it may come",
    "ingest": "landing files of the as-of date (or --from to --to) → validated lake partitions",
    "wait_for_days": "look once whether the lake has the window's days; exit code 75 while they may come",
    "window": "the window's partitions → its dataset, best sellers, recent items",
    "train": "the dataset → ranked tables of every model (or of --model)",
    "candidates": "ranked tables → the ad list, by the advertiser's sources and re-rank steps",
    "stage": "ranked tables and the ad list → staging tables in the warehouse",
    "gate": "audit the staged release; a failed critical gate rejects it",
    "publish": "make the gated release visible, all tables at once, and wait until readers see it",
    "judge": "how well the lists made before the as-of date met what was bought on it",
    "all": "window, train, candidates, stage, gate, publish and judge",
}


def add_commands(commands: Any) -> None:
    known = ", ".join(path.stem for path in advertiser_files()) or "there is none yet"
    for step, text in _HELP.items():
        command = commands.add_parser(step, help=text, description=text)
        command.add_argument("--advertiser", required=True, metavar="NAME", help=f"of: {known}")
        command.add_argument(
            "--as-of",
            required=step != "ingest",
            type=read_date,
            metavar="DATE",
            help="the last day of the window, YYYY-MM-DD (wait_for_landing and ingest: the day)",
        )
        command.add_argument(
            "--answer",
            type=read_answer_file,
            metavar="FILE",
            help="write there too what is printed, such as /airflow/xcom/return.json in a pod",
        )
        if step == "ingest":
            command.add_argument("--from", dest="first", type=read_date, metavar="DATE", help="first day")
            command.add_argument("--to", dest="last", type=read_date, metavar="DATE", help="last day")
            command.add_argument(
                "--also-changed",
                action="store_true",
                help="ingest again the window's days whose files have changed since, as a scheduled run does",
            )
        if step == "train":
            command.add_argument("--model", help="one registered model (default: the advertiser's)")
        if step in ("stage", "all"):
            command.add_argument("--run-id", default="cli", metavar="ID", help="kept in releases.run_id")
        if step in ("gate", "publish"):
            command.add_argument("--release-id", type=int, help="default: the newest staged one")
        command.set_defaults(run=_choose(step, command))


def _choose(step: str, command: ArgumentParser) -> Run:
    def run(options: Namespace) -> Answer:
        if step == "ingest" and (options.as_of is not None) == (options.first is not None):
            command.error("say --as-of DAY, or --from DAY and --to DAY")
        return STEPS[step](load_advertiser(options.advertiser), options)

    return run


def read_date(text: str) -> date:
    """A year that no mall has would leave the calendar where a window or a deadline is counted from it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from None
    if not 1900 <= day.year < 3000:
        raise argparse.ArgumentTypeError(f"{text!r} is of no year from 1900 to 2999; write YYYY-MM-DD")
    return day


def read_days(text: str) -> int:
    """How many days."""
    if not text.isdecimal() or not 0 < int(text) < 10_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of days from 1 to 9999")
    return int(text)


def read_answer_file(text: str) -> Path:
    """Refuse a file that cannot be written before the step's work is done."""
    file = Path(text)
    if file.is_dir() or not os.access(file if file.exists() else file.parent, os.W_OK):
        raise argparse.ArgumentTypeError(f"{text!r} cannot be written; name a file in a folder that is there")
    return file


def _wait_for_landing(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.waiting import wait_for_landing

    return _answer_wait(wait_for_landing(advertiser, options.as_of), {"day": options.as_of})


def _wait_for_days(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.waiting import wait_for_days

    first, last = advertiser.find_window(options.as_of)
    return _answer_wait(wait_for_days(advertiser, options.as_of), {"from": first, "to": last})


def _answer_wait(wait: Wait | None, days: dict[str, date]) -> Answer:
    if wait is None:
        return Answer(days)
    log.info("%s", wait)
    return Answer(days | {"waiting_for": wait.reason, "until": wait.deadline}, code=LATER)


def _ingest(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.ingest import ingest_days

    first = options.first or options.as_of
    last = options.last or first
    return Answer(ingest_days(advertiser, first, last, also_changed=options.also_changed))


def _build_window(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.window import build_window

    return Answer(build_window(advertiser, options.as_of))


def _train(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.train import train_model

    models = (options.model,) if getattr(options, "model", None) else advertiser.chosen_models
    return Answer([train_model(advertiser, options.as_of, model) for model in models])


def _make_candidates(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.candidates import make_candidates

    return Answer(make_candidates(advertiser, options.as_of))


def _stage(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.release import stage_release

    return Answer(stage_release(advertiser, options.as_of, run_id=options.run_id))


def _gate(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.release import gate_release

    return Answer(gate_release(advertiser, options.as_of, getattr(options, "release_id", None)))


def _publish(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.release import publish_release

    return Answer(publish_release(advertiser, options.as_of, getattr(options, "release_id", None)))


def _judge(advertiser: Advertiser, options: Namespace) -> Answer:
    from include.steps.judge import judge_day

    return Answer(judge_day(advertiser, options.as_of))


def _run_all(advertiser: Advertiser, options: Namespace) -> Answer:
    steps = (_build_window, _train, _make_candidates, _stage, _gate, _publish, _judge)
    window, trained, *others = [step(advertiser, options).value for step in steps]
    return Answer([window, *trained, *others])


STEPS: Final[dict[str, Callable[[Advertiser, Namespace], Answer]]] = {
    "wait_for_landing": _wait_for_landing,
    "ingest": _ingest,
    "wait_for_days": _wait_for_days,
    "window": _build_window,
    "train": _train,
    "candidates": _make_candidates,
    "stage": _stage,
    "gate": _gate,
    "publish": _publish,
    "judge": _judge,
    "all": _run_all,
}
