"""How often one key may ask: a token bucket per key, when the key sets a rate.

Held in the memory of one server process: it protects that process.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from stockroom.core.clock import Clock
from stockroom.tenancy.principal import Principal


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


class RateLimit:
    """Counts requests per key."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._buckets: dict[UUID, _Bucket] = {}

    def wait_for(self, principal: Principal) -> float:
        """Take one request.

        Returns:
            0 when it may go ahead, else the seconds until one may.
        """
        rate = principal.requests_per_minute
        if principal.key_id is None or rate is None:
            return 0.0
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault(principal.key_id, _Bucket(rate, now))
        bucket.tokens = min(rate, bucket.tokens + (now - bucket.at) * rate / 60)
        bucket.at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) * 60 / rate
        bucket.tokens -= 1
        return 0.0
