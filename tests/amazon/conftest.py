"""Two Amazons to talk to over loopback: the house's pretend one, and one that misbehaves on order."""

from __future__ import annotations

import asyncio
import threading
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from tests.serving import serving

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.spapi import SpApi
from stockroom.amazon.throttle import Buckets
from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings, load_settings
from stockroom.core.marketplaces import Region
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import Seller, World, WorldOptions

NOW = datetime(2026, 11, 21, 8, 45, tzinfo=UTC)
SIGN_IN = "/auth/o2/token"
REFRESH_TOKEN = "Atzr|grant-of-a-seller"
Reply = Response | Callable[[Request], Response]


@dataclass
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes


@dataclass
class Hostile:
    """Answers what the test wrote down, in order; the last answer stays."""

    url: str = ""
    asked: list[Asked] = field(default_factory=list)
    _scripts: dict[str, deque[Reply]] = field(default_factory=lambda: defaultdict(deque))

    def answers(self, path: str, *replies: Reply) -> None:
        self._scripts[path] = deque(replies)

    def calls(self, path: str, method: str = "") -> list[Asked]:
        return [one for one in self.asked if one.path == path and method in {"", one.method}]

    def forget(self) -> None:
        self.asked.clear()
        self._scripts.clear()

    async def reply(self, request: Request) -> Response:
        path = request.scope["raw_path"].decode()
        query, headers = dict(request.query_params), dict(request.headers)
        self.asked.append(Asked(request.method, path, query, headers, await request.body()))
        script = self._scripts[path]
        if not script:
            return self._by_default(path)
        scripted = script.popleft() if len(script) > 1 else script[0]
        return scripted if isinstance(scripted, Response) else scripted(request)

    def _by_default(self, path: str) -> Response:
        if path == SIGN_IN:
            return signed_in(f"Atza|token-{len(self.calls(SIGN_IN))}")
        return PlainTextResponse("nothing was written down for this path", 500)


def signed_in(token: object, expires_in: object = 3600) -> Response:
    return JSONResponse({"access_token": token, "token_type": "bearer", "expires_in": expires_in})


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def _misbehaving() -> Iterator[Hostile]:
    """One server for all tests, in a thread: stopping one takes longer than most tests."""
    amazon = Hostile()
    app = Starlette(
        routes=[Route("/{path:path}", amazon.reply, methods=["GET", "POST", "PUT", "PATCH"])]
    )
    loop, stop, ready = asyncio.new_event_loop(), asyncio.Event(), threading.Event()

    async def serve() -> None:
        async with serving(app) as url:
            amazon.url = url
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    ready.wait()
    yield amazon
    loop.call_soon_threadsafe(stop.set)
    thread.join()
    loop.close()


@pytest.fixture
def hostile(_misbehaving: Hostile) -> Hostile:
    _misbehaving.forget()
    return _misbehaving


def settings_for(url: str, home: Path, **more: Any) -> Settings:
    given = {
        "home": home,
        "lwa_url": f"{url}{SIGN_IN}",
        "lwa_client_id": CLIENT_ID,
        "lwa_client_secret": CLIENT_SECRET,
        "spapi_na_url": url,
        **more,
    }
    return load_settings(**given)


@pytest.fixture
async def connections(
    hostile: Hostile, clock: FixedClock, plenty: Buckets, tmp_path: Path
) -> AsyncIterator[AmazonConnections]:
    settings = settings_for(hostile.url, tmp_path, max_document_mb=1)
    async with AmazonConnections(settings, plenty, clock) as connections:
        yield connections


@pytest.fixture
def api(connections: AmazonConnections) -> SpApi:
    """A seller's API at the Amazon that misbehaves."""
    return connections.for_seller("A1SELLER", Region.NA, REFRESH_TOKEN)


@pytest.fixture(scope="session")
def world() -> World:
    return World(WorldOptions.create(now=NOW, skus=64, days=60))


@pytest.fixture
def seller(world: World) -> Seller:
    """The first North American seller of the pretend Amazon."""
    return next(one for one in world.sellers.values() if one.region is Region.NA)


@pytest.fixture
async def pretend(
    world: World, seller: Seller, clock: FixedClock, buckets: Buckets, tmp_path: Path
) -> AsyncIterator[SpApi]:
    """That seller's API at the house's pretend Amazon."""
    async with serving(create_app(world, clock, tmp_path)) as url:
        settings = settings_for(url, tmp_path, spapi_na_url=f"{url}/na")
        async with AmazonConnections(settings, buckets, clock) as connections:
            yield connections.for_seller(seller.seller_id, seller.region, seller.refresh_token)
