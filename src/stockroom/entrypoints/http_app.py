"""The web applications: ``/mcp``, and two addresses for whoever watches the process.

One application per listener: the SDK's session manager runs once in its life. Two
listeners: one for everybody, where OAuth is offered, and one for keys alone, for
clients that do not use a key where they find OAuth. Pools are shared by passing them in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from stockroom.core.config import Settings
from stockroom.core.errors import StockroomError
from stockroom.entrypoints.answers import error_object
from stockroom.entrypoints.house import House
from stockroom.entrypoints.mcp_body import LARGEST
from stockroom.entrypoints.mcp_following import Patience
from stockroom.entrypoints.mcp_http import Door, principal_of_request
from stockroom.entrypoints.mcp_server import StockroomServer
from stockroom.entrypoints.mcp_streams import Streams
from stockroom.entrypoints.mcp_tools import catalogue, turned_away
from stockroom.entrypoints.oauth.addresses import Addresses
from stockroom.entrypoints.oauth.challenges import Challenges
from stockroom.entrypoints.oauth.routes import oauth_routes
from stockroom.entrypoints.oauth.step_up import StepUp
from stockroom.entrypoints.web.connect import connect_routes
from stockroom.entrypoints.web.routes import console_routes
from stockroom.tenancy.limits import Allowances

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(
    house: House, *, keys_only: bool = False, patience: Patience | None = None
) -> Starlette:
    """The application of one listener.

    Args:
        house: What it serves.
        keys_only: Nothing but MCP for whoever has a key: no OAuth, no pages.
        patience: How long a call follows the change that it confirmed.
    """
    tools = catalogue(house, patience)
    server = StockroomServer(
        tools, principal_of_request, turned_away(house), question_key=house.question_key
    )
    plain, streamed = (_manager(house, server, json=json) for json in (True, False))
    addresses = Addresses(house.base_url)
    challenges = Challenges(addresses) if addresses.offered and not keys_only else None
    inner: ASGIApp = Streams(plain.handle_request, streamed.handle_request)
    door = Door(
        StepUp(inner, tools, challenges) if challenges else inner,
        house.authenticator,
        Allowances(house.clock, house.authenticator.uses),
        house.settings.trusted_proxies,
        challenges,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with plain.run(), streamed.run():
            yield

    app = Starlette(
        routes=[
            # Both spellings, no redirect: behind TLS it would point clients at plain http.
            Route("/mcp", door),
            Route("/mcp/", door),
            Route("/healthz", _alive),
            Route("/readyz", _ready),
            *([] if keys_only else _pages(house)),
        ],
        lifespan=lifespan,
    )
    app.state.house = house  # pages find it in their request
    return app


def _manager(house: House, server: StockroomServer, *, json: bool) -> StreamableHTTPSessionManager:
    return StreamableHTTPSessionManager(
        server,
        json_response=json,
        stateless=True,
        security_settings=_callers(house.settings),
        max_request_body_size=LARGEST,
    )


def _pages(house: House) -> list[Route]:
    """What people see, and what programs ask before they are let in."""
    return [*console_routes(house), *connect_routes(house), *oauth_routes(house)]


async def _alive(_: Request) -> JSONResponse:
    return JSONResponse({"status": "ok"})


async def _ready(request: Request) -> JSONResponse:
    try:
        await request.app.state.house.database.ready()
    except StockroomError as error:
        return JSONResponse(error_object(error), status_code=503)
    return JSONResponse({"status": "ready"})


def _callers(settings: Settings) -> TransportSecuritySettings:
    """Hosts and origins that may be named: a browser page elsewhere must not reach us."""
    hosts = [name for host in (*_LOOPBACK, settings.host) for name in (host, f"{host}:*")]
    origins = [f"http://{host}:*" for host in _LOOPBACK]
    for address in filter(None, (settings.public_url, settings.keys_public_url)):
        public = address.rstrip("/")
        hosts.append(public.partition("://")[2].partition("/")[0])
        origins.append(public)
    return TransportSecuritySettings(
        allowed_hosts=hosts, allowed_origins=[*origins, *settings.allowed_origins]
    )
