"""`dangol tune`: search for settings by which the ad list would have been better."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterator
from typing import Any

from include.commands.answer import Answer
from include.commands.steps import read_answer_file, read_date
from include.models.registry import MODELS
from include.settings import load_advertiser

_ABOUT = """\
Tries parameters of the models, the sources of the ad list and what events weigh, by what users bought after
split times of the past, and proposes the best as a challenger, with what it gains on these days and on later
ones that nothing was chosen by. Changes no file but that of its trials: interrupted or not, the same command
goes on with them (--minutes 0 only says what they have found). With --blend the models and the sources stay,
and the weights by which the sources are fused are fitted, without trials and at once."""


def add_commands(commands: Any) -> None:
    command = commands.add_parser(
        "tune", help="search for settings by which the ad list would have been better", description=_ABOUT
    )
    command.add_argument("--advertiser", required=True, metavar="NAME")
    command.add_argument(
        "--minutes",
        type=_read_minutes,
        metavar="N",
        help="begin no trial after so many; needed without --blend",
    )
    command.add_argument(
        "--blend",
        action="store_true",
        help="fit the weights of the fusion of the sources, and try nothing else",
    )
    command.add_argument(
        "--trials", type=_read_count, metavar="N", help="nor more than so many, those of before included"
    )
    command.add_argument(
        "--until",
        type=read_date,
        metavar="DATE",
        help="look at no later day to choose by (default: all but the newest evaluation.splits test weeks)",
    )
    command.add_argument(
        "--splits",
        type=_read_count,
        metavar="N",
        help="so many split times to choose by (evaluation.splits)",
    )
    command.add_argument(
        "--purchases",
        choices=("new", "all"),
        help="be better at items that are new to a user, or at all (default: evaluation.purchases)",
    )
    command.add_argument(
        "--models",
        type=_read_models,
        default=(),
        metavar="A,B",
        help="try these alone (default: the advertiser's, and all that say what may be tried)",
    )
    study = command.add_mutually_exclusive_group()
    study.add_argument("--resume", action="store_true", help="refuse to begin where there are no trials yet")
    study.add_argument("--fresh", action="store_true", help="forget the trials that there are")
    command.add_argument(
        "--out", dest="answer", type=read_answer_file, metavar="FILE", help="write the proposal there too"
    )
    command.set_defaults(run=_tune, refuse=command.error)


def _read_minutes(text: str) -> float:
    try:
        minutes = float(text)
    except ValueError:
        minutes = -1.0
    if not 0 <= minutes <= 100_000:
        raise ArgumentTypeError(f"{text!r} is no number of minutes from 0 to 100,000")
    return minutes


def _read_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) <= 1_000_000:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1 to 1,000,000")
    return int(text)


def _read_models(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",")))
    if unknown := [name for name in names if name not in MODELS]:
        raise ArgumentTypeError(f"there is no model {unknown[0]!r}; there are {', '.join(MODELS)}")
    return names


def _tune(options: Namespace) -> Answer:
    from include.evaluation.tuning import Budget
    from include.steps.tune import Search, tune
    from include.steps.tune_blend import tune_blend

    search = Search(
        until=options.until,
        splits=options.splits,
        purchases=options.purchases,
        models=options.models,
        study="fresh" if options.fresh else "resume" if options.resume else "any",
    )
    of_trials = {
        "--minutes": options.minutes is not None,
        "--trials": options.trials is not None,
        "--models": bool(options.models),
        "--resume": options.resume,
        "--fresh": options.fresh,
    }
    if options.blend:
        if said := [name for name, is_said in of_trials.items() if is_said]:
            options.refuse(f"--blend makes no trials: leave {', '.join(said)} out")
        found = tune_blend(load_advertiser(options.advertiser), search)
    elif options.minutes is None:
        options.refuse("say --minutes N, or --blend")
    else:
        found = tune(load_advertiser(options.advertiser), Budget(options.minutes, options.trials), search)
    return Answer(found, "\n".join(compose_proposal(found)))


def compose_proposal(found: dict[str, Any]) -> Iterator[str]:
    """The proposal as YAML, with its figures as comments; without anything to propose comments alone."""
    from include.evaluation.proposals import write_yaml

    measured = f"{found['metric']} of {found['purchases']} purchases in {found['test_days']} days"
    tried = "weights fitted"
    if "trials" in found:
        tried = f"{found['trials']} trials ({found['stopped']} stopped early, {found['refused']} refused)"
    yield f"# {found['advertiser']}: {measured}; {tried}; days until {found['until']}."
    if not found["is_better"]:
        yield f"# Nothing that was tried is better than today's settings, {found['gain']['own_value']:.4f}."
        return
    yield f"# On the split times that it was chosen by, which flatters it: {_tell(found['gain'])}"
    if found["later_gain"]:
        yield f"# On {len(found['held_out'])} later ones, {found['held_out'][0]} to {found['held_out'][-1]}:"
        yield f"#   {_tell(found['later_gain'])}"
    yield f"# {_judge(found['later_gain'])}"
    if found.get("is_fallback"):
        yield "# That is the list where there is no ranker, beside today's. Put it in place of ads.blend:"
        yield write_yaml(found["sections"]).rstrip("\n")
    else:
        yield write_yaml({"evaluation": {"challenger": found["sections"]}}).rstrip("\n")


def _tell(gain: dict[str, Any]) -> str:
    return (
        f"{gain['value']:.4f}, today {gain['own_value']:.4f}:"
        f" {gain['difference']:+.4f} [{gain['low']:+.4f}, {gain['high']:+.4f}]"
        f" ({gain['users']:,} lists of {gain['splits']} split times)."
    )


def _judge(later: dict[str, Any] | None) -> str:
    if later is None:
        return "No later days are left to test it by: evaluate it as a challenger before you believe it."
    if later["low"] > 0:
        return "It is better on the later days too. Put it into the YAML as a challenger, and evaluate it."
    if later["high"] < 0:
        return "It is worse on the later days: it learned their chance. Search by more split times."
    return "The later days do not tell whether it is better."
