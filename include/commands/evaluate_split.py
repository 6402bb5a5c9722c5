"""`dangol evaluate-split`: judge the models on a published split, or on a file that is split at random."""

from __future__ import annotations

import argparse
import logging
import math
import time
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from include.commands.answer import Answer, Run
from include.commands.split_report import compose_figures, compose_pairs

if TYPE_CHECKING:
    from include.evaluation.split_files.evaluation import Asked
    from include.evaluation.split_files.pairs import Pairs

log = logging.getLogger(__name__)

_ABOUT: Final = """\
Train on the pairs of one file, rank all items that a user has not in it, and compare with the pairs of
another: recall, ndcg (its ideal is min(k, relevant) hits), precision, hit_rate and map at k, as means over
the users of the test with 95% intervals (bootstrap over users), and the differences from the first of the
models, user by user. The lists are made by the code that the daily job runs.

Files hold `user item [rating] [timestamp]` lines, or a user and its items, `user item item …`; plain or .gz,
separated by tabs, spaces, commas, semicolons or ::, with a header or none. Which it is is found out; --layout
and --separator say it where it cannot be told. Each pair counts once and ratings do not matter, unless
--min-rating leaves some out. Pairs of the test that train holds are left out; what train does not know is
relevant and cannot be hit. All of that is counted in the answer.

Settings are chosen on train: a part of each user's pairs is held out, for each model the settings with the
highest ndcg there are taken, and it is trained with them on the whole of train. The test is not looked at
before. Those of --settings, and with --trials 0 the defaults, are used as they are.

Prints JSON on stdout; the table and what goes on are on stderr."""

_EXAMPLES: Final = """\
dangol evaluate-split --train train.txt --test test.txt --models itemcf,als,popular --beside gowalla
dangol evaluate-split --log ml-100k.inter --test-share 0.2 --models ease,als,popular --k 10 --tune 10"""

# Of each model, where nothing else is said: its defaults, what it was good with elsewhere, and a few more.
_TRIALS: Final = 8


