"""Deriving: metrics catch up with the facts that changed, all runs of an account at once.

The days to derive are stored in the runs themselves, so a crash between fill and
derive loses nothing. Several windows that came in together are derived together:
the metrics that hold the present are then made once, not once per window.
"""

from __future__ import annotations

from psycopg import sql

from stockroom.spec.account import AccountFacts
from stockroom.spec.metric import DeriveContext, touched
from stockroom.spec.run import Run, RunState
from stockroom.spec.window import DaySpan
from stockroom.sync import runs
from stockroom.sync.work import Bench

_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_FILLED = sql.SQL("state = 'filled'")


async def derive(bench: Bench, account: AccountFacts) -> list[Run]:
    """``filled`` → ``done``, for every filled run of the account, in one transaction."""
    async with bench.database.connection(account.id) as connection:
        await connection.execute(_LOCK, [f"{account.id}:derive"])
        filled = await runs.select(connection, _FILLED)
        if not filled:
            return []
        days = DaySpan.of(day for run in filled for day in run.dirty_days)
        stale = {bench.reports[run.dataset].fills for run in filled if run.dirty_days}
        context = DeriveContext(connection, account, bench.clock, filled[0].id)
        for metric in touched(bench.metrics, set(stale)):
            await metric.derive(context, days)
        now = bench.clock.now()
        done = [
            run.but(
                state=RunState.DONE.value,
                dirty_days=[],
                # What was replayed had finished long ago: it says nothing new about Amazon.
                finished_at=run.finished_at or now,
                next_at=None,
            )
            for run in filled
        ]
        await runs.save(connection, *done)
    return done
