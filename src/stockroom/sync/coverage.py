"""Which days are in, and whether they are complete: read by freshness and by every metric."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from psycopg import sql

from stockroom.spec.fact import table_of
from stockroom.spec.load import Replaces
from stockroom.spec.run import Run
from stockroom.spec.window import Window
from stockroom.sync.calendar import settled_at, today, zones_of
from stockroom.sync.runs import Connection
from stockroom.sync.work import Work

_MARK = """
    insert into app.loaded_days as loaded
        (account_id, dataset, marketplace, day, complete, run_id, loaded_at)
    select %(account)s, %(dataset)s, %(marketplace)s, day, day = any(%(complete)s),
        %(run)s, %(asked)s
    from unnest(%(days)s::date[]) day
    on conflict (account_id, dataset, marketplace, day) do update set
        complete = loaded.complete or excluded.complete,
        run_id = excluded.run_id,
        loaded_at = greatest(loaded.loaded_at, excluded.loaded_at)
"""

_KNOWN = """
    select day, complete from app.loaded_days
    where dataset = %(dataset)s and marketplace = %(marketplace)s and day between %(first)s and %(last)s
"""


async def mark(connection: Connection, work: Work, arrived: Sequence[date]) -> list[date]:
    """Note the run's days as loaded; returns those that are new, or newly complete.

    ``loaded_at`` is the instant Amazon was asked: what freshness is measured by.

    Args:
        connection: The fill's.
        work: The run that filled.
        arrived: The days of which it brought something.
    """
    run = work.run
    asked = run.requested_at or work.now
    days = list(run.window.days())
    complete = await _complete(connection, work, asked, arrived)
    known = await _known(connection, run, run.window)
    await connection.execute(
        _MARK,
        {
            "account": work.account.id,
            "dataset": run.dataset,
            "marketplace": run.marketplace,
            "run": run.id,
            "asked": asked,
            "days": days,
            "complete": sorted(complete),
        },
    )
    return [day for day in days if day not in known or (day in complete and not known[day])]


async def _complete(
    connection: Connection, work: Work, asked: datetime, arrived: Sequence[date]
) -> set[date]:
    run, load = work.run, work.report.load
    if load.replaces is Replaces.SNAPSHOT:
        return set(run.window.days())
    zones = zones_of(work.account, run.marketplace)
    if load.replaces is Replaces.GROUP and not await _reaches(connection, run, today(asked, zones)):
        return set()
    settled = {
        day for day in run.window.days() if settled_at(day, zones, work.report.settles) <= asked
    }
    lags = work.report.settles + work.report.lags
    late_since = await _newest_arrived(connection, work, arrived)
    return {day for day in settled if day <= late_since or settled_at(day, zones, lags) <= asked}


async def _newest_arrived(connection: Connection, work: Work, arrived: Sequence[date]) -> date:
    """The newest day that has come in; where parts close apart, in all of them.

    Read from the table itself, so that a part of which the document has nothing at
    all still counts as long as its last rows are not older than ``lags``.
    """
    report = work.report
    if not report.closes_by:
        return max(arrived, default=date.min)
    table = table_of(report.fills)
    statement = sql.SQL(
        "select min(newest) from (select max(day) newest from {table}"
        " where day between %(since)s and %(last)s group by {part}) parts"
    ).format(
        table=sql.Identifier(str(table.schema), table.name), part=sql.Identifier(report.closes_by)
    )
    since = work.run.first_day - report.lags
    cursor = await connection.execute(statement, {"since": since, "last": work.run.last_day})
    row = await cursor.fetchone()
    return row[0] if row and row[0] else date.min


async def _reaches(connection: Connection, run: Run, asked_day: date) -> bool:
    """Whether no day is missing between this window and the present.

    By-update data of an old day is complete only with all newer updates: an order
    of March that was cancelled in May is in May's document.
    """
    if (asked_day - run.last_day).days <= 1:
        return True
    newer = Window(
        date.fromordinal(run.last_day.toordinal() + 1), date.fromordinal(asked_day.toordinal() - 1)
    )
    return len(await _known(connection, run, newer)) == len(newer)


async def _known(connection: Connection, run: Run, window: Window) -> dict[date, bool]:
    cursor = await connection.execute(
        _KNOWN,
        {
            "dataset": run.dataset,
            "marketplace": run.marketplace,
            "first": window.first,
            "last": window.last,
        },
    )
    return dict(await cursor.fetchall())
