"""What the doctor sees of the worker: does one lead, are jobs late, is one in nobody's hands."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from stockroom.db.engine import Database
from stockroom.entrypoints.doctor.finding import Finding, fail, ok, warn
from stockroom.entrypoints.worker_recovery import LOST_AFTER_S
from stockroom.entrypoints.worker_schedule import LEAD

_LATE, _STUCK = timedelta(minutes=15), timedelta(hours=2)
_START = "Start stockroom work, and keep it running."
# Postgres shows a lock's key in two halves.
_LEADER = text("""
    select exists (
        select from pg_locks where locktype = 'advisory' and granted and objsubid = 1
            and database = (select oid from pg_database where datname = current_database())
            and (classid::bigint << 32 | objid::bigint) = hashtext(:lead))
""")
_WAITING = text("""
    select count(*), max(clock_timestamp() - coalesce(j.scheduled_at, deferred.at))
    from queue.procrastinate_jobs j
    left join lateral (
        select max(at) as at from queue.procrastinate_events e where e.job_id = j.id
    ) deferred on true
    where j.status = 'todo' and coalesce(j.scheduled_at, '-infinity') <= clock_timestamp()
""")
_STALLED = text("""
    select count(*) from queue.procrastinate_jobs j
    left join queue.procrastinate_workers w on w.id = j.worker_id
    where j.status = 'doing'
        and coalesce(w.last_heartbeat, '-infinity') < clock_timestamp() - make_interval(secs => :lost)
""")


async def worker(database: Database) -> list[Finding]:
    """The leader, the jobs that wait, and those whose worker died.

    Raises:
        DatabaseUnavailableError: Postgres does not answer.
    """
    async with database.system_session() as session:
        leads = (await session.execute(_LEADER, {"lead": LEAD})).scalar_one()
        waiting, lag = (await session.execute(_WAITING)).one()
        stalled = (await session.execute(_STALLED, {"lost": LOST_AFTER_S})).scalar_one()
    return [
        ok("worker", "One leads.") if leads else fail("worker", "Nobody loads anything.", _START),
        _lag(waiting, lag or timedelta(0)),
        _stalled(stalled),
    ]


def _lag(waiting: int, lag: timedelta) -> Finding:
    says = f"{waiting} jobs are due, the oldest for {lag.total_seconds():.0f} s."
    if lag < _LATE:
        return ok("queue", says)
    remedy = "Start more workers, or look into their log for what fails."
    return (warn if lag < _STUCK else fail)("queue", says, remedy)


def _stalled(jobs: int) -> Finding:
    if not jobs:
        return ok("stalled jobs", "None.")
    says = f"{jobs} jobs are in the hands of workers that are gone."
    return warn("stalled jobs", says, f"Any running worker takes them over in a minute. {_START}")
