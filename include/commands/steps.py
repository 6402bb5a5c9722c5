"""The steps of the daily job, in their order, and `calibrate`, which measures the machine."""

from __future__ import annotations

import argparse
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any, Final

from include.commands.answer import Answer, Run
from include.settings import Advertiser, advertiser_files, load_advertiser

_HELP: Final = {
    "ingest": "landing files of the as-of date (or --from to --to) → validated lake partitions",
    "window": "the window's partitions → interactions, best sellers, recent items",
    "train": "interactions → ranked tables of every model (or of --model)",
    "candidates": "ranked tables → the ad list, by the advertiser's sources and re-rank steps",
    "stage": "ranked tables and the ad list → staging tables in the warehouse",
    "gate": "audit the staged release; a failed critical gate rejects it",
    "publish": "make the gated release visible, all tables at once, and wait until readers see it",
    "all": "window, train, candidates, stage, gate and publish",
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
            help="the last day of the window, YYYY-MM-DD (ingest: the day)",
        )
        if step == "ingest":
            command.add_argument("--from", dest="first", type=read_date, metavar="DATE", help="first day")
            command.add_argument("--to", dest="last", type=read_date, metavar="DATE", help="last day")
        if step == "train":
            command.add_argument("--model", help="one registered model (default: the advertiser's)")
        if step in ("gate", "publish"):
            command.add_argument("--release-id", type=int, help="default: the newest staged one")
        command.set_defaults(run=_choose(step, command))
    _add_calibrate(commands)


def _choose(step: str, command: ArgumentParser) -> Run:
    def run(options: Namespace) -> Answer:
        if step == "ingest" and not (options.as_of or options.first):
            command.error("say --as-of DAY, or --from DAY and --to DAY")
        return Answer(_STEPS[step](load_advertiser(options.advertiser), options))

    return run


def read_date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from None


def _ingest(advertiser: Advertiser, options: Namespace) -> Any:
    from include.steps.ingest import ingest_days

    first = options.first or options.as_of
    return ingest_days(advertiser, first, options.last or first)


def _build_window(advertiser: Advertiser, options: Namespace) -> Any:
    from include.steps.window import build_window

    return build_window(advertiser, options.as_of)


def _train(advertiser: Advertiser, options: Namespace) -> Any:
    from include.steps.train import train_model

    models = (options.model,) if getattr(options, "model", None) else advertiser.chosen_models
    return [train_model(advertiser, options.as_of, model) for model in models]


def _make_candidates(advertiser: Advertiser, options: Namespace) -> Any:
    from include.steps.candidates import make_candidates

    return make_candidates(advertiser, options.as_of)


def _stage(advertiser: Advertiser, options: Namespace) -> Any:
    from include.steps.release import stage_release

    return stage_release(advertiser, options.as_of, run_id="cli")


def _gate(advertiser: Advertiser, options: Namespace) -> Any:
    from include.steps.release import gate_release

    return gate_release(advertiser, options.as_of, getattr(options, "release_id", None))


def _publish(advertiser: Advertiser, options: Namespace) -> Any:
    from include.steps.release import publish_release

    return publish_release(advertiser, options.as_of, getattr(options, "release_id", None))


def _run_all(advertiser: Advertiser, options: Namespace) -> Any:
    return [
        _build_window(advertiser, options),
        *_train(advertiser, options),
        *(step(advertiser, options) for step in (_make_candidates, _stage, _gate, _publish)),
    ]


_STEPS: Final[dict[str, Callable[[Advertiser, Namespace], Any]]] = {
    "ingest": _ingest,
    "window": _build_window,
    "train": _train,
    "candidates": _make_candidates,
    "stage": _stage,
    "gate": _gate,
    "publish": _publish,
    "all": _run_all,
}


def _add_calibrate(commands: Any) -> None:
    from include.steps.calibrate import USERS

    command = commands.add_parser(
        "calibrate",
        help="measure what the stages cost on this machine, for the preflight of its runs",
        description=(
            "Run the stages after the window on synthetic malls of several sizes, each in a process of its"
            " own, and fit their seconds and memory to the work. Takes three minutes; the machine should do"
            " nothing else. Stage and gate use a schema of the warehouse that is dropped again; without a"
            " warehouse they keep the reference machine's constants."
        ),
    )
    command.add_argument(
        "--users",
        type=int,
        nargs="+",
        default=USERS,
        metavar="N",
        help=f"users of each mall ({' '.join(map(str, USERS))}); larger malls take longer and tell more",
    )
    command.add_argument(
        "--to", type=Path, metavar="FILE", help="write the constants there (DANGOL_STATE/calibration.json)"
    )
    command.set_defaults(run=_calibrate)


def _calibrate(options: Namespace) -> Answer:
    from include.steps.calibrate import calibrate

    return Answer(calibrate(options.users, options.to))
