"""The sync behind a real worker and a real queue."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta

import pytest
from procrastinate import App, PsycopgConnector
from tests.sync.conftest import Connected, OneAccount, calls, rows

from stockroom.core.clock import Clock, FixedClock
from stockroom.db.engine import Database
from stockroom.sync import jobs
from stockroom.sync.engine import SyncEngine


@pytest.fixture
def queue(database: Database, engine: SyncEngine, harbor: Connected, clock: FixedClock) -> App:
    connector = PsycopgConnector(
        conninfo=database.writer_conninfo, kwargs={"options": "-c search_path=queue"}
    )
    app = App(connector=connector)
    jobs.register(app, engine, OneAccount(harbor), clock)
    return app


async def work(
    queue: App, database: Database, clock: FixedClock, times: int = 12, *, hurry: bool = True
) -> None:
    """A worker until nothing is due, then a little later again."""
    for _ in range(times):
        await queue.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, queues=[jobs.QUEUE]
        )
        clock.move(15)
        if not hurry:
            continue
        async with database.system_session() as session:
            connection = await session.connection()
            await connection.exec_driver_sql(
                "update queue.procrastinate_jobs set scheduled_at = null where status = 'todo'"
            )


async def test_a_tick_ends_with_every_window_loaded(
    queue: App, database: Database, harbor: Connected, clock: FixedClock
) -> None:
    async with queue.open_async():
        for _ in range(2):
            await jobs.defer_account(queue, harbor.facts.id, days=20)
        await work(queue, database, clock)
    states = await rows(database, harbor.facts, "select state, count(*) from app.runs group by 1")
    assert [state for state, _ in states] == ["done"]
    left = await rows(
        database, harbor.facts, "select status, count(*) from queue.procrastinate_jobs group by 1"
    )
    assert [status for status, _ in left] == ["succeeded"]


async def test_two_workers_fill_every_window_once(  # noqa: PLR0917 - fixtures
    queue: App,
    database: Database,
    harbor: Connected,
    clock: FixedClock,
    new_engine: Callable[[], SyncEngine],
    amazon_url: str,
) -> None:
    other = App(connector=PsycopgConnector(conninfo=database.writer_conninfo))
    jobs.register(other, new_engine(), OneAccount(harbor), clock)
    async with queue.open_async(), other.open_async():
        await jobs.defer_account(queue, harbor.facts.id, days=20)
        await jobs.defer_account(queue, harbor.facts.id, days=20, reason="manual")
        for _ in range(6):
            await asyncio.gather(*(work(app, database, clock, times=2) for app in (queue, other)))
    windows = await rows(
        database,
        harbor.facts,
        "select dataset, marketplace, first_day, state, count(*) from app.runs group by 1, 2, 3, 4",
    )
    assert {(state, count) for *_, state, count in windows} == {("done", 1)}
    (asked,) = await rows(database, harbor.facts, "select count(distinct report_id) from app.runs")
    assert await calls(amazon_url, "createReport") == asked[0]


async def test_an_account_that_waits_is_attended_to_as_soon_as_something_is_due(
    queue: App, database: Database, harbor: Connected, clock: FixedClock
) -> None:
    async with queue.open_async():
        await jobs._attend_in(queue, harbor.facts.id, timedelta(hours=1))
        await jobs._attend_in(queue, harbor.facts.id, timedelta(hours=2))
        (waiting,) = await queue.job_manager.list_jobs_async()
        assert waiting.scheduled_at is not None
        assert timedelta(minutes=58) < waiting.scheduled_at - Clock().now() < timedelta(hours=1)

        await jobs.defer_account(queue, harbor.facts.id, datasets=["inventory"])
        await work(queue, database, clock, times=1, hurry=False)
    states = await rows(database, harbor.facts, "select distinct state from app.runs")
    assert states == [("done",)]


async def test_a_lost_job_is_replaced_by_the_next_tick(
    queue: App, database: Database, harbor: Connected, clock: FixedClock, engine: SyncEngine
) -> None:
    (run,) = await engine.plan(harbor.facts, datasets=["ledger_summary"], days=5)
    await engine.advance(harbor.facts, run, harbor.amazon)
    async with queue.open_async():
        await jobs.defer_account(queue, harbor.facts.id, datasets=["ledger_summary"], days=5)
        await work(queue, database, clock)
    assert (await engine.find(harbor.facts, run.id)).state == "done"
