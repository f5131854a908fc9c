"""Rate limits for tests of something else."""
# ruff: noqa: ARG002 - the arguments are the port's

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from stockroom.amazon.rates import Operation
from stockroom.amazon.throttle import Share, Turn


class Plenty:
    """Rate limits of a seller of whom nobody has asked anything yet; closed only when refused.

    For tests of something else: they need no database.
    """

    def __init__(self) -> None:
        self.learned: list[float] = []
        self._open_at = datetime.min.replace(tzinfo=UTC)

    async def take(
        self, share: Share, operation: Operation, at: datetime, patience_s: float
    ) -> Turn:
        return Turn(max(0.0, (self._open_at - at).total_seconds()), operation.rate, 0)

    async def learn(self, share: Share, operation: Operation, at: datetime, rate: float) -> None:
        self.learned.append(rate)

    async def close(
        self,
        share: Share,
        operation: Operation,
        *,
        taken_at: datetime,
        at: datetime,
        retry_after_s: float,
    ) -> None:
        self._open_at = at + timedelta(seconds=max(retry_after_s, 1 / operation.rate))
