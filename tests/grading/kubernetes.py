"""A stand-in for a Kubernetes cluster with Dask's operator: an API server whose pods are processes of this machine.

It takes what dask-kubernetes really sends, refuses what the operator's own definitions don't allow, has the operator's
own functions make deployments of it, and starts their commands as they stand there. What it leaves out: images,
networks between pods, and everything that a test of gabarito doesn't look at.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dask_kubernetes.operator as operator
import yaml
from dask_kubernetes.operator.controller import controller
from jsonschema import Draft202012Validator

_PATH = re.compile(r"/(?:api|apis/[^/]+)/v1/namespaces/default/([a-z]+)(?:/([^/]+))?/?")
Thing = dict[str, Any]


class Cluster:
    """What the API server knows, and the processes of its pods.

    Attributes:
        images: those of all pods that were started.
        refused: why requests were refused.
        most: how many workers ran at the same time, at most.
    """

    def __init__(self, folder: Path) -> None:
        self.images: set[str] = set()
        self.refused: list[str] = []
        self.most = 0
        self._folder = folder
        self._things: dict[tuple[str, str], Thing] = {}
        self._scheduler: subprocess.Popen[bytes] | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        self._lock = threading.RLock()
        self._port, self._pages = _free_port(), _free_port()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left of what was made."""
        return not self._things and self._scheduler is None and not self._workers

    def answer(self, method: str, path: str, query: dict[str, list[str]], body: Thing | None) -> tuple[int, Thing]:
        """Status and body."""
        if path.rstrip("/") == "/version":
            return 200, {"major": "1", "minor": "30", "gitVersion": "v1.30.0"}
        place = _PATH.fullmatch(path)
        if place is None:
            return _failure(404, f"no {path}")
        kind, name = place[1], place[2] or ""
        with self._lock:
            if method == "POST":
                assert body is not None
                return self._make(kind, body)
            if not name:
                return 200, {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": self._listed(kind, query)}
            if (kind, name) not in self._things:
                return _failure(404, f"there is no {name} among {kind}")
            if method == "PATCH":
                assert body is not None
                self._scale(self._things[kind, name], body["spec"]["worker"]["replicas"])
            elif method == "DELETE":
                self.close()
                return 200, {"kind": "Status", "apiVersion": "v1", "status": "Success"}
            return 200, self._things[kind, name]

    def close(self) -> None:
        """End all pods, and forget everything."""
        with self._lock:
            self._end_workers(0)
            if self._scheduler is not None:
                self._scheduler.kill()
                self._scheduler.wait()
                self._scheduler = None
            self._things.clear()

    def _listed(self, kind: str, query: dict[str, list[str]]) -> list[Thing]:
        found = [thing for (of, _), thing in self._things.items() if of == kind]
        for selector in query.get("fieldSelector", ()):
            if name := re.search(r"metadata\.name=([^,]+)", selector):
                found = [thing for thing in found if thing["metadata"]["name"] == name[1]]
        for selector in query.get("labelSelector", ()):
            wanted = dict(part.split("=", 1) for part in selector.split(","))
            found = [thing for thing in found if wanted.items() <= thing["metadata"]["labels"].items()]
        return found

    def _make(self, kind: str, body: Thing) -> tuple[int, Thing]:
        body = _without_null(body)
        if kind != "daskclusters":
            return _failure(403, f"nobody makes {kind} but the operator")
        faults = [f"{'.'.join(map(str, e.path))}: {e.message}" for e in _definition().iter_errors(body)]
        if faults:
            self.refused += faults
            return _failure(422, "; ".join(faults))
        name = body["metadata"]["name"]
        body["metadata"] |= {"namespace": "default", "uid": "1", "labels": body["metadata"].get("labels", {})}
        self._things[kind, name] = body
        self._act(name, body["spec"])
        body["status"] = {"phase": "Running"}
        return 201, body

    def _act(self, name: str, spec: Thing) -> None:
        """What the operator does."""
        scheduler = controller.build_scheduler_deployment_spec(name, spec["scheduler"]["spec"], {}, {})
        self._scheduler = self._start(scheduler, "--port", str(self._port), "--dashboard-address", f":{self._pages}")
        service = controller.build_scheduler_service_spec(name, spec["scheduler"]["service"], {}, {})
        ports = {"tcp-comm": self._port, "http-dashboard": self._pages}
        for port in service["spec"]["ports"]:
            port["port"] = ports[port["name"]]
        service["metadata"] |= {"namespace": "default", "uid": "2"}
        service["status"] = {"loadBalancer": {"ingress": [{"ip": "127.0.0.1"}]}}
        self._things["services", service["metadata"]["name"]] = service
        ready = [{"type": kind, "status": "True"} for kind in ("Ready", "ContainersReady")]
        pod = {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {**scheduler["metadata"], "namespace": "default", "uid": "3"},
            "status": {"phase": "Running", "conditions": ready, "containerStatuses": []},
        }
        self._things["pods", scheduler["metadata"]["name"]] = pod
        group = controller.build_default_worker_group_spec(name, spec["worker"], {}, {})
        group["metadata"] |= {"namespace": "default", "uid": "4"}
        self._things["daskworkergroups", group["metadata"]["name"]] = group
        self._scale(group, spec["worker"]["replicas"])

    def _scale(self, group: Thing, count: int) -> None:
        group["spec"]["worker"]["replicas"] = count
        cluster, name = group["spec"]["cluster"], group["metadata"]["name"]
        while len(self._workers) < count:
            number = f"{len(self._workers)}"
            pod = group["spec"]["worker"]["spec"]
            made = controller.build_worker_deployment_spec(name, "default", cluster, number, pod, {}, {})
            self._workers.append(self._start(made, "--dashboard-address", "127.0.0.1:0"))
        self.most = max(self.most, count)
        self._end_workers(count)

    def _end_workers(self, count: int) -> None:
        for process in self._workers[count:]:
            process.kill()
            process.wait()
        del self._workers[count:]

    def _start(self, deployment: Thing, *more: str) -> subprocess.Popen[bytes]:
        """The pod's one container, as a process; of several pods on one machine, ports are other ones."""
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        self.images.add(container["image"])
        given = {each["name"]: each["value"] for each in container.get("env", ())}
        if "DASK_SCHEDULER_ADDRESS" in given:
            assert given["DASK_SCHEDULER_ADDRESS"] == "tcp://gabarito-scheduler.default.svc.cluster.local:8786"
            given["DASK_SCHEDULER_ADDRESS"] = f"tcp://127.0.0.1:{self._port}"
        argv = [re.sub(r"\$\((\w+)\)", lambda found: given[found[1]], word) for word in container["args"]]
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        log = self._folder / f"{deployment['metadata']['name']}.log"
        with log.open("wb") as file:
            environment = {**os.environ, **given, "PATH": path}
            return subprocess.Popen([*argv, *more], stdout=file, stderr=file, cwd=self._folder, env=environment)


@contextlib.contextmanager
def kubernetes(folder: Path) -> Iterator[tuple[Cluster, Path]]:
    """A cluster, and the file that tells programs where it is (`KUBECONFIG`)."""
    cluster = Cluster(folder)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            given = json.loads(body) if body and self.command in ("POST", "PATCH") else None
            status, found = cluster.answer(self.command, parts.path, parse_qs(parts.query), given)
            data = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = do_PATCH = do_DELETE = _answer

        def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - as the class calls it
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    serving = threading.Thread(target=server.serve_forever, daemon=True)
    serving.start()
    where = {"cluster": "here", "user": "me", "namespace": "default"}
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "clusters": [{"name": "here", "cluster": {"server": f"http://127.0.0.1:{server.server_port}"}}],
        "contexts": [{"name": "here", "context": where}],
        "users": [{"name": "me", "user": {}}],
    }
    path = folder / "kubeconfig"
    path.write_text(json.dumps(config))
    try:
        yield cluster, path
    finally:
        server.shutdown()
        serving.join()
        server.server_close()
        cluster.close()


