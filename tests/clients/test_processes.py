"""Clients that only start processes, with the blocks that the guides give them to paste."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from mcp import Client, StdioServerParameters
from mcp_types import CallToolResult
from tests.clients import programs
from tests.commands import clean
from tests.e2e.conftest import Demo

from stockroom.entrypoints.connect_configs import BRIDGE, CLIENTS, Addresses, on_this_machine

pytestmark = pytest.mark.foreign

PROGRAM = "mcp-remote/dist/proxy.js"


def bridge(served: Demo, key: str, home: Path) -> StdioServerParameters:
    """The bridge as the documented configuration starts it, without npx's download."""
    at = Addresses(served.ready["mcp_url"], served.ready["keys_url"])
    (paste,) = CLIENTS["claude-desktop"].pastes(at, key)
    block = json.loads(paste.text)["mcpServers"]["stockroom"]
    arguments = block["args"]
    assert arguments[:3] == ["-y", BRIDGE, at.keys_url]
    return StdioServerParameters(
        command=programs.node(),
        args=[
            programs.package(programs.CLIENTS, PROGRAM),
            at.keys_url,
            *arguments[arguments.index("--header") :],
            "--silent",
        ],
        env=clean(**block["env"]) | {"HOME": str(home)},
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


async def test_a_client_beside_the_server_starts_stockroom_itself(served: Demo) -> None:
    paste = on_this_machine(Path(sys.executable), served.home, served.key("reader"))
    block = json.loads(paste.text)["mcpServers"]["stockroom"]
    process = StdioServerParameters(
        command=block["command"], args=block["args"], env=clean(**block["env"])
    )
    async with Client(process) as client:
        listed = await client.list_tools()

    assert {"accounts", "stock"} <= {tool.name for tool in listed.tools}
