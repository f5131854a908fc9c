"""How a process of ours runs and stops: one loop, one way to be told, one lifeline.

A process that another one started holds the reading end of a pipe as its
standard input. When the starter dies, however it dies, the pipe closes and the
process stops by itself: nothing is left behind, not even after a ``kill -9``.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

_Result = TypeVar("_Result")
_PATIENCE_S = 15.0
_BLOCK = 4096


def run(main: Coroutine[Any, Any, _Result]) -> _Result:
    """Run a process's main coroutine on the fastest loop this platform has."""
    if sys.platform == "win32":
        return asyncio.run(main)
    import uvloop  # noqa: PLC0415 - not installed on Windows

    return uvloop.run(main)


class Stopped(Exception):  # noqa: N818 - nothing went wrong
    """The process was asked to end before its work was done."""


class Stop:
    """Set when the process was asked to end: by a signal, or by the lifeline.

    Args:
        lifeline: Also stop when standard input closes.
    """

    def __init__(self, *, lifeline: bool = False) -> None:
        self._asked = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            if sys.platform == "win32":
                signal.signal(number, lambda *_: self._loop.call_soon_threadsafe(self.ask))
            else:
                self._loop.add_signal_handler(number, self.ask)
        if lifeline:
            threading.Thread(target=self._hold, name="lifeline", daemon=True).start()

    def ask(self) -> None:
        """Ask the process to end."""
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether it was asked."""
        return self._asked.is_set()

    async def wait(self) -> None:
        """Return when it is asked."""
        await self._asked.wait()

    def _hold(self) -> None:
        while os.read(sys.stdin.fileno(), _BLOCK):
            pass
        self._loop.call_soon_threadsafe(self.ask)
        # A process that hangs while it stops must not outlive its starter either.
        overdue = threading.Timer(_PATIENCE_S, os._exit, args=(1,))
        overdue.daemon = True
        overdue.start()


async def until_stopped(stop: Stop, work: Coroutine[Any, Any, _Result]) -> _Result:
    """The result of ``work``, unless the process is asked to end first: then it is cancelled.

    Raises:
        Stopped: It was asked.
    """
    working = asyncio.create_task(work)
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise Stopped
    finally:
        stopping.cancel()
        working.cancel()
        await asyncio.gather(working, stopping, return_exceptions=True)


def is_ending() -> bool:
    """Whether the running task was asked to end.

    Clearing up after a database that is away fails with an error of its own, in the place of
    the cancellation: who waits for databases must not take that for one more reason to wait.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
