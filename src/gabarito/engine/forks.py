"""The side of a template that workers are forked from; see `gabarito.engine.template` for the coordinator's."""

from __future__ import annotations

import contextlib
import os
import socket

DESCRIPTORS = 3
"""Of a worker, in this order: where its jobs come from, where its verdicts go, and where it complains."""


def serve_forks(control: int) -> tuple[int, int] | None:
    """Fork a worker for each request; returns in each of them, with its first two descriptors.

    In this process it returns None, when the socket is closed.

    A request is one byte with the worker's descriptors, and the answer one byte with a descriptor that stands for the
    worker's process, as pidfd_open(2) gives it; without one where there is none.

    Args:
        control: a socket.
    """
    with socket.socket(fileno=control) as requests:
        while (request := socket.recv_fds(requests, 1, DESCRIPTORS))[0]:
            descriptors = request[1]
            _reap()
            pid = os.fork()
            if pid == 0:
                jobs, verdicts, said = descriptors
                os.dup2(said, 1)
                os.dup2(said, 2)
                os.close(said)
                return jobs, verdicts
            for fd in descriptors:
                os.close(fd)
            _answer(requests, pid)
    return None


def _answer(requests: socket.socket, pid: int) -> None:
    handles = []
    with contextlib.suppress(OSError):  # a kernel before Linux 5.3
        handles.append(os.pidfd_open(pid))
    socket.send_fds(requests, [b"f"], handles)
    for handle in handles:
        os.close(handle)


def _reap() -> None:
    """Collect the workers that have ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
