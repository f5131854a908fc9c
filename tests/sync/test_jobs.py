"""The sync behind a real worker and a real queue."""

from __future__ import annotations

from uuid import UUID

import pytest
from procrastinate import App, PsycopgConnector
from tests.sync.conftest import Connected, rows

from stockroom.amazon.ports import SellingPartner
from stockroom.core.clock import FixedClock
from stockroom.db.engine import Database
from stockroom.spec.account import AccountFacts
from stockroom.sync import jobs
from stockroom.sync.engine import SyncEngine


class OneAccount:
    """Opens the one account there is."""

    def __init__(self, seller: Connected) -> None:
        self._seller = seller

    async def facts(self, account_id: UUID) -> AccountFacts:
        assert account_id == self._seller.facts.id
        return self._seller.facts

    async def partner(self, account_id: UUID) -> SellingPartner:
        assert account_id == self._seller.facts.id
        return self._seller.amazon


@pytest.fixture
def queue(database: Database, engine: SyncEngine, harbor: Connected, clock: FixedClock) -> App:
    connector = PsycopgConnector(
        conninfo=database.writer_conninfo, kwargs={"options": "-c search_path=queue"}
    )
    app = App(connector=connector)
    jobs.register(app, engine, OneAccount(harbor), clock)
    return app


async def work(queue: App, database: Database, clock: FixedClock) -> None:
    """A worker until nothing is due, then a little later again."""
    for _ in range(12):
        await queue.run_worker_async(
            wait=False, install_signal_handlers=False, listen_notify=False, queues=[jobs.QUEUE]
        )
        clock.move(15)
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


async def test_a_lost_job_is_replaced_by_the_next_tick(
    queue: App, database: Database, harbor: Connected, clock: FixedClock, engine: SyncEngine
) -> None:
    (run,) = await engine.plan(harbor.facts, datasets=["ledger_summary"], days=5)
    await engine.advance(harbor.facts, run, harbor.amazon)
    async with queue.open_async():
        await jobs.defer_account(queue, harbor.facts.id, datasets=["ledger_summary"], days=5)
        await work(queue, database, clock)
    assert (await engine.find(harbor.facts, run.id)).state == "done"
