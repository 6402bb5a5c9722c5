"""A server's clock that jumps, moved by libfaketime while the server runs."""

from __future__ import annotations

from datetime import timedelta

from include.columns import RELEASE_TABLES
from include.errors import PermanentError
from include.warehouse.postgres.retention import apply_retention
from tests.faults.counts import Counts
from tests.faults.mall import FIRST, look, open_mall, read_current, stage_marked
from tests.faults.server import FaultyServer

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_BACK = (-25 * _MINUTE, -40 * _MINUTE, -_HOUR, -3 * _DAY)


class _Mall:
    def __init__(self, server: FaultyServer, counts: Counts) -> None:
        self.server, self.counts = server, counts
        server.set_clock(0)
        self.warehouse = open_mall(server)
        self.schemas = self.warehouse.schemas

    def publish(self, number: int) -> bool:
        """Whether the publication reported success."""
        try:
            self.warehouse.publish(stage_marked(self.schemas, number))
        except PermanentError:
            return False
        return True

    def expect(self, numbers: set[int], when: str) -> None:
        """That a new reader sees one complete release, which is one of these."""
        with self.server.connect(autocommit=True) as connection:
            seen = look(connection)
        expected = [(number, FIRST + timedelta(days=number)) for number in numbers]
        self.counts.check(len(seen) == 1 and seen <= set(expected), f"{when}: readers see {seen}")


def count_jumps(server: FaultyServer) -> Counts:
    counts = Counts("a clock that jumps")
    for releases in (1, 2):
        _step_back(server, counts, releases)
    _run_ahead(server, counts)
    _stay_in_one_transaction(server, counts)
    server.set_clock(0)
    return counts


def _step_back(server: FaultyServer, counts: Counts, releases: int) -> None:
    """With so many releases published, the older ones stored or dropped."""
    mall = _Mall(server, counts)
    for number in range(1, releases + 1):
        mall.publish(number)
    known = set(range(1, releases + 1))
    for seconds in _BACK:
        server.set_clock(seconds)
        mall.expect(known, f"{releases} published, {-seconds // 60} minutes back")
    server.set_clock(-_HOUR)
    counts.check(mall.publish(releases + 1), "a publication an hour back fails")
    mall.expect({releases + 1}, "published after a step back")
    server.set_clock(0)
    mall.expect({releases + 1}, "the clock put right again")
    apply_retention(mall.schemas, 1)
    server.set_clock(_HOUR)
    counts.add("dropped", len(apply_retention(mall.schemas, 1)))
    for seconds in (*_BACK, -2 * _DAY):
        server.set_clock(seconds)
        mall.expect({releases + 1}, f"the older ones dropped, {-seconds // 60} minutes back")


def _run_ahead(server: FaultyServer, counts: Counts) -> None:
    mall = _Mall(server, counts)
    mall.publish(1)
    server.set_clock(3 * _DAY)
    mall.publish(2)
    server.set_clock(0)
    mall.expect({1, 2}, "published three days ahead, then put right")
    reported = mall.publish(3)
    counts.check(reported, "a publication after a clock that ran ahead fails")
    mall.expect({3} if reported else {1, 2, 3}, "the publication after a clock that ran ahead")
    server.set_clock(3 * _DAY)
    mall.publish(4)
    server.set_clock(0)
    mended = mall.warehouse.mend()
    counts.check(mended.brought_back != [], "mend finds no moment in the future")
    mall.expect({4}, "mended")
    rolled_back = mall.warehouse.roll_back()
    counts.check(rolled_back.current_release != rolled_back.release_id, "rolled back to itself")
    mall.expect({3}, "rolled back")


def _stay_in_one_transaction(server: FaultyServer, counts: Counts) -> None:
    """Publications and jumps of the clock, between two statements of one transaction.

    One that is READ COMMITTED and began before the clock was set back is not asked for: its beginning lies in
    what is the future by then.
    """
    tables = list(RELEASE_TABLES)
    jumps = (0, _HOUR, -25 * _MINUTE, 3 * _DAY)
    asked = [("REPEATABLE READ", jump) for jump in jumps]
    asked += [("READ COMMITTED", jump) for jump in jumps if jump >= 0]
    for level, jump in asked:
        mall = _Mall(server, counts)
        mall.publish(1)
        with server.connect() as reader:
            reader.execute(f"SET TRANSACTION ISOLATION LEVEL {level}")
            seen = {frozenset(read_current(reader, table)) for table in tables[:3]}
            server.set_clock(jump)
            mall.publish(2)
            mall.publish(3)
            seen |= {frozenset(read_current(reader, table)) for table in tables[3:]}
        counts.check(len(seen) == 1, f"a {level} transaction across a jump of {jump} s saw {seen}")
