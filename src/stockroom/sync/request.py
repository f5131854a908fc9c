"""Asking Amazon for a report, or finding that it has been made already.

createReport is scarce and never repeated blindly: the interval is stored before
Amazon is asked, so that after a crash (or an answer that never came) the report
is looked for first, and adopted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from stockroom.amazon.ports import ReportSpec, ReportState, ReportStatus
from stockroom.core.clock import day_start
from stockroom.core.errors import ThrottledError
from stockroom.spec.load import Replaces
from stockroom.spec.report import PagedApi, SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.sync.calendar import settled_at, today, zones_of
from stockroom.sync.work import Work

KEPT_BY_AMAZON = timedelta(days=90)
_CLOCKS_DIFFER = timedelta(minutes=1)
PAUSES = (
    (timedelta(seconds=12), timedelta(seconds=2)),
    (timedelta(minutes=2), timedelta(seconds=8)),
    (timedelta(minutes=20), timedelta(seconds=30)),
)


async def request(work: Work) -> Run:
    """``planned`` → ``requested`` (or ``ready``: a list needs no waiting)."""
    if isinstance(work.report.request, PagedApi):
        ready = _as_of_now(work).but(state=RunState.READY.value, requested_at=work.now)
        return await work.saved(ready.but(next_at=None))
    assert isinstance(work.report.request, SpApiReport)
    if work.run.asked_until is not None:
        listed = await work.amazon.reports([work.report.request.report_type], work.run.created_at)
        found = adoptable(work, listed, ())
        if found is not None:
            return await work.saved(adopted(work.run, found))
    return await _create(work, work.report.request)


def _as_of_now(work: Work) -> Run:
    """A snapshot is of the day on which it is asked, whenever it was planned."""
    if work.report.load.replaces is not Replaces.SNAPSHOT:
        return work.run
    day = today(work.now, zones_of(work.account, work.run.marketplace))
    return work.run.but(first_day=day, last_day=day)


async def _create(work: Work, wanted: SpApiReport) -> Run:
    start, end = work.interval() if wanted.dated else (None, None)
    asked = _as_of_now(work).but(
        asked_from=start or work.now, asked_until=end or work.now, requested_at=work.now
    )
    await work.saved(asked)
    spec = ReportSpec(wanted.report_type, work.places(), start, end, wanted.options)
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
            error_kind=None,
            next_at=work.now + PAUSES[0][1],
        )
    )


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
    for one in listed:
        same = (
            one.report_type == wanted.report_type
            and (not wanted.dated or (one.data_start, one.data_end) == _interval(work))
            and set(one.marketplace_ids) == {place.id for place in work.places()}
        )
        # Amazon's list does not say with which options a report was made. One asked for the
        # very seconds we wrote down is ours; any other could have another grain.
        known_options = dict(one.options) == dict(wanted.options) or (stored and not one.options)
        usable = one.state not in {ReportState.CANCELLED, ReportState.FATAL}
        fresh = one.created_at >= fresh_since(work, wanted)
        ours = one.report_id not in known
        if same and known_options and usable and fresh and ours:
            return one
    return None


def _interval(work: Work) -> tuple[datetime | None, datetime | None]:
    """The one we wrote down before asking, or the one we would ask for now."""
    run = work.run
    return (run.asked_from, run.asked_until) if run.asked_until else work.interval()


def fresh_since(work: Work, wanted: SpApiReport) -> datetime:
    """Since when a report must have been made to say what we want to know."""
    run, zones = work.run, zones_of(work.account, work.run.marketplace)
    if wanted.dated:
        complete_at = settled_at(run.last_day, zones, work.report.settles)
        return run.created_at - _CLOCKS_DIFFER if run.asked_until else complete_at
    if run.asked_from:
        return run.asked_from - _CLOCKS_DIFFER
    midnight = max(day_start(run.first_day, zone) for zone in zones)
    # Amazon makes no newer one within the refresh interval anyway.
    return max(midnight, work.now - wanted.refresh)


def adopted(run: Run, found: ReportStatus) -> Run:
    """The run with a report that already exists."""
    return run.but(
        state=RunState.REQUESTED.value,
        report_id=found.report_id,
        asked_from=found.data_start,
        asked_until=found.data_end,
        requested_at=found.created_at,
        next_at=None,
        attempts=0,
        error=None,
        error_kind=None,
    )
