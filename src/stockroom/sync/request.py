"""Asking Amazon for a report, waiting for it, and what each way of ending means.

createReport is scarce and never repeated blindly: the interval is stored before
Amazon is asked, so that after a crash (or an answer that never came) the report
is looked for first, and adopted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from stockroom.amazon.ports import ReportSpec, ReportState, ReportStatus
from stockroom.core.errors import AmazonRefusedError, ThrottledError
from stockroom.core.marketplaces import Marketplace, marketplace
from stockroom.spec.report import PagedApi, SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.sync.calendar import settled_at, today, zones_of
from stockroom.sync.land import land_nothing
from stockroom.sync.retry import ended, later
from stockroom.sync.work import Work

KEPT_BY_AMAZON = timedelta(days=90)
_ERROR_BYTES = 20_000
_NOT_FOUND = 404
_SHORTEST_PAUSE = timedelta(minutes=5)
_PATIENCE = timedelta(hours=12)
_POLLS = (
    (timedelta(seconds=12), timedelta(seconds=2)),
    (timedelta(minutes=2), timedelta(seconds=8)),
    (timedelta(minutes=20), timedelta(seconds=30)),
)


async def request(work: Work) -> Run:
    """``planned`` → ``requested`` (or ``ready``: a list needs no waiting)."""
    if isinstance(work.report.request, PagedApi):
        day = today(work.now, zones_of(work.account, work.run.marketplace))
        ready = work.run.but(
            state=RunState.READY.value, first_day=day, last_day=day, requested_at=work.now
        )
        return await work.saved(ready.but(next_at=None))
    if work.run.asked_until is not None:
        listed = await work.amazon.reports([work.report.request.report_type], work.run.created_at)
        found = adoptable(work, listed, ())
        if found is not None:
            return await work.saved(adopted(work.run, found))
    return await _create(work, work.report.request)


async def _create(work: Work, wanted: SpApiReport) -> Run:
    start, end = work.interval()
    asked = work.run.but(asked_from=start, asked_until=end, requested_at=work.now)
    await work.saved(asked)
    spec = ReportSpec(wanted.report_type, _places(work), start, end, wanted.options)
    try:
        report_id = await work.amazon.create_report(spec)
    except ThrottledError:
        # Certainly not created: forget the intention, so that nobody looks for it.
        await work.saved(work.run.but(asked_from=None, asked_until=None))
        raise
    return await work.saved(
        asked.but(
            state=RunState.REQUESTED.value,
            report_id=report_id,
            attempts=0,
            error=None,
            next_at=work.now + _POLLS[0][1],
        )
    )


def _places(work: Work) -> tuple[Marketplace, ...]:
    if work.run.marketplace:
        return (marketplace(work.run.marketplace),)
    return work.account.stores


def adoptable(
    work: Work, listed: Iterable[ReportStatus], known: Collection[str]
) -> ReportStatus | None:
    """A report at Amazon that is just what this run would ask for.

    Args:
        work: The planned run.
        listed: Reports at Amazon, newest first.
        known: Report ids that a run of ours has already used.
    """
    wanted = work.report.request
    assert isinstance(wanted, SpApiReport)
    run = work.run
    stored = run.asked_from is not None and run.asked_until is not None
    interval = (run.asked_from, run.asked_until) if stored else work.interval()
    zones = zones_of(work.account, run.marketplace)
    complete_at = settled_at(run.last_day, zones, work.report.settles)
    for one in listed:
        same = (
            one.report_type == wanted.report_type
            and (one.data_start, one.data_end) == interval
            and set(one.marketplace_ids) == {place.id for place in _places(work)}
        )
        # Amazon's list does not say with which options a report was made. One asked for the
        # very seconds we wrote down is ours; any other could have another grain.
        known_options = dict(one.options) == dict(wanted.options) or (stored and not one.options)
        usable = one.state not in {ReportState.CANCELLED, ReportState.FATAL}
        fresh = stored or one.created_at >= complete_at
        ours = one.report_id not in known
        if same and known_options and usable and fresh and ours:
            return one
    return None


def adopted(run: Run, found: ReportStatus) -> Run:
    """The run with a report that already exists."""
    return run.but(
        state=RunState.REQUESTED.value,
        report_id=found.report_id,
        asked_from=found.data_start,
        asked_until=found.data_end,
        requested_at=found.created_at,
        next_at=None,
    )


# --- waiting -----------------------------------------------------------------------------------


async def poll(work: Work) -> Run:
    """``requested`` → ``ready``, or what the report's end means."""
    assert work.run.report_id is not None
    try:
        status = await work.amazon.report(work.run.report_id)
    except AmazonRefusedError as error:
        if error.status != _NOT_FOUND:
            raise
        return await work.saved(_anew(work.run, None, "Amazon no longer knows the report."))
    if status.state is ReportState.DONE and status.document_id:
        ready = work.run.but(
            state=RunState.READY.value, amazon_document_id=status.document_id, next_at=None
        )
        return await work.saved(ready.but(attempts=0))
    if status.state is ReportState.FATAL:
        return await work.saved(await _fatal(work, status))
    if status.state in {ReportState.CANCELLED, ReportState.DONE}:
        return await _cancelled(work)
    return await work.saved(_waiting(work))


def _waiting(work: Work) -> Run:
    asked = work.run.requested_at or work.now
    age = work.now - asked
    if age > _PATIENCE:
        return ended(work.run, work.now, RunState.FAILED, "Amazon did not finish within 12 hours.")
    pause = next((pause for until, pause in _POLLS if age < until), timedelta(minutes=1))
    return later(work.run, work.now, pause)


async def _cancelled(work: Work) -> Run:
    """Amazon cancels without saying why: no data, asked too often, or somebody did.

    The first time, asking again after the report's refresh interval rules out "too
    often". Cancelled again, it is taken for what is left: there is no data. The
    guard still refuses that where there used to be rows.
    """
    assert isinstance(work.report.request, SpApiReport)
    times = int(work.run.remarks.get("cancelled", 0)) + 1
    noted = work.run.but(remarks={**work.run.remarks, "cancelled": times})
    if times > 1:
        return await land_nothing(Work(work.bench, work.account, work.report, noted, work.amazon))
    pause = max(work.report.request.refresh, _SHORTEST_PAUSE)
    return await work.saved(
        _anew(noted, work.now + pause, "Amazon cancelled the report; it will be asked again.")
    )


def _anew(run: Run, at: datetime | None, why: str) -> Run:
    return run.but(
        state=RunState.PLANNED.value,
        report_id=None,
        asked_from=None,
        asked_until=None,
        next_at=at,
        error=why,
    )


async def _fatal(work: Work, status: ReportStatus) -> Run:
    """Amazon could not; the document it leaves often says why."""
    said = ""
    if status.document_id:
        async with work.amazon.document(status.document_id) as download:
            async for block in download.blocks:
                said += block.decode("utf-8", "replace")
                if len(said) > _ERROR_BYTES:
                    break
    return ended(work.run, work.now, RunState.FAILED, f"Amazon ended the report FATAL: {said}")
