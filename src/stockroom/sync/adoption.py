"""Adopting: what Amazon has already made is not asked for again."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from stockroom.amazon.ports import ReportStatus, SellingPartner
from stockroom.core.errors import AmazonError
from stockroom.core.log import logger
from stockroom.spec.account import AccountFacts
from stockroom.spec.report import SpApiReport
from stockroom.spec.run import Run, RunState
from stockroom.sync import runs
from stockroom.sync.calendar import settled_at, zones_of
from stockroom.sync.request import KEPT_BY_AMAZON, adoptable, adopted, fresh_since
from stockroom.sync.work import Bench, Work

_TYPES = 10
"""Report types that Amazon lists in one call."""

_log = logger("sync.adoption")


async def adopt(
    bench: Bench, account: AccountFacts, open_runs: Sequence[Run], amazon: SellingPartner
) -> list[Run]:
    """The runs, those with their report for which Amazon has one.

    The scarce getReports is called once for ten types together; not at all when no
    run waits for a report that could be there. (One of days that go on cannot be.)
    """
    waiting = {
        run.id: Work(bench, account, bench.reports[run.dataset], run, amazon)
        for run in open_runs
        if could_be_there(bench, account, run, bench.clock.now())
    }
    if not waiting:
        return list(open_runs)
    try:
        listed = await _listed(amazon, waiting.values(), bench.clock.now())
    except AmazonError as error:
        # Looking is a saving, not a need; what is wrong will show in the runs themselves.
        _log.warning("no reports to adopt", account=account.slug, error=str(error))
        return list(open_runs)
    async with bench.database.connection(account.id) as connection:
        known = await runs.report_ids(connection)
    result: list[Run] = []
    for run in open_runs:
        work = waiting.get(run.id)
        found = adoptable(work, listed, known) if work else None
        if work and found:
            known.add(found.report_id)
            result.append(await work.saved(adopted(run, found)))
        else:
            result.append(run)
    return result


def could_be_there(bench: Bench, account: AccountFacts, run: Run, now: datetime) -> bool:
    """Whether Amazon may have made what a run waits for: days that go on it cannot have."""
    report = bench.reports[run.dataset]
    if run.state != RunState.PLANNED or not isinstance(report.request, SpApiReport):
        return False
    zones = zones_of(account, run.marketplace)
    return not report.request.dated or settled_at(run.last_day, zones, report.settles) <= now


async def _listed(
    amazon: SellingPartner, waiting: Collection[Work], now: datetime
) -> list[ReportStatus]:
    """Reports at Amazon of the types waited for, no older than would be of use."""
    wanted = [
        (work, work.report.request)
        for work in waiting
        if isinstance(work.report.request, SpApiReport)
    ]
    types = sorted({request.report_type for _, request in wanted})
    oldest = min(fresh_since(work, request) for work, request in wanted)
    since = max(oldest, now - KEPT_BY_AMAZON + timedelta(minutes=1))
    return [
        one
        for at in range(0, len(types), _TYPES)
        for one in await amazon.reports(types[at : at + _TYPES], since)
    ]
