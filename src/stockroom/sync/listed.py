"""Listed reports: what Amazon makes by itself is found by looking, and loaded once.

The planned run is the look. What is on Amazon's list and was never loaded
becomes runs of its own, which need no request and no waiting; the look itself
ends with nothing, and covers its days: an empty list is an answer too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from stockroom.amazon.ports import ReportState, ReportStatus, SellingPartner
from stockroom.core.errors import AmazonError
from stockroom.core.ids import uuid7
from stockroom.core.log import logger
from stockroom.core.marketplaces import MARKETPLACES
from stockroom.spec.account import AccountFacts
from stockroom.spec.report import ListedReport
from stockroom.spec.run import Run, RunState
from stockroom.sync import runs
from stockroom.sync.land import land_nothing
from stockroom.sync.request import KEPT_BY_AMAZON
from stockroom.sync.runs import Connection
from stockroom.sync.work import Bench, Work

_LOCK = "select pg_advisory_xact_lock(hashtextextended(%s, 0))"
_USED = (
    "select report_id from app.runs where dataset = %s and report_id is not null and state <> %s"
)

_ON_ITS_WAY = timedelta(minutes=1)
"""Amazon refuses a list from before it keeps any; the question takes a moment to arrive."""

_log = logger("sync.listed")


async def look(
    bench: Bench, account: AccountFacts, open_runs: Sequence[Run], amazon: SellingPartner
) -> list[Run]:
    """The runs; each planned look is taken, and behind it stand the documents it found."""
    result: list[Run] = []
    for run in open_runs:
        report = bench.reports[run.dataset]
        if run.state == RunState.PLANNED and isinstance(report.request, ListedReport):
            try:
                result += await looked(Work(bench, account, report, run, amazon))
                continue
            except AmazonError as error:
                # The run's own step will look again, and say what is wrong.
                _log.warning("could not look", account=account.slug, error=str(error))
        result.append(run)
    return result


async def request(work: Work) -> Run:
    """The first step of a run: the look, which is landed at once."""
    return (await looked(work))[0]


async def looked(work: Work) -> list[Run]:
    """The look, landed with nothing, and a run for each listed document that is new.

    Raises:
        AmazonError: Amazon did not show its list.
    """
    wanted = work.report.request
    assert isinstance(wanted, ListedReport)
    since = work.now - KEPT_BY_AMAZON + _ON_ITS_WAY
    listed = await work.amazon.reports([wanted.report_type], since)
    made = [one for one in listed if one.state is ReportState.DONE and one.document_id]
    asked = work.on(work.run.but(requested_at=work.now))
    async with work.bench.database.connection(work.account.id) as connection:
        await connection.execute(_LOCK, [f"{work.account.id}:{work.run.dataset}:look"])
        used = await _used(connection, work.run.dataset)
        found = [_run(work, one) for one in made if one.report_id not in used]
        if found:
            await runs.save(connection, *found)
    return [await land_nothing(asked), *found]


async def _used(connection: Connection, dataset: str) -> set[str]:
    """Reports that a run has; one that failed is tried again with each look."""
    cursor = await connection.execute(_USED, [dataset, RunState.FAILED.value])
    return {row[0] for row in await cursor.fetchall()}


def _run(work: Work, one: ReportStatus) -> Run:
    """The run of one listed document: of the days it says it is about."""
    zone = MARKETPLACES[work.account.primary_marketplace].zone
    first, last = one.data_start or one.created_at, one.data_end or one.created_at
    return Run(
        account_id=work.account.id,
        id=uuid7(work.now),
        dataset=work.run.dataset,
        marketplace=work.run.marketplace,
        first_day=first.astimezone(zone).date(),
        last_day=max(first, last).astimezone(zone).date(),
        reason=work.run.reason,
        state=RunState.READY.value,
        report_id=one.report_id,
        amazon_document_id=one.document_id,
        dirty_days=[],
        remarks={},
        attempts=0,
        requested_at=one.created_at,
        created_at=work.now,
    )
