"""Clients that sign in: a person at a real browser in the middle of the TypeScript SDK's own dance."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import pytest
from mcp_types import CallToolResult
from tests.e2e.conftest import Demo

from stockroom.core.scope import READ_SCOPES

pytestmark = pytest.mark.foreign

MOST_MS = 1_000
READS = set(READ_SCOPES)


@pytest.fixture(scope="module", params=["v1", "v2"])
def generation(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def _change(served: Demo) -> dict[str, Any]:
    """A price that is one per cent higher than that of the first listing that has one."""
    async with served.client("operator") as client:
        answer = await client.call_tool("listings", {})
    assert isinstance(answer, CallToolResult)
    body = answer.structured_content
    assert body is not None
    listings = (dict(zip(body["columns"], row, strict=True)) for row in body["rows"])
    one = next(listing for listing in listings if listing["price"])
    price = (Decimal(one["price"]) * Decimal("1.01")).quantize(Decimal("0.01"))
    return {name: one[name] for name in ("sku", "marketplace", "currency")} | {"price": str(price)}


@pytest.fixture(scope="module")
def change(served: Demo) -> str:
    return json.dumps(asyncio.run(_change(served)))


@pytest.fixture(scope="module")
def seen(
    generation: str, change: str, script: Callable[..., str], person: Mapping[str, str]
) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(script("dance.mjs", generation, CHANGE=change, **person))
    return found


def test_a_client_without_a_token_is_told_where_to_sign_in(seen: dict[str, Any]) -> None:
    assert seen["refused"]["error"] == "UnauthorizedError"
    assert "/.well-known/oauth-protected-resource" in seen["challenge"]
    assert "error=" not in seen["challenge"]
    assert seen["issuer"]["at"].rstrip("/") == seen["issuer"]["says"].rstrip("/")


def test_it_registers_itself_and_asks_with_pkce_for_this_server(
    seen: dict[str, Any], served: Demo
) -> None:
    asked = seen["asked"]

    assert seen["registered"]["client_id"] == asked["client_id"]
    assert asked["code_challenge_method"] == "S256"
    assert asked["resource"] == served.ready["mcp_url"]
    assert set(asked["scope"].split()) <= READS


def test_the_person_is_shown_who_asks_and_for_what(seen: dict[str, Any], served: Demo) -> None:
    shown = seen["consent"]

    assert "Dancing client" in shown
    assert "127.0.0.1" in shown
    assert served.ready["accounts"][0]["name"] in shown
    assert seen["troubles"] == []


def test_the_answer_names_its_issuer_and_the_token_its_limits(seen: dict[str, Any]) -> None:
    assert seen["returned"]["state"] == "a-state-of-this-client"
    assert seen["returned"]["iss"] == seen["issuer"]["says"]
    assert 0 < seen["granted"]["expires_in"] <= 3600
    assert set(seen["granted"]["scope"].split()) <= READS


def test_the_token_reads_what_was_granted(seen: dict[str, Any], served: Demo) -> None:
    assert {"accounts", "stock"} <= set(seen["tools"])
    body = seen["accounts"]["structuredContent"]
    assert body["rows"][0][0] == served.ready["accounts"][0]["account"]


def test_a_tool_beyond_the_grant_is_stepped_up_to_by_the_person(seen: dict[str, Any]) -> None:
    assert seen["beyond"]["error"] == "UnauthorizedError"
    assert "listings:write" in seen["askedMore"].split()
    assert "listings:write" in seen["grantedMore"].split()
    assert seen["preview"]["structuredContent"]["state"] == "proposed"


def test_a_refreshed_token_works_and_its_refresh_token_is_a_new_one(seen: dict[str, Any]) -> None:
    assert seen["withFresh"] == 200
    assert seen["refreshed"]["access_token"] != seen["granted"]["access_token"]
    assert seen["refreshed"]["refresh_token"] != seen["granted"]["refresh_token"]


def test_a_revoked_client_is_refused_within_a_second(seen: dict[str, Any]) -> None:
    assert seen["revocation"] == 200
    assert seen["lastedMs"] < MOST_MS
    assert seen["withRevoked"] == 401
    assert seen["refreshRevoked"]["code"] == "invalid_grant"


def test_the_bridge_signs_in_too(
    script: Callable[..., str], person: Mapping[str, str], served: Demo
) -> None:
    seen = json.loads(script("bridge.mjs", **person))

    assert "localhost" in seen["consent"]
    assert "stock" in seen["tools"]
    account = seen["accounts"]["structuredContent"]["rows"][0][0]
    assert account == served.ready["accounts"][0]["account"]
