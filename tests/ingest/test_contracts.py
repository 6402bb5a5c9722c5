"""The contract's rules against what the settings know of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from include.ingest.contracts import RULES
from include.settings import FEED_COLUMNS
from include.settings.reasons import REASONS
from tests.ingest.conftest import DAY


def test_the_settings_know_every_reason() -> None:
    rules = [rule.meta for feed in RULES for rule in RULES[feed](DAY, ZoneInfo("Asia/Seoul"))]
    found = {meta["reason"]: meta["column"] for meta in rules if meta["severity"] == "row"}
    assert found == REASONS
    assert set(REASONS.values()) <= {column for columns in FEED_COLUMNS.values() for column in columns}


def test_a_rule_is_found_again_by_its_kind_and_column() -> None:
    for feed in RULES:
        rules = RULES[feed](DAY, ZoneInfo("Asia/Seoul"))
        keys = {(rule.expectation_type, rule.meta["column"]) for rule in rules}
        assert len(keys) == len(rules)
