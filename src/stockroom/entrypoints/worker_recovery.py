"""The jobs of workers that died: given back to the living. The queue does not do it by itself.

Every worker looks, so two may find the same job; every job of ours may be run
twice, so all that matters is that none is lost and none stays in nobody's hands,
where its lock would hold up the account.
"""

from __future__ import annotations

import asyncio

from procrastinate import App
from procrastinate.exceptions import ConnectorException, UniqueViolation
from procrastinate.jobs import Job, Status

from stockroom.core.log import logger

LOST_AFTER_S = 40
"""A worker silent for so long is dead; a shorter limit would run jobs of a busy one twice."""
_LOOK_S = 5

_log = logger("worker")


async def recover(app: App) -> None:
    """Look for lost jobs, for ever."""
    while True:
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=LOST_AFTER_S):
            await give_back(app, job)
        await asyncio.sleep(_LOOK_S)


async def give_back(app: App, job: Job) -> None:
    """Let another worker run a job; when its twin waits already, the twin is enough."""
    try:
        await app.job_manager.retry_job(job)
    except UniqueViolation:
        await _drop(app, job)
    except ConnectorException as error:
        _not_lost(job, error)
    else:
        _log.warning("job recovered", job=job.id, task=job.task_name)


async def _drop(app: App, job: Job) -> None:
    try:
        await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)
    except ConnectorException as error:
        _not_lost(job, error)
    else:
        _log.warning("job dropped: its twin waits", job=job.id, task=job.task_name)


def _not_lost(job: Job, error: ConnectorException) -> None:
    """Another worker was quicker, or the dead one was only slow. If not, we look again soon."""
    _log.info("job not recovered", job=job.id, task=job.task_name, reason=str(error.__cause__))
