"""Health check of an Airflow service: exit 0 where its heartbeat is fresh, else 1 with a sentence.

Over HTTP, because `airflow jobs check` imports all of Airflow, three seconds of a core each time it is asked.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.request

# The scheduler answers for its own process. The DAG processor and the triggerer have no port for that:
# they report to the metadata database, which the API server reads out.
SCHEDULER = "http://127.0.0.1:8974/health"
MONITOR = "/api/v2/monitor/health"
COMPONENTS = {"api-server": "metadatabase", "dag-processor": "dag_processor", "triggerer": "triggerer"}


def read_status(service: str) -> str:
    """The service's own word for how it is; `healthy` is the good one. Raises OSError where none answers."""
    if service == "scheduler":
        with urllib.request.urlopen(SCHEDULER, timeout=5):
            return "healthy"
    with urllib.request.urlopen(os.environ["AIRFLOW_API_SERVER"] + MONITOR, timeout=5) as answer:
        status = json.load(answer)[COMPONENTS[service]]["status"]
    return str(status)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in ("scheduler", *COMPONENTS):
        print(f"usage: check_airflow.py scheduler|{'|'.join(COMPONENTS)}", file=sys.stderr)
        return 2
    try:
        status = read_status(arguments[0])
    except OSError as error:
        status = f"not answering: {error}"
    print(f"{arguments[0]}: {status}")
    return 0 if status == "healthy" else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
