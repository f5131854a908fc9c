"""Authorisation codes: what a consent page hands to the browser, good for one exchange within minutes."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from stockroom.core.clock import Clock
from stockroom.simulator.wire.grants import Grant

LIFETIME = timedelta(minutes=5)
"""Facts 3: five minutes."""


@dataclass(frozen=True, slots=True)
class Code:
    """What one code will be exchanged for."""

    grant: Grant
    redirect_uri: str
    expires_at: datetime


class Codes:
    """Codes on their way; in memory, as they live for minutes."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._codes: dict[str, Code] = {}

    def issue(self, grant: Grant, redirect_uri: str) -> str:
        """A code for a consent just given."""
        now = self._clock.now()
        self._codes = {text: one for text, one in self._codes.items() if one.expires_at > now}
        text = secrets.token_urlsafe(24)
        self._codes[text] = Code(grant, redirect_uri, now + LIFETIME)
        return text

    def take(self, text: str, redirect_uri: str) -> Grant | None:
        """The grant behind a code, once; None when it is unknown, used, too old or another place's.

        Args:
            text: The code.
            redirect_uri: As the exchange names it. The advertising API's must; Seller Central's
                may leave it out.
        """
        code = self._codes.pop(text, None)
        if code is None or code.expires_at <= self._clock.now():
            return None
        if redirect_uri != code.redirect_uri and (redirect_uri or code.grant.ads):
            return None
        return code.grant
