"""The glossary has the words of the system, in order, and explains none by a word that it leaves out."""

from __future__ import annotations

import re

import pytest

from include.settings import ROOT

TEXT = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8")
ENTRIES = {
    word: " ".join(text.split())
    for word, text in re.findall(r"^- \*\*(.+?)\*\*: (.*(?:\n  .+)*)$", TEXT, re.M)
}
ASKED_FOR = (
    *("advertiser", "as-of date", "window", "order", "history", "interaction", "release", "gate", "stage"),
    *("candidate source", "blend", "re-rank step", "feed", "partition", "lake", "landing", "quarantine"),
    *("manifest", "ranked lists", "k", "rank", "index", "timestamp", "location", "pin", "roll back"),
    *("similarity", "neighbours", "factors", "regularization", "alpha", "iterations", "ad candidates"),
    *("recall@k", "ndcg@k", "hit_rate@k", "coverage@k", "repeat", "new", "step", "dataset", "kernel"),
)


def test_every_entry_was_read() -> None:
    assert len(ENTRIES) == len(re.findall(r"^- ", TEXT, re.M)) > 60


def test_the_words_are_in_order() -> None:
    words = [re.sub(r"[^a-z0-9 ]", " ", word.lower()) for word in ENTRIES]
    assert words == sorted(words)


@pytest.mark.parametrize("word", ASKED_FOR)
def test_a_word_that_people_meet_is_there(word: str) -> None:
    assert word in ENTRIES


@pytest.mark.parametrize("word", ENTRIES)
def test_an_entry_is_sentences_and_leads_only_to_others(word: str) -> None:
    text = ENTRIES[word]
    assert text.endswith((".", ")."))
    assert text[0].isupper()
    for named in re.findall(r"(?<![*\w])\*([^*]+)\*", text):
        singular = named.removesuffix("'s").removesuffix("s")
        assert {named, singular, named.removesuffix("s")} & (ENTRIES.keys() - {word}), named


def test_the_readme_leads_here() -> None:
    assert "(docs/glossary.md)" in (ROOT / "README.md").read_text(encoding="utf-8")
