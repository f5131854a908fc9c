"""Amazon's pace, kept on our side: one bucket per seller, application and operation.

The buckets are shared by every process of the installation, so they live
elsewhere (see :class:`Buckets`); here is how one caller behaves towards them. A
turn that is near is waited for. One that is further away is not: the caller is
told when to come back, and can do something else meanwhile (a report takes a
minute per request once the burst is spent).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from stockroom.amazon.rates import Operation
from stockroom.core.clock import Clock
from stockroom.core.errors import ThrottledError

PATIENCE_S = 30.0
"""Longest wait for a turn; the shortest-lived page token of Amazon lives as long."""

SCARCE_PATIENCE_S = 5.0
"""The same for what Amazon grants a few times a minute: such calls have no page before them that
could go stale, and whoever waits for one holds up others."""

MARGIN = 0.97
"""The share of Amazon's pace that is used: two requests sent a period apart can arrive closer
together than that."""

_SCARCE = 0.1  # calls a second


class Turn(NamedTuple):
    """What a bucket says to a caller.

    Args:
        wait_s: Seconds of the house's clock until the turn; within the caller's patience it is
            booked, beyond it nothing is.
        rate: Calls a second that Amazon grants, as last learned.
        refusals: How often in a row Amazon has refused.
    """

    wait_s: float
    rate: float
    refusals: int


@dataclass(frozen=True, slots=True)
class Share:
    """Who shares a bucket's calls.

    Args:
        seller: The selling partner, in one region.
        application: Our application's client id.
    """

    seller: str
    application: str


class Buckets(Protocol):
    """The buckets of the installation. All instants are the house clock's."""

    async def take(
        self, share: Share, operation: Operation, at: datetime, patience_s: float
    ) -> Turn:
        """Book a turn, if it comes within ``patience_s``."""
        ...

    async def learn(self, share: Share, operation: Operation, at: datetime, rate: float) -> None:
        """Amazon let a call through and grants that many a second."""
        ...

    async def close(
        self,
        share: Share,
        operation: Operation,
        *,
        taken_at: datetime,
        at: datetime,
        retry_after_s: float,
    ) -> None:
        """Amazon refused a call whose turn was booked at ``taken_at``: close for a while.

        Args:
            share: Whose bucket.
            operation: Of which operation.
            taken_at: A refusal of a call that was under way at the last closing is not counted.
            at: The present.
            retry_after_s: Amazon's own wish; 0 when it names none. Each refusal in a row doubles
                the pause.
        """
        ...


class Bucket:
    """One bucket as one call sees it: booked once per try, then corrected by Amazon's answer."""

    def __init__(self, buckets: Buckets, share: Share, operation: Operation, clock: Clock) -> None:
        self._buckets = buckets
        self._share = share
        self._operation = operation
        self._clock = clock
        self._turn = Turn(0.0, operation.rate, 0)
        self._taken_at = clock.now()

    async def take(self) -> None:
        """Wait for the caller's turn.

        Raises:
            ThrottledError: The turn is further away than our patience; nothing was sent.
            DatabaseUnavailableError: Nobody can say whose turn it is.
        """
        operation = self._operation
        patience_s = SCARCE_PATIENCE_S if operation.rate < _SCARCE else PATIENCE_S
        self._taken_at = self._clock.now()
        self._turn = await self._buckets.take(self._share, operation, self._taken_at, patience_s)
        if self._turn.wait_s > patience_s:
            raise ThrottledError(
                f"Amazon's limit for {operation.name} is used up.",
                code="QuotaExceeded",
                next_step=f"Try again in {self._turn.wait_s:.0f} seconds.",
                retry_after_s=self._turn.wait_s,
            )
        if self._turn.wait_s > 0:
            await self._clock.sleep(self._turn.wait_s)

    async def accepted(self, rate: float | None) -> None:
        """Amazon let the call through, and may have said at which rate the bucket refills.

        A rate far from the published one is not believed: it could stop us for good.
        """
        published, known = self._operation.rate, self._turn.rate
        if rate is None or not published / 10 <= rate <= published * 100:
            rate = known
        if not math.isclose(rate, known) or self._turn.refusals:
            await self._buckets.learn(self._share, self._operation, self._clock.now(), rate)

    async def refused(self, retry_after_s: float | None) -> None:
        """Amazon answered 429: the count was wrong, for everybody."""
        await self._buckets.close(
            self._share,
            self._operation,
            taken_at=self._taken_at,
            at=self._clock.now(),
            retry_after_s=retry_after_s or 0.0,
        )


@dataclass(frozen=True, slots=True)
class Throttle:
    """The buckets of one seller."""

    buckets: Buckets
    share: Share
    clock: Clock

    def bucket(self, operation: Operation) -> Bucket:
        """An operation's bucket, for one call."""
        return Bucket(self.buckets, self.share, operation, self.clock)
