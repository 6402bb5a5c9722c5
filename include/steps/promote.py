"""The challenger takes the ad list's place: what the judge must say, and a person who decides it."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from include.errors import PermanentError
from include.settings import Advertiser
from include.settings.evaluation import HEADLINE, dump_said
from include.steps.evaluate import CHALLENGER, INCUMBENT

if TYPE_CHECKING:
    from include.steps.run_folder import Summary

log = logging.getLogger(__name__)

ALL_SPLITS: Final = "all"
MOST_DAYS: Final = 14  # two weekly evaluations


def promote_challenger(
    advertiser: Advertiser,
    by: str,
    note: str | None = None,
    *,
    most_days: int = MOST_DAYS,
    now: datetime | None = None,
) -> Summary:
    """Record that a person puts the challenger in the ad list's place, and return the sections to put there.

    The newest evaluation must be of the settings in the YAML, not be older than `most_days` days, and have
    the challenger's difference in ndcg above 0 as a whole interval, over `evaluation.splits` split times or
    more. Changes no file. Raises PermanentError where that is not so.
    """
    from include.evaluation.configuration import Configuration
    from include.warehouse import open_warehouse

    challenger = advertiser.challenger
    if challenger is None:
        raise PermanentError(
            f"{advertiser.name} has no challenger: write the settings to try under evaluation.challenger in"
            f" {advertiser.name}.yaml (`dangol tune` proposes some), and evaluate them."
        )
    if not by.strip():
        raise PermanentError("Say who decides it: --by NAME.")
    before = Configuration.from_advertiser(advertiser).to_json()
    after = Configuration.from_advertiser(challenger).to_json()
    with open_warehouse(advertiser.name) as warehouse:
        rows = warehouse.read_metrics(**advertiser.evaluation.headline._asdict())
        found = _check_figures(advertiser, rows)
        _check_settings(advertiser, found, {CHALLENGER: after, INCUMBENT: before}, rows)
        _check_age(advertiser, found, most_days, now or datetime.now(UTC))
        figures = {
            key: found[key] for key in ("as_of_date", "difference", "difference_low", "difference_high")
        }
        decision = {"by_whom": by.strip(), "note": note or None, **figures}
        warehouse.record_promotion({**decision, "settings_before": before, "settings_after": after})
    log.info(
        "%s: %s promotes the challenger, %+.4f [%+.4f, %+.4f] of %s@%d.",
        advertiser.name, by.strip(), found["difference"], found["difference_low"],
        found["difference_high"], HEADLINE, advertiser.evaluation.k,
    )  # fmt: skip
    return {**decision, "sections": list_sections(advertiser, challenger)}


def list_sections(advertiser: Advertiser, challenger: Advertiser) -> dict[str, Any]:
    """Those of the challenger's sections that are not the advertiser's, with what they say."""
    return {
        name: dump_said(getattr(challenger, name))
        for name in ("models", "ads", "weights", "window")
        if dump_said(getattr(challenger, name)) != dump_said(getattr(advertiser, name))
    }


def _check_figures(advertiser: Advertiser, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The row of all split times together."""
    judged = [row for row in rows if row["contender"] == CHALLENGER]
    found = next((row for row in judged if row["split"] == ALL_SPLITS), None)
    evaluation = advertiser.evaluation
    headline = f"{HEADLINE}@{evaluation.k} of {evaluation.purchases} purchases"
    if found is None:
        raise PermanentError(
            f"The newest evaluation of {advertiser.name} has no {headline} of the challenger for"
            f" {evaluation.test_days[0]} test days; run `dangol evaluate --advertiser {advertiser.name}`, or"
            " wait for the weekly one."
        )
    splits = len({row["split"] for row in judged} - {ALL_SPLITS})
    if splits < evaluation.splits:
        raise PermanentError(
            f"The evaluation of {found['as_of_date']} has {splits} split times, and {advertiser.name} asks"
            f" for {evaluation.splits} (evaluation.splits); evaluate with as many days of the past."
        )
    low, high = found["difference_low"], found["difference_high"]
    if found["incumbent"] != INCUMBENT or low is None:
        raise PermanentError(
            f"The evaluation of {found['as_of_date']} did not compare the challenger with {INCUMBENT};"
            " evaluate again."
        )
    if low <= 0:
        raise PermanentError(
            f"The challenger is not known to be better: by the evaluation of {found['as_of_date']} its"
            f" {headline} differs from today's by {found['difference']:+.4f} [{low:+.4f}, {high:+.4f}], and"
            " the interval must lie above 0."
        )
    return found


def _check_settings(
    advertiser: Advertiser,
    found: dict[str, Any],
    settings: dict[str, dict[str, Any]],
    rows: list[dict[str, Any]],
) -> None:
    """Both were evaluated with the settings that the YAML has."""
    for name, now in settings.items():
        then = next(
            (row["settings"] for row in rows if (row["contender"], row["split"]) == (name, ALL_SPLITS)), None
        )
        if then != json.loads(json.dumps(now)):
            whose = "of the challenger" if name == CHALLENGER else "of the ad list"
            raise PermanentError(
                f"The settings {whose} in {advertiser.name}.yaml are others than those that the evaluation of"
                f" {found['as_of_date']} judged; evaluate them first."
            )


def _check_age(advertiser: Advertiser, found: dict[str, Any], most_days: int, now: datetime) -> None:
    age = now - found["evaluated_at"]
    if age > timedelta(days=most_days):
        raise PermanentError(
            f"The newest evaluation of {advertiser.name} is {age.days} days old, and at most {most_days} are"
            " allowed; evaluate again."
        )
