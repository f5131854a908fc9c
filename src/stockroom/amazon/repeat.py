"""When a call may be sent again, and how long to wait first.

A call that changes nothing may be repeated after any passing failure. A call
that creates something may be repeated only when Amazon surely did not act. A
call that writes is never repeated here: its owner looks first.
"""

from __future__ import annotations

import random
from enum import Enum

from stockroom.amazon.exchange import NOT_SENT
from stockroom.amazon.failures import TOKEN_EXPIRED
from stockroom.core.errors import AmazonError, AuthorizationLostError, ThrottledError

MAX_ATTEMPTS = 5
"""Times one call is sent at most."""

_FIRST_S = 0.5
_LONGEST_S = 15.0


class Repeat(Enum):
    """What a call does at Amazon, as far as repeating it goes."""

    FREELY = "freely"
    """It only reads or checks."""
    IF_NOT_DONE = "if not done"
    """It creates: again only after Amazon refused it or never saw it."""
    NEVER = "never"
    """It writes."""


class Attempts:
    """The tries of one call."""

    def __init__(self, repeat: Repeat) -> None:
        self._repeat = repeat
        self._made = 1
        self._signed_in_again = False

    def another(self, error: AmazonError) -> bool:
        """Whether the call may be sent again after ``error``; counts it when so."""
        if self._made == MAX_ATTEMPTS or not self._permits(error):
            return False
        self._made += 1
        return True

    @property
    def pause_s(self) -> float:
        """Seconds to wait before the next try when Amazon was unavailable."""
        return pause_s(self._made)

    def _permits(self, error: AmazonError) -> bool:
        if self._repeat is Repeat.NEVER:
            return False
        if isinstance(error, AuthorizationLostError) or error.code == TOKEN_EXPIRED:
            # A new token is worth one try; a second refusal is no longer about its age.
            first, self._signed_in_again = not self._signed_in_again, True
            return first
        if self._repeat is Repeat.IF_NOT_DONE:
            return isinstance(error, ThrottledError) or error.code == NOT_SENT
        return error.retryable


def pause_s(attempt: int) -> float:
    """Seconds before the try after ``attempt``: full jitter under a doubling ceiling."""
    return random.uniform(0, min(_LONGEST_S, _FIRST_S * 2**attempt))
