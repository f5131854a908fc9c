"""``stockroom work``: syncs on schedule and carries confirmed changes out.

Any number of workers share one queue; one of them, the leader, also decides
when (see ``worker_schedule``). Every worker looks after the jobs of those that
died (see ``worker_recovery``). A database that goes away is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import ConnectorException

from stockroom.core.config import Settings
from stockroom.core.log import logger
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import Stop, Stopped, is_ending, until_stopped
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.entrypoints.worker_recovery import recover
from stockroom.entrypoints.worker_schedule import lead
from stockroom.sync import jobs as sync_jobs
from stockroom.writes import jobs as write_jobs

_JOBS_AT_ONCE = {sync_jobs.QUEUE: 16, write_jobs.QUEUE: 4}
"""Per queue, so that no night of sixty accounts keeps a confirmed change waiting."""
_CONNECTIONS = 8
_POLL_S = 0.5
"""Releasing a lock and reaching a retry's hour tell nobody: the queue is looked at this often."""
_HEARTBEAT_S = 5.0
_GRACE_S = {sync_jobs.QUEUE: 3, write_jobs.QUEUE: 10}
"""What is broken off is taken up again later; a change in hand is better known to have arrived."""
_AGAIN_S = 1.0

_log = logger("worker")


def run(settings: Settings, *, lifeline: bool = False) -> None:
    """Work until the process is asked to stop."""

    async def main() -> None:
        stop = Stop(lifeline=lifeline)
        async with open_house(settings) as house:
            try:
                await until_stopped(stop, work(house, lambda: stop.asked))
            except Stopped:
                _log.info("stopped")

    run_main(main())


async def work(house: House, stopping: Callable[[], bool]) -> None:
    """Take jobs, look after those of dead workers, and lead when nobody does; until cancelled."""
    connector = PsycopgConnector(
        conninfo=house.database.writer_conninfo, min_size=1, max_size=_CONNECTIONS
    )
    app = App(connector=connector)
    sync_jobs.register(app, sync_engine(house), house.grounds, house.clock, stopping)
    write_jobs.register(app, house.gate)
    async with app.open_async(), asyncio.TaskGroup() as group:
        _log.info("working", jobs_at_once=_JOBS_AT_ONCE)
        for queue in _JOBS_AT_ONCE:
            group.create_task(for_ever(partial(_carry_out, app, queue)))
        group.create_task(for_ever(partial(recover, app)))
        group.create_task(lead(app, house))


async def for_ever(part: Callable[[], Awaitable[None]]) -> None:
    """Keep a part of the worker going, also after its database went away."""
    while True:
        try:
            await part()
        except ConnectorException as error:
            _log.warning("the database does not answer", reason=str(error.__cause__ or error))
            if is_ending():
                raise asyncio.CancelledError from None
        await asyncio.sleep(_AGAIN_S)


async def _carry_out(app: App, queue: str) -> None:
    await app.run_worker_async(
        queues=[queue],
        name=queue,
        concurrency=_JOBS_AT_ONCE[queue],
        fetch_job_polling_interval=_POLL_S,
        update_heartbeat_interval=_HEARTBEAT_S,
        shutdown_graceful_timeout=_GRACE_S[queue],
        install_signal_handlers=False,
        delete_jobs="successful",
    )
