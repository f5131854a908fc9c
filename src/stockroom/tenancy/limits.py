"""How often one key may ask: so many requests a minute, so many a day.

The minute is a token bucket in the memory of one server process: it protects that
process. The day is counted over all processes (see ``uses``), to within a second.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from math import ceil
from uuid import UUID

from stockroom.core.clock import Clock
from stockroom.core.errors import BusyError
from stockroom.tenancy.principal import Principal
from stockroom.tenancy.uses import KeyUses

_MINUTE_S = 60
_DAY_S = 86_400


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left of one of a key's limits, after the request at hand.

    Args:
        name: ``minute`` or ``day``.
        quota: Requests allowed in the window.
        window_s: The window's length, in seconds.
        left: Requests left; negative when this one was too many.
        reset_s: Seconds until one more (minute) or all of them (day) may be made.
    """

    name: str
    quota: int
    window_s: int
    left: int
    reset_s: int

    @property
    def refusal(self) -> BusyError | None:
        """Why the request is not answered; None when it is."""
        if self.left >= 0:
            return None
        return BusyError(
            f"This key may ask {self.quota} times a {self.name}, and has.",
            next_step="Wait, then repeat the call; who issued the key can change its limit.",
            retry_after_s=self.reset_s,
        )


class Allowances:
    """Takes requests from what keys are allowed.

    Args:
        clock: The installation's time.
        uses: Counts requests per day.
    """

    def __init__(self, clock: Clock, uses: KeyUses) -> None:
        self._clock = clock
        self._uses = uses
        self._buckets: dict[UUID, _Bucket] = {}

    def take(self, principal: Principal) -> list[Allowance]:
        """Take one request; says what is left of each limit the key has."""
        key_id = principal.key_id
        if key_id is None:
            return []
        minute, day = principal.requests_per_minute, principal.requests_per_day
        taken = [self._of_minute(key_id, minute)] if minute else []
        return [*taken, self._of_day(key_id, day)] if day else taken

    def _of_minute(self, key_id: UUID, quota: int) -> Allowance:
        now = self._clock.monotonic()
        bucket = self._buckets.setdefault(key_id, _Bucket(quota, now))
        bucket.tokens = min(quota, bucket.tokens + (now - bucket.at) * quota / _MINUTE_S)
        bucket.at = now
        enough = bucket.tokens >= 1
        bucket.tokens -= enough
        wait = (1 - bucket.tokens) * _MINUTE_S / quota
        left = int(bucket.tokens) if enough else -1
        return Allowance("minute", quota, _MINUTE_S, left, max(0, ceil(wait)))

    def _of_day(self, key_id: UUID, quota: int) -> Allowance:
        now = self._clock.now().astimezone(UTC)
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
        left = max(-1, quota - self._uses.today(key_id))
        return Allowance("day", quota, _DAY_S, left, ceil((midnight - now).total_seconds()))
