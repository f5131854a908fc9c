"""mcp-remote: the bridge for clients that only start processes."""

from __future__ import annotations

from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult
from tests.clients import programs
from tests.commands import clean
from tests.e2e.conftest import Demo

pytestmark = pytest.mark.foreign

BRIDGE = "mcp-remote/dist/proxy.js"


def bridge(served: Demo, key: str, home: Path) -> StdioServerParameters:
    """The bridge as the documented configuration starts it, without npx's download."""
    return StdioServerParameters(
        command=programs.node(),
        args=[
            programs.package(programs.CLIENTS, BRIDGE),
            served.ready["mcp_url"],
            "--header",
            "Authorization:${AUTH}",
            "--allow-http",
            "--silent",
        ],
        env=clean(AUTH=f"Bearer {key}") | {"HOME": str(home)},
    )


async def test_the_bridge_carries_tools_and_answers(served: Demo, tmp_path: Path) -> None:
    async with Client(bridge(served, served.key("operator"), tmp_path)) as client:
        listed = await client.list_tools()
        answer = await client.call_tool("accounts", {})

    assert {"accounts", "set_price"} <= {tool.name for tool in listed.tools}
    assert isinstance(answer, CallToolResult)
    assert answer.structured_content is not None
    assert answer.structured_content["account"] == served.ready["accounts"][0]["account"]


async def test_what_a_key_may_not_do_is_not_listed_through_it(served: Demo, tmp_path: Path) -> None:
    async with Client(bridge(served, served.key("reader"), tmp_path)) as client:
        listed = await client.list_tools()

    assert "set_price" not in {tool.name for tool in listed.tools}
