"""A connection to a Dask scheduler: one that runs, or one that is started for the run."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import logging
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from gabarito.errors import CourseError, EngineError, UsageError

if TYPE_CHECKING:
    from distributed import Client, Security

_CONNECT_SECONDS = 10.0
_END_SECONDS = 10.0
_LOOK_SECONDS = 0.05
_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^\s/:]+:\d+|tls://\[[0-9a-fA-F:]+\]:\d+|tcp://\[[0-9a-fA-F:]+\]:\d+")
_PAGES = "127.0.0.1:0"  # Dask's own pages about the run: a free port, for this machine alone


@dataclass(frozen=True, slots=True)
class _Kind:
    """A way to start a scheduler with workers: the class, the package that has it, and the name of its count."""

    module: str
    name: str
    package: str
    wait_seconds: float
    settings: Mapping[str, Any]


KINDS: Mapping[str, _Kind] = {
    "local": _Kind(
        "distributed", "LocalCluster", "distributed", 60.0, {"threads_per_worker": 1, "dashboard_address": _PAGES}
    ),
    "slurm": _Kind(
        "dask_jobqueue",
        "SLURMCluster",
        "dask-jobqueue",
        600.0,
        {"cores": 1, "processes": 1, "scheduler_options": {"dashboard_address": _PAGES}},
    ),
    "kubernetes": _Kind("dask_kubernetes.operator", "KubeCluster", "dask-kubernetes", 600.0, {"name": "gabarito"}),
}
"""What can be started, by the name that `--cluster` takes."""

_RUNNING_WAIT_SECONDS = 15.0


class _Tls(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Paths of the certificates of a course, which its scheduler and its nodes have, too."""

    ca: str
    cert: str
    key: str


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`c.Gabarito.cluster`: by kind what its class takes, and `workers`, how many to start."""

    local: dict[str, Any] = {}
    slurm: dict[str, Any] = {}
    kubernetes: dict[str, Any] = {}
    tls: _Tls | None = None
    wait_seconds: Annotated[float, msgspec.Meta(gt=0)] | None = None
    """How long there may be no worker."""


def read_settings(where: str, given: Mapping[str, Any], root: Path) -> Settings:
    """See whether a scheduler could be looked for.

    Args:
        where: a scheduler's address, or what to start: one of `KINDS`.
        given: `c.Gabarito.cluster`.
        root: what its relative paths are relative to.

    Raises:
        UsageError: `where` is neither.
        CourseError: the settings are wrong.
    """
    if where not in KINDS and not _ADDRESS.fullmatch(where):
        raise UsageError(
            f"--cluster {where!r} is neither the address of a Dask scheduler, such as tcp://10.0.0.1:8786, nor one of "
            f"{', '.join(KINDS)}"
        )
    try:
        settings = msgspec.convert(given, Settings)
        msgspec.convert(given.get(where, {}), _Count)
    except msgspec.ValidationError as e:
        raise CourseError(f"c.Gabarito.cluster is {given!r}: {e}; correct it in nbgrader_config.py") from None
    if settings.tls is None:
        if where.startswith(("tls://", "wss://")):
            raise CourseError(
                f"--cluster {where} needs certificates: set c.Gabarito.cluster = {{'tls': {{'ca': 'ca.pem', 'cert': "
                "'cert.pem', 'key': 'key.pem'}}"
            )
        return settings
    if where == "kubernetes":
        raise CourseError(
            "--cluster kubernetes can't give its pods the certificates of c.Gabarito.cluster['tls']; take 'tls' out "
            "or start a scheduler with them yourself and give its address"
        )
    tls = msgspec.structs.asdict(settings.tls)
    for name, path in tls.items():
        if not (root / path).is_file():
            raise CourseError(
                f"c.Gabarito.cluster['tls'][{name!r}] is {path!r}, and {root / path} is no file; correct it"
            )
    whole = {name: str(root / path) for name, path in tls.items()}
    return msgspec.structs.replace(settings, tls=_Tls(**whole))


class _Count(msgspec.Struct):
    workers: Annotated[int, msgspec.Meta(ge=1)] = 2


@contextlib.contextmanager
def open_client(where: str, settings: Settings, *, seconds: float = _CONNECT_SECONDS) -> Iterator[tuple[Client, float]]:
    """A client of the scheduler, and the seconds for which it may be without workers.

    Args:
        where: a scheduler's address, or what to start: one of `KINDS`.
        settings: as `read_settings` gives them.
        seconds: how long a scheduler may take to answer.

    Raises:
        EngineError: no scheduler answers, none can be started, or a package is missing.
    """
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise EngineError("--cluster needs Dask; install it with: pip install 'gabarito[cluster]'") from None
    # What it would say of a lost connection is said by us, once.
    for name in ("distributed", "tornado.application"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    security = _security(settings.tls)
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}))
        if where in KINDS:
            kind = KINDS[where]
            address: Any = stack.enter_context(_started(kind, where, getattr(settings, where), security))
            patience = kind.wait_seconds
            more: dict[str, Any] = {}
        else:
            address, patience, more = where, _RUNNING_WAIT_SECONDS, {} if security is None else {"security": security}
        try:
            client = stack.enter_context(Client(address, timeout=seconds, set_as_default=False, **more))
        except (OSError, ValueError, TypeError) as e:
            raise EngineError(
                f"no Dask scheduler answers at {where} within {seconds:g} s ({e}); start one with 'dask "
                "scheduler', or correct the address"
            ) from None
        yield client, settings.wait_seconds or patience


@contextlib.contextmanager
def _started(kind: _Kind, name: str, settings: Mapping[str, Any], security: Security | None) -> Iterator[Any]:
    """A cluster that ends with the block."""
    try:
        module = importlib.import_module(kind.module)
        make = getattr(module, kind.name)
    except ImportError as e:
        raise EngineError(f"--cluster {name} needs {kind.package} ({e}); install it with pip") from None
    options = {**kind.settings, **settings}
    options["n_workers"] = options.pop("workers", 2)
    if security is not None:
        options |= {"security": security, "protocol": "tls://"}
    stack = contextlib.ExitStack()
    try:
        if name == "kubernetes" and "custom_cluster_spec" not in options:
            options["custom_cluster_spec"] = _pods(module.make_cluster_spec, options)
        cluster = make(**options)
        stack.callback(_end, cluster)
        cluster.__enter__()
        for job in getattr(cluster, "workers", {}).values():
            if getattr(job, "job_id", "") is None:  # why it was not taken stands in a log; once more, and it is raised
                cluster.sync(job.start)
    except Exception as e:
        stack.close()
        raise EngineError(
            f"--cluster {name} can't be started: {type(e).__name__}: {e}; it was given c.Gabarito.cluster[{name!r}], "
            f"as {kind.name} takes it"
        ) from None
    with stack:
        yield cluster


def _pods(make: Callable[..., dict[str, Any]], options: Mapping[str, Any]) -> dict[str, Any]:
    """What dask-kubernetes asks for by itself, but with commands that Dask still has.

    It starts `dask-scheduler` and `dask-worker`, which are no longer there since distributed 2026; `dask scheduler` and
    `dask worker` always were. Its own operator gets them as they stand here.

    Args:
        make: dask-kubernetes' own `make_cluster_spec`.
        options: of its `KubeCluster`, of which that takes some.
    """
    known = inspect.signature(make).parameters
    made = make(**{key: value for key, value in options.items() if key in known})
    for part in ("scheduler", "worker"):
        for container in made["spec"][part]["spec"]["containers"]:
            if container["args"][0] == f"dask-{part}":
                container["args"][:1] = ["dask", part]
    return made


def _end(cluster: Any) -> None:
    """Close a cluster; first its workers, since Dask's own close fails where one goes in the middle of it."""
    from distributed import Status

    cluster.scale(0)
    before = time.monotonic() + _END_SECONDS
    while getattr(cluster, "workers", None) and time.monotonic() < before:
        time.sleep(_LOOK_SECONDS)
    try:
        cluster.close()
    except AssertionError:  # of a worker that never came up
        cluster.status = Status.closed


def _security(tls: _Tls | None) -> Security | None:
    """The certificates to use, or None without."""
    if tls is None:
        return None
    from distributed import Security

    roles = ("client", "scheduler", "worker")
    pairs = {f"tls_{role}_{name}": path for role in roles for name, path in (("cert", tls.cert), ("key", tls.key))}
    return Security(tls_ca_file=tls.ca, require_encryption=True, **pairs)
