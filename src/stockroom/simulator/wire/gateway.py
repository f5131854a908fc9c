"""What every Selling Partner API call passes before its handler: agent, token, region, quota."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from stockroom.core.clock import Clock
from stockroom.core.errors import InvalidInputError, NotFoundError, ThrottledError
from stockroom.core.marketplaces import Region
from stockroom.simulator.moods.influence import Influence, note
from stockroom.simulator.moods.mood import Occasion
from stockroom.simulator.wire.auth import Login
from stockroom.simulator.wire.buckets import Buckets
from stockroom.simulator.wire.errors import denied, error_response
from stockroom.simulator.wire.log import ENTRY, note_body
from stockroom.simulator.wire.query import invalid
from stockroom.simulator.wire.rates import RATES
from stockroom.simulator.world import Seller

LONGEST_AGENT = 500


@dataclass(frozen=True, slots=True)
class Call:
    """One admitted request."""

    request: Request
    seller: Seller
    now: datetime

    @property
    def account(self) -> str:
        """The seller's account in this installation."""
        return self.seller.slug


Handler = Callable[[Call], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Operation:
    """One of Amazon's operations: its id, method, path and what answers it."""

    name: str
    method: str
    path: str
    handler: Handler
    label: Callable[[Request], str] | None = None
    """The name in the request log, where it depends on the request."""
    report_type: Callable[[Call], Awaitable[str]] | None = None
    """Which report type a call is about, where it is about one; empty when that is unknown."""


class Gateway:
    """Admits calls to operations."""

    def __init__(self, clock: Clock, login: Login, moods: Influence) -> None:
        self._clock = clock
        self._login = login
        self._moods = moods
        self._buckets = Buckets(clock)

    def routes(self, operation: Operation) -> list[Route]:
        """The operation under each region's prefix: one endpoint per region, as at Amazon."""
        return [
            Route(
                f"/{region.lower()}{operation.path}",
                self._endpoint(region, operation),
                methods=[operation.method],
            )
            for region in Region
        ]

    def _endpoint(
        self, region: Region, operation: Operation
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            label = operation.label(request) if operation.label else operation.name
            request.scope[ENTRY].operation = label
            if operation.method != "GET":
                await note_body(request)
            call = self._admitted(request, region)
            # A preview has a label of its own, as it writes nothing.
            submits = operation.method != "GET" and label == operation.name
            at = await self._occasion(call, operation, submits=submits)
            return await self._moods.around(
                request, at, lambda: self._within_quota(call, operation, at)
            )

        return endpoint

    async def _occasion(self, call: Call, operation: Operation, *, submits: bool) -> Occasion:
        known = operation.report_type if self._moods.is_any else None
        report_type = await known(call) if known else ""
        return Occasion(call.account, operation.name, report_type, submits)

    async def _within_quota(self, call: Call, operation: Operation, at: Occasion) -> Response:
        rate = self._moods.rate(at)
        try:
            self._buckets.take(call.account, operation.name, rate)
        except ThrottledError as error:
            if rate != RATES[operation.name]:
                note(call.request, "throttled")
            # Recorded: a 429 does not carry the rate header.
            return error_response(error)
        response = await _answered(call, operation)
        # Facts 2.2: the pair's refill rate, on success and on 404.
        response.headers["x-amzn-RateLimit-Limit"] = rate.limit
        return response

    def _admitted(self, request: Request, region: Region) -> Call:
        agent = request.headers.get("user-agent", "")
        if not agent or len(agent) > LONGEST_AGENT:
            # Facts 3: a User-Agent of at most 500 characters is required.
            raise invalid(f"A User-Agent header of 1 to {LONGEST_AGENT} characters is required.")
        seller = self._login.seller(request.headers.get("x-amz-access-token"))
        entry = request.scope[ENTRY]
        entry.seller, entry.account = seller.seller_id, seller.slug
        if seller.region != region:
            # Facts 2.2: the wrong region is a 403 without details.
            raise denied()
        if request.path_params.get("seller_id", seller.seller_id) != seller.seller_id:
            raise denied()
        return Call(request, seller, self._clock.now())


async def _answered(call: Call, operation: Operation) -> Response:
    try:
        return await operation.handler(call)
    except (InvalidInputError, NotFoundError) as error:
        return error_response(error)
