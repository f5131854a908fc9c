"""``stockroom demo``: everything on one machine, without Amazon, Docker or a database.

The pretend Amazon, the server and the worker are processes of their own; the
embedded Postgres is started by whoever needs it first and stopped by whoever
leaves last. This process connects the sellers, loads their newest days and then
watches. However it ends, nothing it started stays behind.
"""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console

from stockroom.core.config import Settings
from stockroom.db import migrate
from stockroom.db.server import locate
from stockroom.entrypoints import demo_tenants
from stockroom.entrypoints.demo_home import claimed, prepared
from stockroom.entrypoints.demo_picture import picture, show
from stockroom.entrypoints.demo_plan import DemoPlan
from stockroom.entrypoints.demo_planning import assume
from stockroom.entrypoints.demo_processes import Child, child
from stockroom.entrypoints.demo_proposals import Proposals
from stockroom.entrypoints.demo_ready import FILE, Ready
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.progress_view import ProgressView
from stockroom.entrypoints.runtime import Stop, Stopped, until_stopped
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.simulator_mood import begin_with
from stockroom.entrypoints.sync_now import sync_all, sync_engine, troubles
from stockroom.simulator.world import World, WorldOptions
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.principal import KnownAccount

_NEWEST_DAYS = 91
"""Enough for a window of 90 complete days, whatever the hour."""
_LOOK_S = 5.0


@dataclass(frozen=True, slots=True)
class _Stage:
    """What the acts of a demo share."""

    settings: Settings
    options: WorldOptions
    plan: DemoPlan
    console: Console
    house: House
    engine: SyncEngine
    accounts: list[KnownAccount]


def run(settings: Settings, plan: DemoPlan) -> None:
    """Play until asked to stop (with ``--once``: until ready).

    Raises:
        InvalidInputError: An option is impossible, or contradicts the home's world.
        Stopped: It was to run ``--once`` and did not come to its end.
        ConfigurationError: The home, a port or a process cannot be used.
    """
    console = Console(stderr=True)
    with claimed(settings.home_path):
        usual = settings.port
        settings, options = prepared(settings, plan)
        begin_with(settings, plan.moods)
        if plan.port is None and settings.port != usual:
            console.print(f"Port {usual} is in use: using {settings.port}.")

        async def main() -> None:
            try:
                await until_stopped(Stop(), _play(settings, options, plan, console))
            except Stopped:
                console.print("Stopped. The same command goes on where it was.")
                if plan.once:
                    raise

        run_main(main())


async def _play(
    settings: Settings, options: WorldOptions, plan: DemoPlan, console: Console
) -> None:
    home, world = settings.home_path, World(options)
    async with AsyncExitStack() as stack:
        console.print(f"Home {home}, seed {options.seed}. Starting …")
        simulator = await stack.enter_async_context(child(home, "simulator", "simulate"))
        await stack.enter_async_context(locate(settings, create=True))
        await migrate.upgrade(settings)
        server = await stack.enter_async_context(child(home, "server", "serve"))
        house = await stack.enter_async_context(open_house(settings))
        stage = _Stage(
            settings,
            options,
            plan,
            console,
            house,
            sync_engine(house),
            await demo_tenants.connect(house, list(world.sellers.values()), options.days),
        )
        await simulator.answers(f"{settings.simulator_url}/_health")
        await _load(stage)
        ready = await _ready(stage, world)
        await server.answers(f"{ready.base_url}/readyz")
        await assume(house, ready.keys["operator"])
        proposals = Proposals(house, ready.keys["operator"])
        await proposals.keep()
        worker = await stack.enter_async_context(child(home, "worker", "work"))
        await _announce(stage, ready)
        if not plan.once:
            await _watch(stage, ready, proposals, [simulator, server, worker])


async def _load(stage: _Stage) -> None:
    """The newest days of every account; with ``--wait-backfill``, all of them.

    In a mood some windows do not load. The demo goes on: what is served then is worth seeing.
    """
    house, accounts = stage.house, stage.accounts
    with ProgressView(stage.console) as view:
        loaded = await sync_all(house, stage.engine, accounts, view, days=_NEWEST_DAYS, urgent=True)
        if stage.plan.wait_backfill:
            loaded += await sync_all(house, stage.engine, accounts, view)
    bad = troubles(loaded)
    if bad:
        stage.console.print(f"{len(bad)} windows did not load; data_freshness flags them.")


async def _ready(stage: _Stage, world: World) -> Ready:
    home = stage.settings.home_path
    return Ready(
        base_url=stage.house.base_url,
        keys_url=stage.house.keys_url,
        simulator_url=stage.settings.simulator_url or "",
        seed=stage.options.seed,
        backfilled=await _backfilled(stage),
        keys=await demo_tenants.keys(stage.house, stage.accounts, home / FILE),
        login=await demo_tenants.login(stage.house, home / FILE),
        sellers=list(world.sellers.values()),
    )


async def _announce(stage: _Stage, ready: Ready) -> None:
    pictures = [await picture(stage.house, account) for account in stage.accounts]
    ready.write(*_places(stage))
    show(Console(), pictures, ready, stage.settings.home_path)


async def _watch(stage: _Stage, ready: Ready, proposals: Proposals, children: list[Child]) -> None:
    """Say when the history is complete, keep proposals waiting; end when a process does."""
    stage.console.print("Ready. Ctrl-C stops everything.")
    if not ready.backfilled:
        stage.console.print("Older history is loading behind.")
    while True:
        for one in children:
            if not one.alive:
                raise one.ended()
        await proposals.keep()
        if not ready.backfilled and await _backfilled(stage):
            ready = replace(ready, backfilled=True)
            ready.write(*_places(stage))
            stage.console.print("All history is loaded.")
        await asyncio.sleep(_LOOK_S)


async def _backfilled(stage: _Stage) -> bool:
    """Whether no account has older days still to load."""
    for account in stage.accounts:
        facts = await stage.house.grounds.facts(account.id)
        if any(stage.engine.priority(run) < 0 for run in await stage.engine.plan(facts)):
            return False
    return True


def _places(stage: _Stage) -> list[Path]:
    named = stage.plan.ready_file
    kept = stage.settings.home_path / FILE
    return [kept] if named is None else [kept, named.absolute()]
