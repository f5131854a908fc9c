"""Waiting for a report, and what each way of its ending means.

CANCELLED has three causes that Amazon does not tell apart: it was asked for too
often, somebody cancelled it, or there is no data. What else Amazon has made
lately, and whether it had begun, tells them apart.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from stockroom.amazon.ports import ReportState, ReportStatus
from stockroom.core.errors import AmazonRefusedError, AmazonUnavailableError, BadDocumentError
from stockroom.spec.report import SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.sync import runs
from stockroom.sync.land import land_nothing, land_words
from stockroom.sync.request import adoptable, adopted, pause_at
from stockroom.sync.retry import ended, later
from stockroom.sync.work import Work

GENERATION_S = "generation_s"
"""The remark that says how long Amazon took to make the report, in seconds."""
_ERROR_BYTES = 20_000
_NOT_FOUND = 404
_SHORTEST_PAUSE = timedelta(minutes=5)
_PATIENCE = timedelta(hours=12)
_CANCELLATIONS = 4
"""Times a report is asked for again after somebody cancelled it."""
_UNKNOWN = "unknown"
"""The remark that says how often Amazon did not know a report that it had taken."""
_TIMES_UNKNOWN = 4


async def poll(work: Work) -> Run:
    """``requested`` → ``ready``, or what the report's end means."""
    assert work.run.report_id is not None
    try:
        status = await work.amazon.report(work.run.report_id)
    except AmazonRefusedError as error:
        if error.status != _NOT_FOUND:
            raise
        return await work.saved(_unknown(work))
    if status.state is ReportState.DONE and status.document_id:
        ready = work.run.but(
            state=RunState.READY.value, amazon_document_id=status.document_id, next_at=None
        )
        made = {GENERATION_S: _generation_s(status)} if status.ended_at else {}
        ready = ready.but(remarks={**ready.remarks, **made})
        return await work.saved(ready.but(attempts=0, error=None, error_kind=None))
    if status.state is ReportState.FATAL:
        return await _fatal(work, status)
    if status.state in {ReportState.CANCELLED, ReportState.DONE}:
        return await _cancelled(work, status)
    return await work.saved(_waiting(work))


def _generation_s(status: ReportStatus) -> float:
    assert status.ended_at is not None
    return round(max(0.0, (status.ended_at - status.created_at).total_seconds()), 1)


def _waiting(work: Work) -> Run:
    asked = work.run.requested_at or work.now
    age = work.now - asked
    if age > _PATIENCE:
        return ended(work.run, work.now, RunState.FAILED, "Amazon did not finish within 12 hours.")
    return later(work.run, work.now, pause_at(age))


def _unknown(work: Work) -> Run:
    """Amazon forgets reports; what it never knows, it will not make tonight."""
    times = int(work.run.remarks.get(_UNKNOWN, 0)) + 1
    noted = work.run.but(remarks={**work.run.remarks, _UNKNOWN: times})
    if times >= _TIMES_UNKNOWN:
        why = "Amazon takes the request for the report, and does not know it afterwards."
        return ended(noted, work.now, RunState.FAILED, why)
    return _anew(noted, work.now + _SHORTEST_PAUSE, "Amazon no longer knows the report.")


# --- cancelled ------------------------------------------------------------------------------------


async def _cancelled(work: Work, status: ReportStatus) -> Run:
    wanted = work.report.request
    assert isinstance(wanted, SpApiReport)
    lately = await _made_lately(work, wanted, status)
    if lately:
        return await _asked_too_often(work, wanted, lately)
    if not status.started:
        return await _taken_away(work)
    return await _no_data(work, wanted)


async def _made_lately(work: Work, wanted: SpApiReport, status: ReportStatus) -> list[ReportStatus]:
    """Reports of the same kind that Amazon made so short before that it made no other."""
    if not wanted.refresh:
        return []
    listed = await work.amazon.reports([wanted.report_type], status.created_at - wanted.refresh)
    spoiled = {ReportState.CANCELLED, ReportState.FATAL}
    return [
        one
        for one in listed
        if one.report_id != status.report_id
        and one.state not in spoiled
        and one.created_at <= status.created_at
        and set(one.marketplace_ids) == set(status.marketplace_ids)
    ]


async def _asked_too_often(work: Work, wanted: SpApiReport, lately: list[ReportStatus]) -> Run:
    """Take the report that stood in the way, if it is what we want; else wait until it is old."""
    async with work.bench.database.connection(work.account.id) as connection:
        known = await runs.report_ids(connection)
    unasked = work.run.but(asked_from=None, asked_until=None)
    found = adoptable(work.on(unasked), lately, known)
    if found is not None:
        return await work.saved(adopted(unasked, found))
    made = max(one.created_at for one in lately)
    at = max(made + wanted.refresh, work.now) + _SHORTEST_PAUSE
    noted = _noted(work.run, "asked too often")
    return await work.saved(
        _anew(noted, at, "Amazon cancelled the report: it made one like it a short while ago.")
    )


async def _taken_away(work: Work) -> Run:
    """Somebody cancelled it while it waited; that is no reason to do without the data."""
    noted = _noted(work.run, "somebody")
    if noted.remarks["cancelled"]["somebody"] >= _CANCELLATIONS:
        why = "Somebody cancels the report each time it is asked for."
        return await work.saved(ended(noted, work.now, RunState.FAILED, why))
    why = "Somebody cancelled the report; it will be asked for again."
    return await work.saved(_anew(noted, work.now + _SHORTEST_PAUSE, why))


async def _no_data(work: Work, wanted: SpApiReport) -> Run:
    """Asked twice, it is believed: nothing to report. The guard refuses that where rows were."""
    noted = _noted(work.run, "no data")
    if noted.remarks["cancelled"]["no data"] > 1:
        return await land_nothing(work.on(noted))
    pause = max(wanted.refresh, _SHORTEST_PAUSE)
    why = "Amazon cancelled the report as if there were no data; it will be asked again."
    return await work.saved(_anew(noted, work.now + pause, why))


def _noted(run: Run, cause: str) -> Run:
    counted = dict(run.remarks.get("cancelled", {}))
    counted[cause] = counted.get(cause, 0) + 1
    return run.but(remarks={**run.remarks, "cancelled": counted})


def _anew(run: Run, at: datetime | None, why: str) -> Run:
    return run.but(
        state=RunState.PLANNED.value,
        report_id=None,
        asked_from=None,
        asked_until=None,
        next_at=at,
        error=why,
        error_kind=ReportState.CANCELLED.value,
    )


# --- fatal ------------------------------------------------------------------------------------------


async def _fatal(work: Work, status: ReportStatus) -> Run:
    """Amazon could not; the document it leaves often says why, and is kept."""
    said, run = "", work.run
    if status.document_id:
        run = run.but(amazon_document_id=status.document_id)
        said = await _words(work, status.document_id)
    if said:
        run = await land_words(work.on(run), said)
    failed = ended(run, work.now, RunState.FAILED, f"Amazon ended the report FATAL: {said}")
    return await work.saved(failed.but(error_kind=ReportState.FATAL.value))


async def _words(work: Work, document_id: str) -> str:
    """What the document of a FATAL report says; nothing when nobody can read it."""
    said = b""
    try:
        async with work.amazon.document(document_id) as download:
            async for block in download.blocks:
                said += block[:_ERROR_BYTES]
                if len(said) >= _ERROR_BYTES:
                    break
    except (BadDocumentError, AmazonRefusedError, AmazonUnavailableError):
        return ""
    return said[:_ERROR_BYTES].decode("utf-8", "replace")
