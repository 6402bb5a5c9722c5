"""The short part of `make faults`; the clock's part needs libfaketime, and runs where that is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.faults.clock import count_jumps
from tests.faults.counts import Counts
from tests.faults.held import count_slow_reads, count_stopped_writers
from tests.faults.readers import count_mixtures
from tests.faults.server import FaultyServer, find_faketime, run_server
from tests.faults.stops import count_hard_stops, count_kills

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FaultyServer]:
    with run_server(tmp_path_factory.mktemp("faults") / "server") as running:
        yield running


@pytest.mark.parametrize(
    "part",
    [
        pytest.param(lambda server: count_mixtures(server, 5), id="transactions"),
        pytest.param(lambda server: count_hard_stops(server, 2), id="stops"),
        pytest.param(lambda server: count_kills(server, step=20), id="kills"),
        pytest.param(count_stopped_writers, id="locks"),
        pytest.param(lambda server: count_slow_reads(server, 3), id="retention"),
    ],
)
def test_nothing_is_violated(server: FaultyServer, part: Callable[[FaultyServer], Counts]) -> None:
    counts = part(server)
    assert not counts.violations, counts


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    faketime = find_faketime()
    if faketime is None:
        pytest.skip("libfaketime is not here; test_visibility.py moves the moments instead of the clock")
    with run_server(tmp_path / "server", faketime=faketime) as running:
        counts = count_jumps(running)
    assert not counts.violations, counts
