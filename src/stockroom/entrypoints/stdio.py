"""``stockroom stdio``: MCP over standard input and output, for clients that start a process.

Standard output belongs to the protocol; logs go to standard error.
"""

from __future__ import annotations

from dataclasses import replace

from mcp.server.stdio import stdio_server

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError, NotAllowedError
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.mcp_server import Context, StockroomServer
from stockroom.entrypoints.mcp_tools import catalogue, turned_away
from stockroom.entrypoints.runtime import run as run_main
from stockroom.tenancy.principal import Principal

_CLIENT = "stdio"


def run(settings: Settings) -> None:
    """Serve one client until it closes standard input."""
    run_main(_serve(settings))


async def _serve(settings: Settings) -> None:
    if settings.api_key is None:
        raise ConfigurationError(
            "There is no API key.",
            field="STOCKROOM_API_KEY",
            next_step="Set STOCKROOM_API_KEY in the client's configuration of this command.",
        )
    key = settings.api_key.get_secret_value()
    async with open_house(settings) as house:
        await _principal(house, key)

        async def who_asks(_: Context) -> Principal:
            # Asked for every request: a key that is revoked stops a session that is open.
            return await _principal(house, key)

        server = StockroomServer(
            catalogue(house), who_asks, turned_away(house), question_key=house.question_key
        )
        async with stdio_server() as (reading, writing):
            await server.run(reading, writing, server.create_initialization_options())


async def _principal(house: House, key: str) -> Principal:
    found = await house.authenticator.principal(key)
    if found is None:
        raise NotAllowedError(
            "The key in STOCKROOM_API_KEY is unknown, revoked or expired.",
            field="STOCKROOM_API_KEY",
            next_step="Issue another with 'stockroom key create'.",
        )
    return replace(found, client=_CLIENT)
