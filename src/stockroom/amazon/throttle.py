"""Amazon's pace, kept on our side: one bucket per seller and operation.

Callers get their turn in the order they came. A turn that is too far away is
not waited for: the caller is told when to come back, and can do something else
meanwhile (a report takes a minute per request once the burst is spent).
"""

from __future__ import annotations

import asyncio
import random

from stockroom.amazon.rates import Operation
from stockroom.core.clock import Clock
from stockroom.core.errors import ThrottledError

PATIENCE_S = 30.0
"""Longest wait for a turn; the shortest-lived page token of Amazon lives as long."""

MARGIN = 0.95
"""The share of Amazon's pace that is used: two requests sent a period apart can arrive closer
together than that."""
_MOMENT_S = 1e-6  # shorter waits are rounding errors
_MOST_DOUBLINGS = 6


class Bucket:
    """Requests that may still be made of one operation, on our clock.

    Args:
        operation: Its default rate and burst.
        clock: What the bucket refills by.
        patience_s: Longest wait for a turn, in seconds of the clock.
    """

    def __init__(self, operation: Operation, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self._operation = operation
        self._clock = clock
        self._patience_s = patience_s
        self._rate = operation.rate
        self._left = float(operation.burst)
        self._refilled_at = clock.monotonic()
        self._turn = asyncio.Lock()  # an asyncio lock is served first come, first served
        self._waiting = 0
        self._refusals = 0

    async def take(self) -> None:
        """Wait for the caller's turn.

        Raises:
            ThrottledError: The turn is further away than our patience; nothing was sent.
        """
        self._check_patience(self._wait_s(self._waiting + 1))
        self._waiting += 1
        try:
            async with self._turn:
                while wait := self._wait_s(1):
                    self._check_patience(wait)
                    await self._clock.sleep(wait)
                self._left -= 1
        finally:
            self._waiting -= 1

    def accepted(self, rate: float | None) -> None:
        """Amazon let a request through, and may have said at which rate it refills.

        A rate far from the published one is not believed: it could stop us for good.
        """
        self._refusals = 0
        published = self._operation.rate
        if rate is not None and published / 10 <= rate <= published * 100:
            self._wait_s(1)  # what has refilled so far did so at the old rate
            self._rate = rate

    def refused(self, retry_after_s: float | None) -> None:
        """Amazon answered 429: our count was wrong, so close for a while.

        Args:
            retry_after_s: Amazon's own wish, when it names one. Each refusal in a row doubles
                the wait; the jitter keeps two processes from coming back together.
        """
        period = 1 / self._pace
        pause = max(retry_after_s or 0.0, period * 2 ** min(self._refusals, _MOST_DOUBLINGS))
        self._refusals += 1
        self._left = 0.0
        self._refilled_at = self._clock.monotonic() + pause * random.uniform(1, 1.25) - period

    @property
    def _pace(self) -> float:
        return self._rate * MARGIN

    def _wait_s(self, place: int) -> float:
        """Seconds until the ``place``-th in the queue has its turn."""
        now = self._clock.monotonic()
        if now > self._refilled_at:
            refilled = self._left + (now - self._refilled_at) * self._pace
            self._left = min(float(self._operation.burst), refilled)
            self._refilled_at = now
        closed = self._refilled_at - now
        wait = max(0.0, closed + max(0.0, place - self._left) / self._pace)
        return wait if wait > _MOMENT_S else 0.0

    def _check_patience(self, wait: float) -> None:
        if wait > self._patience_s:
            raise ThrottledError(
                f"Amazon's limit for {self._operation.name} is used up.",
                code="QuotaExceeded",
                next_step=f"Try again in {wait:.0f} seconds.",
                retry_after_s=wait,
            )


class Throttle:
    """The buckets of one seller."""

    def __init__(self, clock: Clock, patience_s: float = PATIENCE_S) -> None:
        self._clock = clock
        self._patience_s = patience_s
        self._buckets: dict[str, Bucket] = {}

    def bucket(self, operation: Operation) -> Bucket:
        """The seller's bucket for an operation."""
        if operation.name not in self._buckets:
            self._buckets[operation.name] = Bucket(operation, self._clock, self._patience_s)
        return self._buckets[operation.name]
