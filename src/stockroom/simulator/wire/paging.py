"""Rest-of-the-answer tokens: opaque, and dead after a while on the simulator's clock."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from stockroom.core.clock import Clock
from stockroom.simulator.wire.query import invalid

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """One page of an answer, and the token of the next if there is one."""

    rows: Sequence[Row]
    next_token: str | None


@dataclass(frozen=True, slots=True)
class _Rest(Generic[Row]):
    account: str
    rows: Sequence[Row]
    size: int
    expires_at: datetime


class Pages(Generic[Row]):
    """Answers that are being paged through.

    Args:
        clock: The simulator's clock.
        lifetime: How long a token works.
    """

    def __init__(self, clock: Clock, lifetime: timedelta) -> None:
        self._clock = clock
        self._lifetime = lifetime
        self._rests: dict[str, _Rest[Row]] = {}

    def first(self, account: str, rows: Sequence[Row], size: int) -> Page[Row]:
        """The first ``size`` rows."""
        now = self._clock.now()
        self._rests = {key: rest for key, rest in self._rests.items() if rest.expires_at > now}
        if len(rows) <= size:
            return Page(rows, None)
        token = secrets.token_urlsafe(48)
        self._rests[token] = _Rest(account, rows[size:], size, now + self._lifetime)
        return Page(rows[:size], token)

    def following(self, account: str, token: str) -> Page[Row]:
        """The page a token stands for; asking twice gives the same page.

        Raises:
            InvalidInputError: The token has expired, or was given to someone else.
        """
        rest = self._rests.get(token)
        if rest is None or rest.account != account or rest.expires_at <= self._clock.now():
            raise invalid("nextToken is invalid or has expired.")
        return self.first(account, rest.rows, rest.size)