def add_commands(commands: Any) -> None:
    from include.evaluation.published import read_published
    from include.evaluation.split_files.forms import LAYOUTS, SEPARATORS, WAYS

    command = commands.add_parser(
        "evaluate-split",
        help="judge the models on files of a published split, beside published figures",
        description=_ABOUT,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--train", type=Path, metavar="FILE", help="the pairs to learn from")
    command.add_argument("--test", type=Path, metavar="FILE", help="the pairs to be found")
    command.add_argument("--log", type=Path, metavar="FILE", help="instead of both: one file, to be split")
    command.add_argument(
        "--test-share",
        type=read_share,
        default=0.2,
        metavar="SHARE",
        help="of each user's pairs of --log, drawn at random by --seed (0.2)",
    )
    command.add_argument(
        "--models",
        type=read_names,
        metavar="NAMES",
        default=("popular", "cosine", "als"),
        help="candidate sources and baselines, with commas; the others are compared with the first"
        " (popular,cosine,als)",
    )
    command.add_argument(
        "--k", type=read_cutoffs, default=(20,), metavar="K", help="length of the lists, such as 10,20 (20)"
    )
    command.add_argument("--settings", type=Path, metavar="FILE", help="a YAML with the sections models, ads")
    command.add_argument(
        "--tune", type=read_minutes, metavar="MINUTES", help="choose settings, so long in all"
    )
    command.add_argument(
        "--trials",
        type=read_trials,
        metavar="N",
        help=f"or so many tries for each model ({_TRIALS}; with --settings 0, which are used as they are)",
    )
    command.add_argument(
        "--validation",
        choices=WAYS,
        default="random",
        help="the held-out pairs of train: drawn by --seed, or each user's last (random)",
    )
    command.add_argument(
        "--validation-share", type=read_share, default=0.1, metavar="SHARE", help="how many of them (0.1)"
    )
    command.add_argument(
        "--beside", choices=tuple(read_published()), help="print the figures that papers report"
    )
    command.add_argument("--layout", choices=LAYOUTS, help="what the lines of the files are")
    command.add_argument("--separator", choices=tuple(SEPARATORS), help="what separates the fields of a line")
    command.add_argument(
        "--min-rating", type=float, metavar="R", help="leave out pairs with a lower rating, in all files"
    )
    command.add_argument("--seed", type=int, default=0, help="of all that is drawn (0)")
    command.add_argument("--threads", type=read_count, metavar="N", help="default: every core")
    command.set_defaults(run=_choose(command))


def _choose(command: ArgumentParser) -> Run:
    def run(options: Namespace) -> Answer:
        given = [options.train is not None, options.test is not None, options.log is not None]
        if given not in ([True, True, False], [False, False, True]):
            command.error("say --train FILE and --test FILE, or --log FILE")
        return _run(options)

    return run


def _run(options: Namespace) -> Answer:
    from include.evaluation.published import read_published
    from include.evaluation.split_files.contenders import check_names
    from include.evaluation.split_files.evaluation import describe_parts, evaluate_pairs
    from include.kernels import count_cores
    from include.memory import read_peak_mb
    from include.models.base import Context

    begin = time.perf_counter()
    check_names(options.models)
    asked = _read_asked(options)
    train, test, files = _read_pairs(options)
    parts = describe_parts(train, test)
    log.info("Read:\n%s", "\n".join(compose_pairs(parts)))
    context = Context(threads=options.threads or count_cores())
    value = {**files, **parts, **evaluate_pairs(train, test, asked, context)}
    value |= {"seconds": round(time.perf_counter() - begin, 1), "peak_mb": read_peak_mb()}
    published = read_published()[options.beside] if options.beside else None
    value["published"] = published.to_json() if published else None
    log.info("Found:\n%s", "\n".join(compose_figures(value, published)))
    return Answer(value)


def _read_asked(options: Namespace) -> Asked:
    from include.evaluation.split_files.choosing import Validation, list_tunable
    from include.evaluation.split_files.evaluation import Asked
    from include.evaluation.tuning import Budget
    from include.settings.ads import Ads
    from include.settings.lists import Lists, read_lists

    minutes, trials = options.tune, options.trials
    if minutes is None and trials is None and not options.settings and list_tunable(options.models):
        trials = _TRIALS
    lists = read_lists(options.settings) if options.settings else Lists()
    if (minutes or trials) and not options.settings:
        # How many must have bought both is then a parameter of the model, and chosen with the others.
        lists = Lists(ads=Ads(min_co_buyers=1))
    return Asked(
        options.models,
        options.k,
        lists,
        Budget(minutes or math.inf, trials) if minutes or trials else None,
        Validation(options.validation_share, options.validation, options.seed, options.k[0]),
        seed=options.seed,
    )


def _read_pairs(options: Namespace) -> tuple[Pairs, Pairs, dict[str, Any]]:
    """Train, test, and what the answer says of where they are from."""
    from include.evaluation.split_files.held_out import hold_out
    from include.evaluation.split_files.reading import read_pairs

    form = options.layout, options.separator
    rated = {"min_rating": options.min_rating}
    if options.log:
        whole, layout = read_pairs(options.log, *form, **rated)
        train, test = hold_out(whole, options.test_share, options.seed)
        files = {"log": str(options.log), "layout": layout, "test_share": options.test_share}
        return train, test, {"files": files}
    train, layout = read_pairs(options.train, *form, **rated)
    # A short test may look like both; then it is written as train is.
    test, other = read_pairs(options.test, *form, otherwise=layout, **rated)
    files = {"train": str(options.train), "test": str(options.test), "layout": layout, "test_layout": other}
    return train, test, {"files": files}


def read_share(text: str) -> float:
    share = _read_number(text)
    if not 0 < share < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no share between 0 and 1; write 0.2")
    return share


def read_minutes(text: str) -> float:
    minutes = _read_number(text)
    if not 0 < minutes < 1e6:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes; write 10")
    return minutes


def _read_number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def read_count(text: str) -> int:
    if not text.isdecimal() or not 0 < int(text) < 1_000_000:
        raise argparse.ArgumentTypeError(f"{text!r} is no number from 1 to 999999")
    return int(text)


def read_trials(text: str) -> int:
    return 0 if text == "0" else read_count(text)


def read_cutoffs(text: str) -> tuple[int, ...]:
    parts = text.split(",")
    if not all(part.isdecimal() and 1 <= int(part) <= 1000 for part in parts):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of lengths from 1 to 1000; write 10,20")
    return tuple(dict.fromkeys(int(part) for part in parts))


def read_names(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    if not all(names) or len(set(names)) < len(names):
        raise argparse.ArgumentTypeError(f"{text!r} is no list of different names; write popular,als")
    return names
