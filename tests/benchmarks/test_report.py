"""The page of benchmarks is what the kept figures give, and says what they say."""

from __future__ import annotations

import json
from typing import Any

from benchmarks.report import PAGE, compose_page, has_plot, summarise
from benchmarks.script import FULL_RESULTS
from benchmarks.tables import format_cases, total_seconds


def make_row(label: str, seconds: list[float], **other: Any) -> dict[str, Any]:
    ours = label.startswith("ours")
    row: dict[str, Any] = {"label": label, "ours": ours, "package": "" if ours else "peer", "version": "1.0"}
    row |= {"scale": 1.0, "seconds": seconds, "peak_mb": [100.0], "added_mb": [10.0], "warm_up": [0.1]}
    return row | {"facts": {}} | other


def test_nobody_edits_the_page_by_hand() -> None:
    results = json.loads(FULL_RESULTS.read_text(encoding="utf-8"))
    assert PAGE.read_text(encoding="utf-8") == compose_page(results), "run make bench-docs"


def test_every_plot_of_the_page_is_there() -> None:
    results = json.loads(FULL_RESULTS.read_text(encoding="utf-8"))
    plots = {path.stem for path in (PAGE.parent / "images" / "benchmarks").glob("*.svg")}
    assert plots == {name for name, section in results.items() if has_plot(section)}


def test_rows_that_ours_loses_stay_and_absent_peers_are_named() -> None:
    rows = [
        make_row("ours", [2.0, 4.0, 3.0]),
        make_row("faster", [1.5], agreement={"rows": 9, "same_ids": 9, "same_scores": 9}),
        make_row("sampled", [1.0], scale=30.0, agreement={"rows": 9, "same_ids": 8, "same_scores": 8}),
        make_row("absent", [], absent="peer is not installed: make bench"),
        make_row("broken", [], error="MemoryError"),
    ]
    lines = format_cases(rows).splitlines()[2:]
    assert [line.split(" | ")[0] for line in lines] == [
        "| faster",
        "| **ours**",
        "| sampled",
        "| absent",
        "| broken",
    ]
    assert "| 0.50 | yes: 9 of 9 lists |" in lines[0]
    assert "| 3 s | 2 s – 4 s | 3 | 100 | 10 | 1 |" in lines[1]
    assert "30 s (× 30 from 1 s)" in lines[2]
    assert "| 10.00 | NO: 8 of 9 lists |" in lines[2]
    assert "absent: peer is not installed: make bench" in lines[3]
    assert "failed: MemoryError" in lines[4]
    assert total_seconds(rows[2]) == 30


def test_figures_of_a_part_do_not_pass_for_the_whole() -> None:
    machine = dict.fromkeys(("processor", "cores", "memory_gib", "system", "python", "commit", "measured_at"))
    section = {"title": "Cosine", "about": "About.", "threads": 2, "machine": machine, "tables": []}
    assert "**Not of the whole mall" not in compose_page({"cosine": {**section, "share": "1"}})
    page = compose_page({"cosine": {**section, "share": "1/16"}})
    assert "**Not of the whole mall, but of the share in brackets: cosine (1/16).**" in page


def test_the_summary_takes_the_fastest_peer_that_gives_the_same_lists() -> None:
    agreement = {"rows": 9, "same_ids": 9, "same_scores": 9}
    rows = [make_row("ours", [2.0]), make_row("index", [0.1]), make_row("exact", [8.0], agreement=agreement)]
    rows.append(make_row("part of it", [0.5], agreement=agreement, does_less=True))
    results = {"cosine": {"title": "Cosine", "tables": [{"title": "mall", "rows": rows}]}}
    assert summarise(results)["rows"] == [
        ["Cosine: mall", "2 s", "8 s, exact", "0.25", "100 MB", "100 MB"],
    ]
