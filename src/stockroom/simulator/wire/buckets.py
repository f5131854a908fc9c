"""Token buckets: how many calls a seller may still make right now.

Facts 2.1: a bucket belongs to one seller and one operation, is full at first
and refills at the plan's rate, on the simulator's clock.
"""

from __future__ import annotations

from dataclasses import dataclass

from stockroom.core.clock import Clock
from stockroom.core.errors import ThrottledError
from stockroom.simulator.wire.errors import OVER_QUOTA
from stockroom.simulator.wire.rates import Rate


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class Buckets:
    """All buckets of the pretend Amazon."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str, Rate], _Bucket] = {}

    def take(self, seller: str, operation: str, rate: Rate) -> None:
        """Spend one call.

        A pair whose plan changes gets the other plan's bucket: none is emptied by another's use.

        Raises:
            ThrottledError: None is left; a refused call costs nothing.
        """
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault((seller, operation, rate), _Bucket(rate.burst, now))
        bucket.tokens = min(rate.burst, bucket.tokens + (now - bucket.at) * rate.per_second)
        bucket.at = now
        if bucket.tokens < 1:
            raise ThrottledError(OVER_QUOTA, status=429, code="QuotaExceeded")
        bucket.tokens -= 1
