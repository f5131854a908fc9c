"""The pretend Amazon as one web application.

``/na``, ``/eu`` and ``/fe`` are the three Selling Partner API endpoints,
``/ads/na`` and so on those of the advertising API, ``/auth/o2/token`` is Login
with Amazon and ``/ap/oa`` its page of consent, ``/seller-central/na`` and so on
stand for the hosts of Seller Central, ``/documents``, ``/ads-documents`` and
``/product-type-schemas`` are object storage;
``/_log``, ``/_mood`` and ``/_health`` are the simulator's own.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stockroom.core.clock import Clock
from stockroom.core.errors import StockroomError
from stockroom.simulator.moods.board import MoodBoard
from stockroom.simulator.moods.endpoint import mood_route
from stockroom.simulator.moods.influence import Influence
from stockroom.simulator.registration import Registration
from stockroom.simulator.wire import ads_profiles, sellers
from stockroom.simulator.wire.ads_control import AdsControl
from stockroom.simulator.wire.ads_desk import AdsDesk
from stockroom.simulator.wire.ads_gateway import AdsGateway
from stockroom.simulator.wire.ads_reports import AdsReports
from stockroom.simulator.wire.ads_shelf import AdsShelf
from stockroom.simulator.wire.auth import Login
from stockroom.simulator.wire.automatic_reports import AutomaticReports
from stockroom.simulator.wire.awd import Awd
from stockroom.simulator.wire.codes import Codes
from stockroom.simulator.wire.consent import Consent
from stockroom.simulator.wire.errors import on_error, on_unknown_path
from stockroom.simulator.wire.finances import Finances
from stockroom.simulator.wire.gateway import Gateway
from stockroom.simulator.wire.grants import Grants
from stockroom.simulator.wire.inbound_plans import InboundPlans
from stockroom.simulator.wire.inbound_v0 import Inbound
from stockroom.simulator.wire.inventory import Inventory
from stockroom.simulator.wire.listing_changes import ListingChanges
from stockroom.simulator.wire.listings import Listings
from stockroom.simulator.wire.log import LogRequests, RequestLog
from stockroom.simulator.wire.oracle import Oracle
from stockroom.simulator.wire.order_desk import OrderDesk
from stockroom.simulator.wire.outbound import Outbound
from stockroom.simulator.wire.outbound_writes import OutboundWrites
from stockroom.simulator.wire.plan_desk import PlanDesk
from stockroom.simulator.wire.plan_writes import PlanWrites
from stockroom.simulator.wire.product_types import ProductTypes
from stockroom.simulator.wire.query import instant
from stockroom.simulator.wire.report_documents import ReportDocuments
from stockroom.simulator.wire.report_jobs import ReportShelf
from stockroom.simulator.wire.reports import Reports
from stockroom.simulator.wire.times import zulu_milliseconds
from stockroom.simulator.world import World

Endpoint = Callable[[Request], Awaitable[Response]]


def create_app(
    world: World, clock: Clock, home: Path, registration: Registration | None = None
) -> Starlette:
    """The pretend Amazon for one home.

    Args:
        world: Its sellers and everything that happens to them.
        clock: Quotas, tokens, reports and addresses live on it.
        home: What must survive a restart is kept under ``simulator/`` in it.
        registration: Where consent pages may send people; None: nowhere.
    """
    log, changes, plans = RequestLog(home, clock), ListingChanges(home), PlanDesk(home)
    orders, shelf = OrderDesk(home, world), ReportShelf(home, AutomaticReports(world))
    board = MoodBoard(home, world.options.seed, world.sellers)
    moods, oracle = Influence(board, clock), Oracle(world)
    grants, codes, product_types = Grants(home, world.sellers), Codes(clock), ProductTypes(clock)
    login = Login(grants, codes, clock, moods)
    consent = Consent(registration or Registration(), grants, codes, world.sellers)
    documents = ReportDocuments(world, shelf, oracle, clock, moods=moods, changes=changes)
    operations = [
        *sellers.OPERATIONS,
        *Inventory(oracle, clock, plans).operations,
        *Finances(oracle, clock).operations,
        *Inbound(oracle, clock, plans).operations,
        *InboundPlans(oracle, clock, plans).operations,
        *PlanWrites(oracle, plans).operations,
        *Awd(oracle, clock).operations,
        *Outbound(oracle, clock, orders).operations,
        *OutboundWrites(oracle, orders).operations,
        *Listings(oracle, changes, clock, moods).operations,
        *product_types.operations,
        *Reports(shelf, clock, moods).operations,
        *documents.operations,
    ]
    gateway, ads_gateway = Gateway(clock, login, moods), AdsGateway(clock, login, moods)
    ads = AdsReports(world, AdsShelf(home), oracle, clock, moods)
    campaigns = AdsControl(oracle, AdsDesk(home, world), clock).operations
    ads_operations = [*ads_profiles.OPERATIONS, *ads.operations, *campaigns]

    return Starlette(
        routes=[
            Route("/auth/o2/token", login.token, methods=["POST"]),
            *consent.routes,
            *(route for operation in operations for route in gateway.routes(operation)),
            *(route for one in ads_operations for route in ads_gateway.routes(one)),
            *(documents.storage, product_types.storage, ads.storage),
            *_beside_amazon(world, clock, log, board),
        ],
        middleware=[Middleware(LogRequests, log=log)],
        exception_handlers={StockroomError: on_error, HTTPException: on_unknown_path},
    )


def _beside_amazon(world: World, clock: Clock, log: RequestLog, board: MoodBoard) -> list[Route]:
    """What Amazon does not have: the log, the moods, a sign of life."""
    health = Route("/_health", _health_endpoint(world, clock))
    return [Route("/_log", _log_endpoint(log)), mood_route(board), health]


def _log_endpoint(log: RequestLog) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        """``GET /_log``: every request received, oldest first."""
        since = instant(request, "since")
        entries = log.select(
            operation=request.query_params.get("operation", ""),
            seller=request.query_params.get("seller", ""),
            since=zulu_milliseconds(since) if since else "",
        )
        body = await asyncio.to_thread(lambda: json.dumps(list(entries)))
        return Response(body, media_type="application/json")

    return endpoint


def _health_endpoint(world: World, clock: Clock) -> Endpoint:
    async def endpoint(_: Request) -> Response:
        """``GET /_health``."""
        now = zulu_milliseconds(clock.now())
        return JSONResponse({"status": "ok", "now": now, "accounts": list(world.sellers)})

    return endpoint
