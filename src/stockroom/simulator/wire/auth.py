"""Login with Amazon, and whom an access token speaks for.

Facts 3: a form to ``/auth/o2/token``; the answer lives 3,600 seconds on the
simulator's clock; one token belongs to one seller, or to none (grantless).
"""

from __future__ import annotations

import secrets
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
from stockroom.simulator.wire.errors import (
    BAD_TOKEN,
    EXPIRED_TOKEN,
    denied,
    invalid_grant,
    login_refusal,
)
from stockroom.simulator.wire.log import ENTRY
from stockroom.simulator.world import Seller, World

LIFETIME = timedelta(seconds=3600)
REMEMBERED = timedelta(days=1)
"""How long an expired token is still told from an invented one."""
MOST_FORM_BYTES = 16_384
OPERATION = "lwaToken"


@dataclass(frozen=True, slots=True)
class _Grant:
    account: str | None
    expires_at: datetime
    ads: bool = False
    """It opens the advertising API, and nothing else."""


class Login:
    """The token endpoint and what it has handed out.

    Tokens live in memory: after a restart they are unknown, as after a revocation.
    """

    def __init__(self, world: World, clock: Clock, moods: Influence) -> None:
        self._world = world
        self._clock = clock
        self._moods = moods
        self._grants: dict[str, _Grant] = {}
        sellers = world.sellers.values()
        self._by_refresh_token = {
            **{one.refresh_token: (one, False) for one in sellers},
            # Facts 4: another authorisation, of the same Login with Amazon.
            **{one.ads_refresh_token: (one, True) for one in sellers},
        }

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
        grant = self._grants.get(access_token)
        if grant is None or grant.ads:
            raise denied(BAD_TOKEN)
        if grant.expires_at <= self._clock.now():
            raise denied(EXPIRED_TOKEN)
        if grant.account is None:
            raise denied()
        return self._world.sellers[grant.account]

    def advertiser(self, access_token: str) -> Seller | None:
        """The seller for whose advertising an access token speaks; None when it does not (any more)."""
        grant = self._grants.get(access_token)
        if grant is None or not grant.ads or grant.expires_at <= self._clock.now():
            return None
        assert grant.account is not None
        return self._world.sellers[grant.account]

    async def _for_seller(self, request: Request, refresh_token: str) -> Response:
        found = self._by_refresh_token.get(refresh_token)
        if found is None:
            return invalid_grant()
        seller, ads = found
        slug, entry = seller.slug, request.scope[ENTRY]
        entry.seller, entry.account = seller.seller_id, slug

        async def answer() -> Response:
            return self._issued(slug, {"refresh_token": refresh_token}, ads=ads)

        return await self._moods.around(request, Occasion(slug, OPERATION), answer)

    def _grantless(self, scope: str) -> Response:
        if not scope.startswith("sellingpartnerapi::"):
            return login_refusal(400, "invalid_scope", "The requested scope is invalid.")
        return self._issued(None, {"scope": scope})

    def _issued(self, account: str | None, extra: dict[str, str], *, ads: bool = False) -> Response:
        now = self._clock.now()
        self._forget(now)
        token = f"Atza|{secrets.token_urlsafe(64)}"
        self._grants[token] = _Grant(account, now + LIFETIME, ads)
        answer = {"access_token": token, "token_type": "bearer", "expires_in": 3600, **extra}
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _forget(self, now: datetime) -> None:
        old = [key for key, one in self._grants.items() if one.expires_at + REMEMBERED < now]
        for key in old:
            del self._grants[key]


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
