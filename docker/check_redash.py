"""Health check of a Redash process, run inside Redash's image: exit 0 where it is well, else 1."""

from __future__ import annotations

import os
import socket
import sys
import urllib.request


def check_server() -> bool:
    with urllib.request.urlopen("http://127.0.0.1:5000/ping", timeout=5) as answer:
        return bool(answer.status == 200)


def check_scheduler() -> bool:
    """rq-scheduler keeps a key of its own alive, which expires 10 s after a missed round."""
    import redis

    queue = redis.from_url(os.environ["REDASH_REDIS_URL"])
    return any(True for _ in queue.scan_iter("rq:scheduler_instance:*"))


def check_worker() -> bool:
    """Every worker process of this container is registered. A killed one stays so for up to 8 minutes, but
    supervisord, which starts them, notices at once."""
    import redis
    import rq

    queue = redis.from_url(os.environ["REDASH_REDIS_URL"])
    here = [worker for worker in rq.Worker.all(connection=queue) if worker.hostname == socket.gethostname()]
    return len(here) >= int(os.environ["WORKERS_COUNT"])


CHECKS = {"server": check_server, "scheduler": check_scheduler, "worker": check_worker}

if __name__ == "__main__":
    try:
        well = CHECKS[sys.argv[1]]()
    except Exception as error:
        raise SystemExit(f"redash {sys.argv[1]}: {error}") from None
    raise SystemExit(0 if well else f"redash {sys.argv[1]}: not there")
