"""A connection to a Dask scheduler: one that runs, or one that is started for the run."""

from __future__ import annotations

import contextlib
import importlib
import logging
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gabarito.errors import CourseError, EngineError, UsageError

if TYPE_CHECKING:
    from distributed import Client, Security

_CONNECT_SECONDS = 10.0
_ADDRESS = re.compile(r"(tcp|tls|ws|wss)://[^\s/:]+:\d+|tls://\[[0-9a-fA-F:]+\]:\d+|tcp://\[[0-9a-fA-F:]+\]:\d+")
_TLS = ("ca", "cert", "key")


@dataclass(frozen=True, slots=True)
class _Kind:
    """A way to start a scheduler with workers: the class, the package that has it, and the name of its count."""

    module: str
    name: str
    package: str
    wait_seconds: float
    settings: Mapping[str, Any]


KINDS: Mapping[str, _Kind] = {
    "local": _Kind("distributed", "LocalCluster", "distributed", 60.0, {"threads_per_worker": 1}),
    "slurm": _Kind("dask_jobqueue", "SLURMCluster", "dask-jobqueue", 600.0, {"cores": 1, "processes": 1}),
    "kubernetes": _Kind("dask_kubernetes.operator", "KubeCluster", "dask-kubernetes", 600.0, {"name": "gabarito"}),
}
"""What can be started, by the name that `--cluster` takes."""

_RUNNING_WAIT_SECONDS = 15.0


@contextlib.contextmanager
def open_client(where: str, settings: Mapping[str, Any], root: Path) -> Iterator[tuple[Client, float]]:
    """A client of the scheduler, and the seconds for which it may be without workers.

    Args:
        where: a scheduler's address, or what to start: one of `KINDS`.
        settings: `c.Gabarito.cluster`: by kind what its class takes, and `workers`, how many to start; `tls` with the
            paths `ca`, `cert` and `key`; `wait_seconds`.
        root: what relative paths are relative to.

    Raises:
        UsageError: `where` is neither.
        CourseError: the settings are wrong.
        EngineError: no scheduler answers, none can be started, or a package is missing.
    """
    if where not in KINDS and not _ADDRESS.fullmatch(where):
        raise UsageError(
            f"--cluster {where!r} is neither the address of a Dask scheduler, such as tcp://10.0.0.1:8786, nor one of "
            f"{', '.join(KINDS)}"
        )
    _refuse_unknown(settings)
    try:
        import dask
        from distributed import Client
    except ImportError:
        raise EngineError("--cluster needs Dask; install it with: pip install 'gabarito[cluster]'") from None
    # What it would say of a lost connection is said by us, once.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    security = _security(where, settings.get("tls"), root)
    with contextlib.ExitStack() as stack:
        stack.enter_context(dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 TiB"}))
        if where in KINDS:
            kind = KINDS[where]
            address: Any = stack.enter_context(_started(kind, where, settings.get(where, {}), security))
            patience = kind.wait_seconds
            more: dict[str, Any] = {}
        else:
            address, patience, more = where, _RUNNING_WAIT_SECONDS, {} if security is None else {"security": security}
        try:
            client = stack.enter_context(Client(address, timeout=_CONNECT_SECONDS, set_as_default=False, **more))
        except (OSError, ValueError, TypeError) as e:
            raise EngineError(
                f"no Dask scheduler answers at {where} within {_CONNECT_SECONDS:g} s ({e}); start one with 'dask "
                "scheduler', or correct the address"
            ) from None
        yield client, float(settings.get("wait_seconds", patience))


@contextlib.contextmanager
def _started(kind: _Kind, name: str, settings: Mapping[str, Any], security: Security | None) -> Iterator[Any]:
    """A cluster that ends with the block."""
    try:
        make = getattr(importlib.import_module(kind.module), kind.name)
    except ImportError as e:
        raise EngineError(f"--cluster {name} needs {kind.package} ({e}); install it with pip") from None
    options = {**kind.settings, **settings}
    workers = options.pop("workers", 2)
    if not isinstance(workers, int) or workers < 1:
        raise CourseError(f"c.Gabarito.cluster[{name!r}]['workers'] is {workers!r}; it is how many to start, 1 or more")
    if security is not None:
        options |= {"security": security, "protocol": "tls://"}
    if name == "local":
        options |= {"n_workers": workers, "dashboard_address": None}
    try:
        cluster = make(**options)
    except Exception as e:
        raise EngineError(
            f"--cluster {name} can't be started: {type(e).__name__}: {e}; it was given c.Gabarito.cluster[{name!r}], "
            f"as {kind.name} takes it"
        ) from None
    with cluster:
        if name != "local":
            cluster.scale(workers)
        yield cluster


def _security(where: str, tls: Any, root: Path) -> Security | None:
    """The certificates to use, or None without."""
    if tls is None:
        if where.startswith(("tls://", "wss://")):
            raise CourseError(
                f"--cluster {where} needs certificates: set c.Gabarito.cluster = {{'tls': {{'ca': 'ca.pem', 'cert': "
                "'cert.pem', 'key': 'key.pem'}}"
            )
        return None
    if not isinstance(tls, Mapping) or set(tls) != set(_TLS):
        raise CourseError(f"c.Gabarito.cluster['tls'] is {tls!r}; it takes the paths {', '.join(_TLS)}")
    paths = {name: root / str(tls[name]) for name in _TLS}
    for name, path in paths.items():
        if not path.is_file():
            raise CourseError(f"c.Gabarito.cluster['tls'][{name!r}] is {tls[name]!r}, and {path} is no file")
    from distributed import Security

    return Security(
        tls_ca_file=str(paths["ca"]),
        tls_client_cert=str(paths["cert"]),
        tls_client_key=str(paths["key"]),
        tls_scheduler_cert=str(paths["cert"]),
        tls_scheduler_key=str(paths["key"]),
        tls_worker_cert=str(paths["cert"]),
        tls_worker_key=str(paths["key"]),
        require_encryption=True,
    )


def _refuse_unknown(settings: Mapping[str, Any]) -> None:
    for name, value in settings.items():
        if name not in (*KINDS, "tls", "wait_seconds"):
            raise CourseError(f"c.Gabarito.cluster has no {name!r}; it has {', '.join(KINDS)}, tls, wait_seconds")
        if name in KINDS and not isinstance(value, Mapping):
            raise CourseError(f"c.Gabarito.cluster[{name!r}] is {value!r}; it is a dictionary of settings")
    wait = settings.get("wait_seconds", 1)
    if isinstance(wait, bool) or not isinstance(wait, int | float) or wait <= 0:
        raise CourseError(f"c.Gabarito.cluster['wait_seconds'] is {wait!r}; it is a number of seconds above 0")
