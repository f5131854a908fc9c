"""``stockroom serve``: MCP over HTTP. Stateless, so any number of them can run side by side.

Two listeners of one process: the main one, with OAuth and the console, and one where
keys alone are good.
"""

from __future__ import annotations

import asyncio
import gc
import socket
from contextlib import ExitStack

from starlette.applications import Starlette

from stockroom.core.config import Settings
from stockroom.core.errors import ConfigurationError
from stockroom.core.log import logger
from stockroom.entrypoints.house import open_house
from stockroom.entrypoints.http_app import create_app
from stockroom.entrypoints.listening import listening, serve_until
from stockroom.entrypoints.mcp_following import Patience
from stockroom.entrypoints.oauth.addresses import Addresses
from stockroom.entrypoints.runtime import Stop
from stockroom.entrypoints.runtime import run as run_main

_log = logger("server")


def run(settings: Settings, *, lifeline: bool = False) -> None:
    """Serve until the process is asked to stop."""
    run_main(_serve(settings, lifeline=lifeline))


async def _serve(settings: Settings, *, lifeline: bool) -> None:
    stop = Stop(lifeline=lifeline)
    with ExitStack() as stack:
        main = stack.enter_context(listening(settings.host, settings.port))
        settings = settings.model_copy(update={"port": _port(main)})
        keys, taken = _for_keys(settings, stack)
        settings = settings.model_copy(update={"keys_port": _port(keys)})
        async with open_house(settings) as house:
            gc.collect()
            gc.freeze()  # what start-up made lives for ever: the collector need not look at it
            _log.info("serving", url=f"{house.base_url}/mcp", port=_port(main))
            if taken:
                _log.warning("another port for keys", reason=taken, setting="STOCKROOM_KEYS_PORT")
            _log.info("serving keys", url=house.keys_url, port=_port(keys))
            _warn_of_plain_http(house.base_url)
            patience = Patience(ending=stop.wait)
            async with asyncio.TaskGroup() as both:
                for listener, only in ((main, False), (keys, True)):
                    app = create_app(house, keys_only=only, patience=patience)
                    both.create_task(_serve_one(stop, app, listener))


async def _serve_one(stop: Stop, app: Starlette, listener: socket.socket) -> None:
    try:
        await serve_until(stop, app, listener)
    finally:
        stop.ask()  # neither goes on without the other


def _for_keys(settings: Settings, stack: ExitStack) -> tuple[socket.socket, str]:
    """The second socket; when nobody said which, and the usual one is taken, any: and why."""
    named = {"setting": "STOCKROOM_KEYS_PORT", "option": "--keys-port"}
    wanted = listening(settings.host, settings.keys_port_to_use, **named)
    try:
        return stack.enter_context(wanted), ""
    except ConfigurationError as error:
        if settings.keys_port is not None:
            raise
        return stack.enter_context(listening(settings.host, 0, **named)), error.summary


def _warn_of_plain_http(base_url: str) -> None:
    if not Addresses(base_url).offered:
        _log.warning(
            "OAuth is not offered over plain http",
            url=base_url,
            next_step="Put a proxy with TLS in front and set STOCKROOM_PUBLIC_URL.",
        )


def _port(listener: socket.socket) -> int:
    port: int = listener.getsockname()[1]
    return port
