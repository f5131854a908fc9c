"""``stockroom simulate``: the pretend Amazon of a home, on loopback."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

from stockroom.core.config import Settings
from stockroom.core.log import logger
from stockroom.entrypoints.addresses import ads_callback, seller_callback
from stockroom.entrypoints.listening import listening, serve_until
from stockroom.entrypoints.runtime import Stop
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.simulator_mood import begin_with
from stockroom.simulator.app import create_app
from stockroom.simulator.registration import Registration
from stockroom.simulator.world import World, WorldOptions

_HOST, _PORT = "127.0.0.1", 8701

_log = logger("simulator")


def run(
    settings: Settings,
    *,
    host: str | None,
    port: int | None,
    moods: list[str] | None = None,
    lifeline: bool = False,
) -> None:
    """Serve until the process is asked to stop.

    Raises:
        InvalidInputError: The home has no world, or a mood is unknown.
    """
    begin_with(settings, moods)
    options = WorldOptions.load(settings.home_path)
    written = urlsplit(settings.simulator_url or f"http://{_HOST}:{_PORT}")
    run_main(
        _simulate(
            settings,
            World(options),
            host=host or written.hostname or _HOST,
            port=written.port or _PORT if port is None else port,
            lifeline=lifeline,
        )
    )


async def _simulate(
    settings: Settings, world: World, *, host: str, port: int, lifeline: bool
) -> None:
    stop = Stop(lifeline=lifeline)
    with listening(host, port) as listener:
        registration = Registration(
            redirect_uris=(seller_callback(settings),), return_urls=(ads_callback(settings),)
        )
        app = create_app(world, settings.clock, settings.home_path, registration)
        # The past is made while the first callers still sign in.
        growing = asyncio.create_task(asyncio.to_thread(_grow, world, settings, stop))
        _log.info("simulating", url=f"http://{host}:{listener.getsockname()[1]}")
        await serve_until(stop, app, listener)
        await growing


def _grow(world: World, settings: Settings, stop: Stop) -> None:
    for slug in world.sellers:
        if not stop.asked:
            world.seller(slug).extend(settings.clock.now())
