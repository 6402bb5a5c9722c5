"""python -m include.local: the local PostgreSQL and Airflow, and the demo on them."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys

from include.errors import DangolError, LocalServiceError
from include.state import State, find_state, mark_state

_HELP = {
    "demo": "run the daily job on the real sample and report",
    "up": "start PostgreSQL and Airflow in the background",
    "down": "stop what up and demo started",
    "sql": "psql on the local warehouse; with DANGOL_QUERY, its result as CSV",
    "env": 'print the connections of the local warehouse for a shell: eval "$(… env)"',
    "docs": "evaluate the sample, write the data dictionary and the page of queries from the local warehouse",
    "clean": "stop everything and remove the state folder",
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m include.local", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, text in _HELP.items():
        command = commands.add_parser(name, help=text, description=text)
        if name == "demo":
            command.add_argument("--fresh", action="store_true", help="make again what could be reused")
        if name == "up":
            command.add_argument("--port", type=int, default=8080, help="of Airflow's pages (default 8080)")
    options = parser.parse_args(arguments)
    try:
        return _run(options, find_state())
    except DangolError as error:
        print(f"{options.command}: {error}", file=sys.stderr)
    except PermissionError as error:
        print(f"{options.command}: {error.filename} is not writable by this user.", file=sys.stderr)
    except KeyboardInterrupt:
        print(f"\n{options.command}: interrupted; the same command carries on.", file=sys.stderr)
        return 130
    return 1


def _run(options: argparse.Namespace, state: State) -> int:
    match options.command:
        case "demo":
            from include.local.demo import run_demo

            mark_state(state)
            run_demo(state, fresh=options.fresh)
        case "up":
            mark_state(state)
            _up(state, options.port)
        case "down":
            _down(state)
        case "sql":
            from include.local.psql import open_psql

            mark_state(state)
            return open_psql(state, os.environ.get("DANGOL_QUERY", ""))
        case "env":
            _print_environment(state)
        case "docs":
            _write_docs(state)
        case "clean":
            _down(state)
            _clean(state)
    return 0


def _up(state: State, port: int) -> None:
    from include.local.airflow import check_port, start_airflow
    from include.local.demo import say, write_sample
    from include.local.environment import make_environment
    from include.local.postgres import start_server

    check_port(state, port)
    server = start_server(state.postgres)
    say(f"PostgreSQL runs at {server.host}:{server.port}")
    environment = make_environment(state, server, port=port)
    os.environ.update(environment)
    write_sample(environment)
    airflow = start_airflow(state, server, port=port, report=say)
    say(f"Airflow: {airflow.url}  user: {airflow.user}  password: {airflow.password}")
    say(
        f"Warehouse: {server.host}:{server.port}, database warehouse, users dangol and analyst,"
        f" passwords in {state.postgres / 'passwords.json'}"
    )


def _down(state: State) -> None:
    from include.local.airflow import stop_airflow
    from include.local.postgres import stop_server

    stopped = stop_airflow(state)
    if stop_server(state.postgres):
        stopped.append("postgresql")
    print(f"Stopped: {', '.join(stopped)}" if stopped else "Nothing was running.")


def _print_environment(state: State) -> None:
    from include.local.environment import make_environment
    from include.local.postgres import start_server

    mark_state(state)
    environment = make_environment(state, start_server(state.postgres))
    for name in ("AIRFLOW_CONN_WAREHOUSE_DEFAULT", "AIRFLOW_HOME", "DANGOL_DATA"):
        print(f"export {name}={shlex.quote(environment[name])}")


def _write_docs(state: State) -> None:
    from include.local.environment import make_environment
    from include.local.postgres import start_server
    from include.local.query_pages import evaluate_sample, write_query_page
    from include.warehouse.postgres.connection import connect_warehouse
    from include.warehouse.postgres.dictionary import write_dictionary

    os.environ.update(make_environment(state, start_server(state.postgres)))
    evaluate_sample()
    engine = connect_warehouse()
    for page in (write_dictionary(engine), write_query_page(engine)):
        print(f"Wrote {page}")


def _clean(state: State) -> None:
    from include.local.postgres import remove_server

    if not state.folder.exists():
        print("Nothing to remove.")
        return
    if not state.is_ours:
        raise LocalServiceError(f"{state.folder} was not made by these commands, so it is not removed.")
    remove_server(state.postgres)
    shutil.rmtree(state.folder)
    print(f"Removed {state.folder}")


if __name__ == "__main__":
    sys.exit(main())
