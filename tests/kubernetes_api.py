"""As much of the Kubernetes API as KubernetesPodOperator asks for, over HTTP; no cluster is behind it.

A pod's container is a process of this machine: its command, arguments and environment are those of the pod's
description, `dangol` in it is `python -m tests.without_airflow`, and /airflow/xcom is a folder. Its exit code
and its log are what the API then tells.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
import yaml
from fastapi import FastAPI, Request, Response, WebSocket

from include.settings import ROOT

PODS = "/api/v1/namespaces/{namespace}/pods"
_XCOM = "/airflow/xcom"
_PROTOCOL = "v4.channel.k8s.io"


class Cluster:
    """`codes` are exit codes for containers that shall not run; pods stay to be looked at."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.codes: list[int] = []
        self.pods: dict[str, dict[str, Any]] = {}
        self.logs: dict[str, str] = {}

    def start_pod(self, pod: dict[str, Any]) -> dict[str, Any]:
        name = pod["metadata"]["name"]
        xcom = self.folder / name
        xcom.mkdir()
        code, self.logs[name] = self._run_container(pod["spec"]["containers"][0], xcom)
        now = datetime.now(UTC).isoformat()
        ended = {
            "exitCode": code,
            "finishedAt": now,
            "reason": {0: "Completed", 137: "OOMKilled"}.get(code, "Error"),
            "message": self.logs[name][-2048:] if code else None,
        }
        containers = [{"name": "base", "state": {"terminated": ended}}]
        has_sidecar = len(pod["spec"]["containers"]) > 1
        if has_sidecar:
            containers.append({"name": "airflow-xcom-sidecar", "state": {"running": {"startedAt": now}}})
        plain = {"image": "", "imageID": "", "ready": False, "restartCount": 0}
        pod["status"] = {
            "phase": "Running" if has_sidecar else "Failed" if code else "Succeeded",
            "containerStatuses": [plain | container for container in containers],
        }
        self.pods[name] = pod
        return pod

    def _run_container(self, container: dict[str, Any], xcom: Path) -> tuple[int, str]:
        if self.codes:
            return self.codes.pop(0), ""
        words = [*container["command"], *container["args"]]
        assert words[0] == "dangol"
        words = [word.replace(_XCOM, str(xcom)) for word in words[1:]]
        given = {each["name"]: each["value"] for each in container.get("env") or []}
        done = subprocess.run(
            [sys.executable, "-m", "tests.without_airflow", *words],
            cwd=ROOT,
            env=os.environ | given,
            capture_output=True,
            text=True,
        )
        return done.returncode, done.stdout + done.stderr

    def end_sidecar(self, name: str) -> None:
        status = self.pods[name]["status"]
        base, sidecar = status["containerStatuses"]
        code = base["state"]["terminated"]["exitCode"]
        sidecar["state"] = {"terminated": {"exitCode": 0, "finishedAt": datetime.now(UTC).isoformat()}}
        status["phase"] = "Failed" if code else "Succeeded"

    def read_answer(self, name: str) -> str:
        file = self.folder / name / "return.json"
        return file.read_text() if file.exists() else "__airflow_xcom_result_empty__"


def make_api(cluster: Cluster) -> FastAPI:
    api = FastAPI()

    @api.post(PODS)
    async def create(request: Request) -> dict[str, Any]:
        return cluster.start_pod(await request.json())

    @api.get(PODS)
    def find() -> dict[str, Any]:
        return {"kind": "PodList", "items": []}

    @api.get(PODS + "/{name}")
    def read(name: str) -> Any:
        return cluster.pods[name]

    @api.patch(PODS + "/{name}")
    @api.delete(PODS + "/{name}")
    def leave(name: str) -> Any:
        return cluster.pods[name]

    @api.get(PODS + "/{name}/log")
    def log(name: str) -> Response:
        now = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        lines = [f"{now} {line}\n" for line in cluster.logs[name].splitlines()]
        return Response("".join(lines), media_type="text/plain")

    @api.get("/api/v1/namespaces/{namespace}/events")
    def events() -> dict[str, Any]:
        return {"kind": "EventList", "metadata": {}, "items": []}

    @api.websocket(PODS + "/{name}/exec")
    async def run(socket: WebSocket, name: str) -> None:
        """In the sidecar: channel 1 is stdout, 0 stdin, 3 how it ended."""
        await socket.accept(subprotocol=_PROTOCOL)
        if socket.query_params.get("stdin") == "True":
            await socket.receive()  # the kill command
            cluster.end_sidecar(name)
        else:
            await socket.send_bytes(b"\x01" + cluster.read_answer(name).encode())
        await socket.send_bytes(b"\x03" + json.dumps({"status": "Success"}).encode())
        await socket.close()

    return api


@contextmanager
def start_cluster(folder: Path) -> Iterator[tuple[Cluster, Path]]:
    """The cluster and the kubeconfig that leads to it."""
    cluster = Cluster(folder)
    server = uvicorn.Server(uvicorn.Config(make_api(cluster), host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    kubeconfig = folder / "kubeconfig.yaml"
    kubeconfig.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "c", "cluster": {"server": f"http://127.0.0.1:{port}"}}],
                "users": [{"name": "u", "user": {}}],
                "contexts": [{"name": "c", "context": {"cluster": "c", "user": "u"}}],
                "current-context": "c",
            }
        )
    )
    yield cluster, kubeconfig
    server.should_exit = True
    thread.join(timeout=10)
