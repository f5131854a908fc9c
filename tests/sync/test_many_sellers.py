"""Fifty sellers are due at once, and Amazon throttles one of them: nobody else notices."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import psycopg
import pytest
from procrastinate import App, PsycopgConnector
from tests.conftest import copied, installed
from tests.serving import NO_TLS, serving
from tests.sync.conftest import NOW, Connected, connected, rows
from tests.sync.test_night import Ticking

from stockroom.amazon.connection import AmazonConnections
from stockroom.amazon.ports import SellingPartner
from stockroom.core.config import load_settings
from stockroom.db.engine import Database
from stockroom.db.place import Place
from stockroom.entrypoints.shared_buckets import SharedBuckets
from stockroom.reports import all_reports
from stockroom.simulator.app import create_app
from stockroom.simulator.credentials import CLIENT_ID, CLIENT_SECRET
from stockroom.simulator.world import World, WorldOptions
from stockroom.spec.account import AccountFacts
from stockroom.spec.report import SpApiReport
from stockroom.spec.run import OPEN_STATES
from stockroom.sync import jobs
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault

SELLERS = 50
REPORTS = [one for one in all_reports() if isinstance(one.request, SpApiReport)][:22]
"""More than a burst: a night as long as Amazon's pace makes it, beside which a moment is nothing."""
RATE = 2
"""Seconds of the clock per second of the machine: slow enough for what fifty nights compute."""
AT_ONCE = 16
"""Jobs of one worker, as ``stockroom work`` has them."""
_LEFT = "select count(*) filter (where state = any(%s)), count(*), max(finished_at) from app.runs"


class Everyone:
    """Opens every account, for a worker."""

    def __init__(self, sellers: list[Connected]) -> None:
        self._sellers = {one.facts.id: one for one in sellers}

    async def facts(self, account_id: UUID) -> AccountFacts:
        return self._sellers[account_id].facts

    async def partner(self, account_id: UUID) -> SellingPartner:
        return self._sellers[account_id].amazon


async def _finishes(
    place: Place, home: Path, world: World, *, throttled: str
) -> Mapping[str, float]:
    """When each seller's night was through, in seconds of the clock; without the throttled one."""
    clock = Ticking(NOW, RATE)
    async with AsyncExitStack() as stack:
        url = await stack.enter_async_context(serving(create_app(world, clock, home / "amazon")))
        database = await stack.enter_async_context(Database.open(installed(place, home / "home")))
        settings = load_settings(
            home=home,
            lwa_url=f"{url}/auth/o2/token",
            lwa_client_id=CLIENT_ID,
            lwa_client_secret=CLIENT_SECRET,
            spapi_na_url=f"{url}/na",
            spapi_eu_url=f"{url}/eu",
            spapi_fe_url=f"{url}/fe",
        )
        amazon = await stack.enter_async_context(
            AmazonConnections(settings, SharedBuckets(database), clock)
        )
        sellers = [
            _at_home(await connected(database, amazon, one)) for one in world.sellers.values()
        ]
        if throttled:
            async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
                (await http.put(f"{url}/_mood", json=[f"throttled@{throttled}"])).raise_for_status()
        engine = SyncEngine(
            database=database,
            clock=clock,
            reports=REPORTS,
            metrics=(),
            cipher=Vault({"test": bytes(32)}),
        )
        hand = asyncio.create_task(clock.tick())
        try:
            return await _worked(engine, sellers, {throttled})
        finally:
            hand.cancel()


def _at_home(seller: Connected) -> Connected:
    """In one marketplace, so that what fifty nights compute fits into one."""
    home = seller.facts.marketplaces[:1]
    return replace(seller, facts=replace(seller.facts, marketplaces=home))


async def _worked(
    engine: SyncEngine, sellers: list[Connected], but: set[str]
) -> Mapping[str, float]:
    database = engine.bench.database
    connector = PsycopgConnector(
        conninfo=database.writer_conninfo, kwargs={"options": "-c search_path=queue"}
    )
    app = App(connector=connector)
    jobs.register(app, engine, Everyone(sellers), engine.bench.clock)
    async with app.open_async():
        for seller in sellers:
            await jobs.defer_account(app, seller.facts.id, days=1)
        worker = asyncio.create_task(
            app.run_worker_async(
                queues=[jobs.QUEUE],
                concurrency=AT_ONCE,
                fetch_job_polling_interval=0.5,
                install_signal_handlers=False,
            )
        )
        finished: dict[str, float] = {}
        waiting = {one.facts.slug: one for one in sellers if one.facts.slug not in but}
        while waiting:
            assert not worker.done()
            await asyncio.sleep(0.5)
            for slug, seller in list(waiting.items()):
                states = [state.value for state in OPEN_STATES]
                ((left, all_of, at),) = await rows(database, seller.facts, _LEFT, states)
                if all_of and not left:
                    finished[slug] = (at - NOW).total_seconds()
                    del waiting[slug]
        worker.cancel()
        await asyncio.gather(worker, return_exceptions=True)
    return finished


@pytest.mark.slow
async def test_the_slowest_seller_moves_nobody_elses_finish(
    template: Place, administrator: psycopg.Connection, tmp_path: Path
) -> None:
    world = World(WorldOptions.create(now=NOW, skus=4, days=30, account_count=SELLERS))
    slow = next(iter(world.sellers))
    nights: list[Mapping[str, float]] = []
    for throttled in ("", slow):
        home = tmp_path / f"night{len(nights)}"
        (home / "amazon").mkdir(parents=True)
        with copied(template, administrator) as place:
            nights.append(await _finishes(place, home, world, throttled=throttled))
    calm, throttled_night = nights
    moved = {slug: at / calm[slug] for slug, at in throttled_night.items()}
    print(f"finish beside a calm night: {min(moved.values()):.2f} to {max(moved.values()):.2f}")  # noqa: T201 - with -s
    assert len(moved) == SELLERS - 1
    assert max(moved.values()) <= 1.1
