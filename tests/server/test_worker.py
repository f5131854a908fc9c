"""Workers side by side: another takes the lead, and the jobs of a dead one are not lost."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Job

from stockroom.core.marketplaces import Region
from stockroom.entrypoints.house import House
from stockroom.entrypoints.worker import for_ever
from stockroom.entrypoints.worker_recovery import give_back, recover
from stockroom.entrypoints.worker_schedule import Schedule, lead, night_has_begun
from stockroom.spec.account import AccountFacts
from stockroom.sync.jobs import ACCOUNT, defer_account
from stockroom.tenancy.registry import NewAccount

PATIENCE_S = 20
LEADER = """
    select l.pid from pg_locks l
    join pg_database d on d.oid = l.database
    where l.locktype = 'advisory' and l.granted and d.datname = current_database()
"""


@pytest.fixture
async def queue(house: House) -> AsyncIterator[App]:
    app = App(connector=PsycopgConnector(conninfo=house.database.writer_conninfo))
    async with app.open_async():
        yield app


@pytest.fixture
def owner(house: House) -> Iterator[psycopg.Connection]:
    place = house.database.place
    with psycopg.connect(place.conninfo(place.admin), autocommit=True) as connection:
        yield connection


async def until(true: Callable[[], Awaitable[Any]]) -> Any:
    """What it says once it says something."""
    async with asyncio.timeout(PATIENCE_S):
        while not (said := await true()):  # noqa: ASYNC110 - another process tells us nothing
            await asyncio.sleep(0.05)
    return said


# --- who leads ------------------------------------------------------------------------------------


def leader(owner: psycopg.Connection) -> Callable[[], Awaitable[int | None]]:
    async def find() -> int | None:
        row = owner.execute(LEADER).fetchone()
        return row[0] if row else None

    return find


def looks(queue: App, house: House) -> Callable[[], Awaitable[bool]]:
    """Whether every account's look is queued: what a leader sees to first."""

    async def all_queued() -> bool:
        jobs = await queue.job_manager.list_jobs_async(task=ACCOUNT, status="todo")
        everyone = {str(account.id) for account in await house.registry.accounts()}
        return {str(job.task_kwargs["account_id"]) for job in jobs} == everyone

    return all_queued


async def stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_another_worker_leads_when_the_leader_ends(
    house: House, queue: App, owner: psycopg.Connection
) -> None:
    first = asyncio.create_task(lead(queue, house))
    before = await until(leader(owner))
    second = asyncio.create_task(lead(queue, house))
    await until(looks(queue, house))
    # Before the first ends: the other may lead, and look, the moment it does.
    async with house.database.loader.connection() as connection:
        await connection.execute("delete from queue.procrastinate_jobs")
    await stopped(first)

    await until(looks(queue, house))
    assert await leader(owner)() not in {None, before}
    await stopped(second)


async def test_an_account_connected_meanwhile_is_looked_at(house: House, queue: App) -> None:
    schedule = Schedule(queue, house)
    await schedule._meet_accounts()
    organisation = await house.registry.organisation("Agency")
    new = NewAccount("fresh", "Fresh", "AFRESH", Region.NA, ("US",), "grant")
    await house.registry.add_account(organisation, new)
    assert not await looks(queue, house)()

    await schedule._meet_accounts()

    assert await looks(queue, house)()


async def test_the_head_of_every_account_is_signed_hourly(house: House, queue: App) -> None:
    schedule = Schedule(queue, house)
    await schedule._meet_accounts()
    every = {job.id: job.trigger.interval for job in schedule._scheduler.get_jobs()}
    ids = [account.id for account in await house.registry.accounts()]
    assert len(ids) == 3
    assert {every[f"sign:{account_id}"] for account_id in ids} == {timedelta(hours=1)}


async def test_a_leader_whose_connection_dies_leads_again(
    house: House, queue: App, owner: psycopg.Connection
) -> None:
    leading = asyncio.create_task(lead(queue, house))
    before = await until(leader(owner))
    owner.execute("select pg_terminate_backend(%s)", (before,))

    async def someone_else() -> bool:
        return await leader(owner)() not in {None, before}

    await until(someone_else)
    await stopped(leading)


# --- when ---------------------------------------------------------------------------------------


def of(number: int, home: str) -> AccountFacts:
    return AccountFacts(UUID(int=number), "shop", Region.NA, (home,), home)


@pytest.mark.parametrize(
    ("home", "utc", "begun"),
    [
        ("US", "2026-11-21T09:59", False),  # 01:59 in Los Angeles
        ("US", "2026-11-21T10:00", True),
        ("US", "2026-11-22T07:59", True),  # until the day is over there
        ("US", "2026-11-22T08:00", False),
        ("DE", "2026-11-21T00:59", False),
        ("DE", "2026-11-21T01:00", True),
        ("JP", "2026-11-21T16:59", False),
        ("JP", "2026-11-21T17:00", True),
    ],
)
def test_a_night_begins_in_the_home_marketplaces_own_zone(
    home: str, utc: str, *, begun: bool
) -> None:
    now = datetime.fromisoformat(utc).replace(tzinfo=UTC)
    assert night_has_begun(of(0, home), now, hour=2) is begun


def test_accounts_of_one_zone_begin_within_an_hour_and_not_at_once() -> None:
    begins = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
    begun = [
        sum(night_has_begun(of(n, "US"), begins + timedelta(minutes=m), 2) for n in range(60))
        for m in (0, 29, 59)
    ]
    assert begun == [1, 30, 60]


# --- whose jobs -----------------------------------------------------------------------------------


async def lost(queue: App, house: House) -> Job:
    """A job in the hands of a worker that is gone."""
    account = await house.registry.account("harbor")
    await defer_account(queue, account.id)
    async with house.database.loader.connection() as connection:
        await connection.execute("update queue.procrastinate_jobs set status = 'doing'")
    (job,) = await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=60)
    return job


async def statuses(queue: App) -> list[str | None]:
    return [job.status for job in await queue.job_manager.list_jobs_async()]


async def test_the_job_of_a_dead_worker_is_given_to_the_living(house: House, queue: App) -> None:
    await lost(queue, house)
    looking = asyncio.create_task(recover(queue))

    async def waiting() -> bool:
        return await statuses(queue) == ["todo"]

    await until(waiting)
    await stopped(looking)


async def test_a_lost_job_whose_twin_waits_makes_room_for_it(house: House, queue: App) -> None:
    job = await lost(queue, house)
    account = await house.registry.account("harbor")
    await defer_account(queue, account.id)
    assert sorted(map(str, await statuses(queue))) == ["doing", "todo"]

    await give_back(queue, job)
    assert await statuses(queue) == ["todo"]
    assert await queue.job_manager.get_stalled_jobs(seconds_since_heartbeat=60) == []


async def test_two_workers_that_find_the_same_lost_job_give_it_back_once(
    house: House, queue: App
) -> None:
    job = await lost(queue, house)
    await asyncio.gather(give_back(queue, job), give_back(queue, job))
    assert await statuses(queue) == ["todo"]


# --- the end --------------------------------------------------------------------------------------


async def test_a_worker_that_is_told_to_stop_stops_though_its_database_is_away() -> None:
    began = asyncio.Event()

    async def part() -> None:
        began.set()
        try:
            await asyncio.Event().wait()
        finally:
            raise ConnectorException  # clearing up needs the database too

    working = asyncio.create_task(for_ever(part))
    await began.wait()
    working.cancel()
    await asyncio.wait({working}, timeout=PATIENCE_S)
    assert working.cancelled()