def _definition() -> Draft202012Validator:
    """The schema of a DaskCluster that comes with the operator; fields that it doesn't name are faults."""
    chart = Path(operator.__file__).parent / "deployment" / "helm" / "dask-kubernetes-operator"
    path = chart / "crds" / "daskcluster.yaml"
    defined = yaml.safe_load(path.read_text())
    (version,) = defined["spec"]["versions"]
    return Draft202012Validator(_strict(version["schema"]["openAPIV3Schema"], is_top=True))


def _strict(schema: Any, *, is_top: bool = False) -> Any:
    if isinstance(schema, list):
        return [_strict(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    made = {key: _strict(value) for key, value in schema.items()}
    if is_top:  # what every object has is no part of the schema
        made["properties"] |= {name: {} for name in ("apiVersion", "kind", "metadata")}
    is_open = "additionalProperties" in schema or schema.get("x-kubernetes-preserve-unknown-fields")
    if schema.get("type") == "object" and isinstance(schema.get("properties"), dict) and not is_open:
        made["additionalProperties"] = False
    return made


def _without_null(thing: Any) -> Any:
    """As an API server does with what is null where that isn't allowed."""
    if isinstance(thing, dict):
        return {key: _without_null(value) for key, value in thing.items() if value is not None}
    return [_without_null(each) for each in thing] if isinstance(thing, list) else thing


def _failure(code: int, message: str) -> tuple[int, Thing]:
    return code, {"kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code, "message": message}


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
