"""`dangol promote`: put the challenger's settings in the place of the ad list's."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from include.commands.answer import Answer
from include.commands.steps import read_days
from include.settings import load_advertiser


def add_commands(commands: Any) -> None:
    from include.steps.promote import MOST_DAYS

    command = commands.add_parser(
        "promote",
        help="record that a person puts the challenger's settings in the place of the ad list's",
        description="Refuses unless the newest evaluation, of the settings that the YAML has now, says that"
        " the challenger is better (its whole 95%% interval). Records who decided it in the table promotions,"
        " and prints the sections for the YAML; it changes no file: a person commits them.",
    )
    command.add_argument("--advertiser", required=True, metavar="NAME")
    command.add_argument("--by", required=True, metavar="WHO", help="the person who decides it")
    command.add_argument("--note", metavar="TEXT", help="why, for those who read it later")
    command.add_argument(
        "--most-days",
        type=read_days,
        default=MOST_DAYS,
        metavar="N",
        help=f"refuse an evaluation that is older ({MOST_DAYS})",
    )
    command.set_defaults(run=_promote)


def _promote(options: Namespace) -> Answer:
    from include.evaluation.proposals import write_yaml
    from include.steps.promote import promote_challenger

    advertiser = load_advertiser(options.advertiser)
    done = promote_challenger(advertiser, options.by, options.note, most_days=options.most_days)
    named = " and ".join(done["sections"]) or "nothing, for the challenger says nothing else"
    text = (
        f"# {advertiser.name}.yaml: put these in the place of {named},\n"
        f"# and take evaluation.challenger out. Then commit the file.\n{write_yaml(done['sections'])}"
    )
    return Answer(done, text.rstrip("\n"))
