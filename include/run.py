"""Run one step of the daily job without Airflow: `python -m include.run STEP --advertiser NAME --as-of DATE`.

The steps are those of the DAGs, in their order: ingest, window, train, stage, gate, publish. `calibrate` has
no advertiser: it measures the machine. Connections come from the environment, as Airflow reads them
(AIRFLOW_CONN_WAREHOUSE_DEFAULT, AIRFLOW_CONN_AWS_DEFAULT).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from datetime import date
from pathlib import Path

from include.errors import DangolError, StorageError, WarehouseUnavailableError
from include.settings import Advertiser, advertiser_files, load_advertiser
from include.steps.calibrate import USERS, calibrate
from include.steps.ingest import ingest_days
from include.steps.release import gate_release, publish_release, stage_release
from include.steps.run_folder import Summary
from include.steps.train import train_model
from include.steps.window import build_window

_HELP = {
    "ingest": "landing files of the as-of date (or --from to --to) → validated lake partitions",
    "window": "the window's partitions → interactions, best sellers, recent items",
    "train": "interactions → ranked tables of every model (or of --model)",
    "stage": "ranked tables → staging tables in the warehouse",
    "gate": "audit the staged release; a failed critical gate rejects it",
    "publish": "make the gated release visible in one transaction",
    "all": "window, train, stage, gate and publish",
    "calibrate": "measure what the stages cost on this machine, for the preflight of its runs",
}


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m include.run", description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    for step, text in _HELP.items():
        command = commands.add_parser(step, help=text, description=text)
        if step == "calibrate":
            _ask_for_sizes(command)
            continue
        known = ", ".join(path.stem for path in advertiser_files())
        command.add_argument("--advertiser", required=True, help=f"one of: {known}")
        command.add_argument(
            "--as-of",
            required=step != "ingest",
            type=_date,
            help="the last day of the window, YYYY-MM-DD (ingest: the day)",
        )
        if step == "ingest":
            command.add_argument("--from", dest="first", type=_date, help="first day of a range")
            command.add_argument("--to", dest="last", type=_date, help="last day of a range")
        if step == "train":
            command.add_argument("--model", help="one registered model (default: the advertiser's)")
        if step in ("gate", "publish"):
            command.add_argument("--release-id", type=int, help="default: the newest staged one")
    return parser.parse_args(arguments)


def _ask_for_sizes(command: argparse.ArgumentParser) -> None:
    command.description = (
        "Run the stages after the window on synthetic malls of several sizes, each in a process of its own,"
        " and fit their seconds and memory to the work. Takes three minutes; the machine should do nothing"
        " else. Stage and gate use a schema of the warehouse that is dropped again; without a warehouse they"
        " keep the reference machine's constants."
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


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a date; write YYYY-MM-DD") from None


def _run(options: argparse.Namespace, advertiser: Advertiser) -> Summary | list[Summary]:
    as_of = options.as_of
    match options.step:
        case "ingest":
            first, last = options.first or as_of, options.last or options.first or as_of
            if first is None or last is None:
                raise DangolError("ingest needs --as-of DAY, or --from DAY and --to DAY.")
            return ingest_days(advertiser, first, last)
        case "window":
            return build_window(advertiser, as_of)
        case "train":
            models = (options.model,) if options.model else advertiser.models
            return [train_model(advertiser, as_of, model) for model in models]
        case "stage":
            return stage_release(advertiser, as_of, run_id="cli")
        case "gate":
            return gate_release(advertiser, as_of, options.release_id)
        case "publish":
            return publish_release(advertiser, as_of, options.release_id)
        case _:
            return [
                build_window(advertiser, as_of),
                *(train_model(advertiser, as_of, model) for model in advertiser.models),
                stage_release(advertiser, as_of, run_id="cli"),
                gate_release(advertiser, as_of),
                publish_release(advertiser, as_of),
            ]


def main(arguments: list[str] | None = None) -> int:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    options = _parse(arguments)
    result: Summary | list[Summary]
    try:
        if options.step == "calibrate":
            result = calibrate(options.users, options.to)
        else:
            result = _run(options, load_advertiser(options.advertiser))
    except (DangolError, WarehouseUnavailableError, StorageError) as error:
        print(f"{options.step} failed: {error}", file=sys.stderr)
        return 1
    print(json.dumps(result, indent=1, default=str))
    return 0


if __name__ == "__main__":
    sys.exit(main())
