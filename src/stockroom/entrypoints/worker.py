"""``stockroom work``: syncs on schedule and carries confirmed changes out.

Any number of workers share one queue; one of them, the leader, also decides
when (see ``worker_schedule``). Every worker looks after the jobs of those that
died (see ``worker_recovery``).
"""

from __future__ import annotations

import asyncio

from procrastinate import App, PsycopgConnector

from stockroom.core.config import Settings
from stockroom.core.log import logger
from stockroom.entrypoints.house import House, open_house
from stockroom.entrypoints.runtime import Stop, Stopped, until_stopped
from stockroom.entrypoints.runtime import run as run_main
from stockroom.entrypoints.sync_now import sync_engine
from stockroom.entrypoints.worker_recovery import recover
from stockroom.entrypoints.worker_schedule import lead
from stockroom.sync import jobs as sync_jobs
from stockroom.writes import jobs as write_jobs

_JOBS_AT_ONCE = 8
_POLL_S = 0.5
"""Releasing a lock and reaching a retry's hour tell nobody: the queue is looked at this often."""
_GRACE_S = 10

_log = logger("worker")


def run(settings: Settings, *, lifeline: bool = False) -> None:
    """Work until the process is asked to stop."""

    async def main() -> None:
        stop = Stop(lifeline=lifeline)
        async with open_house(settings) as house:
            try:
                await until_stopped(stop, _work(house))
            except Stopped:
                _log.info("stopped")

    run_main(main())


async def _work(house: House) -> None:
    connector = PsycopgConnector(conninfo=house.database.writer_conninfo, min_size=1, max_size=6)
    app = App(connector=connector)
    sync_jobs.register(app, sync_engine(house), house.grounds, house.clock)
    write_jobs.register(app, house.gate)
    async with app.open_async(), asyncio.TaskGroup() as group:
        _log.info("working", jobs_at_once=_JOBS_AT_ONCE)
        group.create_task(_carry_out(app))
        group.create_task(recover(app))
        group.create_task(lead(app, house))


async def _carry_out(app: App) -> None:
    await app.run_worker_async(
        concurrency=_JOBS_AT_ONCE,
        fetch_job_polling_interval=_POLL_S,
        shutdown_graceful_timeout=_GRACE_S,
        install_signal_handlers=False,
        delete_jobs="successful",
    )
