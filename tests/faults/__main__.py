"""`make faults`: every part at full length; exits with 1 where one finds a violation."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.faults.clock import count_jumps
from tests.faults.counts import Counts
from tests.faults.held import count_slow_reads, count_stopped_writers
from tests.faults.readers import count_mixtures
from tests.faults.server import FaultyServer, find_faketime, run_server
from tests.faults.stops import count_hard_stops, count_kills

_PARTS: dict[str, Callable[[FaultyServer], Counts]] = {
    "transactions": lambda server: count_mixtures(server, 60),
    "clock": count_jumps,
    "stops": lambda server: count_hard_stops(server, 20),
    "kills": count_kills,
    "locks": count_stopped_writers,
    "retention": lambda server: count_slow_reads(server, 42),
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(_PARTS)} (default: all)")
    chosen = parser.parse_args().parts or list(_PARTS)
    logging.basicConfig(level=logging.ERROR)
    failed = False
    for part in chosen:
        faketime = find_faketime() if part == "clock" else None
        if part == "clock" and faketime is None:
            print(
                "clock: libfaketime is not here; apt-get install libfaketime, or name the library in"
                " DANGOL_LIBFAKETIME."
            )
            failed = True
            continue
        with (
            tempfile.TemporaryDirectory(prefix="dangol-faults-") as folder,
            run_server(Path(folder) / part, faketime=faketime) as server,
        ):
            counts = _PARTS[part](server)
        print(counts, flush=True)
        failed |= bool(counts.violations)
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
