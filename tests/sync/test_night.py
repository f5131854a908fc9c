"""A night of all datasets takes hardly longer than Amazon's pace allows, and was foreseen."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from procrastinate import App, PsycopgConnector
from tests.serving import NO_TLS
from tests.sync.conftest import NOW, Connected, OneAccount, rows

from stockroom.core.clock import Clock
from stockroom.db.engine import Database
from stockroom.reports import all_reports
from stockroom.simulator.wire.rates import PLANS
from stockroom.spec.run import OPEN_STATES
from stockroom.sync import jobs
from stockroom.sync.engine import SyncEngine
from stockroom.tenancy.vault import Vault

RATE = 20
"""Seconds of the clock per second of the machine: what two cores keep up with."""
OPEN = "select 1 from app.runs where state = any(%s) limit 1"
RUNS = (
    "select state, (remarks ->> 'generation_s')::float from app.runs"
    " where dataset <> 'orders' or created_at < %s"
)
"""Orders fall due again every quarter of an hour, also while the night goes on."""
_TICK_S = 0.02
Drive = Callable[[SyncEngine, Connected], Awaitable[None]]


class Ticking(Clock):
    """Time that waits for the machine: it goes on by ticks, and a late one counts as one.

    On a machine that is busy with other things a night takes longer, and no more of this time.
    """

    def __init__(self, start: datetime, rate: float = RATE) -> None:
        super().__init__(rate=rate)
        self._start = start
        self._elapsed_s = 0.0

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._elapsed_s)

    def monotonic(self) -> float:
        return self._elapsed_s

    async def sleep(self, seconds: float) -> None:
        until_s = self._elapsed_s + seconds
        while (left_s := until_s - self._elapsed_s) > 0:  # noqa: ASYNC110 - ticks tell nobody
            await asyncio.sleep(max(_TICK_S, left_s / self.rate))

    async def tick(self) -> None:
        while True:
            await asyncio.sleep(_TICK_S)
            self._elapsed_s += _TICK_S * self.rate


@pytest.fixture
async def clock() -> AsyncIterator[Clock]:
    ticking = Ticking(NOW)
    hand = asyncio.create_task(ticking.tick())
    yield ticking
    hand.cancel()


@pytest.fixture
def engine(database: Database, clock: Clock, vault: Vault) -> SyncEngine:
    return SyncEngine(
        database=database, clock=clock, reports=all_reports(), metrics=(), cipher=vault
    )


async def _log(amazon_url: str, seller: Connected) -> list[dict[str, Any]]:
    async with httpx.AsyncClient(verify=NO_TLS, trust_env=False) as http:
        params = {"seller": seller.facts.slug}
        entries: list[dict[str, Any]] = (await http.get(f"{amazon_url}/_log", params=params)).json()
    return entries


def _bound_s(entries: list[dict[str, Any]], slowest_s: float) -> float:
    """What Amazon's published pace allows for the calls that were made, by its own log."""
    waits = [0.0]
    for operation, rate in PLANS.items():
        calls = sum(entry["operation"] == operation for entry in entries)
        waits.append((calls - rate.burst) / rate.per_second)
    return max(waits) + slowest_s


async def _synced(engine: SyncEngine, seller: Connected) -> None:
    await engine.sync(seller.facts, seller.amazon)


async def _worked(engine: SyncEngine, seller: Connected) -> None:
    """A worker, which looks at its queue every two seconds, until nothing is left to do."""
    database, clock = engine.bench.database, engine.bench.clock
    connector = PsycopgConnector(
        conninfo=database.writer_conninfo, kwargs={"options": "-c search_path=queue"}
    )
    app = App(connector=connector)
    jobs.register(app, engine, OneAccount(seller), clock)
    async with app.open_async():
        left: list[Any] = [1]
        while left:
            await jobs.defer_account(app, seller.facts.id)  # as whoever leads does every minute
            await app.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False, queues=[jobs.QUEUE]
            )
            await clock.sleep(2)
            left = await rows(database, seller.facts, OPEN, [one.value for one in OPEN_STATES])


@pytest.mark.slow
@pytest.mark.parametrize("drive", [_synced, _worked])
async def test_a_night_takes_as_long_as_amazons_pace_demands_and_as_was_foreseen(
    engine: SyncEngine, european: Connected, amazon_url: str, drive: Drive
) -> None:
    facts = replace(european.facts, settings={"history_days": 3})
    foreseen = await engine.foresee(facts)
    at_once = foreseen.at + timedelta(minutes=1)

    await drive(engine, replace(european, facts=facts))

    runs = await rows(engine.bench.database, facts, RUNS, at_once)
    assert {state for state, _ in runs} == {"done"}
    entries = await _log(amazon_url, european)
    moments = [datetime.fromisoformat(entry["at"]) for entry in entries]
    took_s = (max(moments) - min(moments)).total_seconds()
    slowest_s = max(generation_s or 0.0 for _, generation_s in runs)
    bound_s = _bound_s(entries, slowest_s)
    foreseen_s = (foreseen.finish - foreseen.at).total_seconds()
    print(f"{len(runs)} windows, {len(entries)} calls")  # noqa: T201 - with -s
    print(f"took {took_s:.0f} s, bound {bound_s:.0f} s, foreseen {foreseen_s:.0f} s")  # noqa: T201
    refused = {entry["operation"] for entry in entries if entry["status"] == 429}
    assert not refused & {"createReport", "getReportDocument"}
    assert took_s <= 1.1 * bound_s
    assert abs(foreseen_s - took_s) <= 0.1 * took_s
