"""Our data source in Redash, against a server that answers as Redash 26.3 does and really connects."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from redash.add_data_source import NAME, Redash, RedashError, add_data_source, main

if TYPE_CHECKING:
    from include.local.postgres import Server

KEY = "an-administrators-key"


class StandIn(BaseHTTPRequestHandler):
    """The three calls of Redash's API that the script makes; /test connects with the stored options."""

    sources: list[dict[str, Any]]

    def do_GET(self) -> None:
        self.answer(self.sources if self.path == "/api/data_sources" else None)

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        match self.path.removeprefix("/api/").split("/"):
            case ["data_sources"]:
                self.sources.append(body | {"id": len(self.sources) + 1})
                self.answer(self.sources[-1])
            case ["data_sources", number]:
                self.sources[int(number) - 1].update(body)
                self.answer(self.sources[int(number) - 1])
            case ["data_sources", number, "test"]:
                try:
                    with psycopg.connect(**self.sources[int(number) - 1]["options"]) as connection:
                        connection.execute("SELECT 1")
                    self.answer({"message": "success", "ok": True})
                except psycopg.Error as error:
                    self.answer({"message": str(error), "ok": False})
            case _:
                self.answer(None)

    def answer(self, content: Any) -> None:
        known = self.headers["Authorization"] == f"Key {KEY}"
        self.send_response(200 if known and content is not None else 403 if not known else 404)
        self.end_headers()
        self.wfile.write(json.dumps(content).encode())

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def redash() -> Iterator[Redash]:
    StandIn.sources = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), StandIn)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Redash(f"http://127.0.0.1:{server.server_port}", KEY)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def options(postgres: Server) -> dict[str, Any]:
    return {
        "host": postgres.host,
        "port": postgres.port,
        "dbname": "warehouse",
        "user": "analyst",
        "password": postgres.passwords["analyst"],
    }


def test_it_is_added_once_and_updated_after(redash: Redash, options: dict[str, Any]) -> None:
    assert add_data_source(redash, NAME, options) == (1, True)
    assert add_data_source(redash, NAME, options | {"sslmode": "disable"}) == (1, False)
    [source] = StandIn.sources
    assert (source["name"], source["type"]) == (NAME, "pg")
    assert source["options"]["user"] == "analyst" and source["options"]["sslmode"] == "disable"


def test_a_wrong_password_is_told(redash: Redash, options: dict[str, Any]) -> None:
    with pytest.raises(RedashError, match=r"cannot read the warehouse.*password authentication failed"):
        add_data_source(redash, NAME, options | {"password": "wrong"})


def test_a_name_of_another_type_is_left_alone(redash: Redash, options: dict[str, Any]) -> None:
    StandIn.sources = [{"id": 1, "name": NAME, "type": "sqlite", "options": {}}]
    with pytest.raises(RedashError, match="of type sqlite"):
        add_data_source(redash, NAME, options)
    assert StandIn.sources == [{"id": 1, "name": NAME, "type": "sqlite", "options": {}}]


def test_a_key_that_is_not_an_administrators_is_told(redash: Redash, options: dict[str, Any]) -> None:
    with pytest.raises(RedashError, match=r"403.*administrator") as failure:
        add_data_source(Redash(redash.url, "other"), NAME, options)
    assert "other" not in str(failure.value)


def test_a_redash_that_is_down_is_told(options: dict[str, Any]) -> None:
    with pytest.raises(RedashError, match="is it up"):
        add_data_source(Redash("http://127.0.0.1:9", KEY), NAME, options)


def test_the_command_reads_key_and_password_from_the_environment(
    redash: Redash,
    postgres: Server,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    where = [f"--url={redash.url}", f"--host={postgres.host}", f"--port={postgres.port}"]
    monkeypatch.delenv("REDASH_API_KEY", raising=False)
    assert main(where) == 1
    assert "REDASH_API_KEY" in capsys.readouterr().err
    monkeypatch.setenv("REDASH_API_KEY", KEY)
    monkeypatch.setenv("ANALYST_PASSWORD", postgres.passwords["analyst"])
    assert main(where) == 0
    printed = capsys.readouterr()
    assert "added" in printed.out and f"{redash.url}/data_sources/1" in printed.out
    assert postgres.passwords["analyst"] not in printed.out + printed.err
