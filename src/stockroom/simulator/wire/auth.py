"""Login with Amazon, and whom an access token speaks for.

Facts 3: a form to ``/auth/o2/token``; the answer lives 3,600 seconds on the
simulator's clock; one token belongs to one seller, or to none (grantless). A
consent page's code is exchanged here for a seller's refresh token.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from stockroom.core.clock import Clock
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.moods.influence import Influence
from stockroom.simulator.moods.mood import Occasion
from stockroom.simulator.wire.codes import Codes
from stockroom.simulator.wire.errors import (
    BAD_TOKEN,
    EXPIRED_TOKEN,
    denied,
    invalid_grant,
    login_refusal,
)
from stockroom.simulator.wire.grants import Grant, Grants
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.world import Seller

LIFETIME = timedelta(seconds=3600)
REMEMBERED = timedelta(days=1)
"""How long an expired token is still told from an invented one."""
MOST_FORM_BYTES = 16_384
OPERATION = "lwaToken"


@dataclass(frozen=True, slots=True)
class _Token:
    refresh_token: str | None
    """What it was made from; None: grantless."""
    expires_at: datetime


class Login:
    """The token endpoint and what it has handed out.

    Tokens live in memory: after a restart they are unknown, as after a revocation.
    """

    def __init__(self, grants: Grants, codes: Codes, clock: Clock, moods: Influence) -> None:
        self._grants = grants
        self._codes = codes
        self._clock = clock
        self._moods = moods
        self._tokens: dict[str, _Token] = {}

    async def token(self, request: Request) -> Response:
        """``POST /auth/o2/token``."""
        request.scope[ENTRY].operation = OPERATION
        body = await request.body()
        form = dict(parse_qsl(body[:MOST_FORM_BYTES].decode("utf-8", "replace")))
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return login_refusal(401, "invalid_client", "Client authentication failed")
        match form.get("grant_type"):
            case "refresh_token":
                return await self._for_seller(request, form.get("refresh_token", ""))
            case "authorization_code":
                return await self._for_code(request, form)
            case "client_credentials":
                return self._grantless(form.get("scope", ""))
            case _:
                return _unsupported()

    def seller(self, access_token: str | None) -> Seller:
        """The seller an access token speaks for.

        Raises:
            NotAllowedError: Missing, unknown, expired or grantless, in Amazon's words for each.
        """
        if not access_token:
            raise denied()
        token = self._tokens.get(access_token)
        if token is None:
            raise denied(BAD_TOKEN)
        grant = self._behind(token)
        if token.refresh_token is not None and (grant is None or grant.ads):
            raise denied(BAD_TOKEN)
        if token.expires_at <= self._clock.now():
            raise denied(EXPIRED_TOKEN)
        if grant is None:
            raise denied()
        return grant.seller

    def advertiser(self, access_token: str) -> Seller | None:
        """The seller for whose advertising an access token speaks; None when it does not (any more)."""
        token = self._tokens.get(access_token)
        if token is None or token.expires_at <= self._clock.now():
            return None
        grant = self._behind(token)
        return grant.seller if grant is not None and grant.ads else None

    def _behind(self, token: _Token) -> Grant | None:
        """The grant a token was made from, unless it was withdrawn since."""
        return None if token.refresh_token is None else self._grants.of(token.refresh_token)

    async def _for_seller(self, request: Request, refresh_token: str) -> Response:
        grant = self._grants.of(refresh_token)
        if grant is None:
            return invalid_grant()
        return await self._granted(request, grant, lambda: refresh_token)

    async def _for_code(self, request: Request, form: dict[str, str]) -> Response:
        grant = self._codes.take(form.get("code", ""), form.get("redirect_uri", ""))
        if grant is None:
            return invalid_grant("code")
        return await self._granted(request, grant, lambda: self._grants.give(grant))

    async def _granted(
        self, request: Request, grant: Grant, refresh_token: Callable[[], str]
    ) -> Response:
        slug, entry = grant.seller.slug, request.scope[ENTRY]
        entry.seller, entry.account = grant.seller.seller_id, slug

        async def answer() -> Response:
            token = refresh_token()
            return self._issued(token, refresh_token=token)

        return await self._moods.around(request, Occasion(slug, OPERATION), answer)

    def _grantless(self, scope: str) -> Response:
        if not scope.startswith("sellingpartnerapi::"):
            return login_refusal(400, "invalid_scope", "The requested scope is invalid.")
        return self._issued(None, scope=scope)

    def _issued(self, refresh_token: str | None, /, **more: str) -> Response:
        now = self._clock.now()
        self._forget(now)
        token = f"Atza|{secrets.token_urlsafe(64)}"
        self._tokens[token] = _Token(refresh_token, now + LIFETIME)
        answer = {"access_token": token, "token_type": "bearer", "expires_in": 3600, **more}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _forget(self, now: datetime) -> None:
        old = [key for key, one in self._tokens.items() if one.expires_at + REMEMBERED < now]
        for key in old:
            del self._tokens[key]


def _unsupported() -> Response:
    # Recorded: this refusal, unlike the others, names a request and an index.
    description = "The authorization grant type is not supported by the authorization server"
    response = login_refusal(
        400,
        "unsupported_grant_type",
        description,
        error_index=secrets.token_hex(8),
        request_id=str(uuid4()),
    )
    response.headers["X-Amzn-ErrorType"] = (
        "OA2UnsupportedGrantTypeException:http://internal.amazon.com/coral/com.amazon.panda/"
    )
    return response
