"""A real server on loopback, with two sellers, and the SDK's own client in front of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult, TextContent
from tests.serving import NO_TLS, serving

from stockroom.core.clock import FixedClock
from stockroom.core.config import Settings
from stockroom.core.marketplaces import Region
from stockroom.core.scope import CONFIRMING, READ_SCOPES, Scope
from stockroom.db.engine import Database
from stockroom.entrypoints.house import House, furnished
from stockroom.entrypoints.http_app import create_app
from stockroom.tenancy.issuing import NewKey
from stockroom.tenancy.registry import NewAccount

Era = Literal["legacy", "2026-07-28"]
Connect = Callable[..., AbstractAsyncContextManager[Client]]


@pytest.fixture(params=["legacy", "2026-07-28"])
def era(request: pytest.FixtureRequest) -> Era:
    """Both ways clients speak; the same address answers both."""
    spoken: Era = request.param
    return spoken


@pytest.fixture
async def house(database: Database, settings: Settings, clock: FixedClock) -> AsyncIterator[House]:
    """The house, with harbor and elm (of one agency) and the stranger's ridge in it."""
    async with furnished(database, settings, clock) as house:
        for organisation, slug in (("Agency", "harbor"), ("Agency", "elm"), ("Other", "ridge")):
            await house.registry.add_account(
                await house.registry.organisation(organisation),
                NewAccount(
                    slug, slug.title(), f"A{slug.upper()}", Region.NA, ("US", "CA"), f"grant-{slug}"
                ),
            )
        yield house


@pytest.fixture
def issue(house: House) -> Callable[..., Any]:
    """Issues a key of the agency: ``await issue("harbor", scopes=…)``."""

    async def make(*slugs: str, scopes: frozenset[Scope] = READ_SCOPES, **more: Any) -> str:
        accounts = [await house.registry.account(slug) for slug in slugs]
        if CONFIRMING & scopes:
            more.setdefault("limits", {"changes_per_day": 50, "spend_per_day": {"USD": "100"}})
        key = NewKey("test", accounts, scopes, **more)
        return await house.registry.issue(accounts[0].organisation_id, key)

    return make


@pytest.fixture
async def url(house: House) -> AsyncIterator[str]:
    """Where the server is."""
    async with serving(create_app(house)) as url:
        yield url


@pytest.fixture
async def keys_url(house: House) -> AsyncIterator[str]:
    """Where it takes keys alone."""
    async with serving(create_app(house, keys_only=True)) as url:
        yield url


@pytest.fixture
async def http(url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Plain HTTP to the server."""
    async with httpx2.AsyncClient(verify=NO_TLS, base_url=url) as client:
        yield client


@pytest.fixture
def connect(url: str) -> Connect:
    """The SDK's client: ``async with connect(key, "legacy") as client``."""

    @asynccontextmanager
    async def open_client(
        key: str, era: Era = "2026-07-28", query: str = ""
    ) -> AsyncIterator[Client]:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(verify=NO_TLS, headers=headers) as http:
            transport = streamable_http_client(f"{url}/mcp{query}", http_client=http)
            async with Client(transport, mode=era) as client:
                yield client

    return open_client


@pytest.fixture
def ask() -> Callable[..., Any]:
    """Calls a tool: ``await ask(client, "changes", limit=1)``; both faces of the answer agree."""

    async def call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
        result = await client.call_tool(tool, arguments)
        assert isinstance(result, CallToolResult)
        (content,) = result.content
        assert isinstance(content, TextContent)
        body: dict[str, Any] = json.loads(content.text)
        assert body == result.structured_content
        assert bool(result.is_error) is ("error_kind" in body)
        return body

    return call
