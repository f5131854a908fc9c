"""The web application: ``/mcp``, and two addresses for whoever watches the process.

One application per listener: the SDK's session manager runs once in its life.
Pools and catalogue are shared by passing them in.
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

from stockroom.core.config import Settings
from stockroom.core.errors import StockroomError
from stockroom.entrypoints.answers import error_object
from stockroom.entrypoints.house import House
from stockroom.entrypoints.mcp_http import Door, principal_of_request
from stockroom.entrypoints.mcp_server import StockroomServer
from stockroom.entrypoints.mcp_tools import catalogue
from stockroom.entrypoints.web.routes import console_routes
from stockroom.tenancy.limits import Allowances

_LARGEST_REQUEST = 256 * 1024
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def create_app(house: House) -> Starlette:
    """The application of one listener."""
    server = StockroomServer(catalogue(house), principal_of_request)
    manager = StreamableHTTPSessionManager(
        server,
        json_response=True,
        stateless=True,
        security_settings=_callers(house.settings),
        max_request_body_size=_LARGEST_REQUEST,
    )

    door = Door(
        manager.handle_request,
        house.authenticator,
        Allowances(house.clock, house.authenticator.uses),
        house.settings.trusted_proxies,
    )

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with manager.run():
            yield

    app = Starlette(
        routes=[
            # Both spellings, no redirect: behind TLS it would point clients at plain http.
            Route("/mcp", door),
            Route("/mcp/", door),
            Route("/healthz", _alive),
            Route("/readyz", _ready),
            *console_routes(house),
        ],
        lifespan=lifespan,
    )
    app.state.house = house  # pages find it in their request
    return app


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
    if settings.public_url:
        public = settings.public_url.rstrip("/")
        hosts.append(public.partition("://")[2].partition("/")[0])
        origins.append(public)
    return TransportSecuritySettings(
        allowed_hosts=hosts, allowed_origins=[*origins, *settings.allowed_origins]
    )
