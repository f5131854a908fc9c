"""What every call of the advertising API passes before its handler: application, token, profile, quota."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockroom.core.clock import Clock
from stockroom.core.errors import ThrottledError
from stockroom.core.marketplaces import MARKETPLACES, Marketplace, Region
from stockroom.simulator.credentials import CLIENT_ID
from stockroom.simulator.moods.influence import Influence, note
from stockroom.simulator.moods.mood import Occasion
from stockroom.simulator.wire.ads_errors import BUSY, NO_SCOPE, UNAUTHORIZED, ads_error
from stockroom.simulator.wire.auth import Login
from stockroom.simulator.wire.buckets import Buckets
from stockroom.simulator.wire.log import ENTRY, note_body
from stockroom.simulator.wire.rates import ADS_RATES
from stockroom.simulator.world import Seller
from stockroom.simulator.world.campaigns import profile_id


@dataclass(frozen=True, slots=True)
class AdsCall:
    """One admitted request."""

    request: Request
    seller: Seller
    now: datetime
    marketplace: Marketplace | None
    """Of the profile the call is about; None for calls about no profile."""

    @property
    def account(self) -> str:
        """The seller's account in this installation."""
        return self.seller.slug


AdsHandler = Callable[[AdsCall], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class AdsOperation:
    """One operation: its name in the log, method, path, what answers it, and whether it needs a profile."""

    name: str
    method: str
    path: str
    handler: AdsHandler
    scoped: bool = True


class AdsGateway:
    """Admits calls to operations."""

    def __init__(self, clock: Clock, login: Login, moods: Influence) -> None:
        self._clock = clock
        self._login = login
        self._moods = moods
        self._buckets = Buckets(clock)

    def routes(self, operation: AdsOperation) -> list[Route]:
        """The operation under each region's prefix."""
        return [
            Route(
                f"/ads/{region.lower()}{operation.path}",
                self._endpoint(region, operation),
                methods=[operation.method],
            )
            for region in Region
        ]

    def _endpoint(
        self, region: Region, operation: AdsOperation
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            request.scope[ENTRY].operation = operation.name
            if operation.method != "GET":
                await note_body(request)
            seller = self._seller(request, region)
            if seller is None:
                return ads_error(401, UNAUTHORIZED)
            entry = request.scope[ENTRY]
            entry.seller, entry.account = seller.seller_id, seller.slug
            place = _place(request, seller) if operation.scoped else None
            if operation.scoped and place is None:
                return ads_error(401, NO_SCOPE)
            call = AdsCall(request, seller, self._clock.now(), place)
            at = Occasion(call.account, operation.name)
            return await self._moods.around(
                request, at, lambda: self._within_quota(call, operation, at)
            )

        return endpoint

    def _seller(self, request: Request, region: Region) -> Seller | None:
        """Whose advertising the headers open; None when they open none here."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        if request.headers.get("amazon-advertising-api-clientid") != CLIENT_ID:
            return None
        seller = self._login.advertiser(token)
        return seller if seller is not None and seller.region == region else None

    async def _within_quota(self, call: AdsCall, operation: AdsOperation, at: Occasion) -> Response:
        rate = self._moods.rate(at)
        try:
            self._buckets.take(call.account, operation.name, rate)
        except ThrottledError:
            if rate != ADS_RATES[operation.name]:
                note(call.request, "throttled")
            return ads_error(429, BUSY)
        return await operation.handler(call)


def _place(request: Request, seller: Seller) -> Marketplace | None:
    scope = request.headers.get("amazon-advertising-api-scope", "")
    return next(
        (
            MARKETPLACES[code]
            for code in seller.marketplaces
            if profile_id(seller.seller_id, code) == scope
        ),
        None,
    )
