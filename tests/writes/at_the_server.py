"""The gate of a bench behind the real server, with MCP's own client in front: an agent at work."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp_types import CallToolResult
from tests.serving import NO_TLS, serving
from tests.writes.conftest import Bench

from stockroom.core.config import Settings
from stockroom.core.scope import Scope
from stockroom.entrypoints.house import House, furnished
from stockroom.entrypoints.http_app import create_app
from stockroom.entrypoints.mcp_following import Patience
from stockroom.spec.tool import ChangeTool
from stockroom.tenancy.issuing import NewKey
from stockroom.writes.gate import Gate

LIMITS = {"changes_per_day": 50, "spend_per_day": {"USD": "100"}}
_OFTEN_S = 0.01
"""Between two looks, so that a test need not wait."""


@dataclass
class Served:
    """A server, and the gate that its worker would work with."""

    bench: Bench
    house: House
    url: str

    @property
    def gate(self) -> Gate:
        """The gate behind it."""
        return self.house.gate

    async def key(self, *scopes: Scope, **more: Any) -> str:
        """A key of the bench's account."""
        account = await self.house.registry.account(self.bench.account.slug)
        key = NewKey("agent", [account], frozenset(scopes), **{"limits": LIMITS, **more})
        return await self.house.registry.issue(account.organisation_id, key)

    def http(self, key: str) -> httpx2.AsyncClient:
        """Plain HTTP with a key."""
        headers = {
            "Authorization": f"Bearer {key}",
            "Accept": "application/json, text/event-stream",
        }
        return httpx2.AsyncClient(verify=NO_TLS, base_url=self.url, headers=headers, timeout=20)

    @asynccontextmanager
    async def client(self, key: str, era: str, **more: Any) -> AsyncIterator[Client]:
        """MCP's own client."""
        async with self.http(key) as http:
            transport = streamable_http_client(f"{self.url}/mcp", http_client=http)
            async with Client(transport, mode=era, **more) as client:
                yield client


@asynccontextmanager
async def at_the_server(
    bench: Bench, settings: Settings, tool: ChangeTool, patience: Patience | None = None
) -> AsyncIterator[Served]:
    """Serve a bench's gate, with one tool, until the block ends."""
    async with furnished(bench.database, settings, bench.clock) as opened:
        house = replace(opened, gate=bench.gate(tool), write_tools=(tool,))
        app = create_app(house, patience=patience or Patience(longest_s=10, look_every_s=_OFTEN_S))
        async with serving(app) as url:
            yield Served(bench, house, url)


async def told(client: Client, tool: str, arguments: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The object of an answer."""
    result = await client.call_tool(tool, arguments, **more)
    assert isinstance(result, CallToolResult)
    assert isinstance(result.structured_content, dict)
    return result.structured_content


def agreed(preview: dict[str, Any]) -> dict[str, Any]:
    """What ``confirm_change`` takes of a preview."""
    return {"id": preview["id"], "fingerprint": preview["fingerprint"]}
