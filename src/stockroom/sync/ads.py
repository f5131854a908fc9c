"""Advertising reports: asked for, waited for, landed.

Nothing lists the reports there are. None is needed: asking again for what was
asked a moment ago names the report there is, so a crash between asking and
storing its id costs nothing.
"""

from __future__ import annotations

from datetime import timedelta

from stockroom.amazon.ports import AdsReportSpec, AdsReportState, Advertiser
from stockroom.core.errors import AmazonRefusedError, AuthorizationLostError
from stockroom.core.marketplaces import Marketplace
from stockroom.spec.report import AdsReport
from stockroom.spec.run import Run, RunState
from stockroom.sync.land import land_array
from stockroom.sync.layout import wanted
from stockroom.sync.retry import ended, later, told
from stockroom.sync.work import Work

PAUSES = (
    (timedelta(minutes=1), timedelta(seconds=5)),
    (timedelta(minutes=10), timedelta(seconds=20)),
    (timedelta(hours=1), timedelta(minutes=1)),
)
"""Until which age a report is looked at how often; later every five minutes."""
_SELDOM = timedelta(minutes=5)
_PATIENCE = timedelta(hours=6)
"""Amazon may take three hours."""
_FAILURES = 3
"""Times a report that Amazon could not make is asked for."""
_AFTER_FAILURE = timedelta(minutes=20)
"""By then asking again makes another report."""
_NOT_FOUND = 404


async def request(work: Work) -> Run:
    """``planned`` → ``requested``."""
    advertiser, place = _whose(work)
    report_id = await advertiser.create_report(place, _spec(work))
    return await work.saved(
        work.run.but(
            state=RunState.REQUESTED.value,
            report_id=report_id,
            requested_at=work.now,
            attempts=0,
            error=None,
            error_kind=None,
            next_at=work.now + PAUSES[0][1],
        )
    )


async def poll(work: Work) -> Run:
    """``requested`` → ``ready``, or what the report's end means."""
    assert work.run.report_id is not None
    advertiser, place = _whose(work)
    try:
        status = await advertiser.report(place, work.run.report_id)
    except AmazonRefusedError as error:
        if error.status != _NOT_FOUND:
            raise
        return await _anew(work, "Amazon no longer knows the report.")
    if status.state is AdsReportState.FAILED:
        return await _anew(work, f"Amazon could not make the report: {status.failure}")
    if status.state is not AdsReportState.COMPLETED:
        return await work.saved(_waiting(work))
    asked = min(work.run.requested_at or work.now, status.created_at)  # it may be one taken over
    ready = work.run.but(state=RunState.READY.value, requested_at=asked, next_at=None)
    return await work.saved(ready.but(attempts=0, error=None, error_kind=None))


async def land(work: Work) -> Run:
    """``ready`` → ``landed``."""
    assert work.run.report_id is not None
    advertiser, place = _whose(work)
    async with advertiser.document(place, work.run.report_id) as download:
        return await land_array(work, download.blocks)


def _whose(work: Work) -> tuple[Advertiser, Marketplace]:
    advertiser = work.amazon.ads
    if advertiser is None:
        raise AuthorizationLostError(
            "The advertising of this account is not connected.",
            code="not_connected",
            next_step=f"Run 'stockroom account ads {work.account.slug}'.",
        )
    (place,) = work.places()
    return advertiser, place


def _spec(work: Work) -> AdsReportSpec:
    asked = work.report.request
    assert isinstance(asked, AdsReport)
    columns = tuple(header.names[0] for header in wanted(work.report.fills).values())
    window = work.run.window
    return AdsReportSpec(
        asked.report_type, asked.ad_product, asked.group_by, columns, window.first, window.last
    )


def _waiting(work: Work) -> Run:
    age = work.now - (work.run.requested_at or work.now)
    if age > _PATIENCE:
        return ended(work.run, work.now, RunState.FAILED, "Amazon did not finish within 6 hours.")
    pause = next((pause for until, pause in PAUSES if age < until), _SELDOM)
    return later(work.run, work.now, pause)


async def _anew(work: Work, why: str) -> Run:
    """Ask again, a few times: what failed once is often made the next time."""
    failures = int(work.run.remarks.get("failures", 0)) + 1
    noted = work.run.but(remarks={**work.run.remarks, "failures": failures})
    if failures >= _FAILURES:
        failed = ended(noted, work.now, RunState.FAILED, why)
        return await work.saved(failed.but(error_kind=AdsReportState.FAILED.value))
    planned = noted.but(state=RunState.PLANNED.value, report_id=None, error=told(why))
    return await work.saved(later(planned, work.now, _AFTER_FAILURE))
