"""Filling: one window, one transaction, replacing what was there.

Stage, judge, compare, replace, note what is covered, and say in the run which
days' metrics are now stale. All of it commits together or not at all.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from psycopg import sql

from stockroom.db.partitions import ensure_partitions
from stockroom.spec.fact import table_of
from stockroom.spec.load import Replaces
from stockroom.spec.report import ListedReport
from stockroom.spec.run import OPEN_STATES, Run, RunState
from stockroom.sync import coverage, runs
from stockroom.sync.evidence import Inquiry
from stockroom.sync.guard import UnbelievableError, is_readable, objections
from stockroom.sync.quarantine import RECHECK, RELEASED, settle, witness
from stockroom.sync.runs import Connection
from stockroom.sync.staging import stage
from stockroom.sync.swap import Swap
from stockroom.sync.values import Tally
from stockroom.sync.work import Work

_FOR_NEWER = timedelta(seconds=1)
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_NEWER = sql.SQL(
    "dataset = %(dataset)s and marketplace = %(marketplace)s and first_day > %(last)s"
    " and state = any(%(states)s) and reason <> %(recheck)s"
)


async def fill(work: Work) -> Run:
    """``landed`` → ``filled``.

    Raises:
        DriftError: The document is not what the declaration describes, or not believed.
    """
    newer = await _newer(work)
    if newer:
        # When the newer one waits for hours, this one need not look every second.
        at = max(run.next_at or work.now for run in newer)
        return await work.saved(work.run.but(next_at=max(at, work.now + _FOR_NEWER)))
    async with (
        work.bench.filling,
        work.bench.database.connection(work.account.id) as connection,
    ):
        tally = await stage(connection, work)
        swap = Swap(connection, work, tally.days)
        await swap.arrange()
        arriving = await swap.days()
        await ensure_months(work, arriving)
        await alone(work, connection)
        remarks = await _judge(connection, work, swap, tally)
        changed = await swap.exchange()
        stale = sorted({*changed, *await coverage.mark(connection, work, arriving)})
        filled = work.run.but(
            state=RunState.FILLED.value,
            rows=tally.rows,
            rejected=tally.rejected.total(),
            changed_days=len(changed),
            dirty_days=stale,
            remarks=remarks,
            attempts=0,
            next_at=None,
            error=None,
            error_kind=None,
        )
        await settle(connection, filled, work.report)
        await runs.save(connection, filled)
    return filled


async def _newer(work: Work) -> list[Run]:
    """Newer windows of by-update data that are still on their way.

    Filling them first makes the older window complete the moment it is in. One that was
    withheld is on no way: it may be withheld again, and history does not wait for that.
    Listed documents have nothing of each other.
    """
    listed = isinstance(work.report.request, ListedReport)
    if work.report.load.replaces is not Replaces.GROUP or listed:
        return []
    run = work.run
    waiting = [state.value for state in OPEN_STATES if state is not RunState.FILLED]
    where = {
        "dataset": run.dataset,
        "marketplace": run.marketplace,
        "last": run.last_day,
        "states": waiting,
        "recheck": RECHECK,
    }
    async with work.bench.database.connection(work.account.id) as connection:
        return await runs.select(connection, _NEWER, where)


async def alone(work: Work, connection: Connection) -> None:
    """The queue alone can run a job twice; two fills of one dataset must not meet."""
    await connection.execute(_LOCK, [f"{work.account.id}:{work.run.dataset}"])


async def ensure_months(work: Work, days: list[date]) -> None:
    """In a transaction of its own: a new month locks the table against other new months."""
    if not days:
        return
    async with work.bench.database.connection(work.account.id) as aside:
        await ensure_partitions(aside, table_of(work.report.fills), min(days), max(days))


async def _judge(connection: Connection, work: Work, swap: Swap, tally: Tally) -> dict[str, Any]:
    """What the guard says of the document: remarks for the run, if it may be loaded.

    Raises:
        UnbelievableError: It is not believed, and neither a person nor a second document like it
            stands for it.
    """
    inquiry = Inquiry(connection, work, swap)
    seen = await inquiry.evidence(tally)
    reasons = list(objections(work.report.guard, seen))
    remarks = {**work.run.remarks, **tally.remarks(), **seen.remarks()}
    if not reasons:
        return remarks
    remarks = {**remarks, "reasons": reasons}
    if RELEASED in work.run.remarks:
        return remarks
    remarks["sketch"] = await inquiry.sketch()
    readable = is_readable(work.report.guard, seen)
    other = await witness(connection, work, remarks) if readable else None
    if other is None:
        raise UnbelievableError(
            f"The document is not believed: {'; '.join(reasons)}.", remarks=remarks
        )
    return {**remarks, RELEASED: f"the like document of run {other}"}
