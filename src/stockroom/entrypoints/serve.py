"""``stockroom serve``: MCP over HTTP. Stateless, so any number of them can run side by side."""

from __future__ import annotations

import gc

from stockroom.core.config import Settings
from stockroom.core.log import logger
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.http_app import create_app
from stockroom.entrypoints.listening import listening, serve_until
from stockroom.entrypoints.runtime import Stop
from stockroom.entrypoints.runtime import run as run_main

_log = logger("server")


def run(settings: Settings, *, lifeline: bool = False) -> None:
    """Serve until the process is asked to stop."""
    run_main(_serve(settings, lifeline=lifeline))


async def _serve(settings: Settings, *, lifeline: bool) -> None:
    stop = Stop(lifeline=lifeline)
    with listening(settings.host, settings.port) as listener:
        async with open_house(settings) as house:
            gc.collect()
            gc.freeze()  # what start-up made lives for ever: the collector need not look at it
            _log.info("serving", url=f"{house.base_url}/mcp", port=listener.getsockname()[1])
            await serve_until(stop, create_app(house), listener)
