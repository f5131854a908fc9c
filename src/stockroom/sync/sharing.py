"""One document for several datasets: what would ask Amazon the same, asks once.

Declarations with equal requests differ only in what they read out of the
document. Of their runs for the same days one asks; the others wait for it and
take its document over, also when it was asked minutes ago. What is ready at
Amazon is fetched by whichever of them has its turn first, while it holds the
claim to that report: no other has to guess whether somebody still drives it, and
the claim of a worker that died has died with it. Reports about
different marketplaces are never the same, however alike they look: each lists
its own marketplace's SKUs.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from psycopg import sql

from stockroom.spec.report import Report, SpApiReport
from stockroom.spec.run import GOOD_STATES, Run, RunState
from stockroom.sync import runs
from stockroom.sync.quarantine import RECHECK
from stockroom.sync.retry import later
from stockroom.sync.work import Work

_SOON = timedelta(seconds=2)
_FORSAKEN = timedelta(minutes=2)
"""A run that is so long overdue may have nobody who drives it: its report is looked at by others
too. Should it be driven after all, one of them fetches the document and the others take it."""
_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_ON_ITS_WAY = (RunState.PLANNED, RunState.REQUESTED, RunState.READY)
_HAS_IT = (RunState.LANDED, *GOOD_STATES, RunState.QUARANTINED)
_TWIN = sql.SQL(
    "dataset = any(%(datasets)s) and marketplace = %(marketplace)s and id <> %(run)s"
    " and first_day = %(first)s and last_day = %(last)s and asked_until is not null"
    " and (requested_at >= %(since)s or not %(recheck)s and state = any(%(on_its_way)s))"
    " and (state = any(%(on_its_way)s) or state = any(%(has_it)s) and document_id is not null)"
    " and (report_id is not null or requested_at > %(forsaken)s)"
)
_FETCHED = sql.SQL(
    "dataset = any(%(datasets)s) and report_id = %(report)s and id <> %(run)s"
    " and state = any(%(has_it)s) and document_id is not null"
)


def siblings(reports: Mapping[str, Report], report: Report) -> list[Report]:
    """The other datasets that are read from the same document of Amazon."""
    if not isinstance(report.request, SpApiReport):
        return []
    return [
        other
        for other in reports.values()
        if other.name != report.name
        and (other.request, other.scope) == (report.request, report.scope)
    ]


async def share(work: Work, asking: Run) -> Run | None:
    """What a run has of its twin: its document, its report, or the wait for them.

    Args:
        work: The run that is about to ask Amazon.
        asking: The run as it will be while it asks; stored, unless a twin was faster.

    Returns:
        The run, stored; None when it is the one to ask.
    """
    others = siblings(work.bench.reports, work.report)
    async with work.bench.database.connection(work.account.id) as connection:
        if others:
            # Two that look at once would both ask.
            await connection.execute(_LOCK, [f"{work.account.id}:share"])
            where = _where(asking, [one.name for one in others], _since(work), work.now)
            for twin in await runs.select(connection, _TWIN, where):
                taken = _taken_over(asking, twin, work.now)
                await runs.save(connection, taken)
                return taken
        await runs.save(connection, asking)
    return None


def claim(run: Run) -> str:
    """What is in hand while a run takes a step: the run; while a document is fetched, its report."""
    if run.state == RunState.READY and run.report_id:
        return f"report:{run.account_id}:{run.report_id}"
    return f"run:{run.id}"


async def fetched(work: Work) -> Run | None:
    """The run with the document that a twin has fetched of its report, stored; None: nobody has.

    To be asked with the claim in hand, for what is being fetched is not there yet.
    """
    others = siblings(work.bench.reports, work.report)
    if not others:
        return None
    where = {
        "datasets": [one.name for one in others],
        "report": work.run.report_id,
        "run": work.run.id,
        "has_it": [state.value for state in _HAS_IT],
    }
    async with work.bench.database.connection(work.account.id) as connection:
        for twin in await runs.select(connection, _FETCHED, where):
            taken = _joined(work.run, twin)
            await runs.save(connection, taken)
            return taken
    return None


def _since(work: Work) -> datetime:
    """What was asked since then is as good as asked now: Amazon would make no newer one."""
    wanted = work.report.request
    if work.run.reason == RECHECK:
        return work.run.created_at
    return min(work.run.created_at, work.now - wanted.refresh)


def _where(asking: Run, datasets: list[str], since: datetime, now: datetime) -> dict[str, object]:
    return {
        "datasets": datasets,
        "marketplace": asking.marketplace,
        "run": asking.id,
        "first": asking.first_day,
        "last": asking.last_day,
        "since": since,
        "recheck": asking.reason == RECHECK,
        "on_its_way": [state.value for state in _ON_ITS_WAY],
        "has_it": [state.value for state in _HAS_IT],
        "forsaken": now - _FORSAKEN,
    }


def _taken_over(run: Run, twin: Run, now: datetime) -> Run:
    due = twin.next_at or twin.requested_at or now
    overdue = twin.state == RunState.REQUESTED and due < now - _FORSAKEN
    if overdue or twin.state == RunState.READY or twin.state in _HAS_IT:
        interval = {"asked_from": twin.asked_from, "asked_until": twin.asked_until}
        return _joined(run.but(**interval, requested_at=twin.requested_at), twin)
    waiting = run.but(asked_from=None, asked_until=None, requested_at=None)
    return later(waiting, now, max(_SOON, due - now))


def _joined(run: Run, twin: Run) -> Run:
    """The run as far as its twin has come with their report."""
    return run.but(
        state=RunState.LANDED.value if twin.state in _HAS_IT else twin.state,
        report_id=twin.report_id,
        amazon_document_id=twin.amazon_document_id,
        document_id=twin.document_id,
        next_at=None,
        attempts=0,
        error=None,
        error_kind=None,
    )
