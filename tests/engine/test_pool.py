"""Threads as an executor."""

from __future__ import annotations

import threading

import pytest

from gabarito.engine.pool import LocalPool


def test_threads_are_made_as_needed_and_no_more_than_allowed() -> None:
    pool = LocalPool(2)
    gate = threading.Event()
    futures = [pool.submit(gate.wait, 20) for _ in range(4)]
    assert len(pool._threads) == 2
    gate.set()
    assert all(future.result() for future in futures)
    pool.shutdown()
    with pytest.raises(RuntimeError, match="shut down"):
        pool.submit(int)


def test_one_thread_serves_those_that_come_one_after_another() -> None:
    pool = LocalPool(2)
    assert pool.submit(int, "7").result() == 7
    while not pool._idle._value:
        pass
    with pytest.raises(ValueError, match="invalid literal"):
        pool.submit(int, "x").result()
    assert len(pool._threads) == 1
    pool.shutdown()


def test_what_has_not_begun_is_cancelled() -> None:
    pool = LocalPool(1)
    gate, begun = threading.Event(), threading.Event()

    def run() -> bool:
        begun.set()
        return gate.wait(20)

    running = pool.submit(run)
    waiting = pool.submit(int)
    begun.wait(20)
    pool.shutdown(wait=False, cancel_futures=True)
    gate.set()
    assert waiting.cancelled()
    assert running.result()
