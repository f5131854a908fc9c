"""Login with Amazon: a seller's refresh token becomes an access token for an hour.

One source per grant. Any number of callers cause one request; it is made some
minutes ahead of the hour, so that a call in flight never meets the end of its
token, and a short outage of the login service is never noticed.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any

import httpx
from pydantic import SecretStr

from stockroom.amazon.exchange import Answer, exchange
from stockroom.amazon.failures import REAUTHORISE, Fault, no_use, plain
from stockroom.amazon.repeat import pause_s
from stockroom.core.clock import Clock
from stockroom.core.errors import (
    AmazonError,
    AmazonRefusedError,
    AmazonUnavailableError,
    AuthorizationLostError,
    ConfigurationError,
    SecretRefusedError,
)
from stockroom.core.log import logger

_AHEAD = timedelta(minutes=5)
_LATER = timedelta(seconds=30)
_MAX_ATTEMPTS = 3
_LONGEST_LIFE_S = 86_400
_WHAT = "the sign-in (Login with Amazon)"
# It goes into a header: anything but visible ASCII would be refused there, and shown in the error.
USABLE = re.compile(r"[\x21-\x7e]{1,8192}")

log = logger("amazon.lwa")


@dataclass(frozen=True, slots=True)
class Application:
    """Who we are to Login with Amazon; the same for every seller."""

    url: str
    client_id: str
    client_secret: SecretStr
    reauthorise: str = REAUTHORISE
    """What to do when a seller has withdrawn the grant."""
    settings: str = "STOCKROOM_LWA"
    """How the names of the settings begin that hold its client id and secret."""

    @property
    def credentials(self) -> str:
        """Those settings."""
        return f"{self.settings}_CLIENT_ID and {self.settings}_CLIENT_SECRET"

    def signed(self, **form: str) -> dict[str, str]:
        """A form to Login with Amazon, with who we are.

        Raises:
            ConfigurationError: This installation has no client id or secret.
        """
        secret = self.client_secret.get_secret_value()
        if not (self.client_id and secret):
            raise ConfigurationError(
                "This installation has no Login with Amazon credentials.",
                field=f"{self.settings}_CLIENT_ID",
                next_step=f"Set {self.credentials}.",
            )
        return {**form, "client_id": self.client_id, "client_secret": secret}


@dataclass(slots=True)
class _Token:
    text: str
    renew_at: datetime
    expires_at: datetime


class TokenSource:
    """The access tokens of one grant.

    Args:
        http: The shared client.
        clock: What a token's hour is measured by.
        application: Our own credentials.
        seller_id: For the log only.
        refresh_token: The grant.
    """

    def __init__(
        self,
        *,
        http: httpx.AsyncClient,
        clock: Clock,
        application: Application,
        seller_id: str,
        refresh_token: SecretStr,
    ) -> None:
        self._http = http
        self._clock = clock
        self._application = application
        self._seller_id = seller_id
        self._refresh_token = refresh_token
        self._token: _Token | None = None
        self._renewal: asyncio.Task[str] | None = None

    def grants(self, refresh_token: SecretStr) -> bool:
        """Whether this source stands for that grant (a seller may have authorised anew)."""
        return self._refresh_token == refresh_token

    async def token(self) -> str:
        """An access token with minutes left to live.

        Raises:
            AuthorizationLostError: The grant or our own secret no longer works.
            ConfigurationError: This installation has no client id or secret.
            AmazonUnavailableError: The login service does not answer.
        """
        if self._token is not None and self._clock.now() < self._token.renew_at:
            return self._token.text
        if self._renewal is None:
            self._renewal = asyncio.create_task(self._renew())
            self._renewal.add_done_callback(self._renewed)
        # Shielded: a caller that gives up must not take the token from the others.
        return await asyncio.shield(self._renewal)

    def forget(self, text: str) -> None:
        """Amazon refused this token: fetch another, unless that has happened already."""
        if self._token is not None and self._token.text == text:
            self._token = None

    def _renewed(self, renewal: asyncio.Task[str]) -> None:
        self._renewal = None
        if not renewal.cancelled():
            renewal.exception()  # all callers may be gone; a failure is then nobody's

    async def _renew(self) -> str:
        try:
            self._token = await self._request()
        except AmazonUnavailableError:
            if self._token is None or self._clock.now() >= self._token.expires_at:
                raise
            self._token.renew_at = self._clock.now() + _LATER
            log.warning("sign-in failed, still using the old grant", seller=self._seller_id)
        return self._token.text

    async def _request(self) -> _Token:
        attempt = 0
        while True:
            attempt += 1
            try:
                asked_at = self._clock.now()
                answer = await exchange(
                    self._http, _WHAT, "POST", self._application.url, data=self._form()
                )
                return _token(answer, asked_at, self._application)
            except AmazonUnavailableError:
                if attempt == _MAX_ATTEMPTS:
                    raise
                await self._clock.sleep(pause_s(attempt))

    def _form(self) -> dict[str, str]:
        grant = self._refresh_token.get_secret_value()
        return self._application.signed(grant_type="refresh_token", refresh_token=grant)


def _token(answer: Answer, asked_at: datetime, application: Application) -> _Token:
    body = answer.json_object()
    if body is None or answer.status != HTTPStatus.OK:
        raise refusal(answer, body or {}, application)
    text, life = body.get("access_token"), body.get("expires_in")
    if not (isinstance(text, str) and USABLE.fullmatch(text)):
        raise no_use(_WHAT, answer)
    if not (isinstance(life, int) and 0 < life <= _LONGEST_LIFE_S):
        raise no_use(_WHAT, answer)
    expires_at = asked_at + timedelta(seconds=life)
    return _Token(text, expires_at - min(_AHEAD, timedelta(seconds=life / 2)), expires_at)


def refusal(answer: Answer, body: Mapping[str, Any], application: Application) -> AmazonError:
    """The error that an answer of Login with Amazon other than success stands for.

    Only the error's name is taken over: a description may repeat what was sent.
    """
    code = plain(body.get("error"), 60)
    if code == "invalid_grant":
        summary = "The seller's authorisation was revoked or has run out."
        return Fault(AuthorizationLostError, code, summary, application.reauthorise).of(answer)
    if code in {"invalid_client", "unauthorized_client"}:
        summary = "Login with Amazon does not accept this installation's client id and secret."
        step = f"Set {application.credentials} to the current ones; a secret lives 180 days."
        return Fault(SecretRefusedError, code, summary, step).of(answer)
    if code and answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        summary = f"Amazon refused {_WHAT}."
        step = "Check the application's client id and secret against those of this installation."
        return Fault(AmazonRefusedError, code, summary, step, (code,)).of(answer)
    return no_use(_WHAT, answer)
