"""One thread that works for all clients in turn: a step of one, then a step of the next, so that no long work keeps the
short ones waiting."""

from __future__ import annotations

import asyncio
import queue
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import suppress
from typing import Any


class Busy(Exception):
    """More is waiting than can be done in time."""


class Late(Exception):
    """The work was not done in the time that a request has."""


class Job:
    """Work whose results are awaited one after the other; what it raises is raised there. For one event loop."""

    def __init__(self, steps: Iterator[Any], seconds: float) -> None:
        self.steps, self.left = steps, False
        self._deadline = time.monotonic() + seconds
        self._loop, self._results = asyncio.get_running_loop(), asyncio.Queue()

    def __aiter__(self) -> Job:
        return self

    async def __anext__(self) -> Any:
        try:
            result = await asyncio.wait_for(self._results.get(), max(0.0, self._deadline - time.monotonic()))
        except TimeoutError:
            self.leave()
            raise Late from None
        if isinstance(result, BaseException):
            raise result
        return result

    def leave(self) -> None:
        """Nobody waits for the rest."""
        self.left = True

    def step(self) -> bool:
        """In the working thread: the next result; whether more may come."""
        if self.left or time.monotonic() > self._deadline:
            return False
        try:
            self._tell(next(self.steps))
            return True
        except StopIteration:
            self._tell(StopAsyncIteration())
        except Exception as error:  # whatever it is belongs to this client, and the thread goes on with the others
            self._tell(error)
        return False

    def _tell(self, result: Any) -> None:
        with suppress(RuntimeError):  # the loop has ended, and nobody waits
            self._loop.call_soon_threadsafe(self._results.put_nowait, result)


class Lane:
    """A thread with at most ``waiting`` jobs, each of which has so many ``seconds``."""

    def __init__(self, waiting: int, seconds: float) -> None:
        self.waiting, self.seconds = waiting, seconds
        self._open, self._guard = 0, threading.Lock()
        self._turns: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step at hand."""
        self._turns.put(None)

    def submit(self, steps: Iterator[Any]) -> Job:
        """Line up. Raises Busy when the lane is full."""
        with self._guard:
            if self._open >= self.waiting:
                raise Busy
            self._open += 1
        job = Job(steps, self.seconds)
        self._turns.put(job)
        return job

    def _work(self) -> None:
        while (job := self._turns.get()) is not None:
            if job.step():
                self._turns.put(job)
            else:
                self._close(job)

    def _close(self, job: Job) -> None:
        with self._guard:
            self._open -= 1
        try:
            job.steps.close()
        except Exception:
            traceback.print_exc()
